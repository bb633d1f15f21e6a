"""Two choices of training pairs on the same cells of a ladder: does the exponent differ, or only the offset?

A cell (model and samples seen) has a run on either choice, and what is peculiar to the cell is in both errors and
leaves their ratio. So the ratios are what is judged, one a cell. Their slope against compute, in logarithms, is the
difference of the two exponents, exactly that of two least-squares lines through the same cells; their mean is the
offset at a common exponent. Intervals come from the scatter of the ratios, which holds the luck of single runs. They do
not hold what another draw of a subset or another test set would change, which is the same in all cells.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from reprolib.laws.quantiles import student

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reprolib.laws.checks import Floats

Interval = tuple[float, float]
NEEDED = 3
"""Cells with which a slope has a degree of freedom left."""
REACH = 6
"""Decades of compute beyond which a multiple of it is no answer."""


@dataclass(frozen=True)
class Estimate:
    """A number from least squares."""

    value: float
    error: float
    """Its standard error."""
    dof: int

    def interval(self, level: float) -> Interval:
        """Student's."""
        half = student(level, self.dof) * self.error
        return self.value - half, self.value + half

    @property
    def p(self) -> float:
        """Two-sided: how often nothing would look as large."""
        from scipy.special import stdtr

        if self.error == 0:
            return float(self.value == 0)
        return float(2 * stdtr(self.dof, -abs(self.value) / self.error))


@dataclass(frozen=True)
class Paired:
    """What sets the second choice apart from the first."""

    cells: int
    slope: Estimate
    """The second's exponent less the first's."""
    offset: Estimate
    """The mean of the natural logarithm of the second's error over the first's."""
    points: Estimate
    """The mean of the second's error less the first's, as fractions."""
    common: Estimate
    """The exponent of both together: of the geometric mean of a cell's two errors."""
    scatter: float
    """The standard deviation of a cell's logarithm of the ratio about its line: the luck of two runs."""


def pair(compute: Floats, first: Floats, second: Floats) -> Paired:
    """Judge the errors of two choices on the same cells.

    Args:
        compute: (n,) of each cell, in GMAC.
        first: (n,) errors as fractions.
        second: (n,) those of the other choice.
    """
    x, ratio = np.log(compute), np.log(second / first)
    slope = _slope(x, ratio)
    return Paired(
        cells=len(compute),
        slope=slope,
        offset=_mean(ratio),
        points=_mean(second - first),
        common=_slope(x, np.log(first * second) / 2),
        scatter=slope.error * math.sqrt(len(x)) * float(x.std()),
    )


def luck(found: Sequence[Paired], level: float) -> float:
    """By how much the logarithm of the ratio of two runs may differ by luck, from the scatter of all that was judged.

    It is at most so much, as an effect that differs from cell to cell scatters too. The degrees of freedom are those of
    one comparison: all have a choice in common.
    """
    scatter = math.sqrt(float(np.mean([each.scatter**2 for each in found])))
    return student(level, min(each.slope.dof for each in found)) * scatter


def worth(found: Paired, level: float) -> tuple[float, list[float | None]] | None:
    """At which multiple of a cell's compute the first choice would have the second's error, with Fieller's interval.

    The quotient of the offset and the common exponent, two independent estimates: a mean is independent of a slope, and
    where both errors of a cell scatter alike, their difference is independent of their sum (Fieller, J. R. Stat. Soc.
    B 16, 1954, 175). An end beyond `REACH` decades is None. There is none of it at all where the error does not fall
    beyond doubt, so that compute buys nothing.
    """
    t = student(level, min(found.offset.dof, found.common.dof))
    offset, exponent = found.offset.value, found.common.value
    spare = exponent**2 - (t * found.common.error) ** 2
    if exponent >= 0 or spare <= 0 or (best := _multiple(offset / exponent)) is None:
        return None
    half = math.sqrt(spare * (t * found.offset.error) ** 2 + (t * found.common.error * offset) ** 2)
    return best, [_multiple((offset * exponent + side * half) / spare) for side in (-1, 1)]


def _multiple(logarithm: float) -> float | None:
    return math.exp(logarithm) if abs(logarithm) < REACH * math.log(10) else None


def _slope(x: Floats, y: Floats) -> Estimate:
    """Of the least-squares line."""
    u = x - x.mean()
    value = float(u @ y / (u @ u))
    left = y - y.mean() - value * u
    dof = len(x) - 2
    return Estimate(value, math.sqrt(float(left @ left) / dof / float(u @ u)), dof)


def _mean(values: Floats) -> Estimate:
    return Estimate(float(values.mean()), float(values.std(ddof=1)) / math.sqrt(len(values)), len(values) - 1)
