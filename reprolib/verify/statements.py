"""Recompute functions for single statements of the paper's text: counts, sizes, costs, which sets an average holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprolib import names
from reprolib.data.facts import EvaluationDataset, ImageNetFineTune, PretrainingDataset, Throughput, TrainingRun
from reprolib.verify.measured import run_id
from reprolib.verify.registry import Ours, recomputes

if TYPE_CHECKING:
    from reprolib.verify.bench import Bench

WATTS = 350
"""Per GPU: what Table 18's energy column comes to."""
DATA_ORDER = ("LAION-80M", "LAION-400M", "LAION-2B")


@recomputes
def at_largest_compute(bench: Bench, dataset: str, metric: str) -> list[Ours]:
    """Percent reached by the trained run with the most compute, and its rank among all trained runs."""
    trained = {row.run for row in bench.facts(TrainingRun)}
    table = bench.data.select(task="zero-shot", dataset=dataset, metric=metric)
    table = table[table["run"].isin(trained)]
    top = table.loc[table["gmacs_total"].idxmax()]
    return [
        Ours(names.run(top["run"]), 100 * top["value"]),
        Ours("its rank", 1 + int((table["value"] > top["value"]).sum())),
    ]


@recomputes
def models_trained(bench: Bench) -> list[Ours]:
    """Trained runs that have a zero-shot ImageNet result."""
    table = bench.data.select(task="zero-shot", dataset="imagenet1k", metric="acc1")
    return [Ours("runs", len({row.run for row in bench.facts(TrainingRun)} & set(table["run"])))]


@recomputes
def costs(bench: Bench, runs: list[str]) -> list[Ours]:
    """GPU hours of each run, then those of the first over those of the last."""
    hours = [gpu_hours(row(bench, run)) for run in runs]
    return [*map(Ours, map(names.run, runs), hours), Ours("first over last", hours[0] / hours[-1])]


@recomputes
def total_cost(bench: Bench) -> list[Ours]:
    """GPU hours and MWh of all trained runs together."""
    hours = sum(gpu_hours(row) for row in bench.facts(TrainingRun))
    return [Ours("GPU hours", hours), Ours("MWh", hours * WATTS / 1e6)]


@recomputes
def most_gpus(bench: Bench) -> list[Ours]:
    """The most GPUs that one trained run used."""
    top = max(bench.facts(TrainingRun), key=lambda row: row.gpus)
    return [Ours(names.run(top.run), top.gpus)]


@recomputes
def global_batches(bench: Bench, run: str) -> list[Ours]:
    """GPUs times batch per GPU of a run: as its record has it, then as each published phase of it had it."""
    record = row(bench, run)
    phases = [
        phase
        for phase in bench.facts(Throughput)
        if (phase.model, phase.pretrain_data, phase.gpus) == (record.model, record.pretrain_data, record.gpus)
    ]
    return [
        Ours("as recorded", record.gpus * record.local_batch),
        *(Ours(f"{phase.precision} phase", phase.gpus * phase.local_batch) for phase in phases),
    ]


@recomputes
def epoch_sizes(bench: Bench, data: str) -> list[Ours]:
    """Samples per epoch, in millions, that the runs on `data` were recorded with, smallest and largest."""
    sizes = [row.samples_per_epoch / 1e6 for row in bench.facts(TrainingRun) if row.pretrain_data == data]
    return [Ours("smallest epoch", min(sizes)), Ours("largest epoch", max(sizes))]


@recomputes
def sizes_in_text(bench: Bench, datasets: list[str]) -> list[Ours]:
    """The size that the running text gives for each pre-training set, in the unit it is printed in."""
    text = {row.dataset: row.english_pairs for row in bench.facts(PretrainingDataset) if row.table == "text"}
    return [Ours(f"{name}, in {text[name][-1]}", float(text[name][:-1])) for name in datasets]


@recomputes
def group_sizes(bench: Bench, groups: list[str]) -> list[Ours]:
    """How many evaluation sets each average of Table 26 counts."""
    return [Ours(group, sum(getattr(row, group) for row in bench.facts(EvaluationDataset))) for group in groups]


@recomputes
def group_difference(bench: Bench, first: str, second: str) -> list[Ours]:
    """How many sets one average has and the other has not."""
    apart = [row.dataset for row in bench.facts(EvaluationDataset) if getattr(row, first) != getattr(row, second)]
    return [Ours(", ".join(map(names.dataset, apart)) or "none", len(apart))]


@recomputes
def mean_of_group(bench: Bench, average: str, group: str) -> list[Ours]:
    """Largest distance in pp, over all zero-shot runs, of a released average from the mean of its sets."""
    sets = [row.dataset for row in bench.facts(EvaluationDataset) if getattr(row, group)]
    table = bench.data.select(task="zero-shot", metric="acc1")
    runs = table.loc[table["dataset"] == average, "run"]
    gaps = [
        abs(bench.percent(run, average) - sum(bench.percent(run, name) for name in sets) / len(sets)) for run in runs
    ]
    return [Ours(f"{names.dataset(average)} against the mean of {len(sets)} sets, {len(gaps)} runs", max(gaps))]


@recomputes
def sets_without_results(bench: Bench, task: str, datasets: list[str]) -> list[Ours]:
    """How many of the named sets have no result in a task."""
    lacking = sorted(set(datasets) - set(bench.data.select(task=task)["dataset"]))
    return [Ours(", ".join(map(names.dataset, lacking)) or "none", len(lacking))]


@recomputes
def probe_exceptions(bench: Bench, dataset: str, shots: list[str]) -> list[Ours]:
    """Pairs of Table 5 in which the larger scale has the worse linear probe, for each number of shots.

    The larger scale has at least the model, data set and samples seen of the other, and one of them larger.
    """
    made = []
    for k in shots:
        table = bench.data.select(task="linear-probe", dataset=dataset, shots=k, metric="acc1")
        table = table[(table["series"] == "OpenCLIP") & ~table["run"].isin(NOT_IN_TABLE_5)]
        rows = [
            (run, value, (gmacs, DATA_ORDER.index(data), float(budget.removesuffix("B"))))
            for run, value, gmacs, data, budget in zip(
                *(table[name] for name in ("run", "value", "gmacs_per_sample", "pretrain_data", "budget")), strict=True
            )
        ]
        worse = [
            f"{names.run(large)} below {names.run(small)}"
            for large, high, big in rows
            for small, low, little in rows
            if big != little and all(b >= a for a, b in zip(little, big, strict=True)) and high <= low
        ]
        made.append(Ours(f"{names.dataset(dataset)}, {names.shots(k)}: {'; '.join(worse) or 'none'}", len(worse)))
    return made


NOT_IN_TABLE_5 = ("ViT-B-16-plus-240_laion400m_e32", "ViT-B-32_laion2b_e16")


@recomputes
def fine_tuned_sets_lacking(bench: Bench, datasets: list[str]) -> list[Ours]:
    """How many of the named sets Table 9 does not hold."""
    lacking = sorted(set(datasets) - {row.dataset for row in bench.facts(ImageNetFineTune)})
    return [Ours(", ".join(map(names.dataset, lacking)) or "none", len(lacking))]


def row(bench: Bench, run: str) -> TrainingRun:
    """The training record of a run."""
    wanted = run_id(bench, run)
    return next(row for row in bench.facts(TrainingRun) if row.run == wanted)


def gpu_hours(run: TrainingRun) -> float:
    """GPU hours by Table 18's rule: samples seen over throughput, times GPUs."""
    return run.epochs * run.samples_per_epoch / run.samples_per_second / 3600 * run.gpus
