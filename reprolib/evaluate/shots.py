"""Which training rows a few-shot task has, and which of them choose its settings.

Both are functions of (content hash of the dataset, seed, row): neither the model, nor the number of shots, nor any
random state has a part in them. So every model is probed with the same pictures, the rows of ten shots are among those
of 25, and a class of fewer rows than asked for gives all it has, which is told. Pure.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reprolib.errors import ReproError
from reprolib.shards import order

Rows = NDArray[np.int64]
"""Row numbers, ascending."""


@dataclass(frozen=True)
class Shots:
    """The rows of a few-shot task."""

    rows: Rows
    short: dict[int, int]
    """How many rows each class gave that has fewer than asked for, by class; none for a class without rows."""


def few(labels: NDArray[np.int64], shots: int, *, content: str, seed: int) -> Shots:
    """`shots` rows of each class, drawn at random; those of fewer shots are among them.

    Args:
        labels: (n,) class of each row of the dataset.
        shots: Rows of a class, from 1.
        content: The content hash of the dataset, `Manifest.content`.
        seed: Of the draw.

    Raises:
        ReproError: `shots` is below one.
    """
    if shots < 1:
        raise ReproError(f"the number of shots should be 1 or more, but it is {shots}; leave it out for all rows")
    everything = np.arange(len(labels))
    ranks, sizes = _ranks(labels, everything, f"shots/{content}", seed)
    classes, counts = np.unique(labels, return_counts=True)
    short = {int(label): int(count) for label, count in zip(classes, counts, strict=True) if count < shots}
    return Shots(everything[ranks < np.minimum(shots, sizes)], short)


def held_back(labels: NDArray[np.int64], rows: Rows, share: float, *, content: str, seed: int) -> tuple[Rows, Rows]:
    """Split training rows in a part to fit and a part to choose by, class by class.

    Args:
        labels: (n,) class of each row of the dataset.
        rows: The training rows.
        share: Of each class to hold back, rounded to whole rows; the last row of a class is never held back.
        content: The content hash of the dataset.
        seed: Of the draw.
    """
    ranks, sizes = _ranks(labels[rows], rows, f"validation/{content}", seed)
    back = ranks < np.minimum(np.rint(share * sizes), sizes - 1)
    return rows[~back], rows[back]


def _ranks(
    labels: NDArray[np.int64], rows: Rows, stream: str, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of each row its place, from 0, in the random order of its class, and the size of its class."""
    drawn = np.lexsort((order.bits(seed, stream, rows), labels))
    _, first, members, counts = np.unique(labels[drawn], return_index=True, return_inverse=True, return_counts=True)
    ranks, sizes = np.empty((2, len(rows)), np.int64)
    ranks[drawn] = np.arange(len(rows)) - first[members]
    sizes[drawn] = counts[members]
    return ranks, sizes
