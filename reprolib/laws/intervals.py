"""The interval of every parameter by the method asked for, and in words what it leaves out or why there is none."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from reprolib.laws.checks import Floats
from reprolib.laws.profiles import Profile, profile
from reprolib.laws.quantiles import IN_TAIL, expanded, student, tail_of
from reprolib.laws.resamples import KINDS, resample
from reprolib.laws.search import cells_of

if TYPE_CHECKING:
    from reprolib.laws.fitting import Fitted

Interval = tuple[float, float]

SENTENCES = {
    "delta": "delta method with Student's t, {dof}",
    "profile": "profile of the objective with the threshold of Student's t, {dof}",
    "pairs": "{number} resamples of rows, percentiles widened for a small sample",
    "cluster": "{number} resamples of whole clusters, percentiles widened for a small sample",
    "residual": "{number} resamples of residuals put on the law, percentiles at the level of Student's t ({dof})",
    "parametric": "{number} resamples with normal residuals, percentiles at the level of Student's t ({dof})",
    "noise": "{number} resamples with the known measurement noise alone: what another test set would have changed, "
    "not what other runs would",
}


@dataclass(frozen=True)
class Intervals:
    """What is known about the parameters' uncertainty."""

    method: str
    sentence: str
    free: tuple[str, ...]
    """What `draws` (or the covariance) are about."""
    intervals: dict[str, Interval | None]
    notes: dict[str, str]
    draws: Floats | None = None
    sample: int | None = None
    """How many rows or clusters the resamples imitate."""
    profiles: dict[str, Profile] = field(default_factory=dict)


def intervals_of(fitted: Fitted, method: str, number: int, level: float, seed: int) -> Intervals:
    """The intervals of a fit by `method`."""
    dof = f"{fitted.dof} degree{'' if fitted.dof == 1 else 's'} of freedom"
    sentence = SENTENCES[method].format(dof=dof, number=f"{number:,}")
    if fitted.frontier is not None:
        sentence += (
            "; the frontier was chosen again in every resample, but a smallest value stays biased downwards"
            if method in KINDS
            else f"; the points are taken as given although they are {fitted.frontier.rule}, so the selection is left "
            "out and the coverage is not the nominal one"
        )
    fitted_names = [name for name in fitted.problem.form.names if name not in fitted.problem.fixed]
    if fitted.dof < 1:
        note = f"{len(fitted_names)} points fix {len(fitted_names)} parameters exactly and leave no error to judge by"
        return Intervals(method, f"none: {note}", (), dict.fromkeys(fitted_names), dict.fromkeys(fitted_names, note))
    if method == "delta" and not (fitted.problem.loss.squares or fitted.problem.loss.factor):
        note = f"the {fitted.problem.loss.name} loss has no interval without resamples; give bootstrap"
        return Intervals(method, f"none: {note}", (), dict.fromkeys(fitted_names), dict.fromkeys(fitted_names, note))
    if method in KINDS:
        return _from_resamples(fitted, method, sentence, number, level, seed)
    if method == "profile":
        return _from_profiles(fitted, sentence, level)
    return _from_covariance(fitted, sentence, level)


def _from_covariance(fitted: Fitted, sentence: str, level: float) -> Intervals:
    near, values, form = fitted.local, _values(fitted), fitted.problem.form
    made: dict[str, Interval | None] = {}
    notes: dict[str, str] = {}
    for name in values:
        made[name] = None
        if name in near.at_bound:
            notes[name] = f"rests at its bound {near.at_bound[name]:g}, where the delta method does not hold"
        elif near.inner.flat:
            notes[name] = near.inner.sentence
        else:
            assert near.inner.matrix is not None
            at = near.inner.names.index(name)
            half = student(level, fitted.dof) * float(np.sqrt(near.inner.matrix[at, at]))
            low, high = form.bounds(name)
            ends = _scaled(values[name], half) if form.scales(name) else (values[name] - half, values[name] + half)
            if not np.isfinite(ends).all():
                notes[name] = "so wide that its end is no number"
                continue
            made[name] = max(ends[0], low), min(ends[1], high)
            if made[name] != ends:
                notes[name] = "cut at its bound, near which the delta method is rough; take method profile"
    return Intervals("delta", sentence, near.wide.names, made, notes)


def _scaled(value: float, half: float) -> Interval:
    """The interval of a factor, which is symmetric in its logarithm."""
    with np.errstate(over="ignore"):
        return float(value * np.exp(-half / value)), float(value * np.exp(half / value))


def _from_profiles(fitted: Fitted, sentence: str, level: float) -> Intervals:
    near, values = fitted.local, _values(fitted)
    scale = fitted.search.best.objective / fitted.dof
    threshold = max(student(level, fitted.dof) ** 2 * scale, 1e-300)
    made: dict[str, Interval | None] = {}
    notes: dict[str, str] = {}
    profiles = {}
    for name, value in values.items():
        half = _first_guess(fitted, name, value, level)
        if half == 0:  # the data lie on the law to the last digit
            made[name] = (value, value)
            continue
        found = profiles[name] = profile(fitted.problem, fitted.search.best, name, half, threshold)
        low, high = fitted.problem.form.bounds(name)
        ends = (
            found.low if found.low is not None else (low if np.isfinite(low) and found.lowest == low else None),
            found.high if found.high is not None else (high if np.isfinite(high) and found.highest == high else None),
        )
        made[name] = None if None in ends else (ends[0], ends[1])  # type: ignore[assignment]
        if found.low is None or found.high is None:
            notes[name] = _open(found, made[name], level)
    return Intervals("profile", sentence, near.wide.names, made, notes, profiles=profiles)


def _open(found: Profile, interval: Interval | None, level: float) -> str:
    sides = [
        f"{'down' if side == 0 else 'up'} to {edge:.4g} the objective rises by only {100 * max(rise, 0):.0f} % "
        f"of the {100 * level:g} % threshold"
        for side, (end, edge, rise) in enumerate(
            zip((found.low, found.high), (found.lowest, found.highest), found.rise, strict=True)
        )
        if end is None
    ]
    reach = "the interval ends at the bound" if interval else "there is no limit to give"
    return f"{' and '.join(sides)}, so {reach}"


def _first_guess(fitted: Fitted, name: str, value: float, level: float) -> float:
    for near in (fitted.local.inner, fitted.local.wide):
        if near.matrix is not None and name in near.names:
            at = near.names.index(name)
            return student(level, fitted.dof) * float(np.sqrt(near.matrix[at, at]))
    form = fitted.problem.form
    if name in form.linear:
        return 0.1 * abs(value) or 0.1 * float(np.abs(fitted.problem.y).min())
    tried = np.abs(cells_of(fitted.problem)[:, form.others.index(name)])
    return 0.1 * abs(value) or float(tried[tried > 0].min(initial=np.inf, where=True))


def _from_resamples(fitted: Fitted, method: str, sentence: str, number: int, level: float, seed: int) -> Intervals:
    values = _values(fitted)
    free = tuple(values)
    drawn = resample(
        fitted.data, fitted.problem, fitted.search, fitted.rule, method, number, seed,
        weights=fitted.weighing.weights, free=free, dof=fitted.dof,
    )  # fmt: skip
    form = fitted.problem.form
    order = [*form.others, *form.linear]
    draws = np.concatenate([drawn.others, drawn.linear], axis=1)[:, [order.index(name) for name in free]]
    sample = fitted.data.size
    if method == "cluster":
        assert fitted.data.clusters is not None
        sample = int(fitted.data.clusters.max()) + 1
    if fitted.rule.name == "pareto":
        # Its points are a sample of their own: widened for all rows, 95 % intervals held in 85 to 93 % of simulations.
        sample = min(sample, len(fitted.problem.y))
    if drawn.redrawn:
        sentence += f"; {drawn.redrawn} draws with too few different points were made again"
    if drawn.unsettled:
        sentence += f"; {drawn.unsettled} refits did not settle and are kept"
    made: dict[str, Interval | None] = dict.fromkeys(free)
    notes: dict[str, str] = {}
    tail = tail_of(method, level, dof=fitted.dof, sample=sample, free=len(free))
    if tail * number < IN_TAIL:
        drawn_of = "clusters" if method == "cluster" else "rows"
        note = f"{number:,} resamples of {sample} {drawn_of} do not reach the tails"
        return Intervals(method, sentence, free, made, dict.fromkeys(free, note), draws, sample)
    low, high = expanded(draws, tail)
    for at, name in enumerate(free):
        made[name] = (float(low[at]), float(high[at]))
        edges = form.bounds(name)
        share = float(np.isin(draws[:, at], edges).mean())
        if share > 0.01:
            notes[name] = f"at its bound in {100 * share:.0f} % of the resamples, where percentiles are rough"
        if low[at] == high[at] and share > 0.01:
            made[name] = None
            notes[name] = f"at its bound in {100 * share:.0f} % of the resamples, which no percentiles describe"
    return Intervals(method, sentence, free, made, notes, draws, sample)


def _values(fitted: Fitted) -> dict[str, float]:
    """The parameters that were fitted, in the order of the form."""
    form, best = fitted.problem.form, fitted.search.best
    every = dict(zip([*form.others, *form.linear], [*best.others, *best.linear], strict=False))
    return {name: float(every[name]) for name in form.names if name not in fitted.problem.fixed}
