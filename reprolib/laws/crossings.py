"""Where two laws of one x are equal, and how well that place is known.

For power laws in log y the place is a ratio of two normal estimates, for which Fieller's method gives the set of all x
at which Welch's t does not tell the laws apart (Fieller, J. R. Stat. Soc. B 16, 1954, 175). The set has an end on both
sides only if the slopes differ. For other forms, and with resamples, each pair of resampled laws is crossed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from reprolib.laws.checks import Floats
from reprolib.laws.differences import bootstrapped, of_resamples, satterthwaite, scatter_of
from reprolib.laws.forms.powers import POWER
from reprolib.laws.quantiles import student
from reprolib.laws.result import Fit, Interval

DECADES = 2.0
"""How far below and above the data a crossing is looked for."""
PLACES = 481
"""Places at which the laws are compared; two crossings closer than a step are not seen."""
SAME = 1e-9
"""Laws that differ by less than this share everywhere are one law."""
CHUNK = 1000
"""Resamples that are crossed at once; more would only take memory."""

Gap = Callable[[Floats], Floats]
"""The second law less the first at log x."""


@dataclass(frozen=True)
class Crossing:
    """Where the two laws of a pair are equal."""

    x: float | None
    """None if they do not cross within the range searched; the middle one of several."""
    interval: Interval | None
    method: str
    """How the interval was made: fieller, resamples, or empty if there is none."""
    share: float | None
    """The share of the resamples that cross within the range searched; None without resamples."""
    inside: bool | None
    """Whether the data of both series reach around x."""
    others: tuple[float, ...]
    """Further crossings."""
    searched: Interval | None
    """The x between which a crossing was looked for."""
    sentence: str
    """All of this in words."""


def crossing(fits: tuple[Fit, Fit], spans: tuple[Interval, Interval], level: float) -> Crossing:
    """Where two laws are equal.

    Args:
        fits: The laws, of one form.
        spans: The smallest and the largest x of each series.
        level: The confidence level.
    """
    form = fits[0].form
    if len(form.inputs) != 1 or not form.positive:
        return Crossing(None, None, "", None, None, (), None, f"form {form.name} is no law of one x above zero")
    (a, b), (c, d) = spans
    factor = 10**DECADES
    searched = (min(a, c) / factor, max(b, d) * factor)
    u = np.linspace(np.log(searched[0]), np.log(searched[1]), PLACES)
    where = f"between {searched[0]:.4g} and {searched[1]:.4g}, {DECADES:g} decades beyond the data"
    gap = _gap(fits, tuple({name: np.asarray(value) for name, value in fit.params.items()} for fit in fits))
    size = max(float(np.abs(fits[0].predict(np.exp(u))).max()), 1e-300)
    if float(np.abs(gap(u)).max()) <= SAME * size:
        return Crossing(None, None, "", None, None, (), searched, "the two laws are the same")
    above = gap(u) >= 0
    steps = np.flatnonzero(above[1:] != above[:-1])
    resampled = all(bootstrapped(fit) for fit in fits)
    if not len(steps):
        share = float(_crossed(fits, u, float(u.mean()))[1].mean()) if resampled else None
        told = "" if share is None else f"; {100 * share:.0f} % of the resamples do"
        return Crossing(None, None, "", share, None, (), searched, f"the laws do not cross {where}{told}")
    roots = _bisected(gap, u[steps], u[steps + 1])
    middle = 0.5 * (np.log(max(a, c)) + np.log(min(b, d)))
    at = float(roots[np.argmin(np.abs(roots - middle))])
    x, others = float(np.exp(at)), tuple(float(np.exp(root)) for root in roots if root != at)
    inside = bool(max(a, c) <= x <= min(b, d))
    sentence = f"the laws cross at x = {x:.4g}, {'inside' if inside else 'outside'} of the data of both series"
    if others:
        sentence += " (and at " + ", ".join(f"{other:.4g}" for other in others) + ")"
    interval, method, share, told = (_by_resamples if resampled else _by_theory)(fits, u, at, level)
    return Crossing(x, interval, method, share, inside, others, searched, f"{sentence}, {told}")


def _gap(fits: tuple[Fit, Fit], params: tuple[dict[str, Floats], ...]) -> Gap:
    def gap(u: Floats) -> Floats:
        first, second = (fit.form.values((np.exp(u),), at) for fit, at in zip(fits, params, strict=True))
        return np.asarray(second - first)

    return gap


def _bisected(gap: Gap, low: Floats, high: Floats) -> Floats:
    above = gap(low) >= 0
    for _ in range(60):
        middle = 0.5 * (low + high)
        same = (gap(middle) >= 0) == above
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return np.asarray(0.5 * (low + high))


def _by_theory(fits: tuple[Fit, Fit], u: Floats, at: float, level: float) -> tuple[Interval | None, str, None, str]:
    form, loss = fits[0].form, fits[0].loss
    if form.columns is not POWER.columns or loss.name != "log":
        return None, "", None, f"without an interval, because form {form.name} with loss {loss.name} needs a bootstrap"
    one, two = (_line(fit) for fit in fits)
    if one is None or two is None:
        return None, "", None, "without an interval, because a fit has no standard errors"
    named = f"{100 * level:g} %"
    found = fieller(two[0] - one[0], (one[1], two[1]), (fits[0].dof, fits[1].dof), level)
    if found == "line":
        return None, "", None, f"but the {named} set of Fieller's method is the whole line: the data do not tell where"
    if found == "rays":
        return None, "", None, (
            f"but the {named} set of Fieller's method has no end: the slopes are not told apart, so the laws may as "
            "well cross anywhere far out, or never"
        )  # fmt: skip
    low, high = (float(np.exp(end)) for end in found)
    return (low, high), "fieller", None, (
        f"{named} [{low:.4g}, {high:.4g}] by Fieller's method with Welch's degrees of freedom"
    )  # fmt: skip


def _line(fit: Fit) -> tuple[Floats, Floats] | None:
    """log a and c of a power law, and their covariance (2, 2)."""
    if fit.covariance is None or len(fit.covariance) < len(fit.intervals):
        return None
    (a, c), spread = (fit.params[name] for name in (*fit.form.linear, *fit.form.others)), np.zeros((2, 2))
    size = {fit.form.linear[0]: 1 / a, fit.form.others[0]: 1.0}
    held = list(fit.intervals)  # a pinned one has no error
    for i, one in enumerate(size):
        for j, other in enumerate(size):
            if one in held and other in held:
                spread[i, j] = fit.covariance[held.index(one), held.index(other)] * size[one] * size[other]
    return np.array([np.log(a), c]), spread


def fieller(line: Floats, spreads: tuple[Floats, Floats], dofs: tuple[int, int], level: float) -> Interval | str:
    """The u at which line[0] + line[1] * u is not told from zero.

    The degrees of freedom are those of the slopes, so that the set has an end on both sides exactly if the interval
    of their difference excludes zero.

    Args:
        line: (2,) difference of two lines.
        spreads: The covariance (2, 2) of each of the two.
        dofs: Their degrees of freedom.
        level: The confidence level.

    Returns:
        The ends of the interval; `rays` if it is all but a stretch, `line` if it is everything.
    """
    slopes = tuple(float(np.sqrt(spread[1, 1])) for spread in spreads)
    if not any(slopes):
        reach = 0.0 if not any(spread.any() for spread in spreads) else student(level, sum(dofs))
    else:
        reach = student(level, satterthwaite((slopes[0], slopes[1]), dofs))
    form = np.outer(line, line) - reach**2 * (spreads[0] + spreads[1])
    if form[1, 1] <= 0:
        return "rays" if form[0, 1] ** 2 > form[0, 0] * form[1, 1] else "line"
    root = np.sqrt(max(form[0, 1] ** 2 - form[0, 0] * form[1, 1], 0.0))
    ends = [(-form[0, 1] + sign * root) / form[1, 1] for sign in (-1, 1)]
    return "rays" if max(map(abs, ends)) > 690 else (float(ends[0]), float(ends[1]))


def _by_resamples(fits: tuple[Fit, Fit], u: Floats, at: float, level: float) -> tuple[Interval | None, str, float, str]:
    roots, crosses = _crossed(fits, u, at)
    share = float(crosses.mean())
    apart = tuple(fit.form.values((np.array([np.exp(at)]),), _params(fit, slice(None)))[:, 0] for fit in fits)
    # Resamples that do not cross could stand beyond either end: an end that they could move is not known.
    tries = [np.where(crosses, roots, far) for far in (u[0] - 1e6, u[-1] + 1e6)]
    scatters = (scatter_of(fits[0]), scatter_of(fits[1]))
    below, beyond = (of_resamples(values, (apart[0], apart[1]), scatters, level) for values in tries)
    if below is None or beyond is None:
        return None, "", share, "without an interval, because the resamples are too few"
    if below[0] < u[0] or beyond[1] > u[-1]:
        why = f"{100 * (1 - share):.2g} % of the resamples do not cross within the range searched"
        return None, "", share, f"without an interval, because {why}"
    low, high = float(np.exp(below[0])), float(np.exp(beyond[1]))
    told = f"{100 * level:g} % [{low:.4g}, {high:.4g}] from the resamples"
    return (low, high), "resamples", share, told if share == 1 else f"{told}, of which {100 * share:.4g} % cross"


def _crossed(fits: tuple[Fit, Fit], u: Floats, near: float) -> tuple[Floats, Floats]:
    """Of each pair of resamples the log x of the crossing nearest to `near` (B,), and whether there is one (B,)."""
    roots, crosses = [], []
    for start in range(0, len(fits[0].draws), CHUNK):  # type: ignore[arg-type]
        gap = _gap(fits, tuple(_params(fit, slice(start, start + CHUNK)) for fit in fits))
        above = gap(u) >= 0
        change = above[:, 1:] != above[:, :-1]
        distance = np.where(change, np.abs(0.5 * (u[1:] + u[:-1]) - near), np.inf)
        best = np.argmin(distance, axis=1)
        roots.append(_bisected(gap, u[best][:, None], u[best + 1][:, None])[:, 0])
        crosses.append(change.any(axis=1))
    return np.concatenate(roots), np.concatenate(crosses)


def _params(fit: Fit, which: slice) -> dict[str, Floats]:
    assert fit.draws is not None
    draws = fit.draws[which]
    made = {name: np.full(len(draws), value) for name, value in fit.params.items()}
    return {**made, **dict(zip(fit.free, draws.T, strict=True))}
