"""Writes a whole study `toy` that is trained here: a ladder, a larger model, controls, and all that is read of it."""

from collections.abc import Iterable
from typing import Any

from toy_study import STAMP

from reprolib import results
from reprolib.paths import Tree
from reprolib.provenance import records
from reprolib.results import Result

GMACS = {"ViT-tiny-8": 0.1, "ViT-small-8": 0.5, "ViT-large-8": 2.0}
SAMPLES = {"7k": 7168, "29k": 28672}
CELL = "ViT-tiny-8_2k_7k"
"""The base of all controls."""
LARGEST = "ViT-large-8_51k_29k"
CONTROLS: dict[str, dict[str, Any]] = {
    "ViT-tiny-8_2k_7k_batch128": {"global_batch": 128},
    "ViT-tiny-8_2k_7k_resampled": {"resample": True},
    "ViT-tiny-8_2k_7k_seed1": {"seed": 1},
    "ViT-tiny-8_2k_7k_seed2": {"seed": 2},
    "ViT-tiny-8_2k_7k_processes1": {"processes": 1},
    "ViT-tiny-8_2k-apart_7k": {},
}
ACCURACY = {
    CELL: 0.10,
    "ViT-tiny-8_51k_7k": 0.12,
    "ViT-tiny-8_2k_29k": 0.14,
    "ViT-tiny-8_51k_29k": 0.16,
    "ViT-small-8_51k_29k": 0.20,
    LARGEST: 0.25,
    **dict(zip(CONTROLS, (0.11, 0.09, 0.12, 0.13, 0.10, 0.08), strict=True)),
}
"""Zero-shot accuracy on the class set, by run."""
ARCHITECTURE = ("image_width", "text_width", "embed_dim", "image_depth", "text_depth", "macts", "mparams")
LAW = {"beta": 0.95, "alpha": -0.02}
DATA: dict[str, Any] = {
    "study": "toy",
    "subsets": {"2k": 2048, "51k": 51200, "2k-apart": 2048},
    "sets": {
        "pool": {"count": 51200},
        "pictographs-1k": {"count": 200, "stands for": "ImageNet-1k", "shift": "one object", "classes": 16},
        "retrieval-coco": {"count": 100, "stands for": "MS-COCO", "shift": "two things"},
        "task-colour-train": {"count": 50, "stands for": "EuroSAT", "shift": "none", "classes": 4},
        "task-colour-test": {"count": 50, "stands for": "EuroSAT", "shift": "none", "classes": 4},
    },
    "near_duplicates": {
        "images with one in the pool within 0, 1, … bits": {
            "pictographs-1k": [3, 3, 4, 4, 10],
            "task-colour-test": [0, 0, 1, 1, 2],
        }
    },
}


def write(tree: Tree) -> None:
    """The study's evaluations, runs, laws, data and settings."""
    for run, accuracy in ACCURACY.items():
        _write_run(tree, run, accuracy)
    for law in ("imagenet1k.acc1", "mscoco_captions.image_retrieval_recall@5"):
        records.write(tree.laws("toy") / f"zero-shot.{law}.openclip.json", "law", {"params": LAW}, STAMP)
    records.write(tree.results("toy") / "data.json", "data", DATA, STAMP)
    recipes = {"seed": 0, "joint": {"steps": 240, "batch": 64}, "single": {"epochs": 4, "batch": 128}}
    recipes["intermediate"] = {"epochs": 2, "batch": 32}
    records.write(tree.results("toy") / "evaluation.json", "evaluation-settings", recipes, STAMP)


def _write_run(tree: Tree, run: str, accuracy: float) -> None:
    model, data, budget, *_ = run.split("_")
    changes = CONTROLS.get(run, {})
    shared: dict[str, Any] = {
        "study": "toy",
        "run": run,
        "model": model,
        "pretrain_data": data,
        "budget": budget,
        "samples_seen": SAMPLES[budget],
        "gmacs_per_sample": GMACS[model],
        "gmacs_total": GMACS[model] * SAMPLES[budget],
        "seed": changes.get("seed", 0),
    }
    rows = list(_untrained("control" if run in CONTROLS else "zero-shot", accuracy))
    rows += _probed("linear-probe", accuracy + 0.1) if budget == "29k" else []
    rows += _tuned(accuracy) if run == LARGEST else []
    results.write(tree, results.Evaluation(**shared, results=rows), STAMP)
    records.write(tree.runs("toy") / "group" / f"{run}.json", "run", {**shared, **_trained(changes)}, STAMP)
    took = {"device": {"kind": "process", "watts": 7.5}, "hours": 0.01, "device_hours": 0.02, "energy_kwh": 0.001}
    records.write(tree.resources("toy") / "group" / f"{run}.json", "resources", {"run": run, **took}, STAMP)


def _trained(changes: dict[str, Any]) -> dict[str, Any]:
    config = {"global_batch": 64, "resample": False, "learning_rate": 0.001, "warmup_steps": 9, **changes}
    return {
        "changes": changes,
        "config": {**config, "local_batch": 32, "devices": 2},
        "architecture": dict.fromkeys(ARCHITECTURE, 8),
    }


def _untrained(task: str, accuracy: float) -> Iterable[Result]:
    recall = "image_retrieval_recall@5"
    yield _row(task, "imagenet1k", accuracy, "shards/pictographs-1k", interval=(accuracy - 0.05, accuracy + 0.05))
    yield _row(task, "mscoco_captions", accuracy / 2, "shards/retrieval-coco", metric=recall)
    yield _row(task, "mscoco_captions", accuracy / 3, "shards/retrieval-coco", metric="text_retrieval_recall@5")
    yield _row(task, "flickr30k", accuracy / 2, "shards/retrieval-flickr30k", metric=recall)
    yield _row(task, "flickr30k", accuracy / 3, "shards/retrieval-flickr30k", metric="text_retrieval_recall@5")
    yield _row(task, "vtab/colour", accuracy + 0.2, "shards/task-colour-test")
    yield _row(task, "imagenet_robustness", accuracy / 2, "mean of 5 sets", n_test=None)
    yield _row(task, "vtab+", accuracy + 0.1, "mean of 2 sets", n_test=None)


def _probed(task: str, accuracy: float) -> list[Result]:
    return [
        _row(task, "imagenet1k", accuracy, "shards/pictographs-1k", shots="10"),
        _row(task, "vtab-linear-probe", accuracy + 0.1, "mean of 1 sets", shots="full", n_test=None),
    ]


def _tuned(accuracy: float) -> list[Result]:
    tasks = [
        _row(f"eight-task-{stage}", dataset, accuracy + 0.1 * step, "tuned")
        for step, stage in enumerate(("zero-shot", "joint", "patched"))
        for dataset in ("imagenet1k", "colour", "chess", "eight-task-mean")
        if (stage, dataset) != ("joint", "imagenet1k")
    ]
    tuned = [
        _row(task, name, accuracy + more, "tuned")
        for task, more in (("imagenet-fine-tune", 0.0), ("imagenet-12k-fine-tune", 0.1))
        for name in ("imagenet1k", "imagenet-robustness-4")
    ]
    return [*tasks, *tuned, *_probed("linear-probe-as-published", accuracy)]


def _row(
    task: str,
    dataset: str,
    value: float,
    source: str,
    *,
    metric: str = "acc1",
    shots: str = "",
    n_test: int | None = 200,
    interval: tuple[float, float] | None = None,
) -> Result:
    return Result(
        task=task,
        dataset=dataset,
        shots=shots,
        metric=metric,
        value=value,
        interval=interval,
        n_test=n_test,
        source=source,
    )
