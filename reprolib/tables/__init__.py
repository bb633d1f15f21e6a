"""The tables: from a study's results, and for what the paper alone states from its facts, to CSV, LaTeX and HTML.

Reads: `results/<study>/{evals,runs,laws,scrutiny}` and `paper/published/*.csv`, per table what its `reads` names.
Writes: `tableN.{csv,tex,html}` and the record `tableN.json`, by default below `paper/tables/<study>`; tables of our own
have names, `table-survives`.
Run: `reprolib tables <study> [tableN …]`. Numbers follow version 2 of arXiv 2212.07143.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reprolib import provenance
from reprolib.errors import ReproError
from reprolib.study import PUBLISHED, Study
from reprolib.tables import (
    architectures,
    checkpoints,
    controls,
    curation,
    datasets,
    details,
    extrapolation,
    fine_tuning,
    grids,
    highlights,
    metaclip,
    miniature,
    resources,
    scrutiny,
)
from reprolib.tables.frame import LackingError, Table
from reprolib.tables.spec import TableSpec

if TYPE_CHECKING:
    from reprolib.paths import Tree

_GROUPS = (
    highlights,
    datasets,
    extrapolation,
    checkpoints,
    fine_tuning,
    controls,
    grids,
    details,
    resources,
    architectures,
)
_SPECS = {name: spec for group in _GROUPS for name, spec in group.SPECS.items()}
TABLES: dict[str, TableSpec] = {f"table{number}": _SPECS[f"table{number}"] for number in range(1, len(_SPECS) + 1)}
TABLES |= scrutiny.SPECS | metaclip.SPECS
"""Every table of the paper, in its order, then those of our own, which have names instead of numbers."""
OF_CURATION = curation.SPECS
"""Those that a study of curation alone has."""


def run(tree: Tree, study: str, tables: Sequence[str] | None, out: Path) -> list[str]:
    """Write `tables` (None: all that the study has results for) to `out`; their names are returned.

    Raises:
        ReproError: A name is unknown, the study lacks what a named table needs, or an input is damaged.
    """
    subject = Study(tree, study)
    for name in tables or ():
        entry(name)
    wanted = tables if tables is not None else of_study(subject)
    # All stamps come before the first read: the study is read once, for all tables.
    stamps = {name: _stamp(name, subject) for name in wanted}
    written = []
    for name, stamp in stamps.items():
        try:
            made, about = _made(subject, name)
        except LackingError:
            if tables is not None:
                raise
            continue
        _write(out, made, about, stamp)
        written.append(name)
    return written


def of_study(study: Study) -> list[str]:
    """The tables that a study has the records for; building one may still find that they hold nothing to fill it."""
    return [name for name in TABLES | OF_CURATION if entry(name).of(study).belongs_to(study)]


def record_of(study: Study, table: str) -> dict[str, Any]:
    """The content of the record of `table`, unrounded and without the files beside it; nothing is written.

    Raises:
        LackingError: The study holds nothing to fill the table with.
        ReproError: There is no such table, or the study lacks what it is made of.
    """
    made, about = _made(study, table)
    return {**about, **made.record()}


def entry(table: str) -> TableSpec:
    """The entry of `table`.

    Raises:
        ReproError: There is no such table.
    """
    known = TABLES | OF_CURATION
    if table not in known:
        raise ReproError(f"there is no table '{table}'; the tables are {', '.join(known)}")
    return known[table]


def _stamp(name: str, study: Study) -> provenance.Stamp:
    return provenance.take(
        study.tree,
        inputs=_checked(name, study).inputs(study),
        stage="tables",
        settings={"study": study.name, "table": name},
        reason="a table is a selection and a few sums, which needs no accelerator",
    )


def _checked(name: str, study: Study) -> TableSpec:
    """The entry of a table of `study`, whose inputs are there."""
    spec = entry(name).of(study)
    if spec.only_facts and study.name != PUBLISHED:
        raise ReproError(f"{name} is made of the paper's own facts, so study '{study.name}' has none; use {PUBLISHED}")
    missing = [path for path in spec.inputs(study) if not path.exists()]
    if missing:
        raise ReproError(
            f"{name} of study '{study.name}' needs {study.tree.relative(missing[0])}, which is missing; "
            "run `dvc repro` first"
        )
    return spec


def _made(study: Study, name: str) -> tuple[Table, dict[str, Any]]:
    """A table, and what it says of itself."""
    spec = _checked(name, study)
    made = spec.build(study)
    about = {
        "id": name,
        "study": study.name,
        "title": spec.title,
        "caption": spec.caption,
        "origin": spec.origin,
        "note": ". ".join(filter(None, (spec.note, made.note))),
    }
    if study.name != PUBLISHED:
        about = miniature.told(study, about, made, evaluated="evals" in spec.reads)
    return made, about


def _write(out: Path, made: Table, about: dict[str, Any], stamp: provenance.Stamp) -> None:
    from reprolib.tables import write  # pandas loads here, so that the registry alone stays light

    write.write(out, made, about, stamp.confirm())
