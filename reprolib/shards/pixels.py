"""All images of a dataset at one size: decoded once into a mapped array, or, where that is too large, as they are read.

The array lies in `<cache>/<content>-<size>/`, named after the hash of the shards it was made from, as `pixels.npy` with
`undecodable.json` beside it; the folder appears whole or not at all. Make it in one process before others map it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from reprolib import files
from reprolib.shards.decoding import Undecodable, UndecodableError, square

if TYPE_CHECKING:
    from reprolib.shards.dataset import Dataset

ARRAY, REPORT = "pixels.npy", "undecodable.json"
GREY = 128
"""What stands for an image that cannot be decoded."""


KEPT = 16 * 2**30
"""The most bytes that the decoded images of one dataset may take; 45 million at 32 px, 114,000 at 224 px do."""


class Images(Protocol):
    """(n, height, width, 3) uint8; rows are taken by an array of their numbers."""

    @property
    def shape(self) -> tuple[int, ...]:
        """As an array has it."""

    def __len__(self) -> int:
        """The number of images."""

    def __getitem__(self, rows: NDArray[np.int64], /) -> NDArray[np.uint8]:
        """(len(rows), height, width, 3)."""


class Decoded(NamedTuple):
    """The images, and which of them are none."""

    images: NDArray[np.uint8]
    """(n, size, size, 3), mapped read-only; grey where an image cannot be decoded."""
    undecodable: Undecodable


def decoded(dataset: Dataset, size: int, cache: Path, tolerance: float = 0.0) -> Decoded:
    """Every image of `dataset`, its middle square at `size` by `size`, from `cache` or decoded into it.

    Raises:
        ReproError: More than the share `tolerance` of the images cannot be decoded.
    """
    folder = cache / f"{dataset.manifest.content[:32]}-{size}"
    if not folder.is_dir():
        with files.staged(folder) as stage:
            causes = _decode(dataset, size, stage / ARRAY)
            files.write_json(stage / REPORT, causes)
    undecodable = Undecodable(len(dataset), files.read_json(folder / REPORT))
    undecodable.bound(tolerance, str(dataset.folder))
    return Decoded(np.load(folder / ARRAY, mmap_mode="r"), undecodable)


class Streamed:
    """The images of a dataset, decoded by threads when they are asked for; decoding leaves Python's lock to others."""

    def __init__(self, dataset: Dataset, size: int, *, threads: int, tolerance: float = 0.0) -> None:
        """`tolerance` is the share of the images that may be undecodable; they are grey and told in `undecodable`."""
        self.shape = (len(dataset), size, size, 3)
        self.undecodable = Undecodable(len(dataset))
        self._dataset, self._tolerance = dataset, tolerance
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="decoder")

    def __len__(self) -> int:
        """The number of images."""
        return self.shape[0]

    def __getitem__(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """(len(rows), size, size, 3).

        Raises:
            ReproError: More images than the tolerance allows were found undecodable so far.
        """
        return np.stack(list(self._threads.map(self._one, rows.tolist())))

    def _one(self, row: int) -> NDArray[np.uint8]:
        size = self.shape[1]
        try:
            return square(self._dataset.image(row), size)
        except UndecodableError as error:
            self.undecodable.causes[self._dataset.key(row)] = str(error)
            self.undecodable.bound(self._tolerance, str(self._dataset.folder))
            return np.full((size, size, 3), GREY, np.uint8)


def images(dataset: Dataset, size: int, cache: Path, *, threads: int) -> tuple[Images, str]:
    """The images of `dataset` at `size`, decoded once if they take at most `KEPT` bytes; and how, in a clause.

    Raises:
        ReproError: An image cannot be decoded.
    """
    needed = len(dataset) * size * size * 3
    if needed <= KEPT:
        return decoded(dataset, size, cache).images, f"decoded once, being {needed / 2**20:,.0f} MiB"
    return Streamed(
        dataset, size, threads=threads
    ), f"decoded as read, {needed / 2**30:,.0f} GiB being too much to keep"


def _decode(dataset: Dataset, size: int, path: Path) -> dict[str, str]:
    """Fill the array in `path`; why each undecodable image is one, by key."""
    images = np.lib.format.open_memmap(path, "w+", np.uint8, (len(dataset), size, size, 3))
    causes = {}
    for row in range(len(dataset)):
        try:
            images[row] = square(dataset.image(row), size)
        except UndecodableError as error:
            images[row] = GREY
            causes[dataset.key(row)] = str(error)
    images.flush()
    return causes
