"""The power law y = beta * x**alpha, fitted by least squares in log10-log10."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from reprolib.laws.checks import Floats, LawError, between, pairs, positive

Interval = tuple[float, float]


def power(x: ArrayLike, beta: float, alpha: float) -> Floats:
    """The law itself: beta * x**alpha, for one x or a flat sequence of them.

    Raises:
        LawError: An x is not a finite number above zero.
    """
    return beta * positive(x, "x") ** alpha


@dataclass(frozen=True)
class PowerLaw:
    """A fitted power law: what was estimated, how well, and how far to trust it."""

    form: ClassVar[str] = "power"
    formula: ClassVar[str] = "y = beta * x**alpha"
    objective_name: ClassVar[str] = "sum of squared residuals of log10 y"

    beta: float
    """The value at x = 1, in the unit of y."""
    alpha: float
    """The exponent: ten times the x multiplies y by 10**alpha."""
    intervals: Mapping[str, Interval | None]
    """Low and high of `beta` and `alpha`; None where it cannot be given, and `status` says why."""
    level: float
    """The confidence level of the intervals, for instance 0.95."""
    interval_method: str
    """How the intervals were made and what they leave out, as a sentence."""
    n: int
    """Points fitted."""
    dof: int
    """Degrees of freedom left: n - 2."""
    objective: float
    """The minimum reached of `objective_name`."""
    rmse_log10: float
    """Root of the mean squared residual of log10 y over the n points, in decades."""
    status: str
    """How the fit went, as a sentence to be read."""

    def predict(self, x: ArrayLike) -> Floats:
        """The law at `x` (one number or a flat sequence), in the unit of y."""
        return power(x, self.beta, self.alpha)


def fit_power(x: ArrayLike, y: ArrayLike, *, level: float = 0.95, selected: str = "") -> PowerLaw:
    """Fit log10 y = log10 beta + alpha * log10 x by unweighted least squares, with Student's t intervals.

    The optimum is global: the problem is linear and solved in closed form (statsmodels OLS). The interval of beta is
    that of log10 beta, both ends raised to the power of ten, so it is not symmetric.

    Args:
        x: Flat sequence of n >= 3 numbers above zero.
        y: The n numbers above zero that belong to them.
        level: Confidence level of the intervals.
        selected: How these points were chosen from more, as a clause (`Frontier.rule`); empty if they are all there is.

    Raises:
        LawError: The data or the level cannot be used.
    """
    # statsmodels takes a second to import; whoever only predicts should not wait for it.
    from statsmodels.regression.linear_model import OLS

    x, y = pairs(x, y, at_least=3)
    between(level, "level", 0, 1)
    fitted = OLS(np.log10(y), np.column_stack([np.ones(len(x)), np.log10(x)])).fit()
    log_beta, alpha = (float(value) for value in fitted.params)
    beta = _ten_to(log_beta)
    if beta is None:
        raise LawError(f"beta would be 10**{log_beta:.0f}; give x in a larger unit")
    (beta_low, beta_high), (alpha_low, alpha_high) = fitted.conf_int(alpha=1 - level)
    low, high = _ten_to(beta_low), _ten_to(beta_high)
    beta_interval = None if low is None or high is None else (low, high)
    dof = int(fitted.df_resid)
    return PowerLaw(
        beta=beta,
        alpha=alpha,
        intervals=MappingProxyType({"beta": beta_interval, "alpha": (float(alpha_low), float(alpha_high))}),
        level=level,
        interval_method=_interval_method(dof, selected),
        n=len(x),
        dof=dof,
        objective=float(fitted.ssr),
        rmse_log10=math.sqrt(fitted.ssr / len(x)),
        status=_status(len(x), dof, level, beta_known=beta_interval is not None),
    )


def _ten_to(exponent: float) -> float | None:
    """10**exponent, or None where a floating-point number cannot hold it."""
    return 10.0 ** float(exponent) if abs(exponent) < 300 else None


def _interval_method(dof: int, selected: str) -> str:
    sentence = (
        f"Student's t with {_freedom(dof)} on the least-squares fit in log10-log10, independent equal errors assumed"
    )
    if not selected:
        return sentence
    return (
        f"{sentence}; it takes the points as given although they are {selected}, so it leaves out the selection "
        "and its coverage is not the nominal one"
    )


def _status(n: int, dof: int, level: float, *, beta_known: bool) -> str:
    sentence = f"solved in closed form, {n} points, {_freedom(dof)}"
    if dof == 1:
        width = math.tan(math.pi * level / 2)  # Student's t with one degree of freedom is Cauchy's distribution
        sentence += f": the intervals are {width:.1f} standard errors to each side and say little"
    if not beta_known:
        sentence += "; the interval of beta lies outside the range of floating-point numbers and is left out"
    return sentence


def _freedom(dof: int) -> str:
    return f"{dof} degree{'' if dof == 1 else 's'} of freedom"
