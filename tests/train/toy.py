"""A run on random pairs, small enough for a test, and what it leaves."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from reprolib.params import Recipe
from reprolib.shards.loader import Loader
from reprolib.train import loop
from reprolib.train.ranks import Ranks
from reprolib.train.runs import Run

PAIRS, BATCH, STEPS = 48, 16, 12
RECIPE = {
    "global_batch": BATCH,
    "learning_rate": 1e-3,
    "warmup": 0.1,
    "schedule": "cosine",
    "cooldown": 0.25,
    "beta1": 0.9,
    "beta2": 0.98,
    "epsilon": 1e-6,
    "weight_decay": 0.2,
    "precision": "fp32",
    "accumulate": 1,
    "recompute": False,
    "compile": False,
    "shard": False,
    "crop": 1.0,
    "checkpoints_per_decade": 3,
    "state_every": 3 * BATCH,
    "processes": 1,
}
ALONE = Ranks(0, 1, torch.device("cpu"), "a test")


def run(steps: int = STEPS, seed: int = 0, **changes: Any) -> Run:
    recipe = Recipe.model_validate({**RECIPE, **changes})
    return Run("toy", "ViT-zepto-8", "pairs", "toy", steps * BATCH, seed, False, recipe, 4 * BATCH)


def pairs(count: int = PAIRS) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    tokens = rng.integers(1, 49_000, (count, 16), dtype=np.int32)
    tokens[:, -1] = 49_407
    return rng.integers(0, 256, (count, 32, 32, 3), dtype=np.uint8), tokens


def train(group: Ranks, folder: Path, made: Run, start: Path | None = None) -> dict[str, Any]:
    folder.mkdir(parents=True, exist_ok=True)
    images, tokens = pairs()
    loader = Loader(images, tokens, None, seed=made.seed, global_batch=BATCH, rank=group.rank, world=group.world)
    held_out = Loader(images, tokens, None, seed=1, global_batch=20).batch(0)
    return loop.train(made, loader, held_out, folder, group, identity=made.trunk, start=start)
