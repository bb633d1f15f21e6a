"""How the parameters vary together: the delta method, and the directions in which the data do not hold them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reprolib.laws.checks import Floats
from reprolib.laws.losses import Loss
from reprolib.laws.polish import surface
from reprolib.laws.problem import Problem

FLAT = 1e-8
"""A direction whose normalised slope is smaller than this share of the largest is not held by the data at all."""


@dataclass(frozen=True)
class Covariance:
    """How some parameters vary together."""

    names: tuple[str, ...]
    matrix: Floats | None
    """(names, names); None without a degree of freedom, in a flat direction, or if the loss has no such theory."""
    flat: tuple[str, ...]
    """Parameters that can change together without a change of the fit."""

    @property
    def sentence(self) -> str:
        """The flat direction in words; empty without one."""
        if len(self.flat) < 2:
            return "".join(f"{name} can change without changing the fit" for name in self.flat)
        return f"{', '.join(self.flat[:-1])} and {self.flat[-1]} can change together without changing the fit"


@dataclass(frozen=True)
class Local:
    """The neighbourhood of an optimum, to first order."""

    at_bound: dict[str, float]
    """Parameters that rest at a bound, with it."""
    inner: Covariance
    """Of the parameters that are neither pinned nor at a bound."""
    wide: Covariance
    """Of all that are not pinned, as if no bound were there, if the data hold them; else `inner`. For predictions: a
    parameter that happens to rest at its bound is no better known for it."""
    residuals: Floats
    """(n,)"""


def local(problem: Problem, others: Floats, linear: Floats, dof: int) -> Local:
    """The neighbourhood of one optimum.

    Args:
        problem: One problem (B = 1).
        others: Its nonlinear parameters (q,).
        linear: Its linear parameters (p,).
        dof: Degrees of freedom.
    """
    form = problem.form
    order = [*form.others, *form.linear]
    place = dict(zip(order, np.concatenate([others, linear]), strict=False))
    every = tuple(name for name in form.names if name not in problem.fixed)
    at_bound = {name: float(place[name]) for name in every if place[name] in form.bounds(name)}
    inside = tuple(name for name in every if name not in at_bound)
    still = np.ones((1, problem.columns), dtype=bool)  # slopes by each parameter alone, in its own unit
    around = surface(problem, others[None], linear[None], still, raw=True)
    counts = problem.weights[0] > 0
    weights, residuals = problem.weights[0][counts], around.residuals[0][counts]

    def of(names: tuple[str, ...]) -> Covariance:
        slopes = around.slopes[0][[order.index(name) for name in names]].T[counts]
        return _covariance(names, slopes, weights, residuals, problem.loss, dof)

    inner = of(inside)
    wide = of(every) if at_bound else inner
    return Local(at_bound, inner, inner if wide.matrix is None else wide, around.residuals[0])


def _covariance(
    names: tuple[str, ...], slopes: Floats, weights: Floats, residuals: Floats, loss: Loss, dof: int
) -> Covariance:
    """For least squares s**2 (J'WJ)**-1, for asymmetric squares the sandwich of both sides' weights.

    Args:
        names: The k parameters.
        slopes: (n, k) of the law, or of its logarithm.
        weights: (n,)
        residuals: (n,)
        loss: What was made small.
        dof: Degrees of freedom.
    """
    if not names:
        return Covariance(names, np.zeros((0, 0)) if dof > 0 and loss.squares else None, ())
    rooted = slopes * np.sqrt(weights)[:, None]
    size = np.maximum(np.linalg.norm(rooted, axis=0), 1e-300)
    unit = rooted / size
    _, values, axes = np.linalg.svd(unit, full_matrices=False)
    if len(values) < len(names) or not values[-1] > FLAT * values[0]:
        return Covariance(names, None, tuple(n for n, part in zip(names, axes[-1], strict=True) if abs(part) > 0.1))
    if dof < 1 or not (loss.squares or loss.factor is not None):
        return Covariance(names, None, ())
    inverse = (axes.T / values**2) @ axes
    if loss.squares:
        made = inverse * float((weights * residuals**2).sum()) / dof
    else:
        pull = loss.pull(residuals)
        inverse = np.linalg.inv((unit * pull[:, None]).T @ unit)
        middle = (unit * (weights * (pull * residuals) ** 2)[:, None]).T @ unit
        made = inverse @ middle @ inverse * len(residuals) / dof
    return Covariance(names, np.asarray(made / np.outer(size, size)), ())
