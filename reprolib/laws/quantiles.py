"""Quantiles for intervals: Student's t, and percentiles of resamples widened for small samples."""

from __future__ import annotations

import numpy as np

from reprolib.laws.checks import Floats

IN_TAIL = 1.0
"""An interval needs at least so many resamples beyond each end. With fewer it would be the range of the resamples."""


def student(level: float, dof: float) -> float:
    """How many standard errors a two-sided interval of Student's t reaches to each side."""
    from scipy.special import stdtrit

    return float(stdtrit(dof, 0.5 + level / 2))


def expanded(draws: Floats, tail: float) -> tuple[Floats, Floats]:
    """Percentile interval of resamples (B, ...), low and high (...); NaN where they do not reach so far out."""
    if tail * len(draws) < IN_TAIL:
        unknown = np.full(draws.shape[1:], np.nan)
        return unknown, unknown
    low, high = np.quantile(draws, [tail, 1 - tail], axis=0)
    return low, high


def tail_of(kind: str, level: float, *, dof: int, sample: int, free: int) -> float:
    """The share of the resamples beyond each end of an interval, 0 if no share will do.

    Plain percentiles are too narrow for small samples: resamples scatter like the residuals, which are smaller than
    the errors by sqrt(dof / n), and use the normal's tails. Percentiles at the level that undoes both keep the shape of
    the resamples (Hesterberg, What Teachers Should Know About the Bootstrap, 2015, sec. 4.2).

    Args:
        kind: How the resamples were made. Residual and parametric ones already have the size of the errors; those of
            known noise need no widening at all.
        level: The confidence level.
        dof: Degrees of freedom of the fit.
        sample: How many rows or clusters the resamples imitate; of a frontier of bins all rows, not the few chosen.
        free: How many parameters were fitted.
    """
    from scipy.special import ndtr

    if kind == "noise":
        return (1 - level) / 2
    if kind in ("residual", "parametric"):
        return float(ndtr(-student(level, dof)))
    if sample <= free:
        return 0.0
    return float(ndtr(-student(level, sample - free) * np.sqrt(sample / (sample - free))))


def reach(tail: float) -> float:
    """How many standard deviations of a normal leave `tail` beyond each end."""
    from scipy.special import ndtri

    return float(-ndtri(tail))
