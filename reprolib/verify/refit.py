"""Tier 2: results, laws, numbers and scrutiny computed again and compared with the records; each from what it reads.

The published study begins with the facts; one that is trained here with its evaluations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprolib import files, precision
from reprolib.study import PUBLISHED, Study
from reprolib.verify import again
from reprolib.verify.registry import Recorded, recomputes

if TYPE_CHECKING:
    from reprolib.verify.bench import Bench


@recomputes
def rederive(bench: Bench) -> list[Recorded]:
    """Each evaluation, run and record of resources from the facts."""
    from reprolib.data import published

    committed, study = bench.committed, bench.study
    evaluations = {each.run: each.model_dump() for each in published.evaluations(bench.tree)}
    runs = {record["run"]: record for record in published.run_records(bench.tree)}
    took = {record["run"]: record for record in published.resources(bench.tree)}
    return [
        *again.folder(committed.evals(study), "evaluation", evaluations),
        *again.folder(committed.runs(study), "run", runs),
        *again.folder(committed.resources(study), "resources", took),
    ]


@recomputes
def refit(bench: Bench) -> list[Recorded]:
    """Each law, the summary, and of the published study the numbers told of its committed laws."""
    summary = bench.committed.results(bench.study) / "summary.json"
    return [
        *again.folder(bench.committed.laws(bench.study), "law", bench.fitted.laws),
        *(_numbers(bench) if bench.study == PUBLISHED else ()),
        again.compared(
            "summary.json",
            "summary",
            files.read_json(summary) if summary.is_file() else precision.MISSING,
            bench.fitted.summary,
        ),
    ]


@recomputes
def rescrutinize(bench: Bench) -> list[Recorded]:
    """Each record of the scrutiny, and of another study than the published one the numbers told of it."""
    found = again.folder(bench.committed.scrutiny(bench.study), "scrutiny", bench.scrutinized)
    return found if bench.study == PUBLISHED else [*found, *_numbers(bench)]


def _numbers(bench: Bench) -> list[Recorded]:
    """The numbers told of committed laws and scrutiny; none where none are committed."""
    from reprolib import numbers

    path = bench.committed.numbers(bench.study)
    if not path.is_file():
        return []
    made = numbers.compute(Study(bench.committed, bench.study))
    return [again.compared("numbers", "numbers", again.content(path, "numbers"), made)]
