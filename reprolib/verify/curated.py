"""Recompute functions over MetaCLIP (Xu et al.): its printed scores and means, its ablation, its models and the laws.

Tables are named by MetaCLIP's own numbers. Scores and means are percent, gains and offsets percentage points.
"""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Any

from reprolib import names
from reprolib.data import metaclip
from reprolib.data.facts import MetaClipScore
from reprolib.errors import ReproError
from reprolib.verify.registry import Ours, recomputes

if TYPE_CHECKING:
    from reprolib.verify.bench import Bench

SIX = ("imagenet1k", *metaclip.SHIFTS)
"""What MetaCLIP's Table 9 and the open_clip documentation measure alike, and the laws are about."""


@recomputes
def metaclip_scores(bench: Bench, cells: list[list[str]]) -> list[Ours]:
    """Scores (table, model, pre-training set, data set) as another table of MetaCLIP prints them."""
    return [
        Ours(
            f"{names.model(model)}, {data}: {names.dataset(dataset)} in {_where(table)}",
            _score(bench, table, model, data, dataset),
        )
        for table, model, data, dataset in cells
    ]


@recomputes
def metaclip_means(bench: Bench, name: str) -> list[Ours]:
    """Every printed mean of a name (`mean-26`, `mean-38`, …) from the printed cells."""
    return [
        Ours(f"{names.model(mean.model)}, {mean.pretrain_data}, {_where(mean.table)}", mean.ours, f"{mean.printed:.1f}")
        for mean in metaclip.means(bench.facts(MetaClipScore))
        if mean.name == name
    ]


@recomputes
def metaclip_slips(bench: Bench, dataset: str) -> list[Ours]:
    """Cells of Table 9 on a data set that cannot be right, as the other table prints them."""
    return [
        Ours(
            f"{names.model(slip.model)}, {slip.pretrain_data}: {names.dataset(slip.dataset)} in {_where(slip.table)}, "
            f"and here in {_where(slip.elsewhere_table)}",
            slip.elsewhere,
            f"{slip.printed:.1f}",
        )
        for slip in metaclip.slips(bench.facts(MetaClipScore))
        if slip.dataset == dataset
    ]


@recomputes
def metaclip_group(bench: Bench, name: str, datasets: list[str]) -> list[Ours]:
    """Largest distance in pp, over all models, of a mean that Table 8 prints from the mean of cells of Table 9."""
    found = metaclip.scores(bench.facts(MetaClipScore))
    gaps = {
        key: abs(cells[name] - statistics.fmean(found["9", *key[1:]][each] for each in datasets))
        for key, cells in found.items()
        if key[0] == "8"
    }
    worst = max(gaps, key=lambda key: gaps[key])
    told = ", ".join(map(names.dataset, datasets))
    return [Ours(f"mean of {told}: {names.model(worst[1])}, {worst[2]}", gaps[worst])]


@recomputes
def metaclip_gains(bench: Bench, table: str, pairs: list[list[str]], datasets: list[str]) -> list[Ours]:
    """Second set less first in pp, pair by pair (model, first, second), on each data set or mean of a table."""
    return [
        Ours(
            f"{names.model(model)}, {second} less {first}: {names.dataset(dataset)}",
            _score(bench, table, model, second, dataset) - _score(bench, table, model, first, dataset),
        )
        for model, first, second in pairs
        for dataset in datasets
    ]


@recomputes
def metaclip_against_open_clip(bench: Bench) -> list[Ours]:
    """Largest distance in pp, per model, of Table 9 from what open_clip documents of the same weights."""
    found = metaclip.scores(bench.facts(MetaClipScore))
    made = []
    for (table, model, data), cells in found.items():
        if table == "open_clip":
            gaps = {name: abs(cells[name] - found["9", model, data][name]) for name in SIX}
            worst = max(gaps, key=lambda name: gaps[name])
            made.append(Ours(f"{names.model(model)}, {data}: {names.dataset(worst)}", gaps[worst]))
    return made


@recomputes
def metaclip_against_table_6(bench: Bench) -> list[Ours]:
    """Distance in pp of Table 4's ImageNet scores of CLIP and OpenCLIP from those of Table 6 of the first paper."""
    return [
        Ours(
            f"{names.model(model)}, {data}",
            abs(
                _score(bench, "4", model, data, "imagenet1k")
                - bench.percent(f"{model}_{checkpoint}", "imagenet1k", task="eight-task-zero-shot")
            ),
        )
        for data, checkpoint in {"CLIP-WIT": "openai", "LAION-400M": "laion400m_e32"}.items()
        for model in ("ViT-B-32", "ViT-B-16", "ViT-L-14")
    ]


@recomputes
def metaclip_offsets(bench: Bench, dataset: str, law: str, rule: str, data: list[str]) -> list[Ours]:
    """How many pp a model's score lies above the upper end of the law's 95 % interval for one new run."""
    return [
        Ours(
            f"{names.model(row['model'])}, {row['pretrain_data']}: {names.dataset(dataset)}",
            row["measured"] - row["predicted_intervals"]["run"][1],
        )
        for row in _record(bench, "rows")
        if (row["dataset"], row["law"], row["rule"]) == (dataset, law, rule) and row["pretrain_data"] in data
    ]


@recomputes
def metaclip_factors(bench: Bench, dataset: str, law: str, rule: str, data: list[str]) -> list[Ours]:
    """At how many times its compute the law has a model's error: the lower end of the interval for the law."""
    return [
        Ours(
            f"{names.model(row['model'])}, {row['pretrain_data']}: {names.dataset(dataset)}, {row['factor']:.2f} times",
            row["factor_intervals"]["law"][0],
        )
        for row in _record(bench, "rows")
        if (row["dataset"], row["law"], row["rule"]) == (dataset, law, rule) and row["pretrain_data"] in data
    ]


@recomputes
def metaclip_exponents(bench: Bench, first: str, design: str) -> list[Ours]:
    """The upper end of the interval of MetaCLIP's exponent less another's, for each of its sets and errors."""
    return [
        Ours(f"{row['second']} less {first}: {names.dataset(row['dataset'])}", row["interval"][1])
        for row in _record(bench, "differences")
        if (row["first"], row["design"]) == (first, design)
    ]


@recomputes
def metaclip_apart(bench: Bench, first: str, design: str) -> list[Ours]:
    """How far zero lies outside of the interval of MetaCLIP's exponent less another's; below zero it lies inside."""
    return [
        Ours(
            f"{row['second']} less {first}: {names.dataset(row['dataset'])}",
            max(row["interval"][0], -row["interval"][1]),
        )
        for row in _record(bench, "differences")
        if (row["first"], row["design"]) == (first, design)
    ]


def _score(bench: Bench, table: str, model: str, data: str, dataset: str) -> float:
    cells = metaclip.scores(bench.facts(MetaClipScore)).get((table, model, data), {})
    if dataset not in cells:
        raise ReproError(
            f"paper/published/metaclip.csv has no {dataset} of {model} on {data} in table {table}; check the claim"
        )
    return cells[dataset]


def _where(table: str) -> str:
    return f"Table {table}" if table.isdigit() else table


def _record(bench: Bench, part: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = bench.scrutiny["metaclip"][part]
    return rows
