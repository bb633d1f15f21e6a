"""Recompute functions over what was measured: single results, gains between runs, ranges, control experiments.

Values are in percent, gains in percentage points. A run is named by model, data and budget (`ViT-B-32 LAION-2B 34B`,
`ViT-L-14 CLIP-WIT 13B`) or by its id.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from reprolib import names
from reprolib.data.facts import Control, Deduplication, ImageNetFineTune, TrainingRun
from reprolib.errors import ReproError
from reprolib.verify.registry import Ours, recomputes

if TYPE_CHECKING:
    from reprolib.verify.bench import Bench


@recomputes
def results(bench: Bench, runs: list[str], measures: list[list[str]]) -> list[Ours]:
    """Zero-shot results in percent, run by run, each on all `measures` (dataset, metric)."""
    return [
        Ours(f"{names.run(run)}: {names.measured(dataset, metric)}", bench.percent(run_id(bench, run), dataset, metric))
        for run, (dataset, metric) in itertools.product(runs, measures)
    ]


@recomputes
def gains(bench: Bench, pairs: list[list[str]], measures: list[list[str]]) -> list[Ours]:
    """Second run minus first in pp, pair by pair, each on all `measures` (dataset, metric)."""
    made = []
    for (before, after), (dataset, metric) in itertools.product(pairs, measures):
        first, second = (bench.percent(run_id(bench, run), dataset, metric) for run in (before, after))
        made.append(
            Ours(f"{names.measured(dataset, metric)}: {names.run(before)} to {names.run(after)}", second - first)
        )
    return made


@recomputes
def gaps_between_tasks(bench: Bench, tasks: list[str], dataset: str) -> list[Ours]:
    """Result in the first task minus that in the second, in pp, for every checkpoint that has both."""
    table = bench.data.select(dataset=dataset, metric="acc1")
    both = [set(table.loc[table["task"] == task, "run"]) for task in tasks]
    return [
        Ours(names.run(run), bench.percent(run, dataset, task=tasks[0]) - bench.percent(run, dataset, task=tasks[1]))
        for run in sorted(set.intersection(*both))
    ]


@recomputes
def checkpoint_gaps(bench: Bench, dataset: str, pairs: list[list[str]]) -> list[Ours]:
    """Distance in pp between Table 6's zero-shot result of a checkpoint and the main grid's of a run."""
    return [
        Ours(
            f"{names.run(checkpoint)} in Table 6 against {names.run(run)} in the grid",
            abs(
                bench.percent(checkpoint, dataset, task="eight-task-zero-shot")
                - bench.percent(run_id(bench, run), dataset)
            ),
        )
        for checkpoint, run in pairs
    ]


@recomputes
def fine_tuned_range(bench: Bench, pretrain_data: str) -> list[Ours]:
    """Smallest and largest ImageNet accuracy of the fine-tuned models on one pre-training set (Table 9)."""
    values = [
        row.acc1_percent
        for row in bench.facts(ImageNetFineTune)
        if row.pretrain_data == pretrain_data and row.dataset == "imagenet1k"
    ]
    return [Ours("smallest", min(values)), Ours("largest", max(values))]


@recomputes
def timm_gaps(bench: Bench, resolution: str, datasets: list[str]) -> list[Ours]:
    """timm's published accuracy of the same weights minus Table 9's, in pp.

    Args:
        bench: Where the facts are.
        resolution: `224` for the rows at 224 px, `above` for the others.
        datasets: The test sets.
    """
    return [
        Ours(f"{row.timm_model}: {names.dataset(row.dataset)}", abs(row.timm_acc1_percent - row.acc1_percent))
        for row in bench.facts(ImageNetFineTune)
        if (row.image_size == 224) == (resolution == "224") and row.dataset in datasets
    ]


@recomputes
def fine_tuned(bench: Bench, rows: list[list[str]]) -> list[Ours]:
    """ImageNet accuracy of rows of Table 9, each named by its timm model."""
    values = {row.timm_model: row.acc1_percent for row in bench.facts(ImageNetFineTune) if row.dataset == "imagenet1k"}
    return [Ours(label, values[model]) for label, model in rows]


@recomputes
def control_gaps(bench: Bench, control: str, model: str) -> list[Ours]:
    """Distance in pp of each later setting of a control experiment from its first one."""
    first, *others = controls(bench, control, model)
    return [
        Ours(f"{row.setting} against {first.setting}", abs(row.acc1_percent - first.acc1_percent)) for row in others
    ]


@recomputes
def control_gap_range(bench: Bench, control: str) -> list[Ours]:
    """Smallest and largest distance in pp from the first setting, over the models of a control experiment."""
    models = dict.fromkeys(row.model for row in bench.facts(Control) if row.control == control)
    gaps = [gap.value for model in models for gap in control_gaps(bench, control, model)]
    return [Ours("smallest", min(gaps)), Ours("largest", max(gaps))]


@recomputes
def control_spread(bench: Bench, control: str, model: str) -> list[Ours]:
    """How far repeated trials lie apart: range and sample standard deviation (pp), sample variance (pp squared)."""
    import statistics

    values = [row.acc1_percent for row in controls(bench, control, model)]
    return [
        Ours("distance between the trials", max(values) - min(values)),
        Ours("sample standard deviation", statistics.stdev(values)),
        Ours("sample variance, pp²", statistics.variance(values)),
    ]


@recomputes
def control_against_grid(bench: Bench, settings: list[list[str]]) -> list[Ours]:
    """Distance in pp of control rows (control, model, setting) from the zero-shot run of that model and data."""
    made = []
    for control, model, setting in settings:
        row = next(row for row in controls(bench, control, model) if row.setting == setting)
        run = f"{row.model} {row.pretrain_data} {row.budget}"
        made.append(Ours(names.run(run), abs(bench.percent(run_id(bench, run), "imagenet1k") - row.acc1_percent)))
    return made


@recomputes
def control_values(bench: Bench, cells: list[list[str]]) -> list[Ours]:
    """Accuracy of control rows (control, model, setting), so that two tables can be held against each other."""
    found = {(row.control, row.model, row.setting): row.acc1_percent for row in bench.facts(Control)}
    return [Ours(f"{control}: {setting}", found[control, model, setting]) for control, model, setting in cells]


@recomputes
def before_deduplication(bench: Bench) -> list[Ours]:
    """Zero-shot accuracy of the runs and sets of the duplicate check, with no duplicate removed."""
    return [
        Ours(
            names.dataset(row.dataset),
            bench.percent(run_id(bench, f"{row.model} {row.pretrain_data} {row.budget}"), row.dataset),
        )
        for row in bench.facts(Deduplication)
    ]


def controls(bench: Bench, control: str, model: str) -> list[Control]:
    """The rows of one control experiment on one model."""
    return [row for row in bench.facts(Control) if (row.control, row.model) == (control, model)]


def run_id(bench: Bench, name: str) -> str:
    """The run that `model data budget` names among the 29 trained and OpenAI's; an id names itself.

    Raises:
        ReproError: There is no such run.
    """
    if " " not in name:
        return name
    model, data, budget = name.split()
    if data == "CLIP-WIT":
        return f"{model}_openai"
    for row in bench.facts(TrainingRun):
        if (row.model, row.pretrain_data, row.budget) == (model, data, budget):
            return row.run
    raise ReproError(
        f"paper/published/training_runs.csv has no run '{name}'; name model, data and budget of one that it has"
    )
