"""Tier 0 for a study that is trained here: its records agree with one another, and with its data where they are.

A run, its evaluation, its resources and its two curves are five files that belong together. What a stamp names below
data/ is compared with it only where it is there: a clone has records without shards. Reads the tree only.
"""

from __future__ import annotations

import csv
import io
from functools import cached_property
from typing import TYPE_CHECKING, Any

from reprolib import files
from reprolib.errors import ReproError
from reprolib.provenance import records
from reprolib.results import RUN_COLUMNS
from reprolib.verify import spread
from reprolib.verify.integrity import Inspection

if TYPE_CHECKING:
    from pathlib import Path

CURVE_DIGITS = 6
"""Significant digits of the numbers in a curve."""


class StudyInspection(Inspection):
    """The tier 0 checks of one study that is trained here."""

    def all(self) -> dict[str, tuple[str, list[str]]]:
        """For the item `files` of the study: what each check holds to, and its faults."""
        return {
            "records": ("Every record is as it was sealed, and made of the present files.", self.records()),
            "pairs": (
                "Every run has its evaluation, its resources and its curves, and each of them has its run.",
                self.pairs(),
            ),
            "drawn": ("Every file of a figure or table is the one that its record seals.", self.drawn()),
        }

    def records(self) -> list[str]:
        """Records that were edited, or whose inputs or format have changed since."""
        home = self.tree.results(self.study)
        faults = []
        for kind, folder, pattern in (
            ("data", home, "data.json"),
            ("curation", home, "curation.json"),
            ("run", self.tree.runs(self.study), "**/*.json"),
            ("resources", self.tree.resources(self.study), "**/*.json"),
            ("evaluation", self.tree.evals(self.study), "*.json"),
            ("evaluation-settings", home, "evaluation.json"),
            ("law", self.tree.laws(self.study), "*.json"),
            ("scrutiny", self.tree.scrutiny(self.study), "*.json"),
        ):
            faults += self._sealed(kind, sorted(folder.glob(pattern)))
        return faults

    def pairs(self) -> list[str]:
        """Runs without an evaluation or a curve, what is left of runs that are no more, and pairs that disagree."""
        whole = [fault for path in self._runs.values() for fault in self._lost(path)]
        home = self.tree
        folders = [each(self.study) for each in (home.evals, home.resources, home.curves, home.learning)]
        left = [
            f"{self.tree.relative(path)} is of a run that has no record; run `dvc repro`"
            for folder in folders
            for path in sorted(folder.rglob("[!.]*.*"))
            if path.stem not in self._runs
        ]
        return whole + left + [fault for name in self._runs for fault in self._disagreements(name)]

    def _lost(self, run: Path) -> list[str]:
        """What belongs to the run with the record `run` and is not there."""
        curve = self.tree.curves(self.study) / run.parent.name / f"{run.stem}.csv"
        took = self.tree.resources(self.study) / run.parent.name / run.name
        return [
            f"{self.tree.relative(run)} is without {self.tree.relative(part)}; run `dvc repro` or restore it with git"
            for part in (self.tree.evals(self.study) / run.name, took, curve, self._learned(run.stem))
            if not part.is_file()
        ]

    def _disagreements(self, name: str) -> list[str]:
        run = self._read(self._runs[name], "run")
        path = self.tree.evals(self.study) / f"{name}.json"
        evaluation = self._read(path, "evaluation")
        if run is None or evaluation is None:
            return []
        told = f"{self.tree.relative(path)} says {{}} {{}}, but the record of the run says {{}}; run `dvc repro`"
        faults = [
            told.format(column, evaluation[column], run[column])
            for column in RUN_COLUMNS
            if run[column] != evaluation[column]
        ]
        learned = self._learned(name)
        if not learned.is_file():
            return faults
        last = list(csv.DictReader(io.StringIO(files.read_text(learned))))[-1]
        accuracy = spread.numbers(evaluation["results"], run)[spread.CLASS_SET]
        expected = {"samples": str(run["samples_seen"]), "accuracy": f"{accuracy:.{CURVE_DIGITS}g}"}
        told = f"{self.tree.relative(learned)} ends with {{}} {{}}, but the evaluation has {{}}; run `dvc repro`"
        return faults + [
            told.format(column, last[column], value) for column, value in expected.items() if last[column] != value
        ]

    def drawn(self) -> list[str]:
        """Faults of all figures and tables that are there."""
        folders = (self.tree.figures(self.study).glob("fig*.json"), self.tree.tables(self.study).glob("table*.json"))
        return [fault for paths in folders for path in sorted(paths) for fault in self.item(path.stem)]

    @cached_property
    def _runs(self) -> dict[str, Path]:
        return {path.stem: path for path in sorted(self.tree.runs(self.study).rglob("*.json"))}

    def _learned(self, name: str) -> Path:
        return self.tree.learning(self.study) / f"{name}.csv"

    def _read(self, path: Path, kind: str) -> dict[str, Any] | None:
        """A record; None where it is missing or damaged, which other checks tell."""
        try:
            return records.read(path, kind)
        except ReproError:
            return None
