"""Bands around a fitted law: where the law itself lies, and where one new run will.

A new run scatters about the law as the fitted runs do, so its interval adds the residual noise to the uncertainty of
the parameters. Without resamples both are combined by the delta method with Student's t; with resamples each draw of
the law gets a draw of the noise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reprolib.laws.checks import Floats, between
from reprolib.laws.quantiles import expanded, reach, student, tail_of

if TYPE_CHECKING:
    from reprolib.laws.result import Fit


def bands(fit: Fit, inputs: tuple[Floats, ...], *, new: bool, level: float) -> tuple[Floats, Floats]:
    """Low and high (m,) at inputs of m values each; NaN where no interval can be trusted."""
    between(level, "level", 0, 1)
    unknown = np.full(len(inputs[0]), np.nan)
    if fit.dof < 1:
        return unknown, unknown
    if fit.draws is not None:
        return _from_draws(fit, inputs, new, level)
    if fit.covariance is None:
        return unknown, unknown
    centre = fit.form.values(inputs, fit.params)
    slopes = gradient(fit, inputs)
    if fit.loss.log:
        slopes = slopes / centre[:, None]
    variance = np.einsum("mi,ij,mj->m", slopes, fit.covariance, slopes) + (fit.spread**2 if new else 0.0)
    return _around(fit, centre, student(level, fit.dof) * np.sqrt(variance))


def gradient(fit: Fit, inputs: tuple[Floats, ...]) -> Floats:
    """The derivative of the law by each of `fit.free`, (m, free)."""
    form = fit.form
    at = [np.array([[fit.params[name]]]) for name in form.others]
    made = form.columns(*inputs, *at)
    by = form.slopes_at(made, inputs, at) if form.others else ()
    wide = np.zeros((1, len(inputs[0])))
    linear = [fit.params[name] for name in form.linear] or [1.0]
    every = {name: (column + wide)[0] for name, column in zip(form.linear, made, strict=False)}
    for k, name in enumerate(form.others):
        every[name] = (sum(value * by[j][k] for j, value in enumerate(linear)) + wide)[0]
    return np.array([every[name] for name in fit.free]).reshape(len(fit.free), len(inputs[0])).T


def _from_draws(fit: Fit, inputs: tuple[Floats, ...], new: bool, level: float) -> tuple[Floats, Floats]:
    assert fit.draws is not None
    drawn = {name: np.full(len(fit.draws), value) for name, value in fit.params.items()}
    drawn.update(zip(fit.free, fit.draws.T, strict=True))
    law = fit.form.values(inputs, drawn)
    if fit.loss.log:
        law = np.log(law)
    tail = tail_of(fit.method, level, dof=fit.dof, sample=fit.sample, free=len(fit.free))
    if new and tail > 0:
        law = law + _noise(fit, law.shape, level, tail)
    low, high = expanded(law, tail)
    return (np.exp(low), np.exp(high)) if fit.loss.log else (low, high)


def _noise(fit: Fit, shape: tuple[int, ...], level: float, tail: float) -> Floats:
    """What a new run adds to each draw of the law."""
    rng = np.random.default_rng([fit.seed, 1])  # the resamples were drawn from [seed, 0]
    if fit.loss.squares:
        # Alone it would have to reach as far as Student's t, whatever percentiles are taken.
        return fit.spread * student(level, fit.dof) / reach(tail) * rng.standard_normal(shape)
    # Robust losses are for residuals that are not normal.
    return rng.choice(np.array(fit.residuals) * np.sqrt(fit.n_points / fit.dof), size=shape)


def _around(fit: Fit, centre: Floats, half: Floats) -> tuple[Floats, Floats]:
    if not fit.loss.log:
        return centre - half, centre + half
    with np.errstate(over="ignore"):
        high = centre * np.exp(half)
    sure = np.isfinite(high)  # an interval that leaves the floats says nothing
    return np.where(sure, centre * np.exp(-half), np.nan), np.where(sure, high, np.nan)
