"""The study `published`: the paper's facts as evaluation and run records.

Reads: the tables of paper/published that `EVALUATED` and `TRAINED` name. Writes: results/published/evals/*.json (the
results table, one record per checkpoint), results/published/runs/*.json (how each of the 29 models was trained) and
results/published/resources/*.json (what that took), each folder swapped in whole. Run: `reprolib download published`.
"""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from reprolib import provenance
from reprolib.data import facts
from reprolib.data.rows import Row
from reprolib.errors import ReproError
from reprolib.provenance import records
from reprolib.results import Evaluation, Result

if TYPE_CHECKING:
    from reprolib.params import Params
    from reprolib.paths import Tree

STUDY = "published"
EVALUATED: tuple[type[Row], ...] = (
    facts.Source,
    facts.ZeroShot,
    facts.LinearProbe,
    facts.EightTask,
    facts.ImageNetFineTune,
    facts.OpenAIModel,
    facts.EvaluationDataset,
)
TRAINED: tuple[type[Row], ...] = (
    facts.Source,
    facts.TrainingRun,
    facts.LearningCurve,
    facts.Architecture,
    facts.ZeroShot,
)
SHIFTS = ("imagenetv2", "imagenet-a", "imagenet-r", "imagenet_sketch")
WATTS_PER_GPU = 350  # Table 18's energy column is GPU hours times this, to the digit
FLOAT_DUST = 1e-9  # the released file computes some compute figures twice, with other last bits


@dataclass(frozen=True)
class Checkpoint:
    """The first columns of the results table."""

    run: str
    model: str
    pretrain_data: str
    budget: str
    samples_seen: int
    gmacs_per_sample: float
    gmacs_total: float


Measured = tuple[Checkpoint, Result]
K = TypeVar("K")
V = TypeVar("V")


def run(tree: Tree, params: Params) -> None:
    """Write the records of the study; `params` holds no knob of this stage, since nothing here is a choice.

    Raises:
        ReproError: A table is broken, or two tables disagree about a checkpoint; the cell is named.
    """
    _write_evaluations(tree)
    _write_runs(tree)


def _write_evaluations(tree: Tree) -> None:
    stamp = _stamp(tree, EVALUATED)
    made = evaluations(tree)
    contents = {evaluation.run: evaluation.model_dump() for evaluation in made}
    records.write_all(tree.evals(STUDY), "evaluation", contents, stamp.confirm())


def _write_runs(tree: Tree) -> None:
    stamp = _stamp(tree, TRAINED)
    trained, took = run_records(tree), resources(tree)
    confirmed = stamp.confirm()
    for kind, folder, made in (("run", tree.runs(STUDY), trained), ("resources", tree.resources(STUDY), took)):
        records.write_all(folder, kind, {record["run"]: record for record in made}, confirmed)


def _stamp(tree: Tree, rows: Iterable[type[Row]]) -> provenance.Stamp:
    return provenance.take(
        tree,
        inputs=[tree.published / f"{row.file}.csv" for row in rows],
        stage="download",
        reason="tables are copied and averaged, which needs no accelerator",
    )


def evaluations(tree: Tree) -> list[Evaluation]:
    """The results table of the study, one evaluation per checkpoint, sorted.

    Left out: RN50x64 of `openai_models.csv`, since public sources disagree on its compute (193.4 or 276.3 GMAC).
    """
    sizes = {row.dataset: row.test_size for row in facts.read(tree, facts.EvaluationDataset)}
    zero_shot = list(_zero_shot(tree, sizes))
    probes = list(_linear_probe(tree, sizes))
    trained = _checkpoints(zero_shot)
    measured = [
        *zero_shot,
        *_openai(tree, sizes, trained),
        *probes,
        *_fine_tuned(tree, sizes, trained),
        *_eight_tasks(tree, _checkpoints(probes)),
    ]
    results = defaultdict(list)
    for checkpoint, result in measured:
        results[checkpoint.run].append(result)
    return [
        Evaluation(study=STUDY, seed=None, results=sorted(results[name], key=_order), **asdict(checkpoint))
        for name, checkpoint in sorted(_checkpoints(measured).items())
    ]


def _order(result: Result) -> tuple[str, ...]:
    return result.task, result.dataset, result.shots, result.metric


def _checkpoints(measured: Iterable[Measured]) -> dict[str, Checkpoint]:
    """Each run's checkpoint, as its first row has it; the other rows must agree."""
    found: dict[str, Checkpoint] = {}
    for checkpoint, result in measured:
        first = found.setdefault(checkpoint.run, checkpoint)
        for column, value in asdict(checkpoint).items():
            before = getattr(first, column)
            same = math.isclose(value, before, rel_tol=FLOAT_DUST) if isinstance(value, float) else value == before
            if not same:
                raise ReproError(
                    f"run {checkpoint.run} has {column} {before!r} in one row of paper/published and {value!r} with "
                    f"{result.dataset} {result.metric} (source {result.source}); restore the tables with git"
                )
    return found


def _checkpoint(
    row: facts.ZeroShot | facts.OpenAIModel | facts.LinearProbe, gmacs_per_sample: float, gmacs_total: float
) -> Checkpoint:
    return Checkpoint(
        run=row.run,
        model=row.model,
        pretrain_data=row.pretrain_data,
        budget=row.budget,
        samples_seen=row.samples_seen,
        gmacs_per_sample=gmacs_per_sample,
        gmacs_total=gmacs_total,
    )


def _zero_shot(tree: Tree, sizes: dict[str, int]) -> Iterator[Measured]:
    for row in facts.read(tree, facts.ZeroShot):
        checkpoint = _checkpoint(row, row.gmacs_per_sample, row.gmacs_total)
        yield checkpoint, _result("zero-shot", row.dataset, row.metric, row.value, sizes.get(row.dataset), row.source)


def _openai(tree: Tree, sizes: dict[str, int], trained: dict[str, Checkpoint]) -> Iterator[Measured]:
    """OpenAI's models that the authors' files lack, from the open_clip documentation (rounded to 0.01 percent)."""
    for row in facts.read(tree, facts.OpenAIModel):
        if row.run in trained or row.gmacs_per_sample is None:
            continue
        checkpoint = _checkpoint(row, row.gmacs_per_sample, row.gmacs_per_sample * row.samples_seen)
        for dataset, metric, percent in (
            ("imagenet1k", "acc1", row.imagenet1k_acc1_percent),
            ("mscoco_captions", "image_retrieval_recall@5", row.mscoco_image_recall5_percent),
            ("mscoco_captions", "text_retrieval_recall@5", row.mscoco_text_recall5_percent),
            ("flickr30k", "image_retrieval_recall@5", row.flickr30k_image_recall5_percent),
        ):
            size = _named(sizes, dataset, "evaluation_datasets.csv")
            yield checkpoint, _result("zero-shot", dataset, metric, _fraction(percent), size, row.source)


def _linear_probe(tree: Tree, sizes: dict[str, int]) -> Iterator[Measured]:
    """The probes, and their mean over the 19 sets of the paper's linear-probe VTAB (with CIFAR-10, without SUN397)."""
    vtab = [row.dataset for row in facts.read(tree, facts.EvaluationDataset) if row.vtab_linear_probe]
    in_vtab: dict[Checkpoint, dict[str, float]] = defaultdict(dict)
    for row in facts.read(tree, facts.LinearProbe):
        # The file gives the product only; GMACs per sample are known to two decimals.
        checkpoint = _checkpoint(row, round(row.gmacs_total / row.samples_seen, 2), row.gmacs_total)
        size = sizes.get(row.dataset)
        yield checkpoint, _result("linear-probe", row.dataset, row.metric, row.value, size, row.source, row.shots)
        if row.dataset in vtab and row.metric == "acc1" and row.shots == "full":
            in_vtab[checkpoint][row.dataset] = row.value
    for checkpoint, values in in_vtab.items():
        yield checkpoint, _mean("linear-probe", "vtab-linear-probe", values, vtab, checkpoint.run, "full")


def _fine_tuned(tree: Tree, sizes: dict[str, int], trained: dict[str, Checkpoint]) -> Iterator[Measured]:
    """Table 9. The compute is that of pre-training: the 34B run on LAION-2B, or OpenAI's model."""
    pre_trained = {(c.model, c.pretrain_data, c.budget): c for c in trained.values()}
    shifts: dict[Checkpoint, dict[str, float]] = defaultdict(dict)
    for row in facts.read(tree, facts.ImageNetFineTune):
        budget, data = ("13B", "openai") if row.pretrain_data == "CLIP-WIT" else ("34B", "laion2b")
        recipe = "ft-in1k" if row.extra_fine_tuning == "none" else "ft-in12k-in1k"
        origin = asdict(_named(pre_trained, (row.model, row.pretrain_data, budget), "zero_shot.csv"))
        checkpoint = Checkpoint(**{**origin, "run": f"{row.model}_{data}_{recipe}-{row.image_size}px"})
        value = _fraction(row.acc1_percent)
        size = sizes.get(row.dataset)
        yield checkpoint, _result("imagenet-fine-tune", row.dataset, "acc1", value, size, row.source)
        if row.dataset in SHIFTS:
            shifts[checkpoint][row.dataset] = value
    for checkpoint, values in shifts.items():
        yield checkpoint, _mean("imagenet-fine-tune", "imagenet-robustness-4", values, SHIFTS, checkpoint.run)


def _eight_tasks(tree: Tree, released: dict[str, Checkpoint]) -> Iterator[Measured]:
    """Tables 6 to 8. Their test splits are not those of Table 26 (SUN397 for one), so the sizes are left open."""
    tasks: dict[tuple[Checkpoint, str], dict[str, float]] = defaultdict(dict)
    for row in facts.read(tree, facts.EightTask):
        checkpoint = _named(released, row.run, "linear_probe.csv")
        value = _fraction(row.acc1_percent)
        yield checkpoint, _result(row.task, row.dataset, "acc1", value, None, row.source)
        if row.dataset != "imagenet1k":
            tasks[checkpoint, row.task][row.dataset] = value
    eight = sorted({name for values in tasks.values() for name in values})
    for (checkpoint, task), values in tasks.items():
        yield checkpoint, _mean(task, "eight-task-mean", values, eight, checkpoint.run)


def _result(
    task: str, dataset: str, metric: str, value: float, n_test: int | None, source: str, shots: str = ""
) -> Result:
    return Result(task=task, dataset=dataset, shots=shots, metric=metric, value=value, n_test=n_test, source=source)


def _mean(
    task: str, dataset: str, values: dict[str, float], expected: Iterable[str], run: str, shots: str = ""
) -> Result:
    """The plain mean of top-1 accuracy over data sets, all of which must be there."""
    missing = sorted(set(expected) - set(values))
    if missing:
        raise ReproError(f"run {run} lacks {task} {missing[0]} in paper/published; restore the tables with git")
    source = f"derived: mean of {len(values)} sets"
    return _result(task, dataset, "acc1", statistics.fmean(values.values()), None, source, shots)


def _named(found: Mapping[K, V], key: K, table: str) -> V:
    """`found[key]`, which another table of facts speaks of."""
    if key not in found:
        raise ReproError(f"paper/published/{table} lacks {key}, which another table names; restore the tables with git")
    return found[key]


def _fraction(percent: float) -> float:
    return round(percent / 100, 10)  # 57.37 / 100 would be 0.5736999999999999


def run_records(tree: Tree) -> list[dict[str, Any]]:
    """How each of the 29 models was trained (Table 18), and its learning curve, sorted by run."""
    gmacs = {row.model: row.gmacs for row in facts.read(tree, facts.Architecture)}
    evaluated = {row.run: row.samples_seen for row in facts.read(tree, facts.ZeroShot)}
    curves: dict[str, list[facts.LearningCurve]] = {}
    for point in facts.read(tree, facts.LearningCurve):
        curves.setdefault(point.run, []).append(point)
    return [
        _run_record(
            row,
            _named(gmacs, row.model, "architectures.csv"),
            _named(curves, row.run, "learning_curves.csv"),
            _named(evaluated, row.run, "zero_shot.csv"),
        )
        for row in sorted(facts.read(tree, facts.TrainingRun), key=lambda row: row.run)
    ]


def _run_record(
    row: facts.TrainingRun, gmacs: float, curve: list[facts.LearningCurve], evaluated: int
) -> dict[str, Any]:
    samples_seen = row.epochs * row.samples_per_epoch
    return {
        "study": STUDY,
        "run": row.run,
        "model": row.model,
        "pretrain_data": row.pretrain_data,
        "budget": row.budget,
        "samples_seen": samples_seen,
        "gmacs_per_sample": gmacs,
        "gmacs_total": gmacs * samples_seen,
        "config": {
            "learning_rate": row.learning_rate,
            "warmup_steps": row.warmup_steps,
            "epochs": row.epochs,
            "samples_per_epoch": row.samples_per_epoch,
            "devices": row.gpus,
            "local_batch": row.local_batch,
            "global_batch": row.gpus * row.local_batch,
        },
        "derivation": {"samples_seen": "epochs x samples_per_epoch"},
        "note": "" if samples_seen == evaluated else f"the results table keeps {evaluated} samples seen, as released",
        "learning_curve": [
            {
                "epoch": point.epoch,
                "samples_seen": point.epoch * row.samples_per_epoch,
                "acc1": point.acc1,
                "acc5": point.acc5,
            }
            for point in sorted(curve, key=lambda point: point.epoch)
        ],
        "sources": sorted({row.source, *(point.source for point in curve)}),
    }


def resources(tree: Tree) -> list[dict[str, Any]]:
    """What the training of each of the 29 models took (Table 18), sorted by run."""
    return [_resources(row) for row in sorted(facts.read(tree, facts.TrainingRun), key=lambda row: row.run)]


def _resources(row: facts.TrainingRun) -> dict[str, Any]:
    hours = row.epochs * row.samples_per_epoch / row.samples_per_second / 3600
    return {
        "study": STUDY,
        "run": row.run,
        "samples_per_second": row.samples_per_second,
        "hours": hours,
        "device": {"kind": "GPU", "name": "NVIDIA A100", "watts": WATTS_PER_GPU},
        "device_hours": hours * row.gpus,
        "energy_kwh": hours * row.gpus * WATTS_PER_GPU / 1e3,
        "derivation": {
            "hours": "samples_seen / samples_per_second / 3600",
            "device_hours": "hours x devices",
            "energy_kwh": f"device_hours x {WATTS_PER_GPU} W, the constant behind the paper's own column; not measured",
        },
        "sources": [row.source],
    }
