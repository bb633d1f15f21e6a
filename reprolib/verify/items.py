"""What can be verified by name: files, figures, tables, laws, the scrutiny, and every statement of the text.

A study that is trained here has items of its own, which begin with its name: `mini-files`, `mini-fig1`, `mini-evals`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from reprolib.errors import ReproError
from reprolib.study import PUBLISHED

if TYPE_CHECKING:
    from reprolib.params import Params
    from reprolib.paths import Tree

OWN_FIGURES = (
    "fig-survives",
    "fig-frontiers",
    "fig-exponents",
    "fig-bottlenecks",
    "fig-forecast",
    "fig-metaclip",
)
OWN_TABLES = (
    "table-survives",
    "table-frontiers",
    "table-exponents",
    "table-heldout",
    "table-forecast",
    "table-metaclip",
    "table-metaclip-ablation",
    "table-metaclip-compute",
    "table-metaclip-exponents",
)
FIGURES = (*(f"fig{number}" for number in range(1, 13)), *OWN_FIGURES)
TABLES = (*(f"table{number}" for number in range(1, 27)), *OWN_TABLES)
TEXT = tuple(f"C{number:02}" for number in range(1, 56))
ITEMS = ("files", *FIGURES, *TABLES, "laws", "scrutiny", *TEXT)
EVALS, CELL = "evals", "cell"
"""Of a study that is trained here alone: checkpoints evaluated again, and a cell of its ladder trained again."""
CHAPTERS = ("files", "figure", "table", "laws", "scrutiny", "text", EVALS, CELL)
"""The kinds of items in their order."""


def studies(tree: Tree, params: Params) -> list[str]:
    """The studies that can be verified: those of the pipeline, then those made beside it that are there."""
    beside = {group.study for group in params.groups.values()} - {*of_pipeline(params)}
    return [*of_pipeline(params), *sorted(study for study in beside if tree.results(study).is_dir())]


def of_pipeline(params: Params) -> list[str]:
    """The published study, then those trained here that `dvc repro` makes."""
    return [PUBLISHED, *sorted({group.study for group in params.train.values()})]


def of_study(tree: Tree, params: Params, study: str) -> list[str]:
    """The items of `study` in their order; figures and tables of one trained here are those it lists or holds."""
    if study == PUBLISHED:
        return [*ITEMS]
    listed = {item.figure for item in params.figures.values() if item.study == study}
    held = {path.stem for path in (*tree.figures(study).glob("fig*.json"), *tree.tables(study).glob("table*.json"))}
    own = {"files", *listed, *held, "laws", "scrutiny", EVALS, CELL}
    return [f"{study}-{name}" for name in sorted(own, key=_place)]


def place(study: str, item: str) -> tuple[bool, str, int, int, str]:
    """A key that sorts items as the page shows them: those of the paper first."""
    return study != PUBLISHED, study, *_place(local(study, item))


def _place(name: str) -> tuple[int, int, str]:
    chapter = CHAPTERS.index(kind(name)) if kind(name) in CHAPTERS else len(CHAPTERS)
    return chapter, ITEMS.index(name) if name in ITEMS else len(ITEMS), name


def local(study: str, item: str) -> str:
    """What an item is called within its study: `fig1` for `mini-fig1`."""
    return item if study == PUBLISHED else item.removeprefix(f"{study}-")


def kind(name: str) -> str:
    """`figure`, `table` or `text`, or the local name of an item itself."""
    if name.startswith("fig"):
        return "figure"
    if name.startswith("table"):
        return "table"
    return "text" if re.fullmatch(r"C\d+", name) else name


def title(name: str, where: str) -> str:
    """What an item is called in the verdicts; `where` is the place in the paper of a statement of the text."""
    from reprolib import figures, tables

    match kind(name):
        case "figure":
            return figures.spec(name).title
        case "table":
            return tables.entry(name).title
        case "laws":
            return "Results and laws made again from the facts"
        case "scrutiny":
            return "The claims about slopes, put to the test"
        case "files":
            return "Environment, facts, records, figures, tables and pipeline agree"
        case _:
            return where


def chosen(names: list[str], known: Mapping[str, str]) -> list[str]:
    """The named items in their order, or all of them.

    Args:
        names: What is asked for.
        known: All items in their order, with their studies.

    Raises:
        ReproError: There is no such item; near matches are named.
    """
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name.lower(), [item.lower() for item in known], n=3, cutoff=0.5)
            alike = [item for item in known if item.lower() in near]
            own = "".join(f", {item}…" for item in known if item.endswith("-files"))
            hint = f"did you mean {', '.join(alike)}?" if alike else f"items are files, fig1…, table1…, laws, C01…{own}"
            raise ReproError(f"there is no item '{name}' to verify; {hint}")
    return [item for item in known if not names or item in names]
