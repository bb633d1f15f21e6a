"""The order of the samples: which row is seen at which position of a run, and every random number that depends on it.

A position is the number of samples seen before. Row and random numbers are functions of (seed, position) alone, so they
are the same for every world size and every number of workers, after every restart and with every version of NumPy, and
need no memory: a permutation of five billion rows costs what one of five costs.

Random bits: splitmix64 (Steele, Lea and Flood, OOPSLA 2014) used as a counter, with a start drawn by SHA-256 from seed
and stream. Permutation: an alternating Feistel network (Luby and Rackoff, SIAM J. Comput. 17, 1988, 373) on the next
power of two, with cycle walking back into the range (Black and Rogaway, CT-RSA 2002). Nothing here is for secrets.
"""

import functools
import hashlib

import numpy as np
from numpy.typing import ArrayLike, NDArray

ROUNDS = 8
"""Feistel rounds; with six, which rows of 16 stand beside each other is visibly uneven."""
NARROWEST = 6
"""Bits of the smallest network; on fewer, permutations of five rows are visibly uneven even with 16 rounds."""

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def bits(seed: int, stream: str, position: ArrayLike) -> NDArray[np.uint64]:
    """64 random bits for each position of a named stream; streams and seeds are independent of each other."""
    return splitmix64(_start(seed, stream), np.asarray(position, dtype=np.uint64))


def uniform(seed: int, stream: str, position: ArrayLike) -> NDArray[np.float64]:
    """A number in [0, 1), a multiple of 2^-53, for each position of a named stream."""
    return (bits(seed, stream, position) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def place(seed: int, epoch: ArrayLike, position: ArrayLike, n: int) -> NDArray[np.int64]:
    """Where the samples at `position` of an epoch stand: for each epoch another permutation of range(n).

    Args:
        seed: The seed of the run.
        epoch: Epoch numbers, broadcast against `position`.
        position: Positions in the epoch, each in range(n).
        n: The number of rows, from 1 to 2^62.
    """
    epochs, positions = np.broadcast_arrays(np.asarray(epoch, np.uint64), np.asarray(position, np.uint64))
    first_key, wide = epochs.ravel() * np.uint64(ROUNDS), max(NARROWEST, (n - 1).bit_length())
    places = _shuffled(seed, first_key, positions.ravel(), wide)
    while (outside := np.flatnonzero(places >= n)).size:
        places[outside] = _shuffled(seed, first_key[outside], places[outside], wide)
    return places.astype(np.int64).reshape(positions.shape)


def rows_of(seed: int, start: int, count: int, n: int, *, resample: bool = False) -> NDArray[np.int64]:
    """The rows seen at positions `start` to `start + count` of a run over `n` rows, across the borders of epochs.

    With `resample`, rows are drawn independently with replacement, as `--dataset-resampled` of open_clip does with
    shards; else every row is seen once in each epoch.
    """
    positions = np.arange(start, start + count, dtype=np.uint64)
    if resample:
        return (uniform(seed, "resample", positions) * n).astype(np.int64)
    epochs, within = np.divmod(positions, np.uint64(n))
    return place(seed, epochs, within, n)


def splitmix64(start: int, position: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The outputs of splitmix64 seeded with `start`, at any positions of its sequence."""
    with np.errstate(over="ignore"):  # arithmetic is modulo 2^64, of which NumPy warns for a single number
        return _mixed(np.uint64(start) + (position + np.uint64(1)) * _GOLDEN)


def _mixed(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    x = (x ^ (x >> np.uint64(30))) * _FIRST
    x = (x ^ (x >> np.uint64(27))) * _SECOND
    return x ^ (x >> np.uint64(31))


@functools.lru_cache(maxsize=1024)
def _start(seed: int, stream: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}/{stream}".encode()).digest()[:8], "little")


def _shuffled(seed: int, first_key: NDArray[np.uint64], x: NDArray[np.uint64], wide: int) -> NDArray[np.uint64]:
    """A permutation of range(2 ** wide) for each run of `ROUNDS` keys: the halves are changed in turn."""
    low = np.uint64(wide // 2)
    low_mask, high_mask = np.uint64(2 ** (wide // 2) - 1), np.uint64(2 ** (wide - wide // 2) - 1)
    left, right = x >> low, x & low_mask
    for number in range(ROUNDS):
        key = bits(seed, "order", first_key + np.uint64(number))
        if number % 2:
            right = right ^ (_mixed(left ^ key) & low_mask)
        else:
            left = left ^ (_mixed(right ^ key) & high_mask)
    return (left << low) | right
