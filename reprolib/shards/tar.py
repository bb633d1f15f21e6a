"""Tar archives as bytes: a writer that gives equal bytes for equal input, and a reader that trusts nothing.

The writer makes POSIX ustar: mtime 0, owner 0, mode 0644, no PAX headers. The reader walks the headers of a mapped file
and tells where each member's data lie; it knows ustar, PAX (`x`, `g`) and GNU (`L`, `K`) headers, which the writers of
other people use. It refuses what a data archive has no business with: links, devices, absolute names and `..`. An
archive without its end mark is cut short: cut at a header, a plain reader would take it for a shorter archive.
"""

import struct
from collections.abc import Iterator
from mmap import mmap
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reprolib.errors import ReproError

BLOCK = 512
END = bytes(2 * BLOCK)
"""The end mark."""
LONGEST_NAME = 100
"""Bytes of a name that fit a ustar header without a prefix."""

_NAME, _SIZE, _SUM, _TYPE, _MAGIC, _PREFIX = 0, 124, 148, 156, 257, 345
_BEFORE_SIZE = b"0000644\0" + b"0000000\0" * 2
_MTIME = b"\x0000000000000\0"
_AFTER_SUM = b"\0 0".ljust(2 + _MAGIC - _TYPE, b"\0") + b"ustar\x0000" + bytes(64) + b"0000000\0" * 2
_HEADER = struct.Struct(f"{LONGEST_NAME}s {len(_BEFORE_SIZE)}s 11s {len(_MTIME)}s 6s {BLOCK - _SUM - 6}s")
"""Name, up to the size, size, its end and the modification time, checksum, the rest; zeros fill each."""
# The sum over a header whose name and size are empty; the eight bytes of the sum itself count as spaces.
_CONSTANT_SUM = sum(_BEFORE_SIZE + _MTIME + _AFTER_SUM) + 7 * ord(" ")
_PADDING = tuple(bytes(size) for size in range(BLOCK))
_FILE, _FOLDER, _PAX, _PAX_GLOBAL, _LONG_NAME, _LONG_LINK = b"05xgLK"
_AT_ONCE = 4096


class Member(NamedTuple):
    """A file in an archive."""

    name: str
    offset: int
    """Where its data start, in bytes from the start of the archive."""
    size: int
    """Bytes of data."""


def header(name: bytes, size: int) -> bytes:
    """The 512 bytes before the data of a file; `name` has at most `LONGEST_NAME` bytes, `size` is below 8 GiB."""
    digits = b"%011o" % size
    checksum = b"%06o" % (_CONSTANT_SUM + sum(name) + sum(digits))
    return _HEADER.pack(name, _BEFORE_SIZE, digits, _MTIME, checksum, _AFTER_SUM)


def padding(size: int) -> bytes:
    """The zeros that fill the last block of `size` bytes."""
    return _PADDING[-size % BLOCK]


def members(archive: mmap | bytes, path: Path) -> Iterator[Member]:
    """Where each file of `archive` lies, in order; `path` is for the errors.

    The headers are found one after the other, then checked and read thousands at a time, which is three times faster
    than one by one.

    Raises:
        ReproError: The archive is cut short or corrupt, or holds a link, a device or a name that leads out of it.
    """
    positions, sizes = _walk(archive, path)
    long_name: str | None = None
    for first in range(0, len(positions), _AT_ONCE):
        part = positions[first : first + _AT_ONCE]
        blocks = _checked(archive, part, path)
        names = np.ascontiguousarray(blocks[:, :LONGEST_NAME]).view(f"S{LONGEST_NAME}")[:, 0].tolist()
        # GNU's own magic ends in a space, and has other things than a prefix where ustar has it.
        prefixed = ((blocks[:, _PREFIX] != 0) & (blocks[:, _MAGIC + 5] == 0)).tolist()
        kinds = blocks[:, _TYPE].tolist()
        for row, (position, size, kind) in enumerate(zip(part, sizes[first:], kinds, strict=False)):
            start = position + BLOCK
            if kind in (_FILE, 0):
                yield Member(_safe(long_name or _name(names[row], blocks[row], prefixed[row]), path), start, size)
                long_name = None
            elif kind == _PAX:
                long_name = _pax(archive[start : start + size], path, position).get("path", long_name)
            elif kind == _LONG_NAME:
                long_name = archive[start : start + size].rstrip(b"\0").decode(errors="surrogateescape")
            elif kind == _FOLDER:
                long_name = None
            elif kind not in (_PAX_GLOBAL, _LONG_LINK):
                name = long_name or _name(names[row], blocks[row], prefixed[row])
                raise ReproError(
                    f"{path}: the member '{name}' should be a file, but it is a link or a device (type "
                    f"{chr(kind)!r}); pack the files themselves"
                )


def _walk(archive: mmap | bytes, path: Path) -> tuple[list[int], list[int]]:
    """The position of every header, and the size of the data behind it, up to the end mark."""
    positions: list[int] = []
    sizes: list[int] = []
    position, end = 0, len(archive)
    while position + BLOCK <= end:
        field = archive[position + _SIZE : position + _SIZE + 12].rstrip(b" \0")
        try:
            size = int(field, 8)
        except ValueError:
            if any(archive[position : position + BLOCK]):
                if field[:1] != b"\x80":
                    raise _corrupt(path, position) from None
                size = int.from_bytes(archive[position + _SIZE + 1 : position + _SIZE + 12])  # GNU, from 8 GiB on
            elif any(archive[position:]):
                _checked(archive, positions, path)
                raise _corrupt(path, position) from None
            else:
                return positions, sizes
        positions.append(position)
        sizes.append(size)
        position += BLOCK + size + -size % BLOCK
    _checked(archive, positions, path)
    raise ReproError(f"{path} is cut short: it ends at byte {end} without an end mark; fetch or make it again")


def _checked(archive: mmap | bytes, positions: list[int], path: Path) -> NDArray[np.uint8]:
    """(headers, 512): the headers at `positions`, each with the right magic and checksum."""
    blocks = np.frombuffer(archive, np.uint8, len(archive) // BLOCK * BLOCK).reshape(-1, BLOCK)
    found = blocks[np.array(positions, np.int64) // BLOCK]
    magic = (found[:, _MAGIC : _MAGIC + 5] == np.frombuffer(b"ustar", np.uint8)).all(1)
    sums = found.sum(1, dtype=np.uint32) - found[:, _SUM : _SUM + 8].sum(1, dtype=np.uint32) + 8 * ord(" ")
    printed = (found[:, _SUM : _SUM + 6].astype(np.int64) - ord("0")) @ (8 ** np.arange(5, -1, -1))
    for row in np.flatnonzero((printed != sums) | ~magic):
        if not magic[row] or _printed_sum(found[row]) != sums[row]:
            raise _corrupt(path, positions[row])
    return found


def _printed_sum(block: NDArray[np.uint8]) -> int | None:
    """The checksum in a header whose writer did not print six digits."""
    digits = block[_SUM : _SUM + 8].tobytes().strip(b" \0")
    return int(digits, 8) if digits and not digits.strip(b"01234567") else None


def _name(name: bytes, block: NDArray[np.uint8], prefixed: bool) -> str:
    name = name.partition(b"\0")[0]
    if prefixed:
        name = block[_PREFIX:500].tobytes().partition(b"\0")[0] + b"/" + name
    return name.decode(errors="surrogateescape")


def _safe(name: str, path: Path) -> str:
    if name.startswith("/") or (".." in name and ".." in name.split("/")):
        raise ReproError(f"{path}: the member name '{name}' leads out of the archive; pack it with relative names")
    return name


def _pax(data: bytes, path: Path, position: int) -> dict[str, str]:
    """The records of a PAX header, each `<length> <key>=<value>\\n`."""
    records = {}
    while data:
        length, blank, _ = data.partition(b" ")
        if not blank or not length.isdigit() or not len(length) < int(length) <= len(data):
            raise _corrupt(path, position)
        key, _, value = data[len(length) + 1 : int(length) - 1].partition(b"=")
        records[key.decode(errors="replace")] = value.decode(errors="surrogateescape")
        data = data[int(length) :]
    if "size" in records or any(key.startswith("GNU.sparse") for key in records):
        raise ReproError(f"{path}: the member at byte {position} is sparse or over 8 GiB; pack images one a member")
    return records


def _corrupt(path: Path, position: int) -> ReproError:
    return ReproError(f"{path} is corrupt: there is no tar header at byte {position}; fetch or make it again")
