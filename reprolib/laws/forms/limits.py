"""M4: a power law between two limits, from random guessing to the error at infinite x. It is known only implicitly.

The published form is (y - e_inf) / (e_0 - y)**alpha = beta' * x**c. Here both sides are divided by
(e_0 - e_inf)**(1 - alpha), so that beta has no unit of y and the limits enter linearly: the same laws, but a fit finds
the best of them far more surely.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reprolib.laws.checks import Floats
from reprolib.laws.forms.powers import STEEPEST, folds
from reprolib.laws.forms.record import Form, Parameter, grid

FARTHEST = 700.0
"""The largest logit: exp of more is no float."""
TINY = 1e-300
SHARPEST = 0.01
"""The least alpha. At 0 the law is a power law cut off at e_0, with a kink between two measured points."""


def _shares(target: Any, alpha: Any) -> tuple[Any, Any]:
    """1 - s and s, where s is the share of the way from e_inf to e_0 at which log s - alpha * log(1 - s) = target.

    In the logit u of s the left side rises and bends to one side only, so Newton's steps close in from one side.
    """
    u = np.clip(target, -FARTHEST, FARTHEST)
    for _ in range(100):
        toward = 0.5 * (1 + np.tanh(0.5 * u))
        left = -np.logaddexp(0.0, -u) + alpha * np.logaddexp(0.0, u)
        rises = np.maximum(1 - toward + alpha * toward, 1e-12)
        moved = np.clip(u - (left - target) / rises, -FARTHEST, FARTHEST)
        still = np.abs(moved - u).max(initial=0.0) <= 1e-13 * FARTHEST
        u = moved
        if still:
            break
    return np.exp(-np.logaddexp(0.0, u)), np.exp(-np.logaddexp(0.0, -u))


def _columns(x: Any, beta: Any, c: Any, alpha: Any) -> tuple[Any, ...]:
    target = np.log(beta) + c * np.log(x)
    return _shares(target, np.broadcast_to(alpha, np.shape(target)))


def _slopes(made: tuple[Any, ...], x: Any, beta: Any, c: Any, alpha: Any) -> tuple[tuple[Any, ...], ...]:
    """By implicit differentiation of log s - alpha * log(1 - s) = log(beta) + c * log(x)."""
    rest, share = made
    by_target = share * rest / np.maximum(rest + alpha * share, TINY)
    by = by_target / beta, by_target * np.log(x), by_target * np.log(np.maximum(rest, TINY))
    return tuple(-each for each in by), by


def _cells(inputs: tuple[Floats, ...], y: Floats) -> dict[str, Floats]:
    """The right side at the smallest x runs from far below 1, a pure power law, to far above, a wide plateau at e_0."""
    log_x = np.log(inputs[0])
    cells = grid(
        fold=np.minimum(folds(14) / np.ptp(log_x), STEEPEST),
        top=np.array([-6.0, -3.0, -1.5, -0.5, 0.5, 1.5, 3.0, 5.0, 8.0, 13.0, 20.0]),
        alpha=np.array([SHARPEST, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 10.0]),
    )
    fold = cells.pop("fold")
    return {"beta": np.exp(cells.pop("top") + fold * log_x.min()), "c": -fold, **cells}


M4 = Form(
    name="m4",
    formula="y = e_inf + (e_0 - e_inf) * s, with s / (1 - s)**alpha = beta * x**c",
    inputs=("x",),
    parameters=(
        Parameter("beta", "the right side at x = 1", "1 / x**c", low=TINY, log=True),
        Parameter("c", "the exponent of the right side", low=-STEEPEST, high=0),
        Parameter("e_inf", "the error at infinite x", "y", low=0),
        Parameter("e_0", "the error of random guessing", "y", low=0),
        Parameter("alpha", "how slowly y leaves e_0; the larger e_0, the less it matters", low=SHARPEST, high=20),
    ),
    linear=("e_inf", "e_0"),
    columns=_columns,
    slopes=_slopes,
    cells=_cells,
    exponent="c",
    starts=128,
    source="Alabdulmohsin et al., arXiv 2209.06640, M4",
)
