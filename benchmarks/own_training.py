"""Our side of benchmarks/training.py: one run in a process of its own, in the current folder.

Reads the shards in `pool` and `validation` there and the recipe in params.yaml; writes the folder of the run and
`ahead-<passes>.json`, the CPU seconds that decoding and tokenising took before the first step.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reprolib import files
from reprolib.params import Recipe
from reprolib.train.runs import Run

if TYPE_CHECKING:
    from reprolib.train.ranks import Ranks

PARAMS = Path(__file__).parents[1] / "params.yaml"
CACHE = Path("cache")


@dataclass(frozen=True)
class Case:
    """One model and how it is trained."""

    model: str
    batch: int
    """Pairs a step, over all processes."""
    count: int
    """Pairs in the shards."""
    passes: int
    """Over the shards in the longer of two runs; the shorter takes one."""
    processes: int = 1

    def run(self, passes: int) -> Run:
        """`passes` passes over the shards; checkpoints are kept at the end alone, so that they cancel."""
        study = files.read_yaml(PARAMS)["mini"]["recipe"]
        samples = passes * self.count
        changes = {"global_batch": self.batch, "state_every": samples, "processes": self.processes}
        return Run(
            name=f"passes-{passes}",
            model=self.model,
            data="pool",
            budget=str(samples),
            samples=samples,
            seed=0,
            resample=False,
            recipe=Recipe.model_validate({**study, **changes}),
            least=samples,
        )


def main() -> None:
    """Train `Case(*fields)` for some passes, both given as JSON, as a rank if torchrun has started several."""
    import torch

    from reprolib.shards.augment import Augment
    from reprolib.shards.loader import Loader
    from reprolib.train import loop, models, ranks

    fields, passes = json.loads(sys.argv[1])
    case = Case(*fields)
    run = case.run(passes)
    with ranks.joined() as mine:
        torch.set_num_threads(1)
        started = time.process_time()
        images, tokens = _pairs("pool", case.model, mine)
        ahead = time.process_time() - started
        loader = Loader(
            images,
            tokens,
            None,
            seed=run.seed,
            global_batch=case.batch,
            rank=mine.rank,
            world=mine.world,
            augment=Augment(run.recipe.crop, models.image_size(case.model)),
        )
        held_out = Loader(*_pairs("validation", case.model, mine), None, seed=0, global_batch=1).all()
        folder = Path(run.name)
        if mine.first:
            files.write_json(Path(f"ahead-{passes}.json"), ahead)
            folder.mkdir()
        mine.wait()
        loop.train(run, loader, held_out, folder, mine, identity=run.trunk)


def _pairs(name: str, model: str, mine: Ranks) -> tuple[Any, Any]:
    """Decoded images and tokens, made by the first rank while the others wait, as in `reprolib.train.feed`."""
    from reprolib.shards.dataset import Dataset
    from reprolib.shards.tokens import tokens
    from reprolib.train import models

    if not mine.first:
        mine.wait()
    dataset = Dataset.open(Path(name), check=mine.first)
    found = dataset.pixels(models.image_size(model), CACHE), tokens(dataset, models.register(model), CACHE)
    if mine.first:
        mine.wait()
    return found


if __name__ == "__main__":
    main()
