"""A matched pool, balanced: who is kept with which probability, and who is kept.

    curation = Curation(pool, t=20_000, seed=0)
    curation.expected_size                       # before anything is drawn or written
    subsets.write_subset(path, curation.subset())

It goes through the pool a block at a time; only the uids of those kept are held, 16 bytes each.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np

from reprolib.curate import balancing
from reprolib.curate.balancing import Counts, Draws, Floats
from reprolib.curate.pool import Chunk, Pool
from reprolib.errors import ReproError
from reprolib.shards.subsets import UID, Uids


@dataclass(frozen=True)
class Curation:
    """What balancing does to a pool.

    Raises:
        ReproError: t is not a finite number above 0.
    """

    pool: Pool
    t: float
    """How many captions an entry of the head brings in the mean."""
    seed: int = 0
    published: bool = False
    """Whether entries count as often as their file says, instead of as often as they match in this pool."""

    def __post_init__(self) -> None:
        """Refuse what nothing can be balanced with."""
        balancing.check_t(self.t)
        if self.published and self.pool.metadata.counts is None:
            raise ReproError(
                "to balance by published counts, the metadata file should be an object of entries and counts, but it "
                "is a list; give such a file, or balance by this pool's own counts"
            )

    @property
    def counts(self) -> Counts:
        """(entries,): how often each entry counts in balancing."""
        given = self.pool.metadata.counts
        return given if self.published and given is not None else self.pool.counts

    @cached_property
    def expected_size(self) -> float:
        """The mean number of samples that are kept."""
        return balancing.expected_size(chain.from_iterable(p_keep.tolist() for _, p_keep in self.weighed()))

    def weighed(self) -> Iterator[tuple[Chunk, Floats]]:
        """All samples in order, a block at a time, and P(keep) of each."""
        for chunk in self.pool.chunks():
            yield chunk, balancing.keep_probabilities(chunk.matches, self.counts, self.t)

    def subset(self) -> Uids:
        """The samples that are kept, ascending."""
        draws = Draws.of(self.pool.metadata.entries, self.seed)
        kept = [chunk.uids[draws.kept(chunk.matches, chunk.uids, self.counts, self.t)] for chunk in self.pool.chunks()]
        return np.sort(np.concatenate([np.empty(0, UID), *kept]))

    def lost(self, kept: int) -> dict[str, int]:
        """Why how many samples are not among the `kept`, in the order of the steps."""
        captioned = sum(part.captioned for part in self.pool.parts)
        matched = sum(part.matched for part in self.pool.parts)
        return {
            "there is no caption": self.pool.rows - captioned,
            "the caption matches no entry": captioned - matched,
            "balancing did not draw it": matched - kept,
        }
