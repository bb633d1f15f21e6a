"""The broken power law with any number of breaks: in log-log a chain of straight pieces with rounded corners."""

from __future__ import annotations

from typing import Any

import numpy as np

from reprolib.laws.checks import Floats, LawError
from reprolib.laws.forms.powers import STEEPEST, raised
from reprolib.laws.forms.record import Form, Parameter

STARTS = 4096
"""Cells of the search. Its dimension grows by three with each break, so a full grid cannot be had."""
SHARPEST, ROUNDEST = 0.02, 5.0
"""Widths of a corner, in factors of e of x. One sharper than this is a kink between two measured points."""


def broken_power(breaks: int) -> Form:
    """y = a + b * x**(-c0) * prod_i (1 + (x / d_i)**(1 / f_i))**(-c_i * f_i).

    Caballero et al., arXiv 2210.14891, eq. 1. Any exponent may be negative: the law need not fall everywhere.

    Raises:
        LawError: There is not at least one break.
    """
    if breaks < 1:
        raise LawError(f"a broken power law with {breaks} breaks was asked for; give at least 1, or take power-floor")
    parameters = [
        Parameter("a", "the floor that y tends to", "y", low=0),
        Parameter("b", "the size of the first piece at x = 1", "y * x**c0", low=0),
        Parameter("c0", "the slope of the first piece, downwards", low=-STEEPEST, high=STEEPEST),
    ]
    for i in range(1, breaks + 1):
        parameters += [
            Parameter(f"c{i}", f"the change of slope at break {i}", low=-STEEPEST, high=STEEPEST),
            Parameter(f"d{i}", f"the x of break {i}", "x", low=1e-300, log=True),
            Parameter(f"f{i}", f"the width of corner {i}", low=SHARPEST, high=ROUNDEST, log=True),
        ]
    return Form(
        name=f"bnsl{breaks}",
        formula="y = a + b * x**(-c0)"
        + "".join(f" * (1 + (x / d{i})**(1 / f{i}))**(-c{i} * f{i})" for i in range(1, breaks + 1)),
        inputs=("x",),
        parameters=tuple(parameters),
        linear=("a", "b"),
        columns=_columns,
        slopes=_slopes,
        cells=lambda inputs, y: _cells(inputs[0], breaks),
        exponent="c0",
        floor="a",
        starts=128 * 2 ** (breaks - 1),
        source="Caballero et al., arXiv 2210.14891, eq. 1",
    )


def _corner(x: Any, d: Any, f: Any) -> Any:
    """log(1 + (x / d)**(1 / f)), without overflow."""
    return np.logaddexp(0.0, np.log(x / d) / f)


def _columns(x: Any, c0: Any, *corners: Any) -> tuple[Any, ...]:
    exponent = -c0 * np.log(x)
    for c, d, f in zip(corners[::3], corners[1::3], corners[2::3], strict=True):
        exponent = exponent - c * f * _corner(x, d, f)
    return 1.0, np.exp(exponent)


def _slopes(made: tuple[Any, ...], x: Any, c0: Any, *corners: Any) -> tuple[tuple[Any, ...], ...]:
    column = made[1]
    by = [-column * np.log(x)]
    for c, d, f in zip(corners[::3], corners[1::3], corners[2::3], strict=True):
        corner, beyond = _corner(x, d, f), 0.5 * (1 + np.tanh(np.log(x / d) / (2 * f)))
        by += [
            -column * f * corner,
            column * c * beyond / d,
            -column * c * (corner - beyond * np.log(x / d) / f),
        ]
    return tuple(0.0 for _ in by), tuple(by)


def _cells(x: Floats, breaks: int) -> dict[str, Floats]:
    spread = np.log(x.max() / x.min())
    points = _halton(STARTS, 1 + 3 * breaks)
    slope = 12 / spread
    made = {"c0": slope * (points[:, 0] * 1.5 - 0.5)}
    # Breaks in order: exchanging two of them gives the same law, and each such copy would be searched for nothing.
    places = np.sort(points[:, 1 : 1 + breaks], axis=1)
    for i in range(breaks):
        made[f"c{i + 1}"] = slope * (2 * points[:, 1 + breaks + i] - 1)
        made[f"d{i + 1}"] = x.min() * np.exp(spread * places[:, i])
        made[f"f{i + 1}"] = SHARPEST * raised(ROUNDEST / SHARPEST, 0.2 + 0.6 * points[:, 1 + 2 * breaks + i])
    return made


def _halton(number: int, dimensions: int) -> Floats:
    """The first points of Halton's sequence in the unit cube, an array (number, dimensions)."""
    primes = [p for p in range(2, 200) if all(p % q for q in range(2, p))][:dimensions]
    points = np.zeros((number, dimensions))
    for column, base in enumerate(primes):
        index, share = np.arange(1, number + 1), 1.0 / base
        while index.any():
            points[:, column] += share * (index % base)
            index, share = index // base, share / base
    return points
