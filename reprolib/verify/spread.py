"""The seed spread of a study: how far numbers lie apart that follow from trainings which differ in their seed alone.

Reads the run records whose only change is the seed, the run of the ladder that they repeat, and their evaluations. With
standard deviation s on n - 1 degrees of freedom, pooled over what is repeated, the difference of two such trainings
stays within sqrt(2) s t(0.975, n - 1) in 95 of 100 cases.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import variance
from typing import TYPE_CHECKING, Any, TypeAlias

from reprolib.provenance import records

if TYPE_CHECKING:
    from reprolib.params import Params
    from reprolib.paths import Tree

Key: TypeAlias = tuple[str, str]
"""Data set and metric."""
HELD_OUT_LOSS: Key = ("validation", "loss")
CLASS_SET: Key = ("imagenet1k", "acc1")
LEVEL = 0.95
UNTRAINED = ("zero-shot", "control")
"""The tasks of rows that follow from the weights alone: a run of the ladder has the one, a control the other."""


@dataclass(frozen=True)
class Spread:
    """What the repeated runs of a study measured."""

    deviation: Mapping[Key, float]
    """The standard deviation of each number that all repeated runs have; empty if no run was repeated."""
    freedom: int
    """Degrees of freedom of each of them."""
    runs: tuple[str, ...]
    """The runs that it was measured on."""

    @property
    def multiple(self) -> float:
        """How many standard deviations two trainings may lie apart."""
        from scipy.stats import t

        return math.sqrt(2) * float(t.ppf((1 + LEVEL) / 2, self.freedom))

    def allowed(self, key: Key) -> float:
        """The largest difference of two trainings that is told as chance; zero where nothing measured it."""
        return self.multiple * self.deviation[key] if key in self.deviation else 0.0

    def told(self) -> str:
        """The rule in a sentence, with its numbers."""
        if not self.runs:
            return (
                "No run of this study was repeated with another seed, so nothing measured how far two trainings differ."
            )
        return (
            f"Two trainings that differ in their seed alone lie within √2·t·s = {self.multiple:.2f}·s of each other in "
            f"{LEVEL:.0%} of cases, with s from {len(self.runs)} runs ({', '.join(self.runs)}) and t on "
            f"{self.freedom} degree{'' if self.freedom == 1 else 's'} of freedom."
        )


def measured(tree: Tree, study: str) -> Spread:
    """The spread that the runs of `study` measured.

    Raises:
        ReproError: A record is damaged, or a repeated run has no evaluation.
    """
    found = [records.read(path, "run") for path in sorted(tree.runs(study).rglob("*.json"))]
    repeated: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for record in found:
        if not record["changes"].keys() - {"seed"}:
            cell = (record["model"], record["pretrain_data"], record["budget"])
            repeated.setdefault(cell, []).append(record)
    groups = [runs for runs in repeated.values() if len(runs) > 1]
    values = [[_of_run(tree, study, record) for record in runs] for runs in groups]
    every = [each for group in values for each in group]
    freedom = len(every) - len(values)
    shared = set.intersection(*map(set, every)) if every else set()
    squares = {
        key: sum((len(group) - 1) * variance([each[key] for each in group]) for group in values) for key in shared
    }
    return Spread(
        {key: math.sqrt(square / freedom) for key, square in sorted(squares.items())},
        freedom,
        tuple(record["run"] for runs in groups for record in runs),
    )


def nearest(tree: Tree, params: Params, study: str) -> Spread:
    """The spread of `study`, or where none of its runs was repeated that of another one trained here on these pairs.

    Raises:
        ReproError: As `measured`.
    """
    others = sorted({group.study for group in params.groups.values()} - {study})
    found = [measured(tree, each) for each in (study, *others)]
    return next((spread for spread in found if spread.runs), found[0])


def numbers(rows: Iterable[Mapping[str, Any]], record: Mapping[str, Any]) -> dict[Key, float]:
    """What follows from the weights of a run alone, by its rows of the results table and its record."""
    untrained = {(row["dataset"], row["metric"]): row["value"] for row in rows if row["task"] in UNTRAINED}
    return {**untrained, HELD_OUT_LOSS: record["learning_curve"][-1]["loss"]}


def _of_run(tree: Tree, study: str, record: Mapping[str, Any]) -> dict[Key, float]:
    evaluation = records.read(tree.evals(study) / f"{record['run']}.json", "evaluation")
    return numbers(evaluation["results"], record)
