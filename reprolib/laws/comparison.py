"""`compare`: a law for each series of a table, and for each pair the difference of a parameter, with a verdict.

A difference is the second series' value less the first's, in the order in which the series are given, or else sorted.
Without resamples it is judged by Welch's t from the two fits' standard errors, with them by the differences of
independent resamples. Where columns to match by are named, every pair is compared a second time on the rows that have
a counterpart in the other series, so that a difference between the series is not one between the designs.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType
from typing import Any, Unpack

import numpy as np

from reprolib.laws.checks import LawError
from reprolib.laws.crossings import crossing
from reprolib.laws.differences import (
    Welch,
    at_bound,
    bootstrapped,
    lacking,
    of_resamples,
    scatter_of,
    standard_error,
    welch,
)
from reprolib.laws.forms import Form
from reprolib.laws.frontiers import Rule, rule_of
from reprolib.laws.pairs import ALL, MATCHED, Comparison, Difference
from reprolib.laws.points import Column, column
from reprolib.laws.result import Fit, Interval
from reprolib.laws.subsets import Options, Rows, Table, series_of, table


def compare(
    data: Any,
    form: Form | str,
    x: Column | Sequence[Column],
    y: Column,
    *,
    by: Column,
    series: Sequence[str] | None = None,
    match: str | Sequence[Column] | None = None,
    parameter: str | None = None,
    frontier: Rule | str | Mapping[str, Rule | str] = "none",
    seed: int = 0,
    **options: Unpack[Options],
) -> Comparison:
    """Fit a law to each series and compare every pair of them.

    Args:
        data: As for `fit`, like `form`, `x`, `y` and the options.
        form: See there.
        x: See there.
        y: See there.
        by: Which series a row belongs to.
        series: The series to compare, in the order that gives the differences their sign; by default all, sorted.
        match: Columns, for instance `model,samples`; rows with one key there are counterparts of each other.
        parameter: What is compared; by default the form's exponent.
        frontier: Chosen for each series and design by itself. A mapping gives each series its own rule.
        seed: What resamples are drawn from, for each series by its name, so that those of two are independent.
        options: The rest of what `fit` takes.

    Raises:
        LawError: There are fewer than two series, one of them cannot be fitted, or a setting is wrong.
    """
    whole = table(data, form, x, y, options)
    parameter = _parameter(whole.form, parameter, options.get("pin") or {})
    members = series_of(column(data, by, "by"), whole.data.size, series)
    keys = _keys(data, match, whole.data.size)
    work = _Work(whole, _rules(frontier, members), seed, parameter, float(options.get("level", 0.95)))
    fits, notes = work.fits(members)
    pairs: list[Difference] = []
    for first, second in combinations(members, 2):
        named = {name: members[name] for name in (first, second)}
        pairs.append(work.difference(ALL, named, named, fits))
        if keys is None:
            continue
        common = set(keys[named[first]]) & set(keys[named[second]])
        kept = {name: np.array([row for row in rows if keys[row] in common], dtype=int) for name, rows in named.items()}
        try:
            matched, more = work.fits(kept)
        except LawError as error:
            notes.append(f"{second} minus {first}, matched: not possible: {error}")
        else:
            notes += [f"matched with the other: {note}" for note in more]
            pairs.append(work.difference(MATCHED, named, kept, matched))
    return Comparison(
        form=whole.form,
        parameter=parameter,
        by=by if isinstance(by, str) else "",
        match=() if match is None else tuple(each if isinstance(each, str) else "" for each in _columns(match)),
        level=work.level,
        fits=MappingProxyType(fits),
        pairs=tuple(pairs),
        notes=tuple(notes),
    )


@dataclass(frozen=True)
class _Work:
    """What all fits of a comparison have in common."""

    table: Table
    rules: Mapping[str, Rule]
    seed: int
    parameter: str
    level: float

    def fits(self, members: Mapping[str, Rows]) -> tuple[dict[str, Fit], list[str]]:
        """The law of each series, and which of them had to do without a bootstrap."""
        made: dict[str, Fit] = {}
        failed: dict[str, LawError] = {}
        for name, rows in members.items():
            try:
                made[name] = self._fit(name, rows)
            except LawError as error:
                failed[name] = error
        if failed and (len(failed) == len(members) or not self.table.settings.get("bootstrap")):
            name, first = next(iter(failed.items()))
            raise LawError(f"series {name}: {first}") from first
        for name in failed:
            try:
                made[name] = self._fit(name, members[name], bootstrap=0, method="auto")
            except LawError as error:
                raise LawError(f"series {name}: {error}") from error
        notes = [f"series {name} has no bootstrap: {reason}" for name, reason in failed.items()]
        return {name: made[name] for name in members}, notes

    def _fit(self, name: str, rows: Rows, **changed: Any) -> Fit:
        if not len(rows):
            raise LawError("no row has a counterpart in the other series")
        own = np.random.SeedSequence([self.seed, zlib.crc32(name.encode())])
        return self.table.fit(rows, self.rules[name], int(own.generate_state(1)[0]), **changed)

    def difference(
        self, design: str, members: Mapping[str, Rows], kept: Mapping[str, Rows], fits: Mapping[str, Fit]
    ) -> Difference:
        """One pair under one design."""
        first, second = members
        one, two = pair = (fits[first], fits[second])
        value = two.params[self.parameter] - one.params[self.parameter]
        interval, method, test, notes = self._judged(value, pair, (first, second))
        x = self.table.data.inputs[0]
        spans = tuple((float(x[kept[name]].min()), float(x[kept[name]].max())) for name in members)
        out = tuple(tuple(int(row) for row in np.setdiff1d(members[name], kept[name])) for name in members)
        return Difference(
            first=first,
            second=second,
            design=design,
            parameter=self.parameter,
            values=(one.params[self.parameter], two.params[self.parameter]),
            value=value,
            interval=interval,
            level=self.level,
            method=method,
            welch=test,
            crossing=crossing(pair, (spans[0], spans[1]), self.level),
            fits=pair,
            rows=(tuple(map(int, kept[first])), tuple(map(int, kept[second]))),
            left_out=(out[0], out[1]),
            notes=notes,
        )

    def _judged(
        self, value: float, fits: tuple[Fit, Fit], names: tuple[str, str]
    ) -> tuple[Interval | None, str, Welch | None, tuple[str, ...]]:
        errors = [standard_error(fit, self.parameter) for fit in fits]
        test = None
        notes = [
            f"Welch's t needs a standard error of {self.parameter}, which {name} lacks: {lacking(fit)}"
            for name, fit, error in zip(names, fits, errors, strict=True)
            if error is None
        ]
        if errors[0] is not None and errors[1] is not None:
            test = welch(value, (errors[0], errors[1]), (fits[0].dof, fits[1].dof), self.level)
            notes += [
                f"{', '.join(at_bound(fit))} rests at a bound in {name}; Welch's t goes on as if none were there"
                for name, fit in zip(names, fits, strict=True)
                if at_bound(fit)
            ]
            if any(self.rules[name].name != "none" for name in names):
                notes.append("Welch's t takes the frontiers as given and leaves their selection out")
        small = [name for name, fit in zip(names, fits, strict=True) if not bootstrapped(fit)]
        if len({self.rules[name] for name in names}) > 1:
            told = " and ".join(f"{name} {self.rules[name]}" for name in names)
            notes.append(f"the series have different frontiers, {told}, which may be part of the difference")
        if not small:
            draws = [fit.draws[:, fit.free.index(self.parameter)] for fit in fits]  # type: ignore[index]
            scatters = (scatter_of(fits[0]), scatter_of(fits[1]))
            found = of_resamples(draws[1] - draws[0], (draws[0], draws[1]), scatters, self.level)
            if found is not None:
                return found, "resamples", test, tuple(notes)
            notes.append("the resamples are too few for an interval of the difference")
        elif self.table.settings.get("bootstrap"):
            notes += [f"{name} is too small for a bootstrap, so no interval is from resamples" for name in small]
        return (None, "", None, tuple(notes)) if test is None else (test.interval, "welch", test, tuple(notes))


def _parameter(form: Form, parameter: str | None, pin: Mapping[str, float]) -> str:
    name = form.exponent if parameter is None else parameter
    if not name:
        raise LawError(f"form {form.name} has no exponent to compare; name one of its parameters with parameter: "
                       f"{', '.join(form.names)}")  # fmt: skip
    if name not in form.names:
        raise LawError(f"parameter is '{name}'; form {form.name} has {', '.join(form.names)}")
    if name in pin:
        raise LawError(f"{name} is pinned at {pin[name]:g} in every series, so it does not differ; compare another one")
    return name


def _rules(given: Rule | str | Mapping[str, Rule | str], series: Iterable[str]) -> dict[str, Rule]:
    if isinstance(given, Rule | str):
        return dict.fromkeys(series, rule_of(given))
    without = [name for name in series if name not in given]
    if without:
        raise LawError(f"frontier has no rule for series {without[0]}; it has them for {', '.join(given)}")
    return {name: rule_of(given[name]) for name in series}


def _columns(match: str | Sequence[Column]) -> list[Column]:
    return [part.strip() for part in match.split(",")] if isinstance(match, str) else list(match)


def _keys(data: Any, match: str | Sequence[Column] | None, size: int) -> Any:
    if match is None:
        return None
    parts = [column(data, each, "match").astype(str) for each in _columns(match)]
    for values in parts:
        if len(values) != size:
            raise LawError(f"match has length {len(values)} and y has length {size}; give one key for each row")
    keys = np.empty(size, dtype=object)
    keys[:] = list(zip(*parts, strict=True))
    return keys
