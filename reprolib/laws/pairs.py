"""What a comparison of series gives: immutable records of the pairs' differences, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from reprolib.laws.crossings import Crossing
from reprolib.laws.differences import Welch
from reprolib.laws.forms import Form
from reprolib.laws.result import Fit, Interval

CONVENTION = "second minus first"
ALL, MATCHED = "all rows", "matched"


@dataclass(frozen=True)
class Difference:
    """A parameter of one series minus that of another, under one design."""

    first: str
    second: str
    design: str
    """`all rows`, or `matched`: the rows that have a counterpart in the other series."""
    parameter: str
    values: tuple[float, float]
    """Of the first and of the second series."""
    value: float
    """The second minus the first."""
    interval: Interval | None
    level: float
    method: str
    """How the interval was made: welch, resamples, or empty if there is none."""
    welch: Welch | None
    """The test by standard errors, beside resamples too; None if a fit has no standard error."""
    crossing: Crossing
    fits: tuple[Fit, Fit]
    rows: tuple[tuple[int, ...], tuple[int, ...]]
    """The rows of each series that were compared, by their number in the data, from 0."""
    left_out: tuple[tuple[int, ...], tuple[int, ...]]
    """The rows of each series that have no counterpart in the other."""
    notes: tuple[str, ...]
    """What a reader of the interval must know."""

    @property
    def excludes_zero(self) -> bool | None:
        """Whether the interval excludes zero; None without an interval."""
        return None if self.interval is None else not self.interval[0] <= 0 <= self.interval[1]

    @property
    def verdict(self) -> str:
        """The same as a sentence."""
        if self.excludes_zero is None:
            return "there is no interval, so no verdict"
        return "the interval excludes zero" if self.excludes_zero else "the interval does not exclude zero"

    def lines(self) -> list[str]:
        """The difference as lines of text."""
        interval = "no interval" if self.interval is None else f"[{self.interval[0]:.4g}, {self.interval[1]:.4g}]"
        series = "; ".join(
            f"{name} {value:.4g}, n = {fit.n_points}, dof = {fit.dof}"
            for name, value, fit in zip((self.first, self.second), self.values, self.fits, strict=True)
        )
        by = {"welch": " by Welch's t", "resamples": " from the resamples", "": ""}[self.method]
        told = (
            f"{self.second} minus {self.first}, {self.design}: {self.parameter} differs by {self.value:.4g}, "
            f"{100 * self.level:g} % {interval}{by}: {self.verdict}"
        )
        lines = [told, f"  {series}"] + ([] if self.welch is None else [f"  {self.welch.sentence}"])
        lines += [
            f"  left out of {name}: rows {', '.join(map(str, rows))}"
            for name, rows in zip((self.first, self.second), self.left_out, strict=True)
            if rows
        ]
        return [*lines, *(f"  {note}" for note in self.notes), f"  {self.crossing.sentence}"]

    def record(self) -> dict[str, Any]:
        """Everything but the draws, ready for JSON; the fits of all rows stand once, in the comparison."""
        series = (self.first, self.second)
        apart = {name: fit.record() for name, fit in zip(series, self.fits, strict=True)}
        return {
            "first": self.first,
            "second": self.second,
            "design": self.design,
            "parameter": self.parameter,
            "convention": CONVENTION,
            "values": list(self.values),
            "difference": self.value,
            "interval": _listed(self.interval),
            "level": self.level,
            "method": self.method,
            "excludes_zero": self.excludes_zero,
            "verdict": self.verdict,
            "n_points": [fit.n_points for fit in self.fits],
            "dof": [fit.dof for fit in self.fits],
            "welch": None
            if self.welch is None
            else {**vars(self.welch), "interval": _listed(self.welch.interval), "sentence": self.welch.sentence},
            "crossing": dict(vars(self.crossing)),
            "rows": dict(zip(series, map(list, self.rows), strict=True)),
            "left_out": dict(zip(series, map(list, self.left_out), strict=True)),
            "notes": list(self.notes),
            **({"fits": apart} if self.design == MATCHED else {}),
        }


@dataclass(frozen=True)
class Comparison:
    """Laws of several series, and the differences of every pair."""

    form: Form
    parameter: str
    by: str
    """The column of the series, if it has a name."""
    match: tuple[str, ...]
    """The columns by which rows were matched."""
    level: float
    fits: Mapping[str, Fit]
    """The law of each series, on all of its rows."""
    pairs: tuple[Difference, ...]
    """For each pair the difference on all rows, then the matched one if columns to match by were named."""
    notes: tuple[str, ...] = field(default=())
    """Designs that could not be made, and series without a bootstrap, in words."""

    def summary(self) -> str:
        """The comparison as lines of text."""
        lines = [f"{self.form.name}: {self.form.formula}; differences of {self.parameter} are {CONVENTION}"]
        return "\n".join([*lines, *(line for pair in self.pairs for line in pair.lines()), *self.notes])

    def record(self) -> dict[str, Any]:
        """Everything but the draws, ready for JSON."""
        return {
            "form": self.form.name,
            "formula": self.form.formula,
            "parameter": self.parameter,
            "by": self.by,
            "match": list(self.match),
            "convention": CONVENTION,
            "level": self.level,
            "pairs": [pair.record() for pair in self.pairs],
            "notes": list(self.notes),
            "fits": {name: fit.record() for name, fit in self.fits.items()},
        }

    def to_json(self) -> str:
        """The comparison as JSON text, one line for each entry."""
        lines = (f" {json.dumps(key)}: {json.dumps(value, allow_nan=False)}" for key, value in self.record().items())
        return "{\n" + ",\n".join(lines) + "\n}\n"

    def renumbered(self, rows: Sequence[int]) -> Comparison:
        """The same comparison with its rows called by other numbers: row i by `rows[i]`."""

        def named(pair: tuple[tuple[int, ...], tuple[int, ...]]) -> tuple[tuple[int, ...], tuple[int, ...]]:
            first, second = (tuple(int(rows[row]) for row in each) for each in pair)
            return first, second

        pairs = tuple(
            replace(
                pair,
                fits=(pair.fits[0].renumbered(rows), pair.fits[1].renumbered(rows)),
                rows=named(pair.rows),
                left_out=named(pair.left_out),
            )
            for pair in self.pairs
        )
        fits = {name: fit.renumbered(rows) for name, fit in self.fits.items()}
        return replace(self, fits=MappingProxyType(fits), pairs=pairs)


def _listed(interval: Interval | None) -> list[float] | None:
    return None if interval is None else list(interval)
