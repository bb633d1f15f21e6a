"""Tier 4: a cell of the ladder trained again from nothing, held against its record.

Which: the run of the least compute on the smallest data set. The stage `train` runs as it is, with its processes, in a
temporary tree that shares shards and subsets by hard links; then the weights are evaluated on the class set and in
retrieval. The same bits are the same training: to be expected on CPUs of one kind, with the same torch and number of
processes and threads. Other bits are held against the seed spread.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reprolib import files, processes, provenance
from reprolib.errors import ReproError
from reprolib.provenance import records
from reprolib.verify import linked, spread, verdicts
from reprolib.verify.compare import Number
from reprolib.verify.reevaluate import command, on_ladder

if TYPE_CHECKING:
    from reprolib.params import Params
    from reprolib.paths import Tree
    from reprolib.verify.spread import Key, Spread

TIER = 4
STATES = "{run}, trained again from nothing, ends with the committed weights, or with numbers within the seed spread."
SAME = "The weights are the same to the bit."
OTHER = (
    "The weights have other bits, as another kind of processor, version or number of threads gives them, so the "
    "numbers are held against chance."
)
NUMBERS: dict[Key, str] = {
    spread.HELD_OUT_LOSS: "held-out loss",
    spread.CLASS_SET: "class set, zero-shot accuracy",
    ("mscoco_captions", "image_retrieval_recall@5"): "COCO's stand-in, image recall@5",
}
"""What is compared, and what it is called."""


def checks(tree: Tree, params: Params, study: str, item: str, folder: Path) -> list[dict[str, Any]]:
    """The verdict record of the cell.

    Args:
        tree: The repository; only read.
        params: Its settings.
        study: One that is trained here.
        item: What the check is called after.
        folder: Where nothing is yet, to work in.

    Raises:
        ReproError: A committed record is missing or damaged, or the training or the evaluation fails.
    """
    path = chosen(tree, params, study)
    name, states = f"{item}.{path.stem}", STATES.format(run=path.stem)
    shared = [tree.shards(study), tree.subsets(study)]
    if not all(each.is_dir() for each in shared):
        makes = command(params, study, "shard")
        lacking = f"The shards of study '{study}' are not on this machine; {makes} makes them."
        return [verdicts.unchecked(name, states, TIER, lacking)]
    numbers = trained_again(tree, params, study, folder)
    chance = spread.nearest(tree, params, study)
    told = SAME if numbers[0].recorded == numbers[0].again else OTHER
    return [
        verdicts.made_again(
            name, states, TIER, numbers, tolerance="the seed spread", reason=chance.told(), explanation=told
        )
    ]


def trained_again(tree: Tree, params: Params, study: str, folder: Path) -> list[Number]:
    """Train the cell again in `folder`, from the shards and subsets in `tree`: its hash first, then its numbers.

    Raises:
        ReproError: As `checks`.
    """
    path = chosen(tree, params, study)
    made = linked.tree(tree, folder, [tree.shards(study), tree.subsets(study)])
    _train(made, params, study, path)
    again = records.read(made.runs(study) / path.parent.name / path.name, "run")
    rows = _measured(made, study, path.parent.name, again)
    return compared(tree, study, path, again, rows, spread.nearest(tree, params, study))


def compared(
    tree: Tree, study: str, path: Path, again: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], chance: Spread
) -> list[Number]:
    """What was recorded of a run, beside what came of training it again.

    Args:
        tree: The repository.
        study: Of the run.
        path: Its record.
        again: The record of the same run, trained again.
        rows: Of the results table, from the weights of that.
        chance: How far two trainings lie apart.

    Raises:
        ReproError: A committed record is missing or damaged.
    """
    record = records.read(path, "run")
    theirs = spread.numbers(records.read(tree.evals(study) / path.name, "evaluation")["results"], record)
    ours = spread.numbers(rows, again)
    was, now = (each["weights"]["sha256"][:12] for each in (record, again))
    return [
        Number("weights, sha256", was, now, math.inf),
        *(
            Number(
                f"{told} (s = {chance.deviation.get(key, 0):.2g})", theirs.get(key), ours.get(key), chance.allowed(key)
            )
            for key, told in NUMBERS.items()
        ),
    ]


def chosen(tree: Tree, params: Params, study: str) -> Path:
    """The record of the ladder's run of the least compute; of several, on the smallest data set.

    Raises:
        ReproError: There is none, or a record is damaged.
    """
    sizes = params.mini.pool.subsets
    ladder = on_ladder(tree, params, study)
    return min(ladder, key=lambda path: (ladder[path]["gmacs_total"], sizes.get(ladder[path]["pretrain_data"], 0)))


def _train(made: Tree, params: Params, study: str, path: Path) -> None:
    """Train the run of the record `path` in the tree `made`, by the command that a user types."""
    record = records.read(path, "run")
    group, key = path.parent.name, f"{study}-{path.parent.name}"
    alone = {
        "study": study,
        "group": group,
        "models": [record["model"]],
        "data": [record["pretrain_data"]],
        "budgets": [record["budget"]],
        "changes": [{}],
    }
    settings = {**params.model_dump(), "train": {key: alone}}
    settings["mini"]["curation"]["train"] = {}
    files.write_json(made.params, settings)  # JSON is YAML
    outside = {name: value for name, value in os.environ.items() if name not in ("RANK", "WORLD_SIZE")}
    done = subprocess.run(
        [sys.executable, "-m", "reprolib", "train", study, group],
        cwd=made.root,
        env={**outside, "PYTHONPATH": os.pathsep.join([str(provenance.PACKAGE.parent), *sys.path])},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.startswith("reprolib: ")]
        told = said[0].removeprefix("reprolib: ") if said else f"it ended with the exit code {done.returncode}"
        raise ReproError(f"{path.stem} cannot be trained again: {told}")


def _measured(made: Tree, study: str, group: str, record: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows of the results table, from a process of its own, as the stage `evaluate` has it."""
    weights = made.trained(study) / group / record["run"] / record["weights"]["file"]
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, spawn, initializer=processes.end_with_parent) as process:
        return process.submit(_rows, made, study, record["model"], weights).result()


def _rows(made: Tree, study: str, model: str, weights: Path) -> list[dict[str, Any]]:
    import torch

    from reprolib.evaluate import encoder, measured, suite

    torch.set_num_threads(1)
    sets = suite.read(made, study)
    rows = measured.control(encoder.load(model, weights), sets, made.cache, lambda name, found: None)
    return [row.model_dump() for row in rows]
