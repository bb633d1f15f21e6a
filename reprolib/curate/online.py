"""Online balancing: every epoch draws its subset anew, so that in time all samples of the head are seen.

    online = Online(candidates.matches, candidates.uids, entries, t=200, seed=0)
    online.kept(epoch)                # rows of the pool, ascending
    online.rows_of(start, count)      # rows seen at these positions of a run, for a loader
    online.weights                    # P(keep) of each row

The subset of an epoch is what offline balancing draws with that epoch in the hash; epoch 0 is the offline subset. Rows
are functions of (seed, position) alone, as in `reprolib.shards.order`, so they do not depend on workers or restarts.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from reprolib.curate import balancing
from reprolib.curate.balancing import Draws, Floats
from reprolib.curate.matching import Matches
from reprolib.errors import ReproError
from reprolib.shards import order
from reprolib.shards.subsets import Uids

Rows = NDArray[np.int64]


class Online:
    """The order of a run over a pool that is balanced online."""

    def __init__(self, matches: Matches, uids: Uids, entries: Sequence[str], *, t: float, seed: int) -> None:
        """Nothing is drawn yet.

        Raises:
            ReproError: No caption matches an entry, or t is not a finite number above 0.
        """
        self._matches, self._uids, self._t, self._seed = matches, uids, balancing.check_t(t), seed
        self._draws, self._counts = Draws.of(entries, seed), matches.counts(len(entries))
        self._ends = [0]
        """The positions at which the epochs end that were drawn so far."""
        self.kept = lru_cache(maxsize=2)(self._kept)
        if not len(matches.entries):
            raise ReproError("no caption matches any entry, so nothing is ever drawn; check the metadata")

    @property
    def weights(self) -> Floats:
        """(n,): how probably each row is in an epoch."""
        return balancing.keep_probabilities(self._matches, self._counts, self._t)

    def rows_of(self, start: int, count: int) -> Rows:
        """The rows seen at positions `start` to `start + count` of a run, across the borders of epochs.

        The first call draws all epochs before it, of which only the sizes are kept.
        """
        parts, position = [np.empty(0, np.int64)], start
        while position < start + count:
            epoch = self._epoch(position)
            rows = self.kept(epoch)
            stop = min(start + count, self._ends[epoch + 1])
            within = np.arange(position - self._ends[epoch], stop - self._ends[epoch])
            parts.append(rows[order.place(self._seed, epoch, within, len(rows))])
            position = stop
        return np.concatenate(parts)

    def _kept(self, epoch: int) -> Rows:
        return np.flatnonzero(self._draws.kept(self._matches, self._uids, self._counts, self._t, epoch))

    def _epoch(self, position: int) -> int:
        """The epoch of a position."""
        while self._ends[-1] <= position:
            self._ends.append(self._ends[-1] + len(self.kept(len(self._ends) - 1)))
        return int(np.searchsorted(self._ends, position, side="right")) - 1
