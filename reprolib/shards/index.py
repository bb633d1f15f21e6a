"""Where the samples of a tar lie: one row of offsets and sizes a sample.

The tar may be anybody's. Its members are grouped to samples by WebDataset's rule, under which the key is the name up to
the first dot of its last part; what that rule makes of a dot in a key, or of members that are not adjacent, is silently
wrong, so both are errors here.
"""

import mmap
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reprolib.errors import ReproError
from reprolib.shards import tar
from reprolib.shards.sample import ATTRIBUTES, CAPTIONS, IMAGES, LABEL

IMAGE_AT, CAPTIONS_AT, LABEL_AT, ATTRIBUTES_AT = range(4)
_PLACES = {CAPTIONS: CAPTIONS_AT, LABEL: LABEL_AT, ATTRIBUTES: ATTRIBUTES_AT} | dict.fromkeys(IMAGES, IMAGE_AT)
_ABSENT = (0, -1) * 4


@dataclass(frozen=True)
class Index:
    """The samples of one tar."""

    keys: list[str]
    """With the folder in the archive, if it has folders."""
    extensions: list[str]
    """Of the images."""
    spans: NDArray[np.int64]
    """(samples, 4, 2): offset and size in bytes of image, captions, label and attributes; size -1 if absent."""


def mapped(path: Path) -> mmap.mmap:
    """The bytes of `path`, mapped read-only.

    Raises:
        ReproError: It cannot be opened, or is empty.
    """
    try:
        with path.open("rb") as stream:
            return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise ReproError(f"cannot read the shard {path}: {error}; fetch or make it again") from error


def index(archive: mmap.mmap | bytes, path: Path) -> Index:
    """The samples of `archive`; `path` is for the errors. Members of other kinds are passed over.

    Raises:
        ReproError: The archive is cut short or corrupt; a key has a dot, comes twice, or its members are not adjacent;
            or a sample has no image.
    """
    keys: list[str] = []
    extensions: list[str] = []
    spans: list[list[int]] = []
    current: str | None = None
    for name, offset, size in tar.members(archive, path):
        key, _, extension = name.partition(".") if "/" not in name else _parts(name)
        if not key or key.endswith("/"):
            continue  # a hidden file, which WebDataset passes over too
        place = _PLACES.get(extension)
        if place is None:
            if "." in extension and extension.rpartition(".")[2] in _PLACES:
                raise ReproError(f"{path}: the member '{name}' has a dot in its key, which ends there; rename it")
            extension = extension.lower()
            place = _PLACES.get(extension)
            if place is None:
                continue
        if key != current:
            keys.append(key)
            extensions.append("")
            row = [*_ABSENT]
            spans.append(row)
            current = key
        if row[2 * place + 1] >= 0:
            raise ReproError(f"{path}: the key '{key}' comes twice, the second time with '{name}'; rename one")
        if place == IMAGE_AT:
            extensions[-1] = extension
        row[2 * place] = offset
        row[2 * place + 1] = size
    found = Index(keys, extensions, np.array(spans, np.int64).reshape(-1, 4, 2))
    _check(found, path)
    return found


def _parts(name: str) -> tuple[str, str, str]:
    folder, slash, last = name.rpartition("/")
    stem, dot, extension = last.partition(".")
    return folder + slash + stem, dot, extension


def _check(found: Index, path: Path) -> None:
    if len(set(found.keys)) < len(found.keys):
        seen: set[str] = set()
        twice = next(key for key in found.keys if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ReproError(f"{path}: the members of '{twice}' are not adjacent, or its key comes twice; pack it again")
    without = np.flatnonzero(found.spans[:, IMAGE_AT, 1] < 0)
    if without.size:
        raise ReproError(f"{path}: the sample '{found.keys[without[0]]}' has no image; pack it again with its image")
