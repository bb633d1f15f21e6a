"""The scrutiny: what the paper's claims about slopes come to under other choices than its own, and on later models.

Eight questions, a module and a record each (`PARTS`): which frontier and form (`frontiers`), whether CLIP and OpenCLIP
differ (`slopes`), whether the exponent depends on the data (`pretraining`), whether scaling one thing alone stops
paying (`bottlenecks`), which procedure predicts runs that it has not seen (`heldout`), how the extrapolations to larger
models fared (`forecasts`), where MetaCLIP's models stand beside the laws (`metaclip`), and what the choice of training
pairs does to the laws (`curation`). A study answers those that it has the models for; the others say why not. A record
is a list of `rows`, and of what was `skipped` with the reason; shares are fractions, accuracies and their differences
percent. An interval that cannot be trusted is null and has a note.

Reads results/<study>/evals, of a study of curation also its curation.json, and of the paper's own study the tables of
paper/published that `FACTS` lists; writes results/<study>/scrutiny/<part>.json. The knobs are those of `fit` in
params.yaml. Run it with `reprolib scrutinize <study>`.
"""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Any

from reprolib import provenance
from reprolib.data import facts
from reprolib.errors import ReproError
from reprolib.provenance import records
from reprolib.scrutiny import bottlenecks, curation, forecasts, frontiers, heldout, metaclip, pretraining, slopes
from reprolib.scrutiny.procedures import Workshop
from reprolib.study import PUBLISHED, Study

if TYPE_CHECKING:
    from reprolib.params import Params
    from reprolib.paths import Tree

PARTS = {
    "frontiers": frontiers.build,
    "slopes": slopes.build,
    "pretraining": pretraining.build,
    "bottlenecks": bottlenecks.build,
    "heldout": heldout.build,
    "forecasts": forecasts.build,
    "metaclip": metaclip.build,
    "curation": curation.build,
}
FACTS = (facts.LaterModel, facts.MetaClipScore, facts.MetaClipModel, facts.Architecture, facts.Source)
"""What `forecasts` and `metaclip` read of the paper's facts."""
KIND = "scrutiny"
LONGEST = ["frontiers", "forecasts", "slopes", "heldout", "metaclip", "pretraining", "bottlenecks", "curation"]
"""The parts by how long they take."""


def run(tree: Tree, params: Params, study: str) -> list[str]:
    """Scrutinize `study` and write a record for each part; their names.

    Raises:
        ReproError: As `compute`.
    """
    subject = Study(tree, study)
    read = [tree.published / f"{row.file}.csv" for row in FACTS] if study == PUBLISHED else []
    read += [path for path in (curation.record_of(subject),) if path.is_file()]
    stamp = provenance.take(
        tree,
        inputs=[subject.evaluations, *read],
        stage="scrutinize",
        settings=params.fit.model_dump(),
        seed=params.fit.seed,
        reason="least squares on a few points needs no accelerator",
    )
    made = compute(subject, params)
    records.write_all(tree.scrutiny(study), KIND, made, stamp.confirm())
    return [*made]


def compute(study: Study, params: Params) -> dict[str, dict[str, Any]]:
    """The content of every part's record, unrounded; nothing is written.

    Raises:
        ReproError: The study has no evaluations, or none of what the parts are about.
    """
    made = _made(study, params)
    if not any(content["rows"] for content in made.values()):
        raise ReproError(
            f"study '{study.name}' has none of the zero-shot results that reprolib.scrutiny is about; "
            f"check {study.evaluations}"
        )
    about = {"study": study.name, "level": params.fit.level, "bootstrap": params.fit.bootstrap}
    return {part: {"part": part, **about, **content} for part, content in made.items()}


def _made(subject: Study, params: Params) -> dict[str, dict[str, Any]]:
    """The content of every part, in processes of their own: each keeps the fits that its parts share."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        os.cpu_count(), context, initializer=_begin, initargs=(subject.tree, subject.name, params)
    ) as some:
        # The longest first, so that the last to end is short.
        running = {part: some.submit(_build, part) for part in sorted(PARTS, key=LONGEST.index)}
        return {part: running[part].result() for part in PARTS}


_subject: Study
_work: Workshop


def _begin(tree: Tree, study: str, params: Params) -> None:
    """What a process of the pool works on."""
    global _subject, _work  # the one way to hand a worker what all of its work needs
    _subject, _work = Study(tree, study), Workshop(params.fit)


def _build(part: str) -> dict[str, Any]:
    return PARTS[part](_subject, _work)
