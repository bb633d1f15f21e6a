"""CLIP_benchmark's WebDataset layout, as its exporter writes it and as its data sets are published.

    <folder>/classnames.txt, zeroshot_classification_templates.txt   of a class set, one entry a line
    <folder>/dataset_type.txt                                        `retrieval` or `multilabel`; absent for classes
    <folder>/<split>/nshards.txt, 0.tar, 1.tar, …

A sample is an image (`.webp`, `.png`, `.jpg`) with `.cls`, the class index, or `.txt`, a caption a line, or `.npy`, an
array with a 1 for each class of the image. All tars are walked and hashed before the first sample is given. The reader
of CLIP_benchmark is `clip_benchmark.datasets.builder.build_wds_dataset`; this one gives the same samples in the same
order, and refuses what that one would pass over.
"""

import hashlib
import io
import mmap
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reprolib import files
from reprolib.errors import ReproError
from reprolib.shards import checking, tar
from reprolib.shards.index import CAPTIONS_AT, IMAGE_AT, LABEL_AT, Index, index, mapped
from reprolib.shards.manifest import CLASSES, TEMPLATES

COUNT, KIND = "nshards.txt", "dataset_type.txt"
CLASSIFICATION, MULTILABEL, RETRIEVAL = "classification", "multilabel", "retrieval"
ARRAY = ".npy"
Labels = NDArray[np.int64] | NDArray[np.bool_]


class Layout:
    """One split of a data set: random access to its samples, in the order of the shards."""

    def __init__(self, folder: Path, kind: str, paths: list[Path], maps: list[mmap.mmap], found: list[Index]) -> None:
        """Made by `read`."""
        self.folder = folder
        self.kind = kind
        """`CLASSIFICATION`, `MULTILABEL` or `RETRIEVAL`."""
        self.content = hashlib.sha256("".join(map(checking.digest, paths)).encode()).hexdigest()
        """The sha256 over the hashes of the tars, in order."""
        self.classes = _lines(folder / CLASSES)
        self.templates = _lines(folder / TEMPLATES)
        self._paths = paths
        self._maps = maps
        self._keys = [key for each in found for key in each.keys]
        self._shard = np.repeat(np.arange(len(found)), [len(each.keys) for each in found])
        self._spans = np.concatenate([each.spans for each in found])

    def __len__(self) -> int:
        """The number of samples."""
        return len(self._keys)

    def key(self, row: int) -> str:
        """The name of a sample."""
        return self._keys[row]

    def image(self, row: int) -> bytes:
        """The encoded image."""
        data = self._data(row, IMAGE_AT)
        assert data is not None  # `index` refuses samples without one
        return data

    def captions(self, row: int) -> list[str]:
        """The captions, none where there is no text."""
        data = self._data(row, CAPTIONS_AT)
        return [] if data is None else data.decode().splitlines()

    def labels(self) -> Labels:
        """(n,) class indices, or (n, classes) whether an image is of a class.

        Raises:
            ReproError: A sample has no label or an impossible one; it is named.
        """
        if self.kind == MULTILABEL:
            return np.stack([self._several(row, data) for row, data in enumerate(self._arrays())])
        return np.array([self._label(row) for row in range(len(self))], np.int64)

    def _label(self, row: int) -> int:
        data = self._data(row, LABEL_AT)
        classes = len(self.classes or ())
        if data is None or not data.strip().isdigit() or int(data) >= classes:
            came = "it has none" if data is None else f"it is {data.decode(errors='replace')!r}"
            raise self._bad(row, f"a .cls with a class index from 0 to {classes - 1}, as {CLASSES} says, but {came}")
        return int(data)

    def _several(self, row: int, data: bytes | None) -> NDArray[np.bool_]:
        shape = (len(self.classes or ()),)
        try:
            found = np.load(io.BytesIO(data or b""), allow_pickle=False)
        except (ValueError, EOFError, OSError):
            found = None
        if found is None or found.shape != shape or not np.isin(found, (0, 1)).all():
            raise self._bad(row, f"a {ARRAY} with a 0 or 1 for each of {shape[0]} classes, as {CLASSES} says")
        several: NDArray[np.bool_] = found.astype(bool)
        return several

    def _arrays(self) -> list[bytes | None]:
        """The `.npy` of each sample; `index` passes them over."""
        spans = [
            {name.removesuffix(ARRAY): (start, size) for name, start, size in tar.members(archive, path)}
            for archive, path in zip(self._maps, self._paths, strict=True)
        ]
        return [
            self._maps[shard][place[0] : sum(place)] if (place := spans[shard].get(key)) else None
            for key, shard in zip(self._keys, self._shard, strict=True)
        ]

    def _data(self, row: int, place: int) -> bytes | None:
        start, size = self._spans[row, place].tolist()
        return None if size < 0 else self._maps[self._shard[row]][start : start + size]

    def _bad(self, row: int, expected: str) -> ReproError:
        path = self._paths[self._shard[row]]
        return ReproError(f"{path}: the sample '{self._keys[row]}' should have {expected}; mend it or pack it again")


def read(folder: Path, split: str) -> Layout:
    """The samples of one split.

    Raises:
        ReproError: A shard is missing, surplus, cut short or corrupt, has a sample without an image or a key that comes
            twice, or the kind is unknown; it is named.
    """
    place = folder / split
    text = files.read_text(place / COUNT).strip()
    if not text.isdigit() or int(text) == 0:
        raise ReproError(f"{place / COUNT} should hold the number of shards, but it holds {text!r}; mend it")
    paths = [place / f"{number}.tar" for number in range(int(text))]
    wrong = sorted({*paths} ^ {*place.glob("*.tar")})
    if wrong:
        what = "is missing" if wrong[0] in paths else "is surplus"
        raise ReproError(f"{wrong[0]} {what}: {place / COUNT} says {text} shards; fetch or export the data set again")
    kind = files.read_text(folder / KIND).strip().lower() if (folder / KIND).is_file() else CLASSIFICATION
    if kind not in (CLASSIFICATION, MULTILABEL, RETRIEVAL):
        raise ReproError(f"{folder / KIND} should say {MULTILABEL} or {RETRIEVAL}, but it says '{kind}'; mend it")
    maps, found = [], []
    seen: set[str] = set()
    for path in paths:
        maps.append(mapped(path))
        found.append(index(maps[-1], path))
        twice = seen.intersection(found[-1].keys)
        if twice:
            raise ReproError(f"{path}: the key '{min(twice)}' is in an earlier shard too; export the data set again")
        seen.update(found[-1].keys)
    if not seen:
        raise ReproError(f"{place} should have samples, but its shards are empty; fetch or export the data set again")
    return Layout(folder, kind, paths, maps, found)


def _lines(path: Path) -> list[str] | None:
    return [line.strip() for line in files.read_text(path).splitlines()] if path.is_file() else None
