"""Frontiers: which of many measured points stand for the best that was reached at their x.

A law of the best that compute can buy is fitted to such points only. A `Rule` says how they are chosen; written as a
text (`bins:5`, `pareto`, see `rule_of`) it is what the command line takes. `frontier` applies it to one sample and
tells what became of every row. `select_many` applies it to every resample of a bootstrap: which rows win is chance too,
so an interval has to let each resample choose again. Both run the same lines, the first with a batch of one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from reprolib.laws.checks import Bools, Floats, Ints, LawError, pairs, positive

SETTINGS = {
    "none": (),
    "bins": ("bins", "margin"),
    "geometric": ("bins",),
    "pareto": (),
    "hull": (),
    "quantile": ("bins", "quantile"),
}
"""The settings of each rule, in the order of its text."""
EXAMPLES = "none, bins:5, bins:5:0.1, geometric:26, pareto, hull, quantile:5:0.25"
MARGIN = 0.1
"""The margin that `bins:5` leaves out, in decades: that of Cherti et al."""
MOST_BINS = 1000
"""Far more than runs; it keeps a slip of the pen from asking for all memory."""
ON_HULL = 1e-9
"""Points of log10 y this close to the hull lie on it: of points on one straight line rounding would keep any few."""
TINY = 1e-300
"""Stands for a step in log10 x that rounding made zero, so that the slope stays a number."""


@dataclass(frozen=True)
class Rule:
    """How a frontier is chosen. A setting that its rule does not take stays 0."""

    name: str
    """One of `SETTINGS`."""
    bins: int = 0
    """How many bins, from 1 to `MOST_BINS`."""
    margin: float = 0.0
    """What is added to the largest log10 x before bins are drawn, in decades, at least 0."""
    quantile: float = 0.0
    """Which quantile of y a bin keeps, from 0 (its smallest y) to 1."""

    def __post_init__(self) -> None:
        """Refuse impossible settings.

        Raises:
            LawError: The name is unknown, or a setting is impossible or belongs to another rule.
        """
        if self.name not in SETTINGS:
            raise LawError(f"rule '{self.name}' is not known; expected one of {EXAMPLES}")
        needed = SETTINGS[self.name]
        for setting in ("bins", "margin", "quantile"):
            if setting not in needed and getattr(self, setting) != 0:
                raise LawError(f"{setting} is {getattr(self, setting)}; rule '{self.name}' takes no {setting}")
        if "bins" in needed and not (isinstance(self.bins, int | np.integer) and 1 <= self.bins <= MOST_BINS):
            raise LawError(f"bins is {self.bins}; it must be a whole number from 1 to {MOST_BINS}")
        if not 0 <= self.margin < np.inf:
            raise LawError(f"margin is {self.margin}; it must be finite and not negative")
        if not 0 <= self.quantile <= 1:
            raise LawError(f"quantile is {self.quantile}; it must lie between 0 and 1")

    def __str__(self) -> str:
        """The text that `rule_of` reads back."""
        return ":".join([self.name, *(str(getattr(self, setting)) for setting in SETTINGS[self.name])])

    @property
    def sentence(self) -> str:
        """The rule as a clause that says what the points are."""
        return {
            "none": "all points",
            "bins": f"the smallest y in each of {self.bins} equal bins of log10 x",
            "geometric": f"the smallest y in each of {self.bins} geometric bins of x while it falls, and the largest x "
            "if its y is smaller still",
            "pareto": "the points that none of smaller or equal x beats in y",
            "hull": "the falling lower convex hull of the points in log10-log10",
            "quantile": f"the {self.quantile:g} quantile of y in each of {self.bins} equal bins of log10 x",
        }[self.name]


def rule_of(rule: Rule | str) -> Rule:
    """The rule that a text names. A `Rule` stays itself.

    * `none`: every row.
    * `bins:5` or `bins:5:0.1`: the smallest y in each of 5 equal bins of [min log10 x, max log10 x + margin], placed at
      the bin's centre; a bin holds its left edge, the last one its right edge too. The rule and the default margin 0.1
      of Cherti et al. (arXiv 2212.07143), Figs. 1 and 8, by the released notebook; the paper does not say so.
    * `geometric:26`: the smallest y, at its own x, in each of 26 geometric bins of [min x, max x); along x only those
      below all before; then the largest x if it is below them too. LAION's scaling-laws-for-comparison does so; its
      number of bins counts the edges, so that its 27 is 26 here.
    * `pareto`: the rows that no other beats. A row beats those of larger or equal x and larger or equal y.
    * `hull`: the lower convex hull, in log10-log10, of the rows that `pareto` keeps, with the rows on its lines.
    * `quantile:5:0.25`: of the m rows in each of 5 equal bins of [min log10 x, max log10 x], ordered by y, the one of
      rank floor(0.25 * (m - 1)) from 0, at its own x. That is NumPy's quantile by the method `lower`.

    Where y decides, the smaller x wins among equal y, then the earlier row. Empty bins are skipped.

    Raises:
        LawError: The text names no rule, or a setting is missing, superfluous or impossible.
    """
    if isinstance(rule, Rule):
        return rule
    name, *given = rule.split(":")
    if name not in SETTINGS:
        return Rule(name)  # it tells what is expected
    if name == "bins" and len(given) == 1:
        given.append(str(MARGIN))
    if len(given) != len(SETTINGS[name]):
        takes = " and ".join(SETTINGS[name]) or "no setting"
        raise LawError(f"rule '{rule}' does not fit: {name} takes {takes}; expected one of {EXAMPLES}")
    settings = dict.fromkeys(("bins", "margin", "quantile"), 0.0)
    for setting, text in zip(SETTINGS[name], given, strict=True):
        try:
            settings[setting] = int(text) if setting == "bins" else float(text)
        except ValueError as error:
            need = "a whole number" if setting == "bins" else "a number"
            raise LawError(f"{setting} is '{text}' in rule '{rule}'; it must be {need}") from error
    return Rule(name, int(settings["bins"]), settings["margin"], settings["quantile"])


@dataclass(frozen=True)
class Frontier:
    """The points that a rule kept, and what became of the others. Indices count the rows handed in, from 0."""

    x: tuple[float, ...]
    """Where each kept point stands, rising: its own x, but for the rule `bins` the centre of its bin."""
    y: tuple[float, ...]
    """Its y."""
    winners: tuple[int, ...]
    """The row that each kept point comes from, in the order of `x`."""
    dropped: tuple[int, ...]
    """The rows that were not kept, in increasing order."""
    beaten_by: tuple[int, ...]
    """For each dropped row the kept one that stands in its place: that of its bin, or else the last at its x or before.
    Its y is not larger, but for a `quantile` above 0, and for a row above the hull's line from there to the next."""
    edges: tuple[float, ...]
    """The edges of the bins in log10 x; none for a rule without bins."""
    empty: tuple[int, ...]
    """Bins, counted from 1, that hold no row and so give no point."""
    rule: str
    """The rule as a clause: `the smallest y in each of 5 equal bins of log10 x`."""


def frontier(x: ArrayLike, y: ArrayLike, rule: Rule | str) -> Frontier:
    """The points that stand for the best at their x, and what became of the other rows.

    Args:
        x: Flat sequence of n numbers above zero, not all the same, for instance compute.
        y: The n numbers above zero to be small, for instance error.
        rule: See `rule_of`.

    Raises:
        LawError: The data or the rule cannot be used.
    """
    rule = rule_of(rule)
    x, y = pairs(x, y, at_least=2)
    kept, bin_of, edges = (one[0] for one in _chosen(rule, x[None], y[None], np.ones((1, len(x)), dtype=bool)))
    winners = [int(row) for row in np.lexsort((y, x)) if kept[row]]
    dropped = [int(row) for row in np.flatnonzero(~kept)]
    of_bin = {int(bin_of[row]): row for row in winners} if rule.bins else {}
    before = np.searchsorted(x[winners], x, side="right") - 1
    return Frontier(
        x=tuple((_centres(edges)[bin_of[winners]] if rule.name == "bins" else x[winners]).tolist()),
        y=tuple(y[winners].tolist()),
        winners=tuple(winners),
        dropped=tuple(dropped),
        beaten_by=tuple(of_bin.get(int(bin_of[row]), winners[before[row]]) for row in dropped),
        edges=tuple(edges.tolist()),
        empty=tuple(number + 1 for number in range(rule.bins) if number not in bin_of),
        rule=rule.sentence,
    )


def select_many(rule: Rule | str, x: ArrayLike, y: ArrayLike, present: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """The frontier of each of B resamples, each chosen among its own rows as `frontier` would.

    A resample whose rows all stand at one x, which `frontier` refuses, is no exception here: its fit will tell.

    Args:
        rule: See `rule_of`.
        x: (n,) numbers above zero, or (B, n) where every resample has its own.
        y: The same.
        present: (B, n) of bool: whether the row is in the resample. One that was drawn twice counts once.

    Returns:
        x, y and weight of the points, each (B, m). For the rule `bins` they are its m bins, and a bin without a row has
        weight 0; for the others they are the m = n rows, and those not kept have weight 0. Other weights are 1.

    Raises:
        LawError: The data or the rule cannot be used, or a resample has no row.
    """
    rule = rule_of(rule)
    rows = np.asarray(present)
    if rows.ndim != 2 or rows.dtype != np.bool_:
        raise LawError(f"present is {rows.dtype} of shape {rows.shape}; give one line of true and false a resample")
    if not rows.any(axis=1).all():
        raise LawError(f"resample {int(rows.any(axis=1).argmin())} of {len(rows)} has no row; each must have one")
    x, y = _lines(x, "x", rows.shape), _lines(y, "y", rows.shape)
    kept, bin_of, edges = _chosen(rule, x, y, rows)
    if rule.name != "bins":
        return np.broadcast_to(x, rows.shape), np.broadcast_to(y, rows.shape), kept.astype(np.float64)
    ys, weights = np.ones((len(rows), rule.bins)), np.zeros((len(rows), rule.bins))
    resample, row = np.nonzero(kept)
    at = resample, bin_of[resample, row]
    ys[at], weights[at] = np.broadcast_to(y, rows.shape)[resample, row], 1.0
    return _centres(edges), ys, weights


def _lines(values: ArrayLike, name: str, shape: tuple[int, ...]) -> Floats:
    """`values` checked, as (1, n) or (B, n)."""
    size = np.shape(values)
    if size not in (shape, shape[1:]):
        raise LawError(f"{name} has shape {size}; with present of shape {shape} give {shape[1:]} or {shape}")
    return positive(np.ravel(values), name).reshape(-1, shape[1])


def _chosen(rule: Rule, x: Floats, y: Floats, rows: Bools) -> tuple[Bools, Ints, Floats]:
    """Which rows each of B resamples keeps (B, n), the bins of its rows from 0 (B, n), and their edges (B, bins + 1).

    `rows` is (B, n), x and y are that or (1, n). A rule without bins has edges (B, 0).
    """
    if not rule.bins:
        kept = rows if rule.name == "none" else (_hull if rule.name == "hull" else _pareto)(x, y, rows)
        return kept, np.zeros(rows.shape, dtype=np.int64), np.zeros((len(rows), 0))
    bin_of, edges = _binned(rule, np.log10(x), rows)
    if rule.name != "geometric":
        return _ranked(x, y, rows, bin_of, rule.quantile), bin_of, edges
    # The last bin is open, so the largest x lies beyond it and competes with every minimum by itself.
    bin_of = np.where(x == np.where(rows, x, 0.0).max(axis=1, keepdims=True), rule.bins, bin_of)
    return _pareto(x, y, _ranked(x, y, rows, bin_of, 0.0)), bin_of, edges


def _binned(rule: Rule, log_x: Floats, rows: Bools) -> tuple[Ints, Floats]:
    """The bin of every row and the edges of the bins, drawn anew over the rows of each resample."""
    low = np.where(rows, log_x, np.inf).min(axis=1, keepdims=True)
    high = np.where(rows, log_x, -np.inf).max(axis=1, keepdims=True) + rule.margin
    # Not np.linspace: it rounds a whole batch in another way as soon as one resample has a width of zero.
    edges = low + np.arange(rule.bins + 1) * ((high - low) / rule.bins)
    edges[:, -1] = high[:, 0]
    bin_of = np.zeros(rows.shape, dtype=np.int64)
    for edge in edges.T[1:-1]:
        bin_of += log_x >= edge[:, None]
    return bin_of, edges


def _centres(edges: Floats) -> Floats:
    """Where the points of bins stand, from the edges in log10 x."""
    return np.asarray(10.0 ** ((edges[..., :-1] + edges[..., 1:]) / 2))


def _ranked(x: Floats, y: Floats, rows: Bools, bin_of: Ints, quantile: float) -> Bools:
    """Of the m rows of each bin the one of rank floor(quantile * (m - 1)) by y, then x, then number."""
    bins = np.where(rows, bin_of, MOST_BINS + 1)
    order = np.lexsort(np.broadcast_arrays(x, y, bins), axis=-1)
    bins = np.take_along_axis(bins, order, axis=1)
    differs, place = bins[:, 1:] != bins[:, :-1], np.arange(bins.shape[1])
    edge = np.ones((len(bins), 1), dtype=bool)
    first = np.maximum.accumulate(np.where(np.hstack([edge, differs]), place, 0), axis=1)
    last = np.minimum.accumulate(np.where(np.hstack([differs, edge]), place, len(place))[:, ::-1], axis=1)[:, ::-1]
    return rows & _back(order, place == first + np.floor(quantile * (last - first)))


def _pareto(x: Floats, y: Floats, rows: Bools) -> Bools:
    """The rows below all others that come before them by x, then y, then number."""
    order = np.lexsort(np.broadcast_arrays(y, x), axis=-1)
    along = np.where(np.take_along_axis(rows, order, axis=1), np.take_along_axis(y, order, axis=1), np.inf)
    before = np.minimum.accumulate(along, axis=1)[:, :-1]
    return _back(order, np.hstack([along[:, :1] < np.inf, along[:, 1:] < before]))


def _hull(x: Floats, y: Floats, rows: Bools) -> Bools:
    """The rows on the lower hull, found from corner to corner: the steepest fall leads to the next."""
    rows = _pareto(x, y, rows)
    log_x, log_y = np.log10(x), np.log10(y)
    corner = np.where(rows, x, np.inf).argmin(axis=1)[:, None]
    kept: Bools = np.arange(rows.shape[1]) == corner
    while True:
        at, log_at, height = (np.take_along_axis(values, corner, axis=1) for values in (x, log_x, log_y))
        ahead = rows & (x > at)
        if not ahead.any():
            return kept
        run, rise = np.maximum(log_x - log_at, TINY), log_y - height
        slope = np.where(ahead, rise / run, np.inf)
        following = slope.argmin(axis=1)[:, None]
        steepest = np.take_along_axis(slope, following, axis=1)
        on_line = (x <= np.take_along_axis(x, following, axis=1)) & (rise <= steepest * run + ON_HULL)
        kept |= ahead & on_line
        corner = np.where(ahead.any(axis=1, keepdims=True), following, corner)


def _back(order: Ints, values: Bools) -> Bools:
    """`values`, which stand in the order (1, n) or (B, n), in the order of the rows."""
    back = np.empty_like(values)
    np.put_along_axis(back, order, values, axis=1)
    return back
