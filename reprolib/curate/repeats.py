"""Which of very many 64-bit keys come more than once, in bounded memory: in as many passes as that takes. Pure."""

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

AT_ONCE = 1 << 26
"""Keys held at once: half a gigabyte, and as much for sorting them."""

Keys = NDArray[np.uint64]


def repeated(keys: Callable[[], Iterable[Keys]], count: int, at_once: int = AT_ONCE) -> tuple[Keys, int]:
    """The keys that come more than once, ascending, and how many are repetitions: all but the first of each.

    `keys` is called for each pass and gives about `count` keys, which should be hashes: passes take them by remainder.
    """
    passes, found, repetitions = -(-count // at_once) or 1, [np.empty(0, np.uint64)], 0
    for remainder in range(passes):
        some = [each[each % np.uint64(passes) == remainder] for each in keys()]
        ordered = np.sort(np.concatenate([np.empty(0, np.uint64), *some]))
        again = ordered[1:][ordered[1:] == ordered[:-1]]
        repetitions += len(again)
        found.append(np.unique(again))
    return np.sort(np.concatenate(found)), repetitions
