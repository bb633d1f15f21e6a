"""Tier 2: results, laws and scrutiny made again in a temporary copy, compared with what is committed.

The published study begins with the facts; one that is trained here with its evaluations.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from reprolib import files, records
from reprolib.study import PUBLISHED
from reprolib.verify.distance import distance
from reprolib.verify.registry import Ours, recomputes

if TYPE_CHECKING:
    from pathlib import Path

    from reprolib.params import Params
    from reprolib.paths import Tree
    from reprolib.verify.bench import Bench


def make(tree: Tree, params: Params, study: str) -> None:
    """Results, laws and numbers of `study` from the facts in `tree`."""
    from reprolib import fit, numbers
    from reprolib.data import published

    published.run(tree, params)
    fit.run(tree, params, study)
    numbers.run(tree, study)


def make_of_evaluations(tree: Tree, params: Params, study: str) -> None:
    """Laws of a study that is trained here, in a `tree` that holds its results; its scrutiny is cleared away."""
    from reprolib import fit

    for folder in (tree.laws(study), tree.scrutiny(study)):
        shutil.rmtree(folder, ignore_errors=True)
    fit.run(tree, params, study)


@recomputes
def rederive(bench: Bench) -> list[Ours]:
    """Largest relative difference of each evaluation and run record made again from the committed one."""
    made, theirs = bench.tree, bench.committed
    return [
        *_gaps("evaluation", made.evals(bench.study), theirs.evals(bench.study)),
        *_gaps("run", made.runs(bench.study), theirs.runs(bench.study)),
    ]


@recomputes
def refit(bench: Bench) -> list[Ours]:
    """Largest relative difference of each law fitted again, and of the numbers told of them, from the committed one."""
    made, theirs, study = bench.tree, bench.committed, bench.study
    summary = [tree.results(study) / "summary.json" for tree in (made, theirs)]
    return [
        *_gaps("law", made.laws(study), theirs.laws(study)),
        *(_numbers(bench) if study == PUBLISHED else ()),
        _gap("summary.json", *(files.read_json(path) if path.is_file() else "missing" for path in summary)),
    ]


@recomputes
def rescrutinize(bench: Bench) -> list[Ours]:
    """Largest relative difference of each record of the scrutiny made again from the committed one."""
    assert bench.scrutiny, "asking for it makes it"
    gaps = _gaps("scrutiny", bench.tree.scrutiny(bench.study), bench.committed.scrutiny(bench.study))
    return gaps if bench.study == PUBLISHED else [*gaps, *_numbers(bench)]


def _numbers(bench: Bench) -> list[Ours]:
    """The numbers told of laws, and of a study's own scrutiny; none where none are committed."""
    made, theirs = (tree.numbers(bench.study) for tree in (bench.tree, bench.committed))
    if not theirs.is_file():
        return []
    if not made.is_file():
        from reprolib import numbers

        numbers.run(bench.tree, bench.study)
    return [_gap("numbers", _content(made, "numbers"), _content(theirs, "numbers"))]


def _gaps(kind: str, made: Path, committed: Path) -> list[Ours]:
    names = sorted({path.name for folder in (made, committed) for path in folder.glob("*.json")})
    return [
        _gap(f"{committed.name}/{name}", _content(made / name, kind), _content(committed / name, kind))
        for name in names
    ]


def _gap(label: str, made: Any, committed: Any) -> Ours:
    gap, path = distance(made, committed)
    return Ours(f"{label}: {path.lstrip('.')}" if path else label, gap)


def _content(path: Path, kind: str) -> Any:
    if not path.is_file():
        return "missing"
    return {key: value for key, value in records.read(path, kind).items() if key not in ("provenance", "seal")}
