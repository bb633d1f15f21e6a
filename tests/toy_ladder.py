"""A small study whose errors follow a formula, with all that figures and scrutiny need: three models on three sets for
three budgets, two larger models with one run each, and runs that differ in something else.

The error falls with samples the less the fewer data there are (`BY_DATA`), and with compute per sample by `BY_MODEL`.
"""

import math
from collections.abc import Iterator
from typing import Any

from reprolib import results
from reprolib.paths import Tree
from reprolib.provenance import records

NAME = "toy"
MODELS = {"ViT-one-8": 0.001, "ViT-two-8": 0.003, "ViT-three-8": 0.008}
LARGER = {"ViT-four-8": 0.02, "ViT-five-8": 0.05}
DATA = ("2k", "10k", "51k")
BY_DATA = {"2k": -0.02, "10k": -0.06, "51k": -0.1}
BY_MODEL = -0.05
BUDGETS = {"7k": 7000, "14k": 14000, "28k": 28000}
TASKS = ("chess", "colour", "count", "digit", "filling", "kinds", "size", "zodiac")
ZERO_SHOT = {  # the error at the smallest compute
    ("imagenet1k", "acc1"): 0.9,
    ("imagenet_robustness", "acc1"): 0.95,
    ("mscoco_captions", "image_retrieval_recall@5"): 0.85,
    ("flickr30k", "image_retrieval_recall@5"): 0.8,
}
PROBES = [(name, shots) for name in ("imagenet1k", "cifar100") for shots in ("10", "25", "full")]
PROBES += [(name, "full") for name in ("vtab/colour", "vtab/count", "vtab-linear-probe")]
TUNED = {
    "imagenet-fine-tune": ("imagenet1k", "imagenet-robustness-4"),
    "eight-task-zero-shot": ("imagenet1k", *TASKS, "eight-task-mean"),
    "eight-task-joint": (*TASKS, "eight-task-mean"),
    "eight-task-patched": ("imagenet1k", *TASKS, "eight-task-mean"),
}
STAMP: dict[str, Any] = {"inputs": {}, "code": {}}


def error(scale: float, gmacs: float, data: str, samples: int) -> float:
    """The error of a run, with a scatter that is the same every time."""
    scatter = 0.003 * math.sin(1e3 * gmacs + samples + len(data))
    falls = (gmacs / min(MODELS.values())) ** BY_MODEL * (samples / min(BUDGETS.values())) ** BY_DATA[data]
    return scale * falls * math.exp(scatter)


def cells() -> Iterator[tuple[str, float, str, str]]:
    """Model, GMAC a sample, data and budget of each run of the ladder and beyond it."""
    for model, gmacs in MODELS.items():
        for data in DATA:
            for budget in BUDGETS:
                yield model, gmacs, data, budget
    for model, gmacs in LARGER.items():
        yield model, gmacs, DATA[-1], [*BUDGETS][-1]


def write(tree: Tree) -> None:
    """Write its evaluations, run records and data record."""
    for model, gmacs, data, budget in cells():
        found = _zero_shot("zero-shot", gmacs, data, budget)
        if budget == [*BUDGETS][-1] and data == DATA[-1]:
            found += _trained_on_top(gmacs, data, budget)
        _run(tree, f"{model}_{data}_{budget}", model, gmacs, data, budget, found)
    model, gmacs = "ViT-two-8", MODELS["ViT-two-8"]
    _run(tree, f"{model}_10k_14k_seed1", model, gmacs, "10k", "14k", _zero_shot("control", gmacs, "10k", "14k"))
    _data(tree)


def _zero_shot(task: str, gmacs: float, data: str, budget: str) -> list[results.Result]:
    return [
        _result(task, dataset, "", metric, error(scale, gmacs, data, BUDGETS[budget]))
        for (dataset, metric), scale in ZERO_SHOT.items()
    ]


def _trained_on_top(gmacs: float, data: str, budget: str) -> list[results.Result]:
    found = [("linear-probe", name, shots) for name, shots in PROBES]
    found += [(task, name, "") for task, names in TUNED.items() for name in names]
    return [_result(*each, "acc1", error(0.7, gmacs, data, BUDGETS[budget])) for each in found]


def _result(task: str, dataset: str, shots: str, metric: str, wrong: float) -> results.Result:
    return results.Result(
        task=task, dataset=dataset, shots=shots, metric=metric, value=1 - wrong, n_test=1000, source="a formula"
    )


def _run(tree: Tree, run: str, model: str, gmacs: float, data: str, budget: str, found: list[results.Result]) -> None:
    shared = {
        "study": NAME,
        "run": run,
        "model": model,
        "pretrain_data": data,
        "budget": budget,
        "samples_seen": BUDGETS[budget],
        "gmacs_per_sample": gmacs,
        "gmacs_total": gmacs * BUDGETS[budget],
        "seed": 0,
    }
    results.write(tree, results.Evaluation.model_validate({**shared, "results": found}), STAMP)
    processes = 1 if run.endswith("seed1") else 2
    device = {"kind": "process", "name": "CPU, 1 core" if processes == 2 else "CPU, 2 cores"}
    trained, took = {"config": {"devices": processes}}, {"device": device, "samples_per_second": 1 / gmacs}
    records.write(tree.runs(NAME) / f"{run}.json", "run", {**shared, **trained}, STAMP)
    records.write(tree.resources(NAME) / f"{run}.json", "resources", {"run": run, **took}, STAMP)


def _data(tree: Tree) -> None:
    sets = {"pictographs-1k": {"count": 2000}, "task-chess-test": {"count": 500}}
    near = {
        "images with one in the pool within 0, 1, … bits": {"pictographs-1k": [500, 900], "task-chess-test": [0, 7]}
    }
    records.write(
        tree.results(NAME) / "data.json", "data", {"study": NAME, "sets": sets, "near_duplicates": near}, STAMP
    )
