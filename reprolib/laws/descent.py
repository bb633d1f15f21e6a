"""The smallest loss along a budget, for many sets of parameters at once.

For a law L(N, D) and a cost c(N) of one sample the loss along a budget C is L(N, C / c(N)). Its smallest value is
looked for on a grid of log N, narrowed by golden section and finished by one step of Newton.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reprolib.laws.checks import Floats
from reprolib.laws.forms import Form
from reprolib.laws.prices import Price

CELLS = 257
"""Places of the grid; two optima closer than a step are one."""
GOLDEN = (5**0.5 - 1) / 2
SECTIONS = 45
"""Each narrows the place to 0.618: to 1e-9 of a step, which is less than golden section can tell through rounding."""
STENCIL = 0.01
"""The step in log N of the fourth-order differences for Newton's step; both their errors are then about 1e-13."""
NEWTON = 1e-4
"""A longer step would not be a correction of rounding but a kink of the cost, where the section knows better."""
EDGE = 1e-6
"""An optimum this close to the end of the search, in log N, is not one."""


@dataclass(frozen=True)
class Best:
    """The optima of P sets of parameters at K budgets, each (P, K)."""

    log_n: Floats
    log_d: Floats
    loss: Floats
    settled: NDArray[np.bool_]
    """Whether the optimum lies inside of the range searched."""


def cheapest(form: Form, params: Mapping[str, Floats], price: Price, budgets: Floats) -> Best:
    """The smallest loss at each of K budgets.

    Args:
        form: A form of N and D.
        params: Every parameter, each (P,).
        price: The cost of a sample.
        budgets: (K,)
    """
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # far from the optimum a loss may be infinite
        parts = [_best(form, params, price, float(budget)) for budget in budgets]
    return Best(*(np.stack(column, axis=1) for column in zip(*parts, strict=True)))


def _best(form: Form, params: Mapping[str, Floats], price: Price, budget: float) -> tuple[Any, ...]:
    def along(u: Floats) -> Floats:
        N = np.exp(u)
        given = {"N": N, "D": budget / price.of(N)}
        return form.values(tuple(given[name] for name in form.inputs), params)

    low, high = price.span(budget)
    grid = np.linspace(low, high, CELLS)
    best = np.argmin(along(grid), axis=1)
    a, b = grid[np.maximum(best - 1, 0)][:, None], grid[np.minimum(best + 1, CELLS - 1)][:, None]
    left, right = b - GOLDEN * (b - a), a + GOLDEN * (b - a)
    at_left, at_right = along(left), along(right)
    for _ in range(SECTIONS):
        lower = at_left < at_right
        a, b = np.where(lower, a, left), np.where(lower, right, b)
        probe = np.where(lower, b - GOLDEN * (b - a), a + GOLDEN * (b - a))
        value = along(probe)
        left, right, at_left, at_right = (
            np.where(lower, probe, right),
            np.where(lower, left, probe),
            np.where(lower, value, at_right),
            np.where(lower, at_left, value),
        )
    u = np.clip(_finished(along, 0.5 * (a + b), low, high), low, high)
    settled = (u - low > EDGE) & (high - u > EDGE)
    return u[:, 0], np.log(budget / price.of(np.exp(u)))[:, 0], along(u)[:, 0], settled[:, 0]


def _finished(along: Callable[[Floats], Floats], u: Floats, low: float, high: float) -> Floats:
    """Golden section ends where rounding hides the bend of the loss; its slope tells the place more exactly."""
    steps = np.array([-2, -1, 0, 1, 2]) * STENCIL
    around = np.concatenate([along(np.clip(u + step, low, high)) for step in steps], axis=1)
    slope = around @ np.array([1, -8, 0, 8, -1]) / (12 * STENCIL)
    bend = around @ np.array([-1, 16, -30, 16, -1]) / (12 * STENCIL**2)
    moved = np.where(bend > 0, slope / bend, np.inf)[:, None]
    inside = (u - low > 2 * STENCIL) & (high - u > 2 * STENCIL)
    return np.where(inside & (np.abs(moved) < NEWTON), u - moved, u)
