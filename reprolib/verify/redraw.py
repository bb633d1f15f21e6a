"""Tier 1: figures and tables composed again from committed results, without painting, and compared with the records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reprolib import precision
from reprolib.verify import again
from reprolib.verify.registry import Ours, Recorded, recomputes

if TYPE_CHECKING:
    from reprolib.verify.bench import Bench


@recomputes
def redraw(bench: Bench, figure: str) -> list[Recorded]:
    """The series of each panel, then the words around them."""
    from reprolib import figures

    committed = again.content(bench.committed.figures(bench.study) / f"{figure}.json", "figure")
    made = figures.record_of(bench.data, figure)
    before, after = ({panel["key"]: panel for panel in each["panels"]} for each in (committed, made))
    return [
        *(
            again.compared(
                f"panel {(after | before)[key]['title']}",
                "figure",
                before.get(key, precision.MISSING),
                after.get(key, precision.MISSING),
            )
            for key in dict.fromkeys([*before, *after])
        ),
        again.compared("title, caption and note", "figure", _without(committed, "panels"), _without(made, "panels")),
    ]


@recomputes
def rebuild(bench: Bench, table: str) -> list[Recorded]:
    """The cells of a table, its unrounded numbers, then its labels and notes."""
    committed = again.content(bench.committed.tables(bench.study) / f"{table}.json", "table")
    made = bench.table(table)
    numbers = {"cells": "cells", "values": "unrounded values"}
    return [
        *(again.compared(label, "table", committed.get(key), made.get(key)) for key, label in numbers.items()),
        again.compared("labels and notes", "table", _without(committed, *numbers), _without(made, *numbers)),
    ]


@recomputes
def uncommitted_tables(bench: Bench) -> list[Ours]:
    """How many tables the results suffice for that are not committed; one is named."""
    from reprolib import tables

    folder = bench.committed.tables(bench.study)
    lost = [name for name in tables.of_study(bench.data) if not (folder / f"{name}.json").is_file()]
    lost = [name for name in lost if _fills(bench, name)]
    return [Ours(f"tables that are not committed{f', {lost[0]} the first' if lost else ''}", len(lost))]


def _fills(bench: Bench, table: str) -> bool:
    from reprolib.tables.frame import LackingError

    try:
        return bool(bench.table(table))
    except LackingError:
        return False


def _without(record: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key not in keys}
