"""The difference of one number between two independent fits: Welch's t, and the differences of resamples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reprolib.laws.checks import Floats
from reprolib.laws.quantiles import expanded, student
from reprolib.laws.result import Fit, Interval


@dataclass(frozen=True)
class Welch:
    """A difference judged by the standard errors of two fits whose scatter may differ."""

    errors: tuple[float, float]
    """The standard errors of the two estimates."""
    dofs: tuple[int, int]
    """Their degrees of freedom."""
    error: float
    """The standard error of the difference."""
    dof: float
    """Satterthwaite's degrees of freedom, between the smaller of the two and their sum."""
    t: float | None
    """None where both laws go through their points exactly."""
    p: float | None
    """Two-sided: how often no difference would give a t as large."""
    interval: Interval

    @property
    def sentence(self) -> str:
        """The test in words."""
        if self.t is None or self.p is None:
            return "both laws go through their points exactly, so the difference has no error"
        told = f"Welch's t = {self.t:.3g} with {self.dof:.3g} degrees of freedom, p = {self.p:.2g}"
        if min(self.dofs) == 1:
            told += (
                "; Welch's degrees of freedom are a rough device here, because a standard error from 1 degree of "
                "freedom is itself hardly known"
            )
        return told


def welch(value: float, errors: tuple[float, float], dofs: tuple[int, int], level: float) -> Welch:
    """Judge a difference (Welch, Biometrika 34, 1947, 28; Satterthwaite, Biometrics Bulletin 2, 1946, 110).

    Args:
        value: The difference of the two estimates.
        errors: Their standard errors.
        dofs: Their degrees of freedom, at least 1 each.
        level: The confidence level.
    """
    from scipy.special import stdtr

    error = float(np.hypot(*errors))
    if error == 0:
        return Welch(errors, dofs, 0.0, float(sum(dofs)), None, None, (value, value))
    dof = satterthwaite(errors, dofs)
    half = student(level, dof) * error
    t = value / error
    return Welch(errors, dofs, error, dof, t, float(2 * stdtr(dof, -abs(t))), (value - half, value + half))


def satterthwaite(errors: tuple[float, float], dofs: tuple[float, float]) -> float:
    """The degrees of freedom of the sum of two variances that are not both zero."""
    shares = np.square(errors) / np.sum(np.square(errors))
    weight = float(np.sum(shares**2 / np.array(dofs)))
    return 1 / weight if weight > 0 else float("inf")


def standard_error(fit: Fit, name: str) -> float | None:
    """The standard error of a parameter that was fitted; None where `lacking` says why."""
    # A covariance without a parameter that rests at its bound would make the others look too sure.
    if fit.covariance is None or len(fit.covariance) < len(fit.intervals):
        return None
    at = list(fit.intervals).index(name)
    return float(np.sqrt(fit.covariance[at, at]))


def at_bound(fit: Fit) -> list[str]:
    """The fitted parameters that rest at a bound."""
    return [name for name in fit.intervals if fit.params[name] in fit.form.bounds(name)]


def lacking(fit: Fit) -> str:
    """Why a fit has no standard errors."""
    if fit.dof < 1:
        return "no degree of freedom is left"
    if bound := at_bound(fit):
        return f"{', '.join(bound)} at a bound, where standard errors do not hold; give bootstrap"
    if fit.loss.squares or fit.loss.factor is not None:
        return "some parameters can change together without changing the fit"
    return f"loss {fit.loss.name} has none; give bootstrap"


def bootstrapped(fit: Fit) -> bool:
    """Whether the fit has resamples, and enough rows for an interval from them."""
    return fit.draws is not None and any(interval is not None for interval in fit.intervals.values())


@dataclass(frozen=True)
class Scatter:
    """How the resamples of a fit scatter, beside how its errors do (see `quantiles.tail_of`)."""

    share: float
    """The variance of the resamples as a share of the errors'."""
    dof: float
    """Degrees of freedom by which it was estimated; infinite where the noise is known."""


def scatter_of(fit: Fit) -> Scatter:
    """The scatter of a fit's resamples."""
    if fit.method == "noise":
        return Scatter(1.0, np.inf)
    if fit.method in ("residual", "parametric"):
        return Scatter(1.0, fit.dof)
    dof = fit.sample - len(fit.intervals)
    return Scatter(dof / fit.sample, dof)


def of_resamples(
    combined: Floats, apart: tuple[Floats, Floats], scatters: tuple[Scatter, Scatter], level: float
) -> Interval | None:
    """Expanded percentiles of something made from the resamples of two fits.

    Each fit's resamples scatter less than its errors by its own share. Together they do so by a mean of the two shares,
    weighted by the variances, which also give Satterthwaite's degrees of freedom.

    Args:
        combined: (B,) what the interval is for.
        apart: Two (B,): the part of its scatter that each fit brings, in one unit.
        scatters: Of the two.
        level: The confidence level.

    Returns:
        None if the resamples are too few to reach so far out.
    """
    from scipy.special import ndtr

    seen = np.array([_variance(values) for values in apart])
    real = seen / [scatter.share for scatter in scatters]
    if real.sum() == 0:
        return float(combined.min()), float(combined.max())
    dof = satterthwaite((float(np.sqrt(real[0])), float(np.sqrt(real[1]))), (scatters[0].dof, scatters[1].dof))
    low, high = expanded(combined, float(ndtr(-student(level, dof) * np.sqrt(real.sum() / seen.sum()))))
    return None if np.isnan(low) else (float(low), float(high))


def _variance(values: Floats) -> float:
    """From the middle two thirds: a few resamples of nearly one x have slopes without any limit."""
    low, high = np.quantile(values, [0.15865525393145707, 0.8413447460685429])
    return float(((high - low) / 2) ** 2)
