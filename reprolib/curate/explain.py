"""Why a sample was kept or dropped: what its caption matches, how frequent that is, and what was drawn.

Reads what `reprolib curate` wrote, and the caption from where it was read, if that is still there.
`reprolib curate explain ID` runs it.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reprolib.curate import captions, identity, output
from reprolib.curate.balancing import Draws, entry_probabilities
from reprolib.curate.columns import Columns
from reprolib.curate.matching import Matches
from reprolib.curate.output import Written


@dataclass(frozen=True)
class Reason:
    """What one entry does for a sample."""

    entry: str
    count: int
    """Captions that match it."""
    p: float
    """How probably it keeps a caption."""
    drawn: float
    """The number drawn; it keeps the sample if this is below `p`."""

    @property
    def keeps(self) -> bool:
        """Whether it keeps the sample."""
        return self.drawn < self.p


@dataclass(frozen=True)
class Explanation:
    """Why a sample is kept or not."""

    id: int | str
    caption: str | None
    """None if it could not be found where it was read."""
    t: float
    seed: int
    p_keep: float
    reasons: tuple[Reason, ...]

    @property
    def kept(self) -> bool:
        """Whether it is in the subset."""
        return any(reason.keeps for reason in self.reasons)

    def text(self) -> str:
        """For people."""
        caption = [] if self.caption is None else [f"  caption: {self.caption!r}"]
        if not self.reasons:
            return "\n".join([f"{self.id} is dropped: its caption matches no entry of the metadata", *caption])
        by = [reason.entry for reason in self.reasons if reason.keeps]
        verdict = f"kept: the draw for {by[0]!r} is below p" if by else "dropped: no draw for its entries is below p"
        width = max(len("entry"), *(len(reason.entry) for reason in self.reasons))
        rows = [
            f"  {reason.entry:<{width}}  {reason.count:>11,}  {reason.p:>10.3g}  {reason.drawn:>10.3g}"
            f"  {'keeps' if reason.keeps else ''}".rstrip()
            for reason in self.reasons
        ]
        head = f"  {'entry':<{width}}  {'captions':>11}  {'p = t/max':>10}  {'drawn':>10}"
        summary = f"  P(keep) = {self.p_keep:.6g} with t = {self.t:g}, drawn with seed {self.seed}"
        return "\n".join([f"{self.id} is {verdict}", *caption, head, *rows, summary])


def explain(path: Path, wanted: str) -> Explanation:
    """Why the sample with the id `wanted` in the output `path` is kept or not.

    Raises:
        ReproError: `path` is no such output, or has no such sample.
    """
    found = output.find(path, wanted)
    t, seed = found.how["t"], found.how["seed"]
    counts = np.array([found.counts[entry] for entry in found.matches], np.int64)
    matches = Matches(np.array([0, len(counts)]), np.arange(len(counts), dtype=np.int32))
    drawn = Draws.of(found.matches, seed).numbers(matches, identity.uids([found.id]))
    each = zip(found.matches, counts.tolist(), entry_probabilities(counts, t).tolist(), drawn.tolist(), strict=True)
    reasons = tuple(Reason(*values) for values in each)
    return Explanation(found.id, _caption(found), t, seed, found.p_keep, reasons)


def _caption(found: Written) -> str | None:
    """The caption, where the pool still stands as it did."""
    source = Path(found.how["captions"])
    if not source.exists():
        return None
    columns, row = Columns(found.how["column"], found.how["id"]), 0
    for part in captions.parts(source):
        for block in part.blocks(columns):
            for number, (key, caption) in enumerate(block, row):
                if (number if columns.id is None else key) == found.id:
                    return caption
            row += len(block)
    return None
