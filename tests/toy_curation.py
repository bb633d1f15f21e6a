"""A small study of curation whose errors follow a formula: three models for two budgets on five choices from one pool,
and the largest model on two more balanced ones.

What is peculiar to a cell is large, and the scatter of a run small. `basic` changes nothing, `random` is worse by a
factor, `balanced` better by one, and `score` has an exponent of its own.
"""

import math
from collections.abc import Iterator
from typing import Any

from reprolib import results
from reprolib.params import Fit
from reprolib.paths import Tree
from reprolib.provenance import records
from reprolib.scrutiny import curation
from reprolib.scrutiny.procedures import Workshop
from reprolib.study import Study

NAME = "curation"
MODELS = {"ViT-one-8": 1.5, "ViT-two-8": 4.0, "ViT-three-8": 8.0}
BUDGETS = {"12k": 12288, "25k": 24576}
LAST = ("ViT-three-8", "25k")
ALPHA = -0.08
FACTORS = {
    "raw": 1.0,
    "random": 1.04,
    "basic": 1.0,
    "score": 1.0,
    "balanced": 0.94,
    "balanced-t80": 0.96,
    "balanced-t320": 0.98,
}
EXPONENTS = {"score": -0.05}
"""By how much the exponent differs."""
TAIL = {"balanced": 0.8, "balanced-t80": 0.88, "balanced-t320": 0.94}
"""Factors of the tail classes' error in the place of the others'."""
SUBSETS: dict[str, dict[str, Any]] = {
    "balanced": {"method": "balanced", "t": 26.7, "size": 10209, "tail": 0.136},
    "raw": {"method": "raw", "size": 51200, "tail": 0.034},
    "random": {"method": "random", "size": 10240, "tail": 0.035},
    "basic": {"method": "basic", "size": 43969, "tail": 0.037},
    "score": {"method": "score", "size": 10240, "tail": 0.011},
    "balanced-t80": {"method": "balanced", "t": 80.0, "size": 19047, "tail": 0.076},
    "balanced-t320": {"method": "balanced", "t": 320.0, "size": 30118, "tail": 0.05},
}
MOST = 8061
"""Captions of the most frequent entry."""
SCALES = {  # the error at the geometric mean of the computes
    ("imagenet1k", "acc1"): 0.7,
    ("imagenet1k-head", "acc1"): 0.6,
    ("imagenet1k-tail", "acc1"): 0.75,
    ("imagenet_robustness", "acc1"): 0.75,
    ("mscoco_captions", "image_retrieval_recall@5"): 0.75,
    ("flickr30k", "image_retrieval_recall@5"): 0.7,
    ("vtab+", "acc1"): 0.65,
}
HALF = 0.015
"""Half the width of every interval."""
STAMP: dict[str, Any] = {"stage": "fit", "format": 1, "inputs": {}, "environment": {}}


def cells() -> Iterator[tuple[str, str, str]]:
    """Model, data and budget of each run."""
    for model in MODELS:
        for data in ("raw", "random", "basic", "score", "balanced"):
            for budget in BUDGETS:
                yield model, data, budget
    for data in ("balanced-t80", "balanced-t320"):
        yield LAST[0], data, LAST[1]


def compute(model: str, budget: str) -> float:
    """GMAC."""
    return MODELS[model] * BUDGETS[budget]


def error(dataset: str, scale: float, model: str, data: str, budget: str) -> float:
    """The error of a run, with a scatter that is the same every time."""
    middle = math.prod(compute(name, each) for name in MODELS for each in BUDGETS) ** (1 / 6)
    peculiar = 0.04 * math.sin(7 * MODELS[model]) + (0.03 if budget == "12k" else 0)
    scatter = 0.002 * math.sin(1e3 * MODELS[model] + BUDGETS[budget] + sum(map(ord, data + dataset)))
    factor = TAIL.get(data, FACTORS[data]) if dataset == "imagenet1k-tail" else FACTORS[data]
    falls = (compute(model, budget) / middle) ** (ALPHA + EXPONENTS.get(data, 0))
    return scale * falls * factor * math.exp(peculiar + scatter)


def write(tree: Tree) -> Study:
    """Write its cards and evaluations."""
    cards = {name: _card(dict(about)) for name, about in SUBSETS.items()}
    records.write(tree.results(NAME) / "curation.json", "curation", {"study": NAME, "subsets": cards}, STAMP)
    for model, data, budget in cells():
        _run(tree, model, data, budget)
    return Study(tree, NAME)


def scrutinize(tree: Tree, settings: Fit) -> None:
    """Write the one part of its scrutiny that is about curation."""
    content = curation.build(Study(tree, NAME), Workshop(settings))
    about = {"part": "curation", "study": NAME, "level": settings.level}
    records.write(tree.scrutiny(NAME) / "curation.json", "scrutiny", {**about, **content}, STAMP)


def _card(about: dict[str, Any]) -> dict[str, Any]:
    tail = {"before": 0.034, "after": about.pop("tail")}
    card = {"samples": about.pop("size"), "tail": tail, "head": [{"entry": "star", "before": MOST, "after": 1}]}
    return {**about, "card": card}


def _run(tree: Tree, model: str, data: str, budget: str) -> None:
    found = []
    for (dataset, metric), scale in SCALES.items():
        value = 1 - error(dataset, scale, model, data, budget)
        found.append(
            results.Result(
                task="zero-shot",
                dataset=dataset,
                shots="",
                metric=metric,
                value=value,
                interval=(value - HALF, value + HALF),
                n_test=1000,
                source="shards/toy",
            )
        )
    evaluation = results.Evaluation(
        study=NAME,
        run=f"{model}_{data}_{budget}",
        model=model,
        pretrain_data=data,
        budget=budget,
        samples_seen=BUDGETS[budget],
        gmacs_per_sample=MODELS[model],
        gmacs_total=compute(model, budget),
        seed=0,
        results=found,
    )
    results.write(tree, evaluation, STAMP)
