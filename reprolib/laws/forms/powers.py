"""Power laws of one variable: plain, with a floor, shifted, and their siblings M1 to M3; and the sigmoid of a loss."""

from __future__ import annotations

from typing import Any

import numpy as np

from reprolib.laws.checks import Floats
from reprolib.laws.forms.record import Form, Parameter, grid

STEEPEST = 10.0
"""The largest size of an exponent. A steeper power law is an exponential in disguise, and x**c leaves the floats."""
FLATTEST_FOLD, STEEPEST_FOLD = 0.01, 30.0
"""The search spans exponents by which x**c changes by these factors of e over the data."""


def folds(number: int) -> Floats:
    """How many factors of e a column may change by from the smallest x to the largest."""
    return np.geomspace(FLATTEST_FOLD, STEEPEST_FOLD, number)


def raised(x: Any, exponent: Any) -> Any:
    """x**exponent, with one logarithm for each x and not one for each exponent."""
    return np.exp(exponent * np.log(x))


def _falling(number: int, name: str) -> Any:
    def cells(inputs: tuple[Floats, ...], y: Floats) -> dict[str, Floats]:
        spread = np.log(inputs[0].max() / inputs[0].min())
        return {name: -np.minimum(folds(number) / spread, STEEPEST)}

    return cells


def _either(inputs: tuple[Floats, ...], y: Floats) -> dict[str, Floats]:
    spread = np.log(inputs[0].max() / inputs[0].min())
    size = np.minimum(folds(40) / spread, STEEPEST)
    return {"c": np.concatenate([-size[::-1], size])}


def _shifted(inputs: tuple[Floats, ...], y: Floats) -> dict[str, Floats]:
    x = inputs[0]
    shift = np.concatenate([[0.0], np.geomspace(1e-3 * x.min(), 30 * x.max(), 39)])
    spread = np.log((x.max() + shift) / (x.min() + shift))
    steep = np.minimum(folds(24)[None, :] / spread[:, None], STEEPEST)
    return {"b": np.repeat(shift, steep.shape[1]), "c": -steep.ravel()}


def _saturating(inputs: tuple[Floats, ...], y: Floats) -> dict[str, Floats]:
    inverse = _shifted((1 / inputs[0],), y)
    return {"c": inverse["c"], "gamma": inverse["b"]}


def _sigmoid(inputs: tuple[Floats, ...], y: Floats) -> dict[str, Floats]:
    x = inputs[0]
    width = np.ptp(x)
    steep = np.geomspace(0.5, 100, 24) / width
    return grid(k=np.concatenate([-steep[::-1], steep]), x0=np.linspace(x.min() - width, x.max() + width, 31))


def _logistic(x: Any, k: Any, x0: Any) -> Any:
    return np.exp(-np.logaddexp(0.0, -k * (x - x0)))  # to all digits where it is small, unlike 1 + tanh


_A = Parameter("a", "the value at x = 1, above the floor", "y / x**c", low=0)
_C = Parameter("c", "the exponent: ten times the x, 10**c times what is above the floor", low=-STEEPEST, high=0)
_D = Parameter("d", "the floor that no x gets below", "y", low=0)
_B = Parameter("b", "the shift of x", "x", low=0)

POWER = Form(
    name="power",
    formula="y = a * x**c",
    inputs=("x",),
    parameters=(
        Parameter("a", "the value at x = 1", "y / x**c", low=0),
        Parameter("c", "the exponent: ten times the x, 10**c times the y", low=-STEEPEST, high=STEEPEST),
    ),
    linear=("a",),
    columns=lambda x, c: (raised(x, c),),
    slopes=lambda made, x, c: ((made[0] * np.log(x),),),
    cells=_either,
    exponent="c",
    source="Cherti et al., arXiv 2212.07143, sec. 3, there E = beta * C**alpha",
)

POWER_FLOOR = Form(
    name="power-floor",
    formula="y = a * x**c + d",
    inputs=("x",),
    parameters=(_A, _C, _D),
    linear=("a", "d"),
    columns=lambda x, c: (raised(x, c), 1.0),
    slopes=lambda made, x, c: ((made[0] * np.log(x),), (0.0,)),
    cells=_falling(60, "c"),
    exponent="c",
    floor="d",
    source="Hestness et al., arXiv 1712.00409",
)

SHIFTED_POWER_FLOOR = Form(
    name="shifted-power-floor",
    formula="y = a * (x + b)**c + d",
    inputs=("x",),
    parameters=(_A, _B, _C, _D),
    linear=("a", "d"),
    columns=lambda x, b, c: (raised(x + b, c), 1.0),
    slopes=lambda made, x, b, c: ((made[0] * c / (x + b), made[0] * np.log(x + b)), (0.0, 0.0)),
    cells=_shifted,
    exponent="c",
    floor="d",
    source="Zhai et al., arXiv 2106.04560, sec. 2",
)

_BETA = Parameter("beta", "the value at x = 1, above the floor", "y / x**c", low=0)

M1 = Form(
    name="m1",
    formula="y = beta * x**c",
    inputs=("x",),
    parameters=(_BETA, _C),
    linear=("beta",),
    columns=POWER.columns,
    slopes=POWER.slopes,
    cells=_falling(60, "c"),
    exponent="c",
    source="Alabdulmohsin et al., arXiv 2209.06640, M1",
)

M2 = Form(
    name="m2",
    formula="y = beta * x**c + e_inf",
    inputs=("x",),
    parameters=(_BETA, _C, Parameter("e_inf", "the error at infinite x", "y", low=0)),
    linear=("beta", "e_inf"),
    columns=POWER_FLOOR.columns,
    slopes=POWER_FLOOR.slopes,
    cells=_falling(60, "c"),
    exponent="c",
    floor="e_inf",
    source="Alabdulmohsin et al., arXiv 2209.06640, M2",
)

M3 = Form(
    name="m3",
    formula="y = beta * (1 / x + gamma)**(-c)",
    inputs=("x",),
    parameters=(_BETA, _C, Parameter("gamma", "1 / x at which the fall ends", "1 / x", low=0)),
    linear=("beta",),
    columns=lambda x, c, gamma: (raised(1 / x + gamma, -c),),
    slopes=lambda made, x, c, gamma: ((-made[0] * np.log(1 / x + gamma), -made[0] * c / (1 / x + gamma)),),
    cells=_saturating,
    exponent="c",
    source="Alabdulmohsin et al., arXiv 2209.06640, M3",
)

SIGMOID = Form(
    name="sigmoid",
    formula="y = a / (1 + exp(-k * (x - x0))) + b",
    inputs=("x",),
    parameters=(
        Parameter("a", "how far y rises in all", "y", low=0),
        Parameter("k", "the steepness; above zero y rises with x", "1 / x"),
        Parameter("x0", "the x of the steepest place", "x"),
        Parameter("b", "the lowest y", "y"),
    ),
    linear=("a", "b"),
    columns=lambda x, k, x0: (_logistic(x, k, x0), 1.0),
    slopes=lambda made, x, k, x0: (
        (made[0] * (1 - made[0]) * (x - x0), -made[0] * (1 - made[0]) * k),
        (0.0, 0.0),
    ),
    cells=_sigmoid,
    exponent="k",
    positive=False,
    source="Bhagia et al., arXiv 2412.04403, sec. 3: task accuracy as a function of a loss",
)
