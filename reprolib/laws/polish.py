"""Levenberg-Marquardt with bounds on a whole batch of problems, on true residuals and with analytic Jacobians.

Linear parameters move in units of their column's norm (`problem.norms`), so that a step in an exponent takes the
prefactor along and no unit of x is worse than another. Parameters at a bound rest there while the slope points
outwards. Losses other than squares are met by reweighting. What has not settled soon takes whole Newton steps.

An objective is flat at its minimum: where residuals are a thousandth of y it shows a parameter only to 1e-6 of its
standard error before rounding hides the rest, and other rounding then stops elsewhere. So the last steps are judged by
the gradient alone, whose zero is known to the rounding of the residuals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from reprolib.laws.checks import Bools, Floats
from reprolib.laws.losses import Loss
from reprolib.laws.problem import TINY, Problem, norms

STEPS = 200
GAUSS_NEWTON = 40
"""After so many steps the bend of the law counts too: without it, steps circle or creep where residuals are large."""
PROBE = 1e-8
"""The bend is seen from slopes that lie so far away that the law differs by this share of the data's size."""
DAMPING = (1e-15, 1e-3, 1e12)
"""Least, first and greatest damping. Beyond the greatest no step helps any more."""
ENOUGH = 1e-22
"""A fit has converged when the next step promises less than this share of its objective (of the data's size, squared,
where the objective is zero)."""
HUGE = 1e8
"""The greatest term of a law, as a multiple of the greatest y: in the sum of such terms half of the digits are left."""
LEFT = 1e-10
"""The least share of a nonlinear parameter's effect that the linear ones must leave, for it to be moved at all."""
LEAST = 1e-13
"""The least curvature, as a share of the greatest that one parameter alone has: less is rounding."""
FARTHEST_STEP = 5.0
"""A parameter that moves by its logarithm changes at most by so many factors of e in one step."""
ROUNDING = 1e-14
"""By what share an objective may rise and the step still count as good: less is rounding."""
ROUGH = 1e-9
"""As `ENOUGH`, for the smoother stages of a loss."""
FINISH = 8
"""Last steps at most, by the gradient alone; each must promise less than `SHRINKS` of what the one before did."""
SHRINKS = 0.25
UNSEEN = 1e-9
"""By what share an objective may rise in the last steps."""


@dataclass
class Points:
    """Where B problems stand: parameters, objective, and whether nothing more can be gained."""

    others: Floats
    """(B, q)"""
    linear: Floats
    """(B, p)"""
    objective: Floats
    """(B,)"""
    converged: Bools
    """(B,) of bool: the gradient within the bounds is zero to rounding, so no step can lower the objective further."""

    def take(self, which: Any) -> Points:
        """These problems alone."""
        return Points(self.others[which], self.linear[which], self.objective[which], self.converged[which])

    def put(self, which: Any, places: Points) -> None:
        """Move these problems to `places`, which have converged like them."""
        self.others[which], self.linear[which] = places.others, places.linear
        self.objective[which] = places.objective


@dataclass
class Surface:
    """The law around one place: its residuals and their slopes by [nonlinear..., normalised linear...]."""

    residuals: Floats
    """(B, n)"""
    slopes: Floats
    """(B, q + p, n), of the law (or its logarithm), so minus those of the residuals."""


def polished(
    problem: Problem,
    others: Floats,
    linear: Floats,
    *,
    steps: int = STEPS,
    enough: float = ENOUGH,
    smoothly: bool = True,
) -> Points:
    """The optimum near each start.

    Args:
        problem: B problems.
        others: (B, q) nonlinear parameters to start from.
        linear: (B, p) linear parameters to start from.
        steps: At most so many steps a stage.
        enough: The share of the objective that is not worth another step.
        smoothly: Through the smoother stages of the loss first.
    """
    *smoother, sharp = problem.loss.stages()
    for loss in smoother if smoothly else ():
        points = _descend(problem.with_loss(loss), others, linear, steps, max(enough, ROUGH))
        others, linear = points.others, points.linear
    points = _descend(problem.with_loss(sharp), others, linear, steps, enough)
    if problem.loss.quantile is not None:
        return _onto_kinks(problem, sharp, points)
    return _finished(problem, points) if enough < ROUGH else points


def _finished(problem: Problem, points: Points) -> Points:
    """From an optimum that the objective cannot tell from its neighbours to the zero of the gradient."""
    end = points.take(slice(None))
    live = np.flatnonzero(end.converged)
    for whole in (False, True):  # Newton for those whose residuals are too large for Gauss-Newton to close in
        place, least = end.take(live), np.full(len(live), np.inf)
        rows, far = np.arange(len(live)), np.zeros(len(live), dtype=bool)
        for _ in range(FINISH):
            if not len(rows):
                break
            now = place.take(rows)
            moved, promise, size = _step(problem.rows(live[rows]), now, np.full(len(rows), LEAST), whole=whole)
            nearer = promise < SHRINKS * least[rows]
            better = promise < least[rows]
            end.put(live[rows[better]], now.take(better))
            least[rows] = np.minimum(promise, least[rows])
            limit = now.objective * (1 + UNSEEN) + 1e-6 * ENOUGH * size
            far[rows] = least[rows] > ENOUGH * now.objective + 1e-4 * ENOUGH * size
            go = nearer & (promise > 0) & (moved.objective <= limit)
            rows = rows[go]
            place.put(rows, moved.take(go))
        live = live[far]
    return end


def _onto_kinks(problem: Problem, rounded: Loss, points: Points) -> Points:
    """From the optimum of a quantile loss with its kink rounded to that of the loss itself.

    There the law runs through the points whose residuals lie within the rounding here.
    """
    others, linear = points.others, points.linear
    objective = _cost(problem, others, linear)
    for _ in range(2):
        now = Points(others, linear, objective, points.converged)
        moved, _, _ = _step(problem.with_loss(rounded), now, np.full(problem.size, LEAST), inside=True)
        cost = _cost(problem, moved.others, moved.linear)
        lower = cost < objective
        others, linear = (
            np.where(lower[:, None], new, old) for new, old in ((moved.others, others), (moved.linear, linear))
        )
        objective = np.where(lower, cost, objective)
    return Points(others, linear, objective, points.converged)


def _descend(problem: Problem, others: Floats, linear: Floats, steps: int, enough: float) -> Points:
    given_others, given_linear = problem.given()
    others = np.where(np.isnan(given_others), others, given_others)
    linear = np.where(np.isnan(given_linear), linear, given_linear)
    objective = _cost(problem, others, linear)
    end = Points(others.copy(), linear.copy(), objective, np.zeros(problem.size, dtype=bool))
    damping = np.full(problem.size, DAMPING[1])
    live = np.flatnonzero(np.isfinite(objective))
    for number in range(steps):
        if not len(live):
            break
        now = end.take(live)
        moved, promise, size = _step(problem.rows(live), now, damping[live], whole=number >= GAUSS_NEWTON)
        good = moved.objective <= now.objective * (1 + ROUNDING)
        enough_now = enough * now.objective + 1e-4 * enough * size
        taken = live[good]
        end.others[taken], end.linear[taken] = moved.others[good], moved.linear[good]
        end.objective[taken] = moved.objective[good]
        damping[live] = np.clip(damping[live] * np.where(good, 0.1, 10.0), DAMPING[0], None)
        # Far before a promise is too small to be worth a step, it is too small to be seen in the objective.
        end.converged[live] = promise <= 1e6 * enough_now + 1e-12 * now.objective
        live = live[(promise > enough_now) & (damping[live] <= DAMPING[2])]
    return end


def _law(stacked: Floats, linear: Floats) -> Floats:
    return np.asarray(np.matmul(linear[:, None, :], stacked)[:, 0, :])


def _cost(problem: Problem, others: Floats, linear: Floats) -> Floats:
    """The objective (B,) there; infinite where the law is what huge terms leave of each other, for that is rounding."""
    stacked, _, _ = problem.stack(others)
    largest = np.abs(linear[..., None] * stacked).max(axis=(1, 2))
    cost = problem.objective(problem.residuals(_law(stacked, linear)))
    return np.where(largest <= HUGE * np.abs(problem.y).max(axis=-1), cost, np.inf)


def surface(problem: Problem, others: Floats, linear: Floats, held: Bools, *, raw: bool = False) -> Surface:
    """The law's residuals and slopes at nonlinear (B, q) and linear (B, p) parameters.

    Args:
        problem: B problems.
        others: (B, q).
        linear: (B, p), in their own unit.
        held: (B, p) of bool: linear parameters that stay where they are when an exponent moves.
        raw: Slopes by every parameter in its own unit, not in the units of the steps.
    """
    stacked, made, at = problem.stack(others)
    scale = np.ones(linear.shape) if raw else norms(stacked)
    law = _law(stacked, linear)
    q, p = others.shape[1], linear.shape[1]
    slopes = np.zeros((problem.size, q + p, law.shape[1]))
    by = problem.form.slopes_at(made, problem.inputs, at) if q else ()
    unit = stacked / scale[..., None]
    alone = np.zeros((problem.size, q))
    for j in range(p if q else 0):
        for k in range(q):
            slope = by[j][k]
            if np.isscalar(slope) and slope == 0:
                continue
            follow = (unit[:, j] * slope).mean(axis=1) * ~held[:, j]
            slopes[:, k] += linear[:, j, None] * (slope - unit[:, j] * follow[:, None])
            alone[:, k] += np.abs(linear[:, j, None] * slope).max(axis=1)
    # What is left where the linear parameters make up for almost all of a change is rounding, and points nowhere.
    slopes[:, :q] *= (np.abs(slopes[:, :q]).max(axis=2) > LEFT * alone)[..., None]
    if not raw:
        slopes[:, :q] *= np.where(problem.log_steps, others, 1.0)[..., None]
    slopes[:, q:] = unit
    if problem.loss.log:
        slopes /= np.where(law > 0, law, np.nan)[:, None, :]
    return Surface(problem.residuals(law), slopes)


@dataclass
class _Here:
    """The objective around one place, by [nonlinear..., normalised linear...]."""

    gradient: Floats
    """(B, q + p), downhill."""
    majorant: Floats
    """(B, q + p, q + p): the curvature of the squares that pull alike, never too small."""
    curvature: Floats
    """(B, q + p, q + p): with the loss's own curvature, but without the bend of the law (Gauss-Newton)."""
    size: Floats
    """(B,): what the data themselves would cost as residuals."""


def _around(problem: Problem, others: Floats, linear: Floats, resting: Bools, *, inside: bool = False) -> _Here:
    around = surface(problem, others, linear, resting)
    counts = problem.weights > 0
    residuals = np.where(counts, around.residuals, 0.0)
    pulling = problem.loss.curvature if inside else problem.loss.pull
    pull = np.where(counts, problem.weights * pulling(residuals), 0.0)
    slopes = np.where(counts[:, None, :], around.slopes, 0.0) if problem.loss.log else around.slopes
    pulled = slopes * pull[:, None, :]
    majorant = curvature = np.matmul(pulled, slopes.transpose(0, 2, 1))
    if problem.loss.delta is not None:
        bent = slopes * (problem.weights * problem.loss.curvature(residuals))[:, None, :]
        curvature = np.matmul(bent, slopes.transpose(0, 2, 1))
    size = (pull * (1.0 if problem.loss.log else problem.y**2)).sum(axis=1)
    return _Here(np.matmul(pulled, residuals[..., None])[..., 0], majorant, curvature, size)


def _moved(
    problem: Problem, now: Points, step: Floats, before: Floats, held: Bools, resting: Bools
) -> tuple[Floats, Floats]:
    """Where a step (B, q + p) leads within the bounds: nonlinear and linear parameters.

    Args:
        problem: B problems.
        now: Where they stand.
        step: By parameter, in the units of `_Here`.
        before: The columns' norms (B, p) there.
        held: (B, q + p) of bool: parameters that do not move.
        resting: (B, p) of bool: linear parameters that do not follow when an exponent moves.
    """
    q = now.others.shape[1]
    low, high, low_linear, high_linear = problem.bounds()
    times = np.exp(np.clip(step[:, :q], -FARTHEST_STEP, FARTHEST_STEP))
    others = np.clip(np.where(problem.log_steps, now.others * times, now.others + step[:, :q]), low, high)
    others = np.where(held[:, :q], now.others, others)
    after = norms(problem.stack(others)[0])
    follow = (now.linear * before + step[:, q:]) / np.where(resting, before, after)
    return others, np.where(held[:, q:], now.linear, np.clip(follow, low_linear, high_linear))


def _bend(problem: Problem, now: Points, here: _Here, reach: Floats, *fixed: Any) -> Floats:
    """The whole curvature (B, q + p, q + p) of the objective, by differences of its gradient.

    Args:
        problem: B problems.
        now: Where they stand.
        here: The objective there.
        reach: (B, q + p): how far away, by parameter, to look.
        fixed: The columns' norms, what is held and what rests, as in `_moved`.
    """
    count = reach.shape[1]
    many = np.repeat(np.arange(problem.size), count)
    each, (before, held, resting) = problem.rows(many), (value[many] for value in fixed)
    probes = (reach[:, :, None] * np.eye(count)).reshape(-1, count)
    there = _around(each, *_moved(each, now.take(many), probes, before, held, resting), resting)
    made = (here.gradient[:, None, :] - there.gradient.reshape(-1, count, count)) / reach[..., None]
    return np.asarray(0.5 * (made + made.transpose(0, 2, 1)))


@np.errstate(all="ignore")
def _step(
    problem: Problem, now: Points, damping: Floats, *, whole: bool = False, inside: bool = False
) -> tuple[Points, Floats, Floats]:
    """One damped step: where it leads, what the undamped one promises (B,), and the size of the data (B,).

    Where the law or its slopes cannot be computed the step leads nowhere and its promise is infinite.

    Args:
        problem: B problems.
        now: Where they stand.
        damping: (B,).
        whole: With the bend of the law (Newton), not without (Gauss-Newton).
        inside: Only for the residuals within delta, and only of parameters that are not at a bound.
    """
    low, high, low_linear, high_linear = problem.bounds()
    given_others, given_linear = problem.given()
    resting: Bools = ~np.isnan(given_linear) | (now.linear <= low_linear) | (now.linear >= high_linear)
    before = norms(problem.stack(now.others)[0])
    here = _around(problem, now.others, now.linear, resting, inside=inside)

    place = np.concatenate([now.others, now.linear], axis=1)
    bottom, top = np.concatenate([low, low_linear]), np.concatenate([high, high_linear])
    held: Any = ~np.isnan(np.concatenate([given_others, given_linear], axis=1))
    held |= (place <= bottom) & ((here.gradient <= 0) | inside) | (place >= top) & ((here.gradient >= 0) | inside)
    alone = np.einsum("bii->bi", here.majorant)
    held |= alone <= TINY  # the law does not feel it
    unit = np.sqrt(np.where(held, 1.0, alone))
    curvature = here.curvature
    if whole:
        inwards = np.where(place - bottom > top - place, -1.0, 1.0)
        bend = _bend(problem, now, here, inwards * PROBE * np.sqrt(here.size)[:, None] / unit, before, held, resting)
        curvature = np.where(np.isfinite(bend).all(axis=(1, 2), keepdims=True), bend, curvature)

    def free(matrix: Floats) -> Floats:
        scaled = matrix / (unit[:, :, None] * unit[:, None, :])
        return np.where(held[:, :, None] | held[:, None, :], eye, scaled)

    eye = np.eye(place.shape[1])
    gradient = np.where(held, 0.0, here.gradient / unit)
    majorant, curvature = free(here.majorant), free(curvature)
    finite: Any = np.isfinite(majorant).all(axis=(1, 2)) & np.isfinite(curvature).all(axis=(1, 2))
    finite &= np.isfinite(gradient).all(axis=1)
    majorant, curvature = (np.where(finite[:, None, None], matrix, eye) for matrix in (majorant, curvature))
    gradient = np.where(finite[:, None], gradient, 0.0)
    if whole:  # uphill curvature is turned over: a saddle repels
        values, vectors = np.linalg.eigh(curvature)
        along = np.matmul(gradient[:, None, :], vectors)[:, 0]
        promise = (along**2 / np.maximum(np.abs(values), LEAST)).sum(axis=1)
        step = np.matmul(vectors, (along / (np.abs(values) + damping[:, None]))[..., None])[..., 0]
    else:
        both = np.stack([majorant + LEAST * eye, curvature + damping[:, None, None] * eye])
        full, step = np.linalg.solve(both, np.broadcast_to(gradient[..., None], (2, *gradient.shape, 1)))[..., 0]
        promise = (full * gradient).sum(axis=1)

    others, linear = _moved(problem, now, step / unit, before, held, resting)
    objective, promise = np.where(finite, _cost(problem, others, linear), np.inf), np.where(finite, promise, np.inf)
    return Points(others, linear, objective, finite), promise, here.size
