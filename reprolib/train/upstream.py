"""The same run in open_clip's own trainer: the `open_clip_train` 3.3.0 command for a run made here.

Equal are the model, the number of steps, the learning rate at each of them with a cosine, AdamW and what it decays, the
loss and its gradient, precision and the crops' distribution. Not equal, because upstream has no way to say it:

* Order. Upstream shuffles shards and a buffer of 5,000 samples; the buffer's seed is the process and the time. Weights
  differ from the first step on, and between two runs of the same command.
* Epochs. There an epoch is a number of samples to count, not a pass over the data; here it is chosen so that epochs
  make up the run's steps exactly, with one worker. More workers round each epoch up to a multiple of them, and the
  learning rate's course with it. Without resampling there must be as many shards as processes times workers.
* Cooldown. Here it goes along `1 - sqrt`, there along a power; the square has the same mean.
* Initial weights. To begin with the same ones, write them with `checkpoints.export` and give `local-dir:<folder>` as
  the model. A configuration of `configs/` is not known upstream, so the command names such a folder for it.
* Parts of a model over the ranks (`shard`), which changes no more than the order of sums.
* Checkpoints, which are kept at epochs' ends only, and batch norm, whose statistics upstream keeps per process.
"""

from __future__ import annotations

import math
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from reprolib.train import models

if TYPE_CHECKING:
    from reprolib.train.runs import Run

PRECISIONS = {"fp32": "fp32", "bf16": "amp_bf16"}
SCHEDULES = {"cosine": "cosine", "constant-cooldown": "const-cooldown"}


def command(run: Run, *, shards: str, count: int, world: int) -> str:
    """The shell command that trains `run` with open_clip's trainer on one machine.

    Args:
        run: What is trained here.
        shards: Where the training set is, with braces over the shards: `shards/{00000..00012}.tar`.
        count: Samples in it.
        world: Processes, one per GPU.
    """
    return shlex.join([*_launcher(world), *_arguments(run, shards, count, world)])


def _launcher(world: int) -> list[str]:
    if world == 1:
        return ["python", "-m", "open_clip_train.main"]
    return ["torchrun", "--standalone", f"--nproc-per-node={world}", "-m", "open_clip_train.main"]


def _arguments(run: Run, shards: str, count: int, world: int) -> list[str]:
    recipe = run.recipe
    epoch = _epoch(run.steps, run.cooldown, count / recipe.global_batch)
    valued = {
        "name": run.name,
        "model": _model(run.model),
        "dataset-type": "webdataset",
        "train-data": shards,
        "train-num-samples": epoch * recipe.global_batch,
        "epochs": run.steps // epoch,
        "workers": 1,
        "batch-size": recipe.global_batch // (world * recipe.accumulate),
        "accum-freq": recipe.accumulate,
        "aug-cfg": f"scale=({recipe.crop}, 1.0)",
        "lr": recipe.learning_rate,
        "beta1": recipe.beta1,
        "beta2": recipe.beta2,
        "eps": recipe.epsilon,
        "wd": recipe.weight_decay,
        "warmup": run.schedule.warmup,
        "lr-scheduler": SCHEDULES[recipe.schedule],
        "precision": PRECISIONS[recipe.precision],
        "seed": run.seed,
        "save-frequency": 0,
    }
    if recipe.schedule == "constant-cooldown":
        valued |= {"epochs-cooldown": run.cooldown // epoch, "lr-cooldown-power": 2}
    switches = {
        "local-loss": True,
        "gather-with-grad": True,
        "save-most-recent": True,
        "dataset-resampled": run.resample,
        "grad-checkpointing": recipe.recompute,
        "torchcompile": recipe.compile,
    }
    options = [part for name, value in valued.items() for part in (f"--{name}", str(value))]
    return options + [f"--{name}" for name, on in switches.items() if on]


def _model(name: str) -> str:
    ours = name.endswith(".json") or (models.CONFIGS / f"{name}.json").is_file()
    return f"local-dir:{Path(name).name.removesuffix('.json')}" if ours else name


def _epoch(steps: int, cooldown: int, wanted: float) -> int:
    """The length of an epoch, in steps: a divisor of both `steps` and `cooldown`, the nearest to `wanted`."""
    both = math.gcd(steps, cooldown)
    small = [each for each in range(1, math.isqrt(both) + 1) if both % each == 0]
    return min({*small, *(both // each for each in small)}, key=lambda each: (abs(each - wanted), each))
