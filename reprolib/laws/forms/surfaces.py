"""Laws of two variables: L(N, D) of Chinchilla, and the over-training law in (C, M = D / N)."""

from __future__ import annotations

from typing import Any

import numpy as np

from reprolib.laws.checks import Floats
from reprolib.laws.forms.powers import STEEPEST, folds, raised
from reprolib.laws.forms.record import Form, Parameter, grid


def _exponents(x: Floats, number: int) -> Floats:
    return np.asarray(np.minimum(folds(number) / np.log(x.max() / x.min()), STEEPEST))


def _chinchilla(inputs: tuple[Floats, ...], y: Floats) -> dict[str, Floats]:
    return grid(alpha=_exponents(inputs[0], 40), beta=_exponents(inputs[1], 40))


def _overtraining(inputs: tuple[Floats, ...], y: Floats) -> dict[str, Floats]:
    return {"eta": _exponents(inputs[0], 120)}


CHINCHILLA = Form(
    name="chinchilla",
    formula="y = E + A * N**(-alpha) + B * D**(-beta)",
    inputs=("N", "D"),
    parameters=(
        Parameter("E", "the loss that no size and no data get below", "y", low=0),
        Parameter("A", "what N = 1 costs", "y * N**alpha", low=0),
        Parameter("B", "what D = 1 costs", "y * D**beta", low=0),
        Parameter("alpha", "the exponent of the model's size", low=0, high=STEEPEST),
        Parameter("beta", "the exponent of the data", low=0, high=STEEPEST),
    ),
    linear=("E", "A", "B"),
    columns=lambda N, D, alpha, beta: (1.0, raised(N, -alpha), raised(D, -beta)),
    slopes=lambda made, N, D, alpha, beta: (
        (0.0, 0.0),
        (-made[1] * np.log(N), 0.0),
        (0.0, -made[2] * np.log(D)),
    ),
    cells=_chinchilla,
    exponent="alpha",
    floor="E",
    source="Hoffmann et al., arXiv 2203.15556, eq. 10",
)


def _columns_of_overtraining(C: Any, M: Any, eta: Any) -> tuple[Any, ...]:
    return 1.0, raised(M / C, eta), raised(M * C, -eta)


OVERTRAINING = Form(
    name="overtraining",
    formula="y = E + (a * M**eta + b * M**(-eta)) * C**(-eta)",
    inputs=("C", "M"),
    parameters=(
        Parameter("E", "the loss that no compute gets below", "y", low=0),
        Parameter("a", "what little a model of few parameters can hold costs", "y * (C / M)**eta", low=0),
        Parameter("b", "what few data cost", "y * (C * M)**eta", low=0),
        Parameter("eta", "the exponent of compute at a fixed M = D / N", low=0, high=STEEPEST),
    ),
    linear=("E", "a", "b"),
    columns=_columns_of_overtraining,
    slopes=lambda made, C, M, eta: ((0.0,), (made[1] * np.log(M / C),), (-made[2] * np.log(M * C),)),
    cells=_overtraining,
    exponent="eta",
    floor="E",
    source="Gadre et al., arXiv 2403.08540, eq. 4",
)
