"""The records of a group: `results/<study>/runs/<group>/<run>.json`, `resources/` beside it, curves for `dvc plots`.

A run record holds what was trained: recipe, exact samples seen, compute by the paper's definition, the held-out numbers
at each checkpoint and the hash of the weights. It is the same whenever the same bits are trained again.

A record of resources holds what that took, which no two trainings have in common: hours, throughput, utilisation, an
estimate of the energy, device and attempts. The tracked file is of the training whose weights the study has first had:
it is kept as long as the weights are the same, so that whoever trains the study again to the same bits changes no
tracked file. It is written where it is missing, where the weights have become others, and with `--restart`. What was
measured this time is always in data/<study>/runs/<group>/<run>/resources.json.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reprolib import files
from reprolib.errors import ReproError
from reprolib.provenance import records
from reprolib.train import checkpoints, journal, loop, macs, models

if TYPE_CHECKING:
    from reprolib.paths import Tree
    from reprolib.provenance import Stamp
    from reprolib.train.identity import Identity
    from reprolib.train.runs import Run

POINTS = 100
"""Of a learning curve for `dvc plots`, each the mean over as many steps."""


def write(
    tree: Tree,
    study: str,
    name: str,
    wanted: list[Run],
    stamp: Stamp,
    identities: Mapping[str, Identity],
    *,
    anew: bool,
) -> None:
    """Write the records and curves of the group `name`, each folder whole.

    Args:
        tree: Where.
        study: Of the group.
        name: The group.
        wanted: Its runs, all of them done.
        stamp: Taken before the training began.
        identities: By run.
        anew: Write what the runs took as it was measured here, although the tracked files are of the same weights.

    Raises:
        ReproError: An input has changed since, or a file of a run is missing.
    """
    home, confirmed = tree.trained(study) / name, stamp.confirm()
    with (
        files.staged(tree.runs(study) / name) as of_runs,
        files.staged(tree.resources(study) / name) as of_resources,
        files.staged(tree.curves(study) / name) as of_curves,
    ):
        for run in wanted:
            stamped = {**confirmed, **identities[run.name].run}
            done = files.read_json(home / run.name / loop.DONE)
            trained = _trained(study, run, done, home / run.name)
            file = f"{run.name}.json"
            records.write(of_runs / file, "run", trained, stamped, previous=tree.runs(study) / name / file)
            before = tree.resources(study) / name / file
            if not anew and _belongs(before, trained):
                files.write(of_resources / file, files.read(before))
            else:
                records.write(of_resources / file, "resources", _took(study, run, home / run.name, trained), stamped)
            files.write(of_curves / f"{run.name}.csv", _curve(home / run.name))


def _belongs(path: Path, trained: Mapping[str, Any]) -> bool:
    """Whether there is a record of resources in `path` and it is of the training that ended in `trained`."""
    try:
        return bool(records.read(path, "resources")["weights"] == trained["weights"])
    except ReproError:  # there is none, or a damaged one
        return False


def _trained(study: str, run: Run, done: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The content of the run record."""
    gmacs = macs.macs(run.model).total
    weights = folder / checkpoints.name_of(run.seen)
    return {
        "study": study,
        "run": run.name,
        "model": run.model,
        "pretrain_data": run.data,
        "budget": run.budget,
        "samples_seen": run.seen,
        "gmacs_per_sample": gmacs,
        "gmacs_total": gmacs * run.seen,
        "seed": run.seed,
        "changes": run.changes,
        "architecture": _architecture(run.model),
        "config": {
            **run.recipe.model_dump(),
            "resample": run.resample,
            "steps": run.steps,
            "warmup_steps": run.schedule.warmup,
            "devices": done["devices"],
            "local_batch": run.recipe.global_batch // done["devices"],
        },
        "weights": {"file": weights.name, "sha256": files.sha256(weights)},
        "learning_curve": done["at"],
    }


def _took(study: str, run: Run, folder: Path, trained: Mapping[str, Any]) -> dict[str, Any]:
    """The content of the record of resources; it names the weights of the training that it is of."""
    took = files.read_json(folder / loop.RESOURCES)
    devices, device = trained["config"]["devices"], took["device"]
    rate = run.seen / took["training_s"]
    device_hours = devices * took["training_s"] / 3600
    return {
        "study": study,
        "run": run.name,
        "weights": trained["weights"],
        "samples_per_second": rate,
        "hours": took["training_s"] / 3600,
        "validation_hours": took["validating_s"] / 3600,
        "device_hours": device_hours,
        "energy_kwh": macs.energy_kwh(device_hours, device["watts"]),
        "mfu": macs.mfu(trained["gmacs_per_sample"], rate, devices * device["flops"]),
        "device": device,
        "waiting_share": took["waiting_s"] / took["training_s"],
        "images": took["images"],
        "attempts": took["attempts"],
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
