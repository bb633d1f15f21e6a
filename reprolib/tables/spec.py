"""What the registry knows of a table before it is built."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from reprolib.study import PUBLISHED

if TYPE_CHECKING:
    from reprolib.study import Study
    from reprolib.tables.frame import Table


@dataclass(frozen=True)
class TableSpec:
    """One table, as the paper's own study fills it."""

    title: str
    caption: str
    origin: Literal["recomputed", "transcribed", "mixed"]
    """Whether the cells are computed here from finer results, copied from the paper's own table, or both."""
    reads: tuple[str, ...]
    """The stamp's inputs: `evals`, `runs`, `resources`, `laws`, `scrutiny` and records of the study, CSVs of
    `paper/published`."""
    build: Callable[[Study], Table]
    note: str = ""
    elsewhere: TableSpec | None = None
    """As any other study fills it, where that is made of other things or told in other words."""

    def of(self, study: Study) -> TableSpec:
        """The spec that `study` fills."""
        return self if study.name == PUBLISHED or self.elsewhere is None else self.elsewhere

    def inputs(self, study: Study) -> list[Path]:
        """The files and folders behind `reads`; with a table of facts comes the list of its sources."""
        facts = [name for name in self.reads if name.endswith(".csv")]
        folders = [name for name in self.reads if name not in facts]
        return [
            *(study.tree.results(study.name) / name for name in folders),
            *(study.tree.published / name for name in [*facts, "sources.csv"] if facts),
        ]

    @property
    def only_facts(self) -> bool:
        """Whether the table is made of the paper's own facts alone, so that it belongs to the study `published`."""
        return all(name.endswith(".csv") for name in self.reads)

    def belongs_to(self, study: Study) -> bool:
        """Whether `study` has what the table reads."""
        own = study.name == PUBLISHED or not self.only_facts
        return own and all(path.exists() for path in self.inputs(study))
