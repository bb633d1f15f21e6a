"""Recompute functions over the scrutiny: do the paper's claims about slopes, data and forecasts survive it.

A claim that one slope is the steeper comes to a number for each design: the end of the interval that has to keep off
zero. It is in the record as `given` (points taken as given) and, for a frontier, as `chosen_again`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reprolib import names
from reprolib.errors import ReproError
from reprolib.verify.registry import Ours, recomputes

if TYPE_CHECKING:
    from reprolib.verify.bench import Bench

WAYS = {"given": "points given", "chosen_again": "frontier chosen again"}


@recomputes
def nearest_ends(bench: Bench, dataset: str, metric: str, designs: list[str]) -> list[Ours]:
    """The end nearest to zero, on the claimed side, of CLIP's exponent less OpenCLIP's; a design may name its data."""
    made = []
    for design in designs:
        rule, _, data = design.partition(" ")
        row = _row(bench, "slopes", dataset=dataset, metric=metric, design=rule, data=data)
        for way, told in WAYS.items():
            if row[way] is not None:
                label = f"{names.RULES[rule]}{f' on {data}' if data else ''}"
                label += f", {told}" if row["chosen_again"] else ""
                made.append(Ours(label, row[way]["interval"][1 if row["claimed"] == "CLIP" else 0]))
    return made


@recomputes
def claimed_signs(bench: Bench, design: str) -> list[Ours]:
    """For how many of the errors the difference has the sign that the paper claims, whatever its interval."""
    rows = [row for row in bench.scrutiny["slopes"]["rows"] if row["design"] == design]
    right = [row for row in rows if (row["difference"] < 0) == (row["claimed"] == "CLIP")]
    return [Ours(f"of {len(rows)} errors, under {names.RULES[design]}", len(right))]


@recomputes
def data_ends(bench: Bench, first: str, second: str) -> list[Ours]:
    """The upper end, for each error, of the exponent on the second set less that on the first, on matched runs."""
    return [
        Ours(names.measured(row["dataset"], row["metric"]), row["interval"][1])
        for row in bench.scrutiny["pretraining"]["differences"]
        if (row["first"], row["second"], row["design"]) == (first, second, "matched")
    ]


@recomputes
def outside_forecast(bench: Bench, dataset: str, metric: str, rules: list[str]) -> list[Ours]:
    """How many pp a later model's measured score lies beyond the prediction interval; below zero it lies inside."""
    made = []
    for rule in rules:
        for row in bench.scrutiny["forecasts"]["rows"]:
            if (row["dataset"], row["metric"], row["rule"], row["form"]) == (dataset, metric, rule, "power"):
                low, high = row["interval"]
                beyond = max(low - row["measured"], row["measured"] - high)
                made.append(Ours(f"{names.model(row['checkpoint'].split()[0])}, {names.RULES[rule]}", beyond))
    return made


def _row(bench: Bench, part: str, **conditions: str) -> dict[str, Any]:
    for row in bench.scrutiny[part]["rows"]:
        if all(row[key] == value for key, value in conditions.items()):
            found: dict[str, Any] = row
            return found
    raise ReproError(f"the scrutiny of {part} has no row with {conditions}; run `reprolib scrutinize {bench.study}`")
