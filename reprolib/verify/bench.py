"""Where claims are recomputed: one tree's results, laws, tables and facts, read once and kept.

Verification has two benches. One is a temporary copy of the committed results (tier 1); the other holds results and
laws made again from the facts (tier 2). Both write in their temporary directory only.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from reprolib import records
from reprolib.errors import ReproError
from reprolib.paths import Tree
from reprolib.study import Study

if TYPE_CHECKING:
    from reprolib.data.rows import Row
    from reprolib.params import Params

R = TypeVar("R", bound="Row")


@dataclass(frozen=True)
class Bench:
    """A tree to recompute in, beside the committed one that it is compared with."""

    tree: Tree
    """The temporary copy."""
    committed: Tree
    """The repository; only read."""
    study: str
    params: Params

    @cached_property
    def data(self) -> Study:
        """Results and laws of the temporary copy."""
        return Study(self.tree, self.study)

    @cached_property
    def _facts(self) -> dict[str, list[Any]]:
        return {}

    def facts(self, row: type[R]) -> list[R]:
        """The rows of one table of facts."""
        from reprolib.data import facts

        if row.file not in self._facts:
            self._facts[row.file] = facts.read(self.tree, row)
        return self._facts[row.file]

    @cached_property
    def _values(self) -> dict[tuple[str, ...], float]:
        table = self.data.results
        keys = zip(*(table[column] for column in ("run", "task", "dataset", "shots", "metric")), strict=True)
        return dict(zip(keys, table["value"], strict=True))

    def percent(self, run: str, dataset: str, metric: str = "acc1", task: str = "zero-shot", shots: str = "") -> float:
        """One measured value in percent.

        Raises:
            ReproError: The results hold no such value.
        """
        key = (run, task, dataset, shots, metric)
        if key not in self._values:
            raise ReproError(f"study '{self.study}' has no result {key}; check results/{self.study}/evals/{run}.json")
        return 100 * self._values[key]

    def law(self, name: str) -> dict[str, Any]:
        """One law record.

        Raises:
            ReproError: There is no such law.
        """
        if name not in self.data.laws:
            raise ReproError(f"study '{self.study}' has no law '{name}'; check results/{self.study}/laws")
        return self.data.laws[name]

    @cached_property
    def scrutiny(self) -> dict[str, dict[str, Any]]:
        """The records of the scrutiny by part; made here first where they are not there, which takes half a minute."""
        from reprolib import scrutiny

        if not self.tree.scrutiny(self.study).is_dir():
            scrutiny.run(self.tree, self.params, self.study)
        return self.data.scrutiny

    @cached_property
    def _tables(self) -> dict[str, dict[str, Any]]:
        return {}

    def table(self, name: str) -> dict[str, Any]:
        """The record of a table, built again from this bench's results."""
        from reprolib import tables

        if name not in self._tables:
            out = self.tree.root / "made" / "tables"
            tables.run(self.tree, self.study, [name], out)
            self._tables[name] = records.read(out / f"{name}.json", "table")
        return self._tables[name]


def copy(committed: Tree, study: str, root: Path, *, results: bool) -> Tree:
    """Lay out `root` as a tree: settings, lock, facts and, if asked for, the committed results of `study`."""
    tree = Tree(root)
    folders = [committed.published, committed.notebooks, *([committed.results(study)] if results else [])]
    for path in (committed.params, committed.lock, *folders):
        target = root / committed.relative(path)
        if path.is_dir():
            shutil.copytree(path, target)
        elif path.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    return tree


def once(lay: Callable[[], Bench]) -> Callable[[], Bench]:
    """`lay`, called at most once: what it gave or raised is given or raised again."""
    outcome: list[Bench | ReproError] = []

    def again() -> Bench:
        if not outcome:
            try:
                outcome.append(lay())
            except ReproError as error:
                outcome.append(error)
        if isinstance(outcome[0], ReproError):
            raise outcome[0]
        return outcome[0]

    return again
