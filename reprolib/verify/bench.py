"""Where claims are recomputed: one tree's results, laws, tables and facts, read once and kept.

The bench of tier 1, and of any study that is trained here, is the repository itself, where nothing is written. That of
the published study at tier 2 is a temporary tree with results made again from the facts; it has no laws and no scrutiny
but those that are computed here.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from reprolib import precision
from reprolib.errors import ReproError
from reprolib.paths import Tree
from reprolib.provenance import records
from reprolib.study import Study

if TYPE_CHECKING:
    from reprolib.data.rows import Row
    from reprolib.fit import Made
    from reprolib.params import Params

R = TypeVar("R", bound="Row")


@dataclass(frozen=True)
class Bench:
    """A tree to recompute in, beside the committed one that it is compared with."""

    tree: Tree
    """Where results are read."""
    committed: Tree
    """The repository, whose records are compared; only read."""
    study: str
    params: Params

    @cached_property
    def data(self) -> Study:
        """Results and laws of the tree."""
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

    @cached_property
    def fitted(self) -> Made:
        """The laws, fitted again from the tree's evaluations; unrounded."""
        from reprolib import fit

        return fit.compute(self.data, self.params)

    @cached_property
    def scrutinized(self) -> dict[str, dict[str, Any]]:
        """The scrutiny by part, made again from the tree's evaluations, which takes half a minute; unrounded."""
        from reprolib import scrutiny

        return scrutiny.compute(self.data, self.params)

    @cached_property
    def _laws(self) -> dict[str, dict[str, Any]]:
        if self.tree.laws(self.study).is_dir():
            return self.data.laws
        return {name: precision.quantised("law", content) for name, content in self.fitted.laws.items()}

    def law(self, name: str) -> dict[str, Any]:
        """One law as it is recorded; fitted here where the tree has no laws.

        Raises:
            ReproError: There is no such law.
        """
        if name not in self._laws:
            raise ReproError(f"study '{self.study}' has no law '{name}'; check results/{self.study}/laws")
        return self._laws[name]

    @cached_property
    def scrutiny(self) -> dict[str, dict[str, Any]]:
        """The scrutiny by part as it is recorded; made here where the tree has none."""
        if self.tree.scrutiny(self.study).is_dir():
            return self.data.scrutiny
        return {part: precision.quantised("scrutiny", content) for part, content in self.scrutinized.items()}

    @cached_property
    def _tables(self) -> dict[str, dict[str, Any]]:
        return {}

    def table(self, name: str) -> dict[str, Any]:
        """The content of a table's record, built again from this bench's results; unrounded.

        Raises:
            ReproError: As `reprolib.tables.record_of`.
        """
        from reprolib import tables

        if name not in self._tables:
            home = self.tree.laws(self.study)
            if "laws" in tables.entry(name).of(self.data).reads and not home.is_dir():
                records.write_all(home, "law", self.fitted.laws, {})  # a table reads laws from their records
            self._tables[name] = tables.record_of(self.data, name)
        return self._tables[name]


def of_facts(committed: Tree, root: Path, params: Params) -> Tree:
    """Lay out `root` as a tree with settings, lock, facts and the published evaluations and runs made of them.

    Raises:
        ReproError: A table of facts is broken.
    """
    from reprolib.data import published

    tree = Tree(root)
    shutil.copytree(committed.published, tree.published)
    for path in (committed.params, committed.lock):
        shutil.copyfile(path, root / committed.relative(path))
    published.run(tree, params)
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
