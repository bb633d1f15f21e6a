"""What the runs of a group read: decoded images and tokens, opened once, and an order over each subset.

Reads data/<study>/shards and subsets; writes decoded images and tokens to the cache, by the hash of their content.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from reprolib.shards import POOL, VALIDATION, pixels, subsets
from reprolib.shards.augment import Augment
from reprolib.shards.dataset import Dataset
from reprolib.shards.loader import Loader
from reprolib.shards.pixels import Images
from reprolib.shards.tokens import tokens
from reprolib.train import models

if TYPE_CHECKING:
    import numpy as np
    import torch

    from reprolib.paths import Tree
    from reprolib.train.ranks import Ranks
    from reprolib.train.runs import Run


class Feed:
    """The data of one study, read on demand."""

    def __init__(self, tree: Tree, study: str, wanted: Sequence[Run], group: Ranks) -> None:
        """Decode and tokenise what `wanted` needs, on the first rank alone: the others then find it done and checked.

        Raises:
            ReproError: A shard or subset is missing or damaged; it is named. The other ranks end as `Ranks.lead` says.
        """
        self.tree, self.study, self._checks = tree, study, group.first
        self._threads = max(1, (os.cpu_count() or 1) // group.world)
        group.lead(lambda: self._open(sorted({run.model for run in wanted})))

    def _open(self, names: Sequence[str]) -> None:
        for model in names:
            self.held_out(model)
            self._pixels(POOL, models.image_size(model))
            self._tokens(POOL, model)

    def loader(self, run: Run, group: Ranks) -> Loader:
        """This rank's batches of `run`."""
        size = models.image_size(run.model)
        return Loader(
            self._pixels(POOL, size)[0],
            self._tokens(POOL, run.model),
            self._rows(run.data),
            seed=run.seed,
            global_batch=run.recipe.global_batch,
            rank=group.rank,
            world=group.world,
            resample=run.resample,
            augment=Augment(run.recipe.crop, size) if run.recipe.crop < 1 else None,
            device=group.device,
        )

    @functools.cache  # noqa: B019 # a feed lives as long as its process
    def held_out(self, model: str) -> tuple[torch.Tensor, torch.Tensor]:
        """Images (n, 3, h, w) and tokens (n, context) of the validation pairs, in order."""
        images, _ = self._pixels(VALIDATION, models.image_size(model))
        return Loader(images, self._tokens(VALIDATION, model), None, seed=0, global_batch=1).all()

    def how(self, model: str) -> str:
        """How the images are kept, in a clause."""
        return self._pixels(POOL, models.image_size(model))[1]

    @functools.cache  # noqa: B019
    def _dataset(self, name: str) -> Dataset:
        return Dataset.open(self.tree.shards(self.study) / name, check=self._checks)

    @functools.cache  # noqa: B019
    def _pixels(self, name: str, size: int) -> tuple[Images, str]:
        return pixels.images(self._dataset(name), size, self._cache, threads=self._threads)

    @functools.cache  # noqa: B019
    def _tokens(self, name: str, model: str) -> torch.Tensor:
        return tokens(self._dataset(name), models.register(model), self._cache)

    @functools.cache  # noqa: B019
    def _rows(self, subset: str) -> np.ndarray:
        wanted = subsets.read_subset(self.tree.subsets(self.study) / f"{subset}.npy")
        return subsets.rows(self._dataset(POOL), wanted)

    @property
    def _cache(self) -> Path:
        return self.tree.cache
