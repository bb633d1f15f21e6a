"""Cosine similarities without rounding error, so that ties are ties on any machine and in any order of summing.

Coordinates are first rounded to multiples of 2^-25, which moves a similarity by about 1e-8, less than float32 does.
Products are then multiples of 2^-50, and no partial sum over vectors of length one is above one, so float64 holds each
exactly, whatever blocks a matrix product is cut into. Pure.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

GRID = 2.0**25


def grid(vectors: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """`vectors` (n, d), each of length one, with coordinates on the grid."""
    fixed: NDArray[np.float64] = np.multiply(vectors, GRID, dtype=np.float64)
    np.rint(fixed, out=fixed)
    fixed /= GRID
    return fixed


def similarities(one: NDArray[np.floating[Any]], other: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """(n, m): the similarity of each of `one` (n, d) to each of `other` (m, d)."""
    return grid(one) @ grid(other).T
