"""Balancing: how probably a caption is kept, and whether it is, from how often its entries occur.

    p(e) = t / max(count(e), t)               count(e): captions that match entry e
    P(keep) = 1 - prod over matched e of (1 - p(e))
    expected size = sum of P(keep)

Entries of the tail, with a count of at most t, are kept whole; each entry of the head brings t captions in the mean
(Xu et al., arXiv 2309.16671). A caption without a match is not kept.

A caption is drawn once for each entry that it matches, with a number in [0, 1) that is a function of (seed, epoch, uid
of the sample, text of the entry) alone: so the subset depends neither on the order of the samples or entries, nor on
shards or workers, and raising t only adds to it. Pure.
"""

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reprolib.curate.matching import Matches
from reprolib.errors import ReproError
from reprolib.shards import order
from reprolib.shards.subsets import Uids

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


def check_t(t: float) -> float:
    """`t`, if something can be balanced with it.

    Raises:
        ReproError: It is not a finite number above 0.
    """
    if not 0 < t < math.inf:
        raise ReproError(f"t should be a finite number above 0, but it is {t:g}; give such a number")
    return t


def entry_probabilities(counts: Counts, t: float) -> Floats:
    """p(e) of each entry."""
    return t / np.maximum(counts, t)


def keep_probabilities(matches: Matches, counts: Counts, t: float) -> Floats:
    """P(keep) of each caption, to full precision also where it is tiny."""
    sizes = np.diff(matches.offsets)
    probabilities = np.zeros(len(matches))
    if len(matches.entries):
        with np.errstate(divide="ignore"):  # log(0) for an entry of the tail, which gives exactly 1
            left_out = np.log1p(-entry_probabilities(counts, t))[matches.entries]
        some = sizes > 0
        probabilities[some] = -np.expm1(np.add.reduceat(left_out, matches.offsets[:-1][some]))
    return probabilities


def expected_size(probabilities: Iterable[float]) -> float:
    """The mean number of captions kept: the exact sum, rounded once, so the same in any order."""
    return math.fsum(probabilities)


@dataclass(frozen=True)
class Draws:
    """The numbers that decide, for given entries and a seed."""

    keys: NDArray[np.uint64]
    """(entries,): 64 bits of the sha256 of each entry."""
    seed: int

    @classmethod
    def of(cls, entries: Sequence[str], seed: int) -> "Draws":
        """For these entries, in the order in which matches number them."""
        heads = (hashlib.sha256(entry.encode(errors="surrogatepass")).digest()[:8] for entry in entries)
        return cls(np.frombuffer(b"".join(heads), "<u8").astype(np.uint64), seed)

    def numbers(self, matches: Matches, uids: Uids, epoch: int = 0) -> Floats:
        """The number in [0, 1) of each of `matches.entries`; `uids` are those of the captions."""
        stream = f"curation/{epoch}"
        sample = order.bits(self.seed, stream, order.bits(self.seed, "curation", uids["f0"]) ^ uids["f1"])
        return order.uniform(self.seed, stream, sample[matches.captions] ^ self.keys[matches.entries])

    def kept(self, matches: Matches, uids: Uids, counts: Counts, t: float, epoch: int = 0) -> NDArray[np.bool_]:
        """Whether each caption is kept: whether a draw for one of its entries is below p(e)."""
        chosen = self.numbers(matches, uids, epoch) < entry_probabilities(counts, t)[matches.entries]
        return np.bincount(matches.captions[chosen], minlength=len(matches)) > 0


def tail_share(counts: Counts, t: float) -> float:
    """The share of all matches that are of tail entries, those with a count of at most t."""
    total = int(counts.sum())
    return int(counts[counts <= t].sum()) / total if total else 0.0


def t_of_tail(counts: Counts, share: float) -> int:
    """The smallest t with a tail share of at least `share`; so `t_of_tail(counts, tail_share(counts, t))` is at most t.

    Raises:
        ReproError: `share` is not above 0 and at most 1, or nothing matched.
    """
    if not 0 < share <= 1:
        raise ReproError(f"the tail share should be above 0 and at most 1, but it is {share:g}; give such a share")
    ordered = np.sort(counts[counts > 0])
    if not len(ordered):
        raise ReproError("no caption matches any entry, so no t gives a tail share; check the metadata and the column")
    reached = ordered.cumsum() / ordered.sum()
    return int(ordered[np.searchsorted(reached, share)])


def t_of_size(matches: Matches, counts: Counts, size: float) -> float:
    """The t at which the expected size is `size`, to a millionth of it.

    Raises:
        ReproError: `size` is not above 0 and at most the number of captions with a match.
    """
    matched = int((np.diff(matches.offsets) > 0).sum())
    if not 0 < size <= matched:
        raise ReproError(
            f"the expected size should be above 0 and at most {matched}, the captions with a match, but it is {size:g};"
            " give such a size"
        )
    low, high = 0.0, float(counts.max())
    while high - low > 1e-6 * low:
        middle = (low + high) / 2
        if expected_size(keep_probabilities(matches, counts, middle)) < size:
            low = middle
        else:
            high = middle
    return high
