"""What data a law can be fitted to. Everything else is refused with one sentence."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]

SAME_X = 1e-9
"""Values of log10 x closer than this count as one: a slope between them would be rounding noise."""


class LawError(ValueError):
    """Data or settings that no law can be fitted with, told in one sentence."""

    def __init__(self, sentence: str, position: int | None = None) -> None:
        """`position` is the 0-based place of the offending value, where there is one."""
        super().__init__(sentence)
        self.position = position


def positive(values: ArrayLike, name: str) -> Floats:
    """`values` as a flat array of finite numbers above zero; a single number stays a single number.

    Raises:
        LawError: Something in it is not a number, not finite or not above zero, or it has rows and columns.
    """
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise LawError(f"{name} holds something that is not a number ({error}); give numbers only") from error
    if array.ndim > 1:
        raise LawError(f"{name} has {array.ndim} dimensions; give one flat sequence of numbers")
    for bad, need in (
        (~np.isfinite(array), "finite"),
        (array <= 0, "above zero, because laws are fitted in logarithms"),
    ):
        if bad.any():
            at = int(np.argmax(bad))
            raise LawError(f"{name} holds {array.flat[at]} at position {at}; every value must be {need}", at)
    return array


def pairs(x: ArrayLike, y: ArrayLike, at_least: int) -> tuple[Floats, Floats]:
    """`x` and `y` as arrays of one length that a slope in log10-log10 can be drawn through.

    Raises:
        LawError: A value is impossible, the lengths differ, there are fewer than `at_least` points, or x is constant.
    """
    x, y = np.atleast_1d(positive(x, "x")), np.atleast_1d(positive(y, "y"))
    if len(x) != len(y):
        raise LawError(f"x has length {len(x)} and y has length {len(y)}; give one y for each x")
    if len(x) < at_least:
        raise LawError(f"the number of points is {len(x)}; at least {at_least} are needed")
    if np.ptp(np.log10(x)) < SAME_X:
        raise LawError(f"all {len(x)} values of x are {x[0]:.9g}; a slope needs at least two different ones")
    return x, y


def between(value: float, name: str, low: float, high: float) -> None:
    """Refuse a setting outside the open interval (low, high).

    Raises:
        LawError: It is outside, or not a number.
    """
    if not low < value < high:
        raise LawError(f"{name} is {value}; it must lie between {low} and {high}")
