"""`optimal`: how much model and how much data a compute budget should buy, with intervals, under any cost model.

The search itself is in `descent`, cost models in `prices`. With resamples each of them gets its own optimum; without,
the delta method in logarithms takes the derivatives of the optimum by the law's parameters as differences.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from reprolib.laws.checks import Floats, LawError, between, positive
from reprolib.laws.descent import Best, cheapest
from reprolib.laws.differences import bootstrapped, lacking
from reprolib.laws.optimum import Allocation, Entry, Optimum
from reprolib.laws.prices import Cost, Price, price_of
from reprolib.laws.quantiles import expanded, student, tail_of
from reprolib.laws.result import Fit, Interval

HOPELESS = 100.0
"""An interval that reaches further than this factor to a side, on average, says that the data do not tell."""
STEP = 1e-3
"""The step of the delta method's derivatives, in standard errors."""

Read = Callable[[Best], Floats]
"""From optima of P sets of parameters at K budgets to a number for each set, (P,)."""


def optimal(
    fit: Fit,
    budget: ArrayLike,
    cost: Cost = "6ND",
    *,
    sizes: tuple[float, float] | None = None,
    level: float | None = None,
) -> Optimum:
    """The compute-optimal N and D for one or more budgets.

    For chinchilla and 6ND they are N = G (C / 6)**(beta / (alpha + beta)) with G = (alpha A / (beta B))**(1 / (alpha +
    beta)), and D = C / (6 N) (Hoffmann et al., arXiv 2203.15556, eq. 4). Without resamples intervals are by the delta
    method in log N and log D.

    Args:
        fit: A law of N and D.
        budget: One or more, in the unit of cost times D.
        cost: `6ND`; a function from an array of N to the cost of one sample; or a table, names to (N, cost of one
            sample) or a sequence of such pairs, for instance the GMACs of architectures.
        sizes: The smallest and the largest N to consider; needed for a function.
        level: The confidence level; by default the fit's.

    Raises:
        LawError: The law is not of N and D, or a budget or cost is impossible.
    """
    if set(fit.form.inputs) != {"N", "D"}:
        raise LawError(f"form {fit.form.name} has the inputs {', '.join(fit.form.inputs)}; an optimum needs N and D")
    level = fit.level if level is None else level
    between(level, "level", 0, 1)
    budgets, price = np.atleast_1d(positive(budget, "budget")), price_of(cost, sizes)
    if not len(budgets):
        raise LawError("budget is empty; give at least one")
    low, high = float(budgets.min()), float(budgets.max())
    if low == high:
        low, high = low / 10**0.5, high * 10**0.5
    ladder = np.concatenate([budgets, [low, high]])
    found = cheapest(fit.form, {name: np.array([value]) for name, value in fit.params.items()}, price, ladder)
    spread = _spread(fit, price, ladder, found, level)
    slopes, slope_intervals, notes = _exponents(found, spread, float(np.log(high / low)))
    return Optimum(
        form=fit.form.name,
        cost=price.sentence,
        level=level,
        interval_method=spread.sentence,
        allocations=tuple(_allocation(fit, price, spread, at, float(budget)) for at, budget in enumerate(budgets)),
        exponents=MappingProxyType(slopes),
        exponent_intervals=MappingProxyType(slope_intervals),
        between=(low, high),
        notes=notes,
    )


@dataclass(frozen=True)
class _Spread:
    """The optima of the fit, and those of the resamples or of parameters moved one by one."""

    fit: Fit
    level: float
    sentence: str
    best: Best
    """(1, K)"""
    moved: Best | None
    """(resamples, K), or (2 * free, K): each parameter one step up, then each one step down; None without either."""
    params: dict[str, Floats]
    """The parameters of `moved`."""
    steps: Floats | None
    """(free,) for the delta method; None for resamples."""

    def interval(self, read: Read, budgets: slice) -> tuple[Interval | None, str]:
        """The interval of a number that is read from the optima at these budgets, or why there is none."""
        if self.moved is None:
            return None, self.sentence
        with np.errstate(invalid="ignore", divide="ignore"):
            values = read(self.moved)
        if not np.isfinite(values).all():
            return None, "the law falls below zero for parameters that are as likely"
        lost = float((~self.moved.settled[:, budgets]).any(axis=1).mean())
        if self.steps is None:
            return self._percentiles(values, lost)
        if lost:
            return None, "parameters a little beside those fitted have their optimum at the end of the search"
        assert self.fit.covariance is not None
        up, down = np.split(values, 2)
        slopes = (up - down) / (2 * self.steps)
        variance = float(slopes @ self.fit.covariance @ slopes)
        half = student(self.level, self.fit.dof) * float(np.sqrt(max(variance, 0.0)))
        centre = float(read(self.best)[0])
        return (centre - half, centre + half), ""

    def _percentiles(self, values: Floats, lost: float) -> tuple[Interval | None, str]:
        fit = self.fit
        tail = tail_of(fit.method, self.level, dof=fit.dof, sample=fit.sample, free=len(fit.intervals))
        if lost > tail:
            return None, f"{100 * lost:.2g} % of the resamples have their optimum at the end of the search"
        low, high = expanded(values, tail)
        return (None, "the resamples are too few") if np.isnan(low) else ((float(low), float(high)), "")


def _spread(fit: Fit, price: Price, budgets: Floats, best: Best, level: float) -> _Spread:
    params = {name: np.array([value]) for name, value in fit.params.items()}
    if bootstrapped(fit):
        assert fit.draws is not None
        params = {name: np.repeat(value, len(fit.draws)) for name, value in params.items()}
        params.update(zip(fit.free, fit.draws.T, strict=True))
        sentence = f"the optimum of each of {len(fit.draws):,} resamples, expanded percentiles"
        return _Spread(fit, level, sentence, best, cheapest(fit.form, params, price, budgets), params, None)
    free = list(fit.intervals)
    if fit.covariance is None or len(fit.covariance) < len(free):
        return _Spread(fit, level, f"none, {lacking(fit)}", best, None, params, None)
    errors = np.sqrt(np.diag(fit.covariance))
    values = np.array([fit.params[name] for name in free])
    steps = np.maximum(STEP * errors, 1e-7 * np.abs(values) + 1e-300)
    moved = np.concatenate([values + np.diag(steps), values - np.diag(steps)])
    params = {name: np.repeat(value, len(moved)) for name, value in params.items()}
    params.update(zip(free, moved.T, strict=True))
    dof = f"{fit.dof} degree{'' if fit.dof == 1 else 's'} of freedom"
    sentence = f"delta method in logarithms with Student's t, {dof}"
    return _Spread(fit, level, sentence, best, cheapest(fit.form, params, price, budgets), params, steps)


def _allocation(fit: Fit, price: Price, spread: _Spread, at: int, budget: float) -> Allocation:
    best = spread.best
    entry = None if price.entries is None else _entry(fit, price, spread, budget)
    nothing: dict[str, Interval | None] = {"N": None, "D": None, "loss": None}
    N, D, loss = float(np.exp(best.log_n[0, at])), float(np.exp(best.log_d[0, at])), float(best.loss[0, at])
    if not best.settled[0, at]:
        low, high = price.span(budget)
        side = "smallest" if best.log_n[0, at] - low < high - best.log_n[0, at] else "largest"
        note = f"no optimum: the loss falls all the way to the {side} N looked at, {N:.4g}"
        return Allocation(budget, None, None, None, MappingProxyType(nothing), entry, (note,))
    reads: dict[str, Read] = {
        "N": lambda found: found.log_n[:, at],
        "D": lambda found: found.log_d[:, at],
        "loss": lambda found: np.log(found.loss[:, at]),
    }
    made, notes = nothing, []
    for name, read in reads.items():
        interval, why = spread.interval(read, slice(at, at + 1))
        if interval is not None and interval[1] - interval[0] > 2 * np.log(HOPELESS):
            interval, why = None, f"it would reach further than a factor of {HOPELESS:g} to a side"
        made[name] = None if interval is None else (float(np.exp(interval[0])), float(np.exp(interval[1])))
        notes += [f"no interval of {name}: {why}"] if why else []
    return Allocation(budget, N, D, loss, MappingProxyType(made), entry, tuple(notes))


def _entry(fit: Fit, price: Price, spread: _Spread, budget: float) -> Entry:
    assert price.entries is not None
    N, cost = price.entries
    given = {"N": N, "D": budget / cost}
    inputs = tuple(given[name] for name in fit.form.inputs)
    losses = fit.form.values(inputs, fit.params)
    best = int(np.argmin(losses))
    share = None
    if spread.moved is not None and spread.steps is None:
        share = float((np.argmin(fit.form.values(inputs, spread.params), axis=1) == best).mean())
    return Entry(price.names[best], float(N[best]), float(budget / cost[best]), float(losses[best]), share)


def _exponents(
    best: Best, spread: _Spread, run: float
) -> tuple[dict[str, float | None], dict[str, Interval | None], tuple[str, ...]]:
    """Mean slopes of log N and log D between the last two budgets, which lie `run` apart in log."""
    reads: dict[str, Read] = {
        "N": lambda found: (found.log_n[:, -1] - found.log_n[:, -2]) / run,
        "D": lambda found: (found.log_d[:, -1] - found.log_d[:, -2]) / run,
    }
    slopes: dict[str, float | None] = dict.fromkeys(reads)
    intervals: dict[str, Interval | None] = dict.fromkeys(reads)
    if not best.settled[0, -2:].all():
        return slopes, intervals, ("no exponents: there is no optimum at both ends of the budgets",)
    notes = []
    for name, read in reads.items():
        slopes[name] = float(read(best)[0])
        intervals[name], why = spread.interval(read, slice(-2, None))
        notes += [f"no interval of the exponent of {name}: {why}"] if why else []
    return slopes, intervals, tuple(notes)
