"""Tier 1: figures and tables made again from committed results in a temporary copy, compared with the committed ones.

What is compared is numbers and words, with a relative tolerance for another machine's arithmetic. Whether the files are
equal to the byte is told besides; other versions of matplotlib or pandas may change bytes and are no failure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reprolib import records
from reprolib.verify.distance import distance
from reprolib.verify.registry import Ours, recomputes

if TYPE_CHECKING:
    from reprolib.verify.bench import Bench

APART = ("provenance", "seal", "files")


@recomputes
def redraw(bench: Bench, figure: str) -> list[Ours]:
    """Largest relative difference of the series of each panel, then of the words around them."""
    from reprolib import figures

    committed = records.read(bench.committed.figures(bench.study) / f"{figure}.json", "figure")
    out = bench.tree.root / "made" / "figures"
    figures.draw(bench.tree, bench.study, figure, out)
    made = records.read(out / f"{figure}.json", "figure")
    panels = {panel["key"]: panel for panel in made["panels"]}
    theirs = {panel["key"]: panel for panel in committed["panels"]}
    gaps = [
        _gap(f"panel {(theirs | panels)[key]['title']}", panels.get(key), theirs.get(key))
        for key in dict.fromkeys([*theirs, *panels])
    ]
    return [
        *gaps,
        _gap("title, caption and note", _words(made, "panels"), _words(committed, "panels"), _bytes(made, committed)),
    ]


@recomputes
def rebuild(bench: Bench, table: str) -> list[Ours]:
    """Largest relative difference of a table's cells, then of its labels and notes."""
    committed = records.read(bench.committed.tables(bench.study) / f"{table}.json", "table")
    made = bench.table(table)
    numbers = {"cells": "cells", "values": "unrounded values"}
    return [
        *(_gap(label, made.get(key), committed.get(key)) for key, label in numbers.items()),
        _gap("labels and notes", _words(made, *numbers), _words(committed, *numbers), _bytes(made, committed)),
    ]


@recomputes
def uncommitted_tables(bench: Bench) -> list[Ours]:
    """How many tables the results suffice for that are not committed; one is named."""
    from reprolib import tables

    made = tables.run(bench.tree, bench.study, None, bench.tree.root / "made" / "tables")
    lost = [name for name in made if not (bench.committed.tables(bench.study) / f"{name}.json").is_file()]
    return [Ours(f"tables that are not committed{f', {lost[0]} the first' if lost else ''}", len(lost))]


def _gap(label: str, made: Any, committed: Any, note: str = "") -> Ours:
    gap, path = distance(made, committed)
    return Ours(f"{label}: {path.lstrip('.')}" if path else label, gap, note=note)


def _words(record: dict[str, Any], *without: str) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key not in (*APART, *without)}


def _bytes(made: dict[str, Any], committed: dict[str, Any]) -> str:
    other = sorted(name for name, digest in committed["files"].items() if made["files"].get(name) != digest)
    if not other:
        return "All files are equal to the byte."
    ours, theirs = (record["provenance"] for record in (made, committed))
    moved = [
        f"{name} {theirs['environment']['packages'].get(name)} there, {version} here"
        for name, version in ours["environment"]["packages"].items()
        if theirs["environment"]["packages"].get(name) != version
    ]
    moved += [f"other {part}" for part in ("inputs", "code") if ours[part] != theirs[part]]
    return f"Not equal to the byte: {', '.join(other)} ({'; '.join(moved) or 'same versions, inputs and code'})."
