"""The run records of a group, `results/<study>/runs/<group>/<run>.json`, and curves for `dvc plots`.

A record holds what was trained and what it cost: recipe, exact samples seen, compute by the paper's definition, device
hours, throughput, utilisation, an estimate of the energy, and the held-out numbers at each checkpoint.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reprolib import files, records
from reprolib.train import checkpoints, journal, macs, models
from reprolib.train.macs import Peak

if TYPE_CHECKING:
    from reprolib.paths import Tree
    from reprolib.provenance import Stamp
    from reprolib.train.ranks import Ranks
    from reprolib.train.runs import Run

POINTS = 100
"""Of a learning curve for `dvc plots`, each the mean over as many steps."""


def write(
    tree: Tree, study: str, name: str, wanted: list[Run], ended: dict[str, dict[str, Any]], group: Ranks, stamp: Stamp
) -> None:
    """Write the records and curves of the group `name`, each folder whole.

    Args:
        tree: Where.
        study: Of the group.
        name: The group.
        wanted: Its runs.
        ended: What `loop.train` returned, by run.
        group: The ranks that trained.
        stamp: Taken before the training began.
    """
    peak = macs.peak(group.device)
    provenance = stamp.confirm()
    with files.staged(tree.runs(study) / name) as staged:
        for run in wanted:
            weights = tree.trained(study) / name / run.name / checkpoints.name_of(run.seen)
            content = _content(study, run, ended[run.name], group, peak, weights)
            records.write(staged / f"{run.name}.json", "run", content, provenance)
    with files.staged(tree.curves(study) / name) as staged:
        for run in wanted:
            files.write(staged / f"{run.name}.csv", _curve(tree.trained(study) / name / run.name))


def _content(study: str, run: Run, ended: dict[str, Any], group: Ranks, peak: Peak, weights: Path) -> dict[str, Any]:
    cost = macs.macs(run.model)
    rate = run.seen / ended["training_s"]
    device_hours = group.world * ended["training_s"] / 3600
    kind = "GPU" if group.device.type == "cuda" else "process"
    recipe = run.recipe
    return {
        "study": study,
        "run": run.name,
        "model": run.model,
        "pretrain_data": run.data,
        "budget": run.budget,
        "samples_seen": run.seen,
        "gmacs_per_sample": cost.total,
        "gmacs_total": cost.total * run.seen,
        "seed": run.seed,
        "changes": run.changes,
        "architecture": _architecture(run.model),
        "config": {
            **recipe.model_dump(),
            "resample": run.resample,
            "steps": run.steps,
            "warmup_steps": run.schedule.warmup,
            "devices": group.world,
            "local_batch": recipe.global_batch // group.world,
        },
        "samples_per_second": rate,
        "hours": ended["training_s"] / 3600,
        "validation_hours": ended["validating_s"] / 3600,
        "device_hours": device_hours,
        "energy_kwh": macs.energy_kwh(device_hours, peak.watts),
        "mfu": macs.mfu(cost.total, rate, group.world * peak.flops),
        "device": {"kind": kind, **asdict(peak)},
        "waiting_share": ended["waiting_s"] / ended["training_s"],
        "images": ended["images"],
        "attempts": ended["attempts"],
        "weights": {"file": weights.name, "sha256": files.sha256(weights)},
        "learning_curve": ended["at"],
    }


def _architecture(name: str) -> dict[str, float]:
    """The columns of Table 25; activations and parameters in millions."""
    config, cost = models.config(name), macs.architecture(name).total
    image, text = config["vision_cfg"], config["text_cfg"]
    return {
        "image_width": image["width"],
        "text_width": text["width"],
        "embed_dim": config["embed_dim"],
        "image_depth": image["layers"],
        "text_depth": text["layers"],
        "macts": cost.activations / 1e6,
        "mparams": cost.parameters / 1e6,
    }


def _curve(folder: Path) -> str:
    """The training loss as CSV, at most `POINTS` rows, each the mean over the steps since the row before."""
    steps = journal.read(folder)
    size = -(-len(steps) // POINTS)
    lines = ["samples,loss,learning_rate"]
    for start in range(0, len(steps), size):
        part = steps[start : start + size]
        loss, rate = (sum(each[key] for each in part) / len(part) for key in ("loss", "learning_rate"))
        lines.append(f"{part[-1]['samples']},{loss:.6g},{rate:.6g}")
    return "\n".join(lines) + "\n"
