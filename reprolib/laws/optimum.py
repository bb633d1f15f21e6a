"""What a compute-optimal allocation is: immutable records, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reprolib.laws.result import Interval


@dataclass(frozen=True)
class Entry:
    """The entry of a cost table that reaches the smallest loss for a budget."""

    name: str
    N: float
    D: float
    """The samples that the budget buys with it."""
    loss: float
    share: float | None
    """The share of the resamples in which it is the best; None without resamples."""


@dataclass(frozen=True)
class Allocation:
    """How one budget is best spent."""

    budget: float
    N: float | None
    """The model's size, in the unit of the fit; None where there is no optimum, and `notes` says why."""
    D: float | None
    """The data, in the unit of the fit."""
    loss: float | None
    intervals: Mapping[str, Interval | None]
    """Of N, D and the loss that the law gives; None where none can be trusted, and `notes` says why."""
    entry: Entry | None
    """The best entry, where the cost is a table."""
    notes: tuple[str, ...]

    def lines(self) -> list[str]:
        """The allocation as lines of text."""
        lines = [f"budget {self.budget:.4g}:"]
        if self.N is not None:
            for name, value in (("N", self.N), ("D", self.D), ("loss", self.loss)):
                lines.append(f"  {name} = {value:.4g} {_bracket(self.intervals[name])}")
        if self.entry is not None:
            share = "" if self.entry.share is None else f", best in {100 * self.entry.share:.0f} % of the resamples"
            best = f"{self.entry.name} with D = {self.entry.D:.4g}, loss {self.entry.loss:.4g}{share}"
            lines.append(f"  best of the table: {best}")
        return [*lines, *(f"  {note}" for note in self.notes)]

    def record(self) -> dict[str, Any]:
        """The allocation, ready for JSON."""
        return {
            "budget": self.budget,
            "N": self.N,
            "D": self.D,
            "loss": self.loss,
            "intervals": _listed(self.intervals),
            "entry": None if self.entry is None else dict(vars(self.entry)),
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class Optimum:
    """Compute-optimal sizes for one or more budgets."""

    form: str
    cost: str
    """The cost model in words."""
    level: float
    interval_method: str
    """How the intervals were made, as a sentence."""
    allocations: tuple[Allocation, ...]
    """One for each budget, in the order given."""
    exponents: Mapping[str, float | None]
    """Of N and D: the mean slope of log N and log D against log budget over `between`."""
    exponent_intervals: Mapping[str, Interval | None]
    between: Interval
    """The budgets over which the exponents are taken: the smallest and the largest, or a decade around a single one."""
    notes: tuple[str, ...]
    """Why there are no exponents, or no intervals of them."""

    def summary(self) -> str:
        """The allocations as lines of text."""
        lines = [f"optimum of {self.form} under {self.cost}; {100 * self.level:g} % intervals: {self.interval_method}"]
        lines += [line for each in self.allocations for line in each.lines()]
        for name, value in self.exponents.items():
            if value is not None:
                lines.append(f"{name} grows as budget**{value:.4g} {_bracket(self.exponent_intervals[name])}")
        return "\n".join([*lines, *self.notes])

    def record(self) -> dict[str, Any]:
        """All of it, ready for JSON."""
        return {
            "form": self.form,
            "cost": self.cost,
            "level": self.level,
            "interval_method": self.interval_method,
            "exponents": dict(self.exponents),
            "exponent_intervals": _listed(self.exponent_intervals),
            "between": list(self.between),
            "notes": list(self.notes),
            "allocations": [each.record() for each in self.allocations],
        }

    def to_json(self) -> str:
        """The optimum as JSON text, one line for each entry."""
        lines = (f" {json.dumps(key)}: {json.dumps(value, allow_nan=False)}" for key, value in self.record().items())
        return "{\n" + ",\n".join(lines) + "\n}\n"


def _bracket(interval: Interval | None) -> str:
    return "(no interval)" if interval is None else f"[{interval[0]:.4g}, {interval[1]:.4g}]"


def _listed(intervals: Mapping[str, Interval | None]) -> dict[str, list[float] | None]:
    return {name: None if pair is None else list(pair) for name, pair in intervals.items()}
