"""`fit`: from a table and a form to a `Fit`, with the frontier, the global search, the intervals and the status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from reprolib.laws import status
from reprolib.laws.checks import Floats, LawError, between
from reprolib.laws.covariance import Local, local
from reprolib.laws.forms import Form, form_of
from reprolib.laws.frontiers import Frontier, Rule, rule_of
from reprolib.laws.frontiers import frontier as frontier_of
from reprolib.laws.intervals import Intervals, intervals_of
from reprolib.laws.joint import joined
from reprolib.laws.losses import Loss, loss_of
from reprolib.laws.noise import Weighing, weighed
from reprolib.laws.points import Column, Data, column, gather, settled
from reprolib.laws.problem import Problem
from reprolib.laws.resamples import KINDS
from reprolib.laws.result import Account, Fit
from reprolib.laws.solve import Search

LARGEST = 1e300
"""A parameter this large is one that overflowed."""
METHODS = ("auto", "delta", "profile", *KINDS)


@dataclass(frozen=True)
class Fitted:
    """A fit on its way: the data, the points taken, and the optimum."""

    data: Data
    rule: Rule
    frontier: Frontier | None
    problem: Problem
    search: Search
    local: Local
    dof: int
    weighing: Weighing

    @property
    def free(self) -> int:
        """How many parameters were fitted."""
        return len(self.problem.form.names) - len(self.problem.fixed)


def fit(
    data: Any,
    form: Form | str,
    x: Column | Sequence[Column],
    y: Column,
    *,
    loss: Loss | str = "linear",
    delta: float | None = None,
    factor: float | None = None,
    quantile: float | None = None,
    frontier: Rule | str = "none",
    weights: Column | None = None,
    noise: Column | None = None,
    pin: Mapping[str, float] | None = None,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    by: Column | None = None,
    share: Sequence[str] = (),
    bootstrap: int = 0,
    method: str = "auto",
    cluster: Column | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> Fit:
    """Fit a law and say how far it can be trusted.

    Args:
        data: Anything indexed by column names (DataFrame, dict); None if values are given instead of names.
        form: A `Form` or its name (`FORMS`).
        x: The column of each input of the form: a name, `"N,D"`, a sequence of names, or values.
        y: The column to be explained.
        loss: `linear`, `log`, `huber`, `asymmetric`, `quantile`, or a `Loss` (see `loss_of`).
        delta: Of the Huber loss, in log y.
        factor: Of the asymmetric loss.
        quantile: Of the quantile loss.
        frontier: Which rows stand for the best at their x (see `rule_of`): `none`, `bins:5`, `geometric:26`,
            `pareto`, `hull`, `quantile:5:0.25`.
        weights: How many points a row counts for.
        noise: The known standard deviation of y, or `binomial:COLUMN` with the number of test samples; rows are then
            weighted by it and by the spread between runs that it leaves unexplained. For least squares.
        pin: Parameters that are given and not fitted.
        bounds: Other bounds for parameters than the form's.
        by: With `share`: which series a row belongs to.
        share: Parameters that all series have in common; each of the others is fitted for each series, as `a[NAME]`.
        bootstrap: How many resamples; 0 for intervals without any.
        method: How intervals are made. `auto` takes `cluster` or `pairs` with resamples, else `profile` for least
            squares and `delta` for asymmetric squares. The others are `residual`, `parametric` and `noise`.
        cluster: Rows with one value here are resampled together.
        level: The confidence level of the intervals.
        seed: What resamples are drawn from; the same seed gives the same bits.

    Raises:
        LawError: The data or a setting make the fit impossible; the sentence says which.
    """
    form, loss = _bounded(form_of(form), bounds or {}), loss_of(loss, delta=delta, factor=factor, quantile=quantile)
    rule, pin = rule_of(frontier), dict(pin or {})
    settled(form, pin, "pin")
    between(level, "level", 0, 1)
    if seed < 0:
        raise LawError(f"seed is {seed}; give a whole number from 0")
    method = _method(method, bootstrap, loss, rule, cluster=cluster is not None, noise=noise is not None)
    rows = gather(data, form, x, y, log=loss.log, weights=weights, noise=noise, cluster=cluster)
    if share or by is not None:
        _floor(form, rows.y[rows.weights > 0], pin)
        form, rows, pin = joined(form, rows, by if by is None else column(data, by, "by"), tuple(share), pin, rule)
    fitted = _fitted(form, loss, rule, rows, pin)
    made = intervals_of(fitted, method, bootstrap, level, seed)
    return _result(fitted, made, level, seed)


def _bounded(form: Form, bounds: Mapping[str, tuple[float, float]]) -> Form:
    changed = {parameter.name: parameter for parameter in form.parameters}
    for name, (low, high) in bounds.items():
        if np.isnan(low) or np.isnan(high) or low >= high:
            raise LawError(f"bounds of {name} are {low:g} and {high:g}; the first must be the lower one")
        for end in (low, high):
            if np.isfinite(end) or name not in changed:
                settled(form, {name: end}, "bounds")
        widest = form.bounds(name)
        changed[name] = replace(changed[name], low=max(low, widest[0]), high=min(high, widest[1]))
    return replace(form, parameters=tuple(changed.values())) if bounds else form


def _method(method: str, bootstrap: int, loss: Loss, rule: Rule, *, cluster: bool, noise: bool) -> str:
    if method not in METHODS:
        raise LawError(f"method '{method}' is not known; expected one of {', '.join(METHODS)}")
    if bootstrap < 0 or 0 < bootstrap < 100:
        raise LawError(f"bootstrap is {bootstrap}; give 0 for none or at least 100 resamples")
    if method == "auto":
        if bootstrap:
            return "cluster" if cluster else "pairs"
        return "profile" if loss.squares else "delta"
    if (method in KINDS) != (bootstrap > 0):
        need = "needs resamples, give bootstrap" if method in KINDS else "takes no resamples, leave bootstrap at 0"
        raise LawError(f"method '{method}' {need}; bootstrap is {bootstrap}")
    if method == "cluster" and not cluster:
        raise LawError("method 'cluster' needs to know which rows belong together; give cluster")
    if method == "noise" and not noise:
        raise LawError("method 'noise' needs the known noise of y; give noise")
    if method in ("residual", "parametric") and rule.name != "none":
        raise LawError(
            f"method '{method}' makes new data from the law and has no runs off the frontier; take pairs, cluster or "
            f"noise with frontier '{rule.name}'"
        )
    if method == "profile" and not loss.squares:
        raise LawError(f"method 'profile' needs least squares; loss '{loss.name}' has no threshold, give bootstrap")
    return method


def _fitted(form: Form, loss: Loss, rule: Rule, rows: Data, pin: Mapping[str, float]) -> Fitted:
    kept, problem = _problem(form, loss, rule, rows, pin)
    _enough(problem, pin)
    _floor(form, problem.y[problem.weights[0] > 0], pin)
    problem, found, weighing = weighed(problem, rows, kept)
    if not found.basins:
        raise LawError(f"form {form.name} has no value at these data for any start; check its columns and bounds")
    values = {**dict(zip(form.others, found.best.others, strict=True)), **_named(form, found)}
    for name, value in values.items():
        if not abs(value) < LARGEST:
            raise LawError(f"{name} would leave the floats, beyond {LARGEST:g}; give x in another unit")
    dof = int((problem.weights > 0).sum()) - (len(form.names) - len(pin))
    return Fitted(
        data=rows,
        rule=rule,
        frontier=kept,
        problem=problem,
        search=found,
        local=local(problem, found.best.others, found.best.linear, dof),
        dof=dof,
        weighing=weighing,
    )


def _named(form: Form, found: Search) -> dict[str, float]:
    return dict(zip(form.linear, map(float, found.best.linear), strict=False))


def _problem(
    form: Form, loss: Loss, rule: Rule, rows: Data, pin: Mapping[str, float]
) -> tuple[Frontier | None, Problem]:
    fixed = {name: np.array([float(value)]) for name, value in pin.items()}
    if rule.name == "none":
        return None, Problem(form, loss, rows.inputs, rows.y, rows.weights[None], fixed)
    if len(rows.inputs) != 1 or not form.positive:
        raise LawError(f"frontier '{rule.name}' needs one x above zero; form {form.name} has {', '.join(form.inputs)}")
    if np.ptp(rows.weights):
        raise LawError(f"frontier '{rule.name}' takes points as they are; leave weights out, or take no frontier")
    kept = frontier_of(rows.inputs[0], rows.y, rule)
    return kept, Problem(form, loss, (np.array(kept.x),), np.array(kept.y), np.ones((1, len(kept.y))), fixed)


def _enough(problem: Problem, pin: Mapping[str, float]) -> None:
    form = problem.form
    free = len(form.names) - len(pin)
    counts = problem.weights[0] > 0
    points = int(counts.sum())
    if points < max(free, 1):
        raise LawError(
            f"form {form.name} has {free} parameters to fit and the number of points is {points}; "
            f"give at least {free}, a simpler form, or pin parameters"
        )
    places = len(np.unique(np.stack(problem.inputs)[:, counts], axis=1).T)
    if places < free:
        raise LawError(
            f"form {form.name} has {free} parameters to fit and the points stand at {places} different places; "
            f"give points at {free} or more, a simpler form, or pin parameters"
        )


def _floor(form: Form, y: Floats, pin: Mapping[str, float]) -> None:
    """A floor above every point leaves no law to fit; above some, it is a wrong setting as well."""
    if not form.floor:
        return
    least = pin.get(form.floor, form.bounds(form.floor)[0])
    smallest = float(y.min())
    if least > smallest:
        raise LawError(
            f"the floor {form.floor} is held at {least:g} or above, but the smallest y is {smallest:.6g}; "
            "a floor must lie below the data"
        )


def _result(fitted: Fitted, made: Intervals, level: float, seed: int) -> Fit:
    problem, found = fitted.problem, fitted.search
    best = found.best
    form = problem.form
    values = {name: float(value[0]) for name, value in problem.fixed.items()}
    values |= dict(zip(form.others, map(float, best.others), strict=True)) | _named(form, found)
    counts = problem.weights[0] > 0
    residuals = fitted.local.residuals[counts]
    squares = float((problem.weights[0][counts] * residuals**2).sum())
    taken = fitted.data.rows if fitted.frontier is None else fitted.data.rows[list(fitted.frontier.winners)]
    if fitted.frontier is None:
        taken = taken[counts]
    return Fit(
        form=form,
        loss=problem.loss,
        params=MappingProxyType({name: values[name] for name in form.names}),
        intervals=MappingProxyType(made.intervals),
        notes=MappingProxyType(made.notes),
        level=level,
        method=made.method,
        interval_method=made.sentence,
        status=status.sentence(fitted, made),
        converged=best.converged,
        objective=best.objective,
        objective_name=problem.loss.sentence + (", weighted" if np.ptp(problem.weights[0][counts]) else ""),
        rmse=float(np.sqrt(squares / problem.weights[0].sum())),
        spread=float(np.sqrt(squares / fitted.dof)) if fitted.dof > 0 else float("nan"),
        n_points=int(counts.sum()),
        dof=fitted.dof,
        points=tuple(int(row) for row in taken),
        dropped=() if fitted.frontier is None else tuple(int(fitted.data.rows[i]) for i in fitted.frontier.dropped),
        frontier="" if fitted.frontier is None else fitted.frontier.rule,
        account=Account(found.cells, found.starts, len(found.basins), best.share, found.gap),
        free=made.free,
        covariance=fitted.local.wide.matrix if fitted.local.wide.names == made.free else None,
        draws=made.draws,
        sample=made.sample or int(counts.sum()),
        residuals=tuple(float(each) for each in residuals),
        seed=seed,
        series=fitted.data.series,
    )
