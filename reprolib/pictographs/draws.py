"""Random draws that depend on a seed, the name of a stream and a number, and on nothing else.

Philox is a keyed counter: its bits are a function of (key, counter), so sample i needs none of the samples before it.
NumPy keeps the bits of a bit generator the same over versions; it does not promise that for `Generator`'s
distributions, so the few that are needed here are made from the bits. Pure.
"""

import functools
import hashlib
from bisect import bisect
from collections.abc import Sequence
from itertools import accumulate
from typing import TypeVar

import numpy as np

T = TypeVar("T")

_WORDS = 64
_UNIT = 2.0**-53


@functools.cache
def stream_key(stream: str) -> int:
    """The 64-bit number of the stream called `stream`."""
    return int.from_bytes(hashlib.sha256(stream.encode()).digest()[:8], "little")


class Draws:
    """The sequence of draws number `index` of a stream; two streams of a seed share no draw."""

    def __init__(self, seed: int, stream: str, index: int) -> None:
        """Start at the first draw: `seed` and `index` are 0 … 2^64 - 1."""
        self._bits = np.random.Philox(key=(stream_key(stream) << 64) | seed, counter=index << 128)
        self._refill()

    def _refill(self) -> None:
        self._units = ((self._bits.random_raw(_WORDS) >> 11) * _UNIT).tolist()
        self._units.reverse()

    def unit(self) -> float:
        """Uniform in [0, 1)."""
        if not self._units:
            self._refill()
        return self._units.pop()  # type: ignore[no-any-return]

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self.unit() < probability

    def integer(self, low: int, high: int) -> int:
        """Uniform over low … high, both included."""
        return low + int(self.unit() * (high - low + 1))

    def pick(self, values: Sequence[T]) -> T:
        """One of `values`, each as likely."""
        return values[int(self.unit() * len(values))]

    def weighted(self, ladder: Sequence[float]) -> int:
        """An index, likely as its step of `ladder`, which rises to 1 (see `ladder`)."""
        return bisect(ladder, self.unit(), hi=len(ladder) - 1)

    def shuffled(self, values: Sequence[T]) -> list[T]:
        """`values` in a random order."""
        keys = [self.unit() for _ in values]
        return [values[i] for i in sorted(range(len(values)), key=keys.__getitem__)]


def ladder(weights: Sequence[float]) -> tuple[float, ...]:
    """The cumulative shares of `weights`, the last of them 1."""
    total = sum(weights)
    return tuple(step / total for step in accumulate(weights))
