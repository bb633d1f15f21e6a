"""A study: the results table and the law records that every figure, table and verdict is drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from reprolib import results
from reprolib.errors import ReproError
from reprolib.provenance import records

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from reprolib.paths import Tree

PUBLISHED = "published"
"""The paper's own study; what the paper alone states belongs to it."""
OPENAI_DATA = "CLIP-WIT"
TUNED = ("single", "joint", "intermediate")
"""How an image tower is tuned further: to the class set, to several tasks at once, to more classes before the first."""


@dataclass(frozen=True)
class Study:
    """One study by name, read on demand from `results/<name>/`."""

    tree: Tree
    name: str

    @property
    def evaluations(self) -> Path:
        """The folder of its evaluations.

        Raises:
            ReproError: It has none.
        """
        folder = self.tree.evals(self.name)
        if not folder.is_dir():
            raise ReproError(f"{folder} is missing: study '{self.name}' has no evaluations; run `dvc repro` first")
        return folder

    @cached_property
    def results(self) -> pd.DataFrame:
        """The results table (see `reprolib.results`) with a column `series`: CLIP or OpenCLIP."""
        table = results.load(self.tree, self.name)
        return table.assign(series=table["pretrain_data"].map(series_of))

    @cached_property
    def laws(self) -> dict[str, dict[str, Any]]:
        """Law records by id."""
        return self._records(self.tree.laws(self.name), "law", "fit")

    @cached_property
    def runs(self) -> dict[str, dict[str, Any]]:
        """Run records by run."""
        return self._records(self.tree.runs(self.name), "run", self._trains)

    @cached_property
    def resources(self) -> dict[str, dict[str, Any]]:
        """Records of what each of `runs` took, by run.

        Raises:
            ReproError: A run is without one.
        """
        found = self._records(self.tree.resources(self.name), "resources", self._trains)
        if lacking := sorted(self.runs.keys() - found.keys()):
            raise ReproError(
                f"{self.tree.resources(self.name)} has no record of what {lacking[0]} took; run "
                f"`reprolib {self._trains} {self.name}` or restore it with git"
            )
        return found

    @cached_property
    def scrutiny(self) -> dict[str, dict[str, Any]]:
        """Records of the scrutiny by part."""
        return self._records(self.tree.scrutiny(self.name), "scrutiny", "scrutinize")

    @cached_property
    def eight_tasks(self) -> list[str]:
        """The data sets of the joint fine-tuning in alphabetical order; none where there was no such fine-tuning."""
        tuned = self.results[self.results["task"] == "eight-task-joint"]
        return sorted(set(tuned["dataset"]) - {"eight-task-mean"})

    @cached_property
    def data(self) -> dict[str, Any]:
        """What a study whose models are trained here is trained and tested on: sets, subsets, near-duplicates."""
        return records.read(self.tree.results(self.name) / "data.json", "data")

    @cached_property
    def evaluation_settings(self) -> dict[str, dict[str, Any]]:
        """The recipes by which models that were trained here are tuned further, by their names in `TUNED`."""
        record = records.read(self.tree.results(self.name) / "evaluation.json", "evaluation-settings")
        return {recipe: record[recipe] for recipe in TUNED}

    def select(self, **conditions: str) -> pd.DataFrame:
        """The rows of the results table in which each named column has the given value.

        Raises:
            ReproError: No row has them.
        """
        table = self.results
        for column, value in conditions.items():
            table = table[table[column] == value]
        if table.empty:
            raise ReproError(f"study '{self.name}' has no results with {conditions}; check results/{self.name}/evals")
        return table

    @property
    def _trains(self) -> str:
        """The stage that writes the run records."""
        return "download" if self.name == PUBLISHED else "train"

    def _records(self, folder: Any, kind: str, stage: str) -> dict[str, dict[str, Any]]:
        found = {path.stem: records.read(path, kind) for path in sorted(folder.rglob("*.json"))}
        if not found:
            raise ReproError(f"{folder} holds no records; run `reprolib {stage} {self.name}` or `dvc repro` first")
        return found


def series_of(pretrain_data: str) -> str:
    """`CLIP` for OpenAI's models (their private data WIT), `OpenCLIP` for all others."""
    return "CLIP" if pretrain_data == OPENAI_DATA else "OpenCLIP"
