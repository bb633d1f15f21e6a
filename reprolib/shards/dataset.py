"""A dataset in memory order: any sample by its row, in about a microsecond, from mapped tars.

    data = Dataset.open(folder)
    data.image(7), data.captions(7), data.uids[7]

Rows are numbered through the shards in order. Opening walks the headers of every tar and, with `check`, hashes every
byte; reading then touches nothing but the asked-for sample. One opened dataset may be read by several threads.
"""

import json
import mmap
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from reprolib import files
from reprolib.errors import ReproError
from reprolib.shards import checking
from reprolib.shards.index import ATTRIBUTES_AT, CAPTIONS_AT, IMAGE_AT, LABEL_AT, Index, index, mapped
from reprolib.shards.manifest import CLASSES, TEMPLATES, Manifest
from reprolib.shards.sample import Sample
from reprolib.shards.subsets import UID, Uids

_BEFORE_UID = b'{"uid":"'


class Dataset:
    """Random access to the samples that `writing.write` stored."""

    folder: Path
    manifest: Manifest
    uids: Uids
    """(n,) of dtype `u8,u8`: the uid of each row, its first 16 hex digits and its last 16."""

    def __init__(self, folder: Path, manifest: Manifest, maps: list[mmap.mmap], found: list[Index]) -> None:
        """Made by `open`."""
        self.folder = folder
        self.manifest = manifest
        self._maps = maps
        counts = [len(each.keys) for each in found]
        # A memoryview gives a Python integer three times faster than an array does.
        self._shard = np.repeat(np.arange(len(found)), counts).data
        self._spans = np.concatenate([each.spans for each in found]).reshape(len(self), 8).data
        self._keys = [key for each in found for key in each.keys]
        self._extensions = [extension for each in found for extension in each.extensions]
        paths = (folder / shard.name for shard in manifest.shards)
        self.uids = np.concatenate([_uids_of(*each) for each in zip(paths, maps, found, strict=True)])

    @classmethod
    def open(cls, folder: Path, *, check: bool = True) -> Self:
        """The dataset in `folder`; without `check`, sizes stand for content (another process has checked it).

        Raises:
            ReproError: A shard is missing, surplus, cut short, altered or corrupt, or has a key twice; it is named.
        """
        manifest = Manifest.read(folder)
        checking.check(folder, manifest, content=check)
        maps: list[mmap.mmap] = []
        found: list[Index] = []
        seen: set[str] = set()
        for shard in manifest.shards:
            path = folder / shard.name
            maps.append(mapped(path))
            found.append(index(maps[-1], path))
            _check_shard(path, shard.count, found[-1].keys, seen)
        return cls(folder, manifest, maps, found)

    def __len__(self) -> int:
        """The number of samples."""
        return self.manifest.count

    def image(self, row: int) -> bytes:
        """The encoded image."""
        return self._data(row, IMAGE_AT)

    def captions(self, row: int) -> list[str]:
        """The captions, none in a class set."""
        if self._spans[row, 2 * CAPTIONS_AT + 1] < 0:
            return []
        return self._data(row, CAPTIONS_AT).decode().split("\n")

    def label(self, row: int) -> int | None:
        """The class index."""
        return int(self._data(row, LABEL_AT)) if self._spans[row, 2 * LABEL_AT + 1] >= 0 else None

    def attributes(self, row: int) -> dict[str, Any]:
        """What else is known, without the uid."""
        attributes: dict[str, Any] = json.loads(self._data(row, ATTRIBUTES_AT))
        del attributes["uid"]
        return attributes

    def key(self, row: int) -> str:
        """The name of the sample."""
        return self._keys[row]

    def sample(self, row: int) -> Sample:
        """The sample as it was written."""
        return Sample(
            key=self._keys[row],
            image=self.image(row),
            extension=self._extensions[row],
            captions=tuple(self.captions(row)),
            label=self.label(row),
            attributes=self.attributes(row),
        )

    @cached_property
    def classes(self) -> list[str] | None:
        """The class names by class index, in a class set."""
        return self._lines(CLASSES)

    @cached_property
    def templates(self) -> list[str] | None:
        """The prompt templates of a class set, each with `{c}` for the class."""
        return self._lines(TEMPLATES)

    def pixels(self, size: int, cache: Path) -> NDArray[np.uint8]:
        """(n, size, size, 3): every image decoded to RGB, mapped from a file in `cache` that is made if need be.

        Raises:
            ReproError: An image cannot be decoded. `pixels.decoded` takes some of them.
        """
        from reprolib.shards import pixels

        return pixels.decoded(self, size, cache).images

    def _data(self, row: int, place: int) -> bytes:
        start = self._spans[row, 2 * place]
        return self._maps[self._shard[row]][start : start + self._spans[row, 2 * place + 1]]

    def _lines(self, name: str) -> list[str] | None:
        if name not in self.manifest.texts:
            return None
        return files.read_text(self.folder / name).removesuffix("\n").split("\n")


def _check_shard(path: Path, count: int, keys: list[str], seen: set[str]) -> None:
    if len(keys) != count:
        raise ReproError(f"{path} should have {count} samples, but it has {len(keys)}; make the dataset again")
    twice = seen.intersection(keys)
    if twice:
        raise ReproError(f"{path}: the key '{min(twice)}' is in an earlier shard too; make the dataset again")
    seen.update(keys)


def _uids_of(path: Path, archive: mmap.mmap, found: Index) -> Uids:
    """The uids, taken from where `writing` puts them in the attributes; parsing the JSON would cost ten times more."""
    starts, sizes = found.spans[:, ATTRIBUTES_AT].T
    if (sizes < len(_BEFORE_UID) + 32).any():
        raise _no_uid(path, found, sizes >= len(_BEFORE_UID) + 32)
    heads = np.frombuffer(archive, np.uint8)[starts[:, None] + np.arange(len(_BEFORE_UID) + 32)]
    right = (heads[:, : len(_BEFORE_UID)] == np.frombuffer(_BEFORE_UID, np.uint8)).all(1)
    if not right.all():
        raise _no_uid(path, found, right)
    digits = heads[:, len(_BEFORE_UID) :]
    nibbles = np.where(digits >= ord("a"), digits - (ord("a") - 10), digits - ord("0")).astype(np.uint8)
    values = (nibbles[:, ::2] << 4 | nibbles[:, 1::2]).view(">u8")
    uids = np.empty(len(values), UID)
    uids["f0"], uids["f1"] = values[:, 0], values[:, 1]
    return uids


def _no_uid(path: Path, found: Index, right: NDArray[np.bool_]) -> ReproError:
    key = found.keys[int(np.argmin(right))]
    return ReproError(f"{path}: the .json of '{key}' should start with its uid; make the dataset again from its source")
