"""The stage `evaluate`: every evaluation that the paper has, on the models of a study trained here.

Reads results/<study>/runs, the checkpoints below data/<study>/runs and the sets below data/<study>/shards. Writes
results/<study>/evals/<run>.json, the rows of the results table; results/<study>/learning/<run>.csv, zero-shot accuracy
at each checkpoint; results/<study>/evaluation.json, what was tuned how; and below data/<study>/evals the prediction
for each test sample. `reprolib evaluate mini` runs it, several models at a time; models that are done are not done
again. The folder of a model that is evaluated anew is made anew; that of a run that is no longer there is left alone.

Which models get what: all are evaluated without training; the largest budget of each model and data set is probed; of
those the ones on the largest data set are tuned, and probed as published too. A run that differs from the ladder in
anything but model, data and budget is a control: it is evaluated on the class set and in retrieval, as the task
`control`.
"""

from __future__ import annotations

import functools
import multiprocessing
import os
import shutil
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reprolib import files, provenance, results
from reprolib.errors import ReproError
from reprolib.params import Evaluation
from reprolib.provenance import records
from reprolib.train.checkpoints import name_of

if TYPE_CHECKING:
    from reprolib.evaluate.result import Result
    from reprolib.params import Params
    from reprolib.paths import Tree

DONE = "rows.json"


@dataclass(frozen=True)
class Job:
    """One checkpoint and what is asked of it; a process of its own takes it."""

    tree: Tree
    study: str
    record: Mapping[str, Any]
    """The run record."""
    checkpoints: tuple[tuple[int, Path], ...]
    """Samples seen and weights, ascending; the last one is the run's result."""
    control: bool
    """Whether it differs from the ladder in anything but model, data and budget."""
    probed: bool
    tuned: bool
    settings: Evaluation
    identity: Mapping[str, Any]
    """All that the rows follow from."""

    @property
    def folder(self) -> Path:
        """Of the predictions, one for each sample."""
        return self.tree.evaluated(self.study) / str(self.record["run"])


def run(tree: Tree, settings: Params, study: str) -> None:
    """Evaluate all runs of `study`.

    Raises:
        ReproError: There is no such study, it has no runs, a checkpoint is missing or is not the one of its record, or
            a set is damaged.
    """
    from reprolib.evaluate import suite

    known = sorted({group.study for group in settings.groups.values()})
    if study not in known:
        raise ReproError(f"there is no study '{study}' whose models are evaluated; expected {' or '.join(known)}")
    how, gpu = settings.mini.evaluate, _has_gpu()
    stamp = provenance.take(
        tree,
        inputs=[tree.runs(study)],
        stage="evaluate",
        settings=how.model_dump(),
        seed=how.seed,
        device="cuda" if gpu else "cpu",
        reason="one process feeds the CUDA device" if gpu else "no CUDA device is present; one process a core",
    )
    content = suite.read(tree, study).content
    identity = {"format": provenance.format_of("evaluate"), "settings": how.model_dump(), "sets": content}
    jobs = _jobs(tree, settings, study, identity)
    waiting = [job for job in jobs if not _is_done(job)]
    _in_processes(waiting, 1 if gpu else os.cpu_count() or 1)
    stamped = {**stamp.confirm(), "sets": content}
    done = [(job, files.read_json(job.folder / DONE)) for job in jobs]
    contents = {str(job.record["run"]): _content(job, found["rows"]) for job, found in done}
    records.write_all(tree.evals(study), "evaluation", contents, stamped)
    with files.staged(tree.learning(study)) as folder:
        for job, found in done:
            files.write(folder / f"{job.record['run']}.csv", _curve(found["curve"]))
    records.write(tree.results(study) / "evaluation.json", "evaluation-settings", how.model_dump(), stamped)


def evaluate(job: Job) -> None:
    """Evaluate one checkpoint and leave its rows in its folder; the process has one thread."""
    import torch

    from reprolib.evaluate import encoder, measured, suite, tuned

    torch.set_num_threads(1)
    sets, cache = suite.read(job.tree, job.study, check=False), job.tree.cache
    shutil.rmtree(job.folder, ignore_errors=True)
    opened = [(samples, encoder.load(job.record["model"], path)) for samples, path in job.checkpoints]
    last = opened[-1][1]
    keep = functools.partial(_keep, job.folder)
    untuned = (
        measured.control(last, sets, cache, keep) if job.control else measured.zero_shot_of_all(last, sets, cache, keep)
    )
    rows = list(untuned)
    if job.probed:
        rows += measured.probed(last, sets, cache, seed=job.settings.seed, published=False)
    if job.tuned:
        rows += measured.probed(last, sets, cache, seed=job.settings.seed, published=True)
        rows += tuned.jointly(last, sets, cache, job.settings, untuned)
        rows += tuned.to_class_set(last, sets, cache, job.settings)
    curve = [(samples, measured.class_set_accuracy(each, sets, cache)) for samples, each in opened]
    done = {
        "identity": dict(job.identity),
        "rows": [row.model_dump() for row in rows],
        "curve": [[samples, row.value, *(row.interval or ())] for samples, row in curve],
    }
    files.write_json(job.folder / DONE, done)


def _keep(folder: Path, name: str, found: Result) -> None:
    found.write(folder / f"{name.replace('/', '-')}.json")


def _has_gpu() -> bool:
    import torch

    return torch.cuda.is_available()


def _in_processes(jobs: list[Job], most: int) -> None:
    """The largest first: the last to end should be small."""
    jobs = sorted(jobs, key=lambda job: (not job.tuned, not job.probed, -job.record["gmacs_per_sample"]))
    if not jobs:
        return
    with ProcessPoolExecutor(min(len(jobs), most), multiprocessing.get_context("spawn")) as processes:
        for ended in as_completed([processes.submit(evaluate, job) for job in jobs]):
            ended.result()


def _jobs(tree: Tree, settings: Params, study: str, identity: Mapping[str, Any]) -> list[Job]:
    pool = settings.mini.pool
    found = {path: records.read(path, "run") for path in sorted(tree.runs(study).rglob("*.json"))}
    if not found:
        raise ReproError(f"{tree.runs(study)} holds no run records; run `reprolib train {study}` or `dvc repro` first")
    controls = {path for path, record in found.items() if record["changes"] or record["pretrain_data"] in pool.apart}
    most = max(record["samples_seen"] for path, record in found.items() if path not in controls)
    largest = max(pool.subsets, key=lambda name: pool.subsets[name])
    jobs = []
    for path, record in found.items():
        probed = path not in controls and record["samples_seen"] == most
        folder = tree.trained(study) / path.parent.name / record["run"]
        jobs.append(
            Job(
                tree,
                study,
                record,
                _checkpoints(folder, record, f"reprolib train {study} {path.parent.name}"),
                control=path in controls,
                probed=probed,
                tuned=probed and record["pretrain_data"] == largest,
                settings=settings.mini.evaluate,
                identity={**identity, "weights": record["weights"]["sha256"]},
            )
        )
    return jobs


def _checkpoints(folder: Path, record: Mapping[str, Any], command: str) -> tuple[tuple[int, Path], ...]:
    """Those of the learning curve; the last one is the one whose hash the record has."""
    kept = tuple((at["samples_seen"], folder / name_of(at["samples_seen"])) for at in record["learning_curve"])
    last = folder / record["weights"]["file"]
    for path in (*(path for _, path in kept), last):
        if not path.is_file():
            raise ReproError(f"{path}, a checkpoint of the run '{record['run']}', is missing; run `{command}`")
    if files.sha256(last) != record["weights"]["sha256"]:
        raise ReproError(f"{last} is not the one that the record of '{record['run']}' is about; run `{command}`")
    return kept


def _is_done(job: Job) -> bool:
    path = job.folder / DONE
    return path.is_file() and files.read_json(path)["identity"] == job.identity


def _content(job: Job, rows: list[dict[str, Any]]) -> dict[str, Any]:
    shared = {key: job.record[key] for key in results.RUN_COLUMNS}
    return results.Evaluation.model_validate({**shared, "results": rows}).model_dump()


def _curve(points: list[list[float]]) -> str:
    lines = [f"{samples},{value:.6g},{low:.6g},{high:.6g}" for samples, value, low, high in points]
    return "\n".join(["samples,accuracy,low,high", *lines]) + "\n"
