"""Writes single checkpoints of a study `toy`, to make tables of another study than the paper's."""

from typing import Any

from reprolib import results
from reprolib.paths import Tree

STAMP: dict[str, Any] = {"stage": "fit", "format": 1, "inputs": {}, "environment": {}}
GMACS = {"tiny": 0.1, "small": 0.5}


def add_run(tree: Tree, run: str, model: str, data: str, budget: str, value: float, seed: int = 0) -> None:
    """One checkpoint, measured once: zero-shot ImageNet accuracy."""
    measured = results.Result(
        task="zero-shot", dataset="imagenet1k", shots="", metric="acc1", value=value, n_test=None, source="test"
    )
    results.write(
        tree,
        results.Evaluation(
            study="toy",
            run=run,
            model=model,
            pretrain_data=data,
            budget=budget,
            samples_seen=1000,
            gmacs_per_sample=GMACS[model],
            gmacs_total=1000 * GMACS[model],
            seed=seed,
            results=[measured],
        ),
        STAMP,
    )
