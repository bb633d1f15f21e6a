"""The tar reader knows what others write and refuses what has no place in a data archive."""

import contextlib
import io
import re
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprolib.errors import ReproError
from reprolib.shards import tar

HERE = Path("x.tar")


def packed(files: dict[str, bytes], format_: int, **fields: object) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=format_) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            for field, value in fields.items():
                setattr(info, field, value)
            archive.addfile(info, io.BytesIO(data))
    return stream.getvalue()


def read(archive: bytes) -> dict[str, bytes]:
    return {m.name: archive[m.offset : m.offset + m.size] for m in tar.members(archive, HERE)}


def ours(files: dict[str, bytes]) -> bytes:
    parts = [tar.header(name.encode(), len(data)) + data + tar.padding(len(data)) for name, data in files.items()]
    return b"".join(parts) + tar.END


NAMES = st.text("abcdefghijklmnopqrstuvwxyzäöü雪☃0123456789_-/", min_size=1, max_size=150).filter(
    lambda name: not name.startswith("/") and not name.endswith("/") and "//" not in name
)


@pytest.mark.parametrize("format_", [tarfile.USTAR_FORMAT, tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
@given(files=st.dictionaries(st.text("abc.-/", min_size=1, max_size=90), st.binary(max_size=1100), max_size=5))
def test_what_the_standard_library_packs_is_read_equal(format_: int, files: dict[str, bytes]) -> None:
    files = {f"f{name}f".replace("..", "d"): data for name, data in files.items()}
    assert read(packed(files, format_)) == files


@pytest.mark.parametrize("format_", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
@given(files=st.dictionaries(NAMES, st.binary(max_size=600), max_size=4))
def test_long_and_foreign_names_are_read_from_pax_and_gnu_headers(format_: int, files: dict[str, bytes]) -> None:
    assert read(packed(files, format_, mtime=1.5 if format_ == tarfile.PAX_FORMAT else 1)) == files


def test_a_long_name_split_over_the_prefix_is_joined() -> None:
    name = "folder/" * 20 + "file.png"
    assert read(packed({name: b"x"}, tarfile.USTAR_FORMAT)) == {name: b"x"}


def test_a_global_pax_header_and_folders_are_passed_over() -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", pax_headers={"comment": "all of it"}) as archive:
        folder = tarfile.TarInfo("a")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        info = tarfile.TarInfo("a/b.png")
        info.size = 3
        archive.addfile(info, io.BytesIO(b"abc"))
    assert read(stream.getvalue()) == {"a/b.png": b"abc"}


@given(files=st.dictionaries(st.text("abc_-", min_size=1, max_size=90), st.binary(max_size=1100), max_size=5))
def test_the_standard_library_reads_what_is_written_here(files: dict[str, bytes]) -> None:
    with tarfile.open(fileobj=io.BytesIO(ours(files))) as archive:
        found = archive.getmembers()
        assert {m.name: archive.extractfile(m).read() for m in found} == files
        assert {(m.mtime, m.uid, m.gid, m.mode, m.uname, m.gname) for m in found} <= {(0, 0, 0, 0o644, "", "")}


@pytest.mark.parametrize("name", ["/etc/passwd", "../up.png", "a/../../up.png", ".."])
def test_a_name_that_leads_out_is_refused(name: str) -> None:
    with pytest.raises(ReproError, match=re.escape(f"'{name}' leads out of the archive")):
        read(packed({name: b""}, tarfile.USTAR_FORMAT))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_are_refused(kind: bytes) -> None:
    with pytest.raises(ReproError, match=r"x\.tar: the member 'a\.png' should be a file, but it is a link or a device"):
        read(packed({"a.png": b""}, tarfile.GNU_FORMAT, type=kind, linkname="/etc/passwd"))


FILES = {"a.png": b"A" * 700, "a.txt": b"words", "b.png": b"B" * 10}


@given(cut=st.integers(0, 4 * 512 + 1024 + 511))
def test_a_tar_cut_anywhere_is_told_to_be_cut_short(cut: int) -> None:
    """Up to the first block of the end mark: a header boundary too, where plain readers see a shorter archive."""
    whole = ours(FILES)
    assert len(whole) == 3 * 512 + 1024 + 2 * 512 + 1024
    with pytest.raises(ReproError, match=r"x\.tar is cut short"):
        read(whole[:cut])


@given(at=st.integers(0, 511), bit=st.integers(0, 7), header=st.sampled_from([0, 512 + 1024, 512 + 1024 + 1024]))
def test_any_bit_that_flips_in_a_header_is_found(at: int, bit: int, header: int) -> None:
    broken = bytearray(ours(FILES))
    broken[header + at] ^= 1 << bit
    if 148 <= at < 156:  # a leading zero of the checksum may be a space, and what follows its digits carries nothing
        with contextlib.suppress(ReproError):
            assert read(bytes(broken)) == FILES
    else:
        with pytest.raises(ReproError, match=r"x\.tar"):
            read(bytes(broken))


def test_a_header_that_was_zeroed_is_not_taken_for_the_end() -> None:
    broken = bytearray(ours(FILES))
    broken[1536:2048] = bytes(512)
    with pytest.raises(ReproError, match=r"x\.tar is corrupt: there is no tar header at byte 1536"):
        read(bytes(broken))


def test_a_broken_pax_header_is_corrupt() -> None:
    data = b"99 path=x\n"
    archive = bytearray(ours({"a": data, "b": b""}))
    archive[156] = ord("x")
    archive[148:156] = b"        "
    archive[148:155] = b"%06o\0" % sum(archive[:512])
    with pytest.raises(ReproError, match="corrupt"):
        read(bytes(archive))


def test_what_is_no_tar_is_named() -> None:
    with pytest.raises(ReproError, match=r"x\.tar is corrupt: there is no tar header at byte 0"):
        read(b"<html>" * 200)
