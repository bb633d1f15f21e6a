"""A subset of a study's pool by any method: raw, random, basic, score or balanced.

    candidates = Candidates.of(Dataset.open(folder), entries)
    found = balanced(candidates, t=200, seed=0)            # found.uids for `subsets.write_subset`, found.lost
    same_size = baselines.random(candidates.uids, len(found.uids), seed=0)

For a data set that is opened anyway, of millions of samples; `pool` and `curation` are for more. Writes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from reprolib.curate import balancing, baselines
from reprolib.curate.balancing import Counts, Draws
from reprolib.curate.baselines import Subset
from reprolib.curate.matching import Matcher, Matches
from reprolib.curate.spelling import Rules
from reprolib.errors import ReproError
from reprolib.shards.dataset import Dataset
from reprolib.shards.subsets import Uids


@dataclass(frozen=True)
class Candidates:
    """The samples that a subset is chosen from, and the entries that their captions are matched against."""

    uids: Uids
    captions: Sequence[str]
    """One each; several captions of a sample are lines of one."""
    entries: Sequence[str]
    rules: Rules = Rules.METACLIP

    @classmethod
    def of(cls, dataset: Dataset, entries: Sequence[str], rules: Rules = Rules.METACLIP) -> "Candidates":
        """All samples of `dataset`."""
        return cls(dataset.uids, ["\n".join(dataset.captions(row)) for row in range(len(dataset))], entries, rules)

    @cached_property
    def matches(self) -> Matches:
        """What each caption matches."""
        return Matcher(self.entries, self.rules)(self.captions)

    @cached_property
    def counts(self) -> Counts:
        """(entries,): captions that match each entry."""
        return self.matches.counts(len(self.entries))


def balanced(candidates: Candidates, *, t: float | None = None, size: float | None = None, seed: int = 0) -> Subset:
    """The balanced subset at `t`, or at the t whose expected size is `size`.

    Raises:
        ReproError: Neither or both are given, or no t has that size.
    """
    matches, counts = candidates.matches, candidates.counts
    if size is not None and t is None:
        t = balancing.t_of_size(matches, counts, size)
    elif t is None or size is not None:
        raise ReproError("a balanced subset should have a t or an expected size, one of them; give one")
    kept = Draws.of(candidates.entries, seed).kept(matches, candidates.uids, counts, balancing.check_t(t))
    matched = int((np.diff(matches.offsets) > 0).sum())
    return Subset(
        np.sort(candidates.uids[kept]),
        {
            "the caption matches no entry": len(kept) - matched,
            "balancing did not draw it": matched - int(kept.sum()),
        },
    )


def subset(
    candidates: Candidates,
    method: str,
    *,
    t: float | None = None,
    size: int | None = None,
    scores: np.ndarray | None = None,
    seed: int = 0,
) -> Subset:
    """A subset by the name of its method, with what that method needs.

    Args:
        candidates: What to choose from.
        method: `raw`; `random` (size); `basic`; `score` (scores, size); `balanced` (t, or size for the expected one).
        t: How many captions an entry of the head brings in the mean.
        size: How many samples.
        scores: (n,): one for each candidate.
        seed: What is drawn follows from it.

    Raises:
        ReproError: There is no such method, or something that it needs is not given.
    """
    match method:
        case "raw":
            return baselines.everything(candidates.uids)
        case "random" if size is not None:
            return baselines.random(candidates.uids, size, seed)
        case "basic":
            return baselines.basic(candidates.uids, candidates.captions)
        case "score" if scores is not None and size is not None:
            return baselines.by_score(candidates.uids, scores, size=size)
        case "balanced":
            return balanced(candidates, t=t, size=size, seed=seed)
    raise ReproError(
        f"a subset should be raw, random (with a size), basic, score (with scores and a size) or balanced (with t or a "
        f"size), but it is '{method}' with not all of that; mend it"
    )
