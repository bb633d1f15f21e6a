"""All images of a dataset, decoded once, as one mapped array.

The array lies in `<cache>/<content>-<size>/`, named after the hash of the shards it was made from, as `pixels.npy` with
`undecodable.json` beside it; the folder appears whole or not at all. Make it in one process before others map it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reprolib import files
from reprolib.shards.decoding import Undecodable, UndecodableError, square

if TYPE_CHECKING:
    from reprolib.shards.dataset import Dataset

ARRAY, REPORT = "pixels.npy", "undecodable.json"
GREY = 128
"""What stands for an image that cannot be decoded."""


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
