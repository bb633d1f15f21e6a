"""Frontiers: which of many measured points stand for the best that was reached at their x."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from reprolib.laws.checks import LawError, pairs


@dataclass(frozen=True)
class Frontier:
    """The points that a rule kept, and what became of the others. Indices count the rows handed in, from 0."""

    x: tuple[float, ...]
    """Where each kept point stands; for bins the bin's centre, not the x of the row that won."""
    y: tuple[float, ...]
    """The smallest y at that place."""
    winners: tuple[int, ...]
    """The row that each kept point comes from, in the order of `x`."""
    dropped: tuple[int, ...]
    """The rows that were not kept, in increasing order."""
    beaten_by: tuple[int, ...]
    """For each dropped row the winner that beat it."""
    edges: tuple[float, ...]
    """The edges of the bins in log10 x."""
    empty: tuple[int, ...]
    """Bins, counted from 1, that hold no row and so give no point."""
    rule: str
    """The rule as a clause: `the smallest y in each of 5 equal bins of log10 x`."""


def binned_frontier(x: ArrayLike, y: ArrayLike, bins: int, margin: float) -> Frontier:
    """The smallest y in each of `bins` equal bins of log10 x, placed at the bin's centre.

    The bins split [min log10 x, max log10 x + margin]. A bin holds its left edge; the last one holds its right edge
    too. Among equal y the smaller x wins, then the earlier row. An empty bin is skipped and listed.

    Cherti et al. (arXiv 2212.07143), Figs. 1 and 8, use bins=5 and margin=0.1 (the released notebook; the paper does
    not say so).

    Args:
        x: Flat sequence of n numbers above zero, for instance compute.
        y: The n numbers above zero to be small, for instance error.
        bins: How many bins, at least 1.
        margin: What is added to the largest log10 x, in decades, at least 0.

    Raises:
        LawError: The data or a setting cannot be used.
    """
    x, y = pairs(x, y, at_least=2)
    if bins < 1:
        raise LawError(f"bins is {bins}; it must be at least 1")
    if not 0 <= margin < np.inf:
        raise LawError(f"margin is {margin}; it must be finite and not negative")
    log_x = np.log10(x)
    edges = np.linspace(log_x.min(), log_x.max() + margin, bins + 1)
    bin_of = np.minimum(np.digitize(log_x, edges), bins)
    best_first = np.lexsort((np.arange(len(x)), x, y))
    winner_of: dict[int, int] = {}
    for row in best_first:
        winner_of.setdefault(int(bin_of[row]), int(row))
    filled = sorted(winner_of)
    winners = [winner_of[number] for number in filled]
    dropped = [row for row in range(len(x)) if row not in winners]
    return Frontier(
        x=tuple(float(10 ** ((edges[number - 1] + edges[number]) / 2)) for number in filled),
        y=tuple(float(y[row]) for row in winners),
        winners=tuple(winners),
        dropped=tuple(dropped),
        beaten_by=tuple(winner_of[int(bin_of[row])] for row in dropped),
        edges=tuple(float(edge) for edge in edges),
        empty=tuple(number for number in range(1, bins + 1) if number not in winner_of),
        rule=f"the smallest y in each of {bins} equal bins of log10 x",
    )
