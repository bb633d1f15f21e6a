"""A table as a value: labelled cells, each as displayed and unrounded, and the marks on them.

Builders make it and `write` prints it. Row and column labels have levels (`("ViT-B/32", "3B")`); joined with a comma
they are the labels of the record and of `paper/published/printed_cells.csv`. A cell that the paper leaves empty is the
empty string with the value None.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from reprolib.errors import ReproError

Label = tuple[str, ...]
Number = float | int
Value = Number | str | None


class LackingError(ReproError):
    """The study holds nothing to fill this table with; writing all tables of a study passes over it."""


@dataclass(frozen=True)
class Table:
    """What a builder returns; shapes: `cells` and `values` are len(rows) x len(columns)."""

    row_levels: Label
    """Names of the row label's levels, for instance `("Model", "Samples seen")`."""
    rows: Sequence[Label]
    columns: Sequence[Label]
    cells: Sequence[Sequence[str]]
    """As displayed."""
    values: Sequence[Sequence[Number | None]]
    """Unrounded; None where the cell is text or empty."""
    best: frozenset[tuple[int, int]] = field(default_factory=frozenset)
    """(row, column) of the cells set in bold."""
    measured: frozenset[tuple[int, int]] = field(default_factory=frozenset)
    """(row, column) of the cells set in italics: measured among extrapolated ones."""
    rules: frozenset[int] = field(default_factory=frozenset)
    """Rows that a rule stands above, as above a total."""
    columns_joined_by: str = ", "
    """Stands between the levels of a column label on one line."""
    note: str = ""
    """What this study's cells need besides the note of the table."""

    @property
    def row_names(self) -> list[str]:
        """Row labels on one line each."""
        return [joined(label) for label in self.rows]

    @property
    def column_names(self) -> list[str]:
        """Column labels on one line each."""
        return [joined(label, self.columns_joined_by) for label in self.columns]

    def record(self) -> dict[str, Any]:
        """The content of its record: labels, cells as displayed, numbers and marks."""
        return {
            "row_header": joined(self.row_levels),
            "columns": self.column_names,
            "rows": self.row_names,
            "cells": self.cells,
            "values": self.values,
            "best": sorted(self.best),
            "measured": sorted(self.measured),
        }

    def __post_init__(self) -> None:
        """A label that stands twice would make cells ambiguous, so it is refused."""
        for what, labels in (("row", self.row_names), ("column", self.column_names)):
            double = [label for label in labels if labels.count(label) > 1]
            if double:
                raise ReproError(f"the {what} '{double[0]}' stands twice in one table; give each its own label")


def joined(label: Label, by: str = ", ") -> str:
    """The label on one line, as in `printed_cells.csv`; empty levels are left out."""
    return by.join(filter(None, label))


def table(
    row_levels: Label,
    rows: Sequence[Label],
    columns: Sequence[Label],
    value: Callable[[int, int], Value],
    show: Callable[[int, int, Number], str] | str,
) -> Table:
    """Fill a table cell by cell.

    Args:
        row_levels: Names of the levels of the row labels.
        rows: Row labels.
        columns: Column labels.
        value: The cell at (row, column): a number, a text that is shown as it is, or None.
        show: How a number is shown: a format such as `.2f`, or a function of row, column and number.
    """
    values: list[list[Value]] = [[value(i, j) for j in range(len(columns))] for i in range(len(rows))]
    display = show if callable(show) else lambda i, j, number: format(number, show)

    def cell(i: int, j: int, content: Value) -> str:
        if content is None:
            return ""
        return content if isinstance(content, str) else display(i, j, content)

    return Table(
        row_levels,
        rows,
        columns,
        [[cell(i, j, content) for j, content in enumerate(row)] for i, row in enumerate(values)],
        [[None if isinstance(content, str) else content for content in row] for row in values],
    )


def with_best(made: Table, along: str) -> Table:
    """`made` with the largest number of each `column`, of each `row` or of the whole `table` in bold.

    Numbers compare as displayed, so equals share the mark.
    """
    groups: dict[int, list[tuple[float, int, int]]] = {}
    for i, row in enumerate(made.values):
        for j, value in enumerate(row):
            if value is not None:
                group = {"column": j, "row": i, "table": 0}[along]
                groups.setdefault(group, []).append((float(made.cells[i][j]), i, j))
    best = [(i, j) for group in groups.values() for shown, i, j in group if shown == max(group)[0]]
    return replace(made, best=frozenset(best))
