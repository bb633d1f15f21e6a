"""A study that is trained here, without a training: records and curves as the stages leave them, numbers made up."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from reprolib import files, params, provenance
from reprolib.paths import Tree
from reprolib.provenance import records
from reprolib.results import Evaluation

ROOT = Path(__file__).resolve().parents[2]
STUDY = "mini"
BASE = "ViT-zepto-8_10k_6k"
LARGEST = "ViT-zepto-8_51k_25k"
LOSSES = {BASE: 5.0, f"{BASE}_seed1": 5.2, f"{BASE}_seed2": 5.4, LARGEST: 4.0}
ACCURACIES = {BASE: 0.10, f"{BASE}_seed1": 0.12, f"{BASE}_seed2": 0.14, LARGEST: 0.3}
"""Each with a sample standard deviation over the first three that can be told by hand: 0.2 and 0.02."""


def tree(root: Path) -> Tree:
    """A tree in which two cells of a ladder were trained and evaluated, one of them thrice; a clone without data."""
    made = Tree(root)
    shutil.copy(ROOT / "requirements.lock", root)
    settings = params.load(Tree(ROOT)).model_dump()
    settings["mini"]["pool"]["subsets"] = {"10k": 10240, "51k": 51200}
    alone = {"study": STUDY, "models": ["ViT-zepto-8"], "data": ["10k"], "budgets": ["6k"], "changes": [{}]}
    settings |= {"train": {"mini-ladder": {**alone, "group": "ladder"}}, "figures": {}}
    files.write_json(made.params, settings)
    for name in LOSSES:
        _run(made, name)
    for name in LOSSES:
        _evaluation(made, name)
    return made


def _shared(name: str) -> dict[str, Any]:
    _, data, budget, *_ = name.split("_")
    seen = 6144 if budget == "6k" else 24576
    shared = {"study": STUDY, "run": name, "model": "ViT-zepto-8", "pretrain_data": data, "budget": budget}
    cost = {"samples_seen": seen, "gmacs_per_sample": 0.001, "gmacs_total": 0.001 * seen}
    return {**shared, **cost, "seed": int(name[-1]) if "seed" in name else 0}


def _run(made: Tree, name: str) -> None:
    shared = _shared(name)
    seed = shared["seed"]
    stamp = provenance.take(made, inputs=[], stage="train", seed=seed, reason="made up").confirm()
    stamp["inputs"]["data/mini/shards/pool"] = "0" * 64
    group = "controls" if seed else "ladder"
    content = {
        **shared,
        "changes": {"seed": seed} if seed else {},
        "weights": {"file": f"samples-{shared['samples_seen']:012d}.safetensors", "sha256": "0" * 64},
        "learning_curve": [{"samples_seen": shared["samples_seen"], "loss": LOSSES[name]}],
    }
    records.write(made.runs(STUDY) / group / f"{name}.json", "run", content, stamp)
    took = {"study": STUDY, "run": name, "weights": content["weights"], "hours": 0.1}
    records.write(made.resources(STUDY) / group / f"{name}.json", "resources", took, stamp)
    files.write(made.curves(STUDY) / group / f"{name}.csv", "samples,loss,learning_rate\n64,5,0.1\n")


def _evaluation(made: Tree, name: str) -> None:
    taken = provenance.take(made, inputs=[made.runs(STUDY)], stage="evaluate", reason="made up")
    stamp, shared, accuracy = taken.confirm(), _shared(name), ACCURACIES[name]
    around = {"value": accuracy, "interval": (accuracy - 0.05, accuracy + 0.05)}
    row = {"shots": "", "n_test": 100, "source": "made up", **around}
    task = "control" if shared["seed"] else "zero-shot"
    rows = [
        {"task": task, "dataset": "imagenet1k", "metric": "acc1", **row},
        {"task": task, "dataset": "mscoco_captions", "metric": "image_retrieval_recall@5", **row},
    ]
    content = Evaluation.model_validate({**shared, "results": rows}).model_dump()
    stamped = {**stamp, "sets": {"pictographs-1k": "0" * 64}}
    records.write(made.evals(STUDY) / f"{name}.json", "evaluation", content, stamped)
    curve = f"samples,accuracy,low,high\n64,0.01,0,0.1\n{shared['samples_seen']},{accuracy:.6g},0,1\n"
    files.write(made.learning(STUDY) / f"{name}.csv", curve)


def resealed(path: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change a record as someone would who knows how to seal it."""
    record = json.loads(path.read_text())
    change(record)
    record["seal"] = records.seal(record)
    path.write_text(json.dumps(record))
