"""The bootstrap: new data of the same kind, the frontier chosen again in each, and the law refitted to each.

Five kinds. `pairs` draws rows; `cluster` draws whole clusters; `residual` draws residuals and puts them on the fitted
law; `parametric` draws normal residuals of the fitted size; `noise` adds the known measurement noise to the measured y,
and so asks only what another test set of the same size would have changed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reprolib.laws.checks import Floats, LawError
from reprolib.laws.frontiers import Rule, select_many
from reprolib.laws.points import Data
from reprolib.laws.problem import Problem
from reprolib.laws.solve import Search, refit

KINDS = ("pairs", "residual", "parametric", "cluster", "noise")
ROUNDS = 20
"""How often resamples that cannot hold the parameters are drawn again before the bootstrap is given up."""


@dataclass(frozen=True)
class Resamples:
    """What became of the resamples."""

    others: Floats
    """(B, q)"""
    linear: Floats
    """(B, p)"""
    redrawn: int
    """Resamples drawn again because they held fewer different points than the law has parameters."""
    unsettled: int
    """Refits that did not converge; they are kept."""


def resample(
    data: Data,
    problem: Problem,
    known: Search,
    rule: Rule,
    kind: str,
    number: int,
    seed: int,
    *,
    weights: Floats,
    free: tuple[str, ...],
    dof: int,
) -> Resamples:
    """Refit `number` resamples.

    Args:
        data: All rows, before any frontier.
        problem: The fit of the data itself (B = 1), on the points of the frontier.
        known: Its search, whose basins every refit starts from too.
        rule: The frontier's rule, applied again to every resample.
        kind: One of `KINDS`.
        number: How many.
        seed: What they are drawn from.
        weights: (n,) of all rows, with what is known of their noise.
        free: The parameters that are fitted.
        dof: Degrees of freedom of the fit.

    Raises:
        LawError: This kind of resample does not suit the data.
    """
    rng = np.random.default_rng([seed, 0])
    if kind in ("pairs", "cluster"):
        made, redrawn = _of_rows(data, problem, rule, kind, number, rng, weights, free)
    elif kind == "noise":
        made, redrawn = _of_noise(data, problem, rule, number, rng, weights), 0
    else:
        made, redrawn = _of_residuals(problem, known, kind, number, rng, dof), 0
    points = refit(made, known)
    return Resamples(points.others, points.linear, redrawn, int((~points.converged).sum()))


def _of_rows(
    data: Data,
    problem: Problem,
    rule: Rule,
    kind: str,
    number: int,
    rng: np.random.Generator,
    weights: Floats,
    free: tuple[str, ...],
) -> tuple[Problem, int]:
    counts = np.zeros((number, data.size))
    lacking, redrawn = np.arange(number), 0
    for _ in range(ROUNDS):
        counts[lacking] = _counts(data, kind, len(lacking), rng)
        made = _selected(data, problem, rule, counts, data.y, weights)
        lacking = np.flatnonzero(~_holds(made, data.series, free))
        if not len(lacking):
            return made, redrawn
        redrawn += len(lacking)
    raise LawError(
        f"{len(lacking)} of {number} resamples still have fewer different points than the {len(free)} parameters after "
        f"{ROUNDS} draws; {data.size} rows are too few for a {kind} bootstrap, take intervals without one"
    )


def _counts(data: Data, kind: str, number: int, rng: np.random.Generator) -> Floats:
    """How often each row is in each resample, (number, n)."""
    if kind == "pairs":
        made = np.zeros((number, data.size))
        for rows in _strata(data):
            made[:, rows] = rng.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), size=number)
        return made
    assert data.clusters is not None
    groups = int(data.clusters.max()) + 1
    drawn = rng.multinomial(groups, np.full(groups, 1 / groups), size=number)
    return drawn[:, data.clusters].astype(np.float64)


def _strata(data: Data) -> list[NDArray[np.intp]]:
    """Rows that are drawn among themselves: those of one series, which some resamples would lack otherwise."""
    if not data.series:
        return [np.arange(data.size)]
    return [np.flatnonzero(data.inputs[-1] == code) for code in range(len(data.series))]


def _holds(problem: Problem, series: tuple[str, ...], free: tuple[str, ...]) -> NDArray[np.bool_]:
    """Whether each resample has at least as many different points as parameters, (B,), and so has each series."""
    there = problem.weights > 0
    if problem.inputs[0].ndim == 2:
        ordered = np.sort(np.where(there, problem.inputs[0], np.nan), axis=1)
        return np.asarray((np.diff(ordered, axis=1) > 0).sum(axis=1) + 1 >= len(free))
    places, place = np.unique(np.stack(problem.inputs), axis=1, return_inverse=True)
    order = np.argsort(place.reshape(-1), kind="stable")
    starts = np.searchsorted(place.reshape(-1)[order], np.arange(places.shape[1]))
    taken = np.logical_or.reduceat(there[:, order], starts, axis=1)
    enough = taken.sum(axis=1) >= len(free)
    for code, name in enumerate(series):
        own = sum(each.endswith(f"[{name}]") for each in free)
        enough &= taken[:, places[-1] == code].sum(axis=1) >= own
    return np.asarray(enough)


def _selected(data: Data, problem: Problem, rule: Rule, counts: Floats, y: Floats, weights: Floats) -> Problem:
    """The batch of problems: each resample's rows, or its own frontier."""
    form, loss = problem.form, problem.loss
    fixed = {name: np.repeat(value, len(counts)) for name, value in problem.fixed.items()}
    if rule.name == "none":
        return Problem(form, loss, data.inputs, y, counts * weights, fixed)
    x, chosen, kept = select_many(rule, data.inputs[0], y, counts > 0)
    if np.ptp(weights):
        kept = kept * (_winners_weights(y, chosen, weights) if rule.name == "bins" else weights)
    return Problem(form, loss, (x,), chosen, kept, fixed)


def _winners_weights(y: Floats, chosen: Floats, weights: Floats) -> Floats:
    """The weight of the row with each chosen y (B, m): a bin tells its smallest y and not whose it is."""
    lines = np.broadcast_to(y, (len(chosen), len(weights)))
    order = np.argsort(lines, axis=1, kind="stable")
    last = len(weights) - 1
    at = [
        rows[np.minimum(np.searchsorted(line[rows], one), last)]
        for line, rows, one in zip(lines, order, chosen, strict=True)
    ]
    return np.asarray(weights[np.stack(at)])


def _of_noise(
    data: Data, problem: Problem, rule: Rule, number: int, rng: np.random.Generator, weights: Floats
) -> Problem:
    assert data.noise is not None
    y = data.y + data.noise * rng.standard_normal((number, data.size))
    y = np.where(y > 0, y, data.y) if problem.loss.log or rule.name != "none" else y
    return _selected(data, problem, rule, np.ones((number, data.size)), y, weights)


def _of_residuals(
    problem: Problem, known: Search, kind: str, number: int, rng: np.random.Generator, dof: int
) -> Problem:
    stacked, _, _ = problem.stack(known.best.others[None])
    law = known.best.linear @ stacked[0]
    # Heavier points scatter less: residuals are drawn in the unit of a point of weight 1.
    counts = problem.weights[0] > 0
    rooted = np.sqrt(problem.weights[0][counts])
    unit = problem.residuals(law[None])[0][counts] * rooted
    drawn = np.zeros((number, len(law)))
    if kind == "residual":
        inflated = (unit - unit.mean()) * np.sqrt(len(unit) / dof)
        drawn[:, counts] = rng.choice(inflated, size=(number, len(unit))) / rooted
    else:
        drawn[:, counts] = np.sqrt((unit**2).sum() / dof) * rng.standard_normal((number, len(unit))) / rooted
    y = law * np.exp(drawn) if problem.loss.log else law + drawn
    fixed = {name: np.repeat(value, number) for name, value in problem.fixed.items()}
    return Problem(problem.form, problem.loss, problem.inputs, y, np.repeat(problem.weights, number, axis=0), fixed)
