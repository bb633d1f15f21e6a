"""Batches for training: images and captions as functions of the step, on whichever process and device.

The global batch of step s is the samples at positions [s·B, (s+1)·B) of the run's order; rank r takes the r-th of
`world` equal slices. So every rank has equal steps, the samples do not depend on the number of ranks, and the state of
the loader is one integer, the step. Crops depend on (seed, position) too.

Reads the pixels (a mapped array, or decoded as read) and the tokens of a data set; writes nothing. Pixels go to the
device as uint8 and are cropped and normalised there.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from numpy.typing import NDArray

from reprolib.errors import ReproError
from reprolib.shards import order
from reprolib.shards.augment import Augment, normalised
from reprolib.shards.pixels import Images

Batch = tuple[torch.Tensor, torch.Tensor]
"""Normalised images, (b, 3, height, width) float32, and tokens, (b, context) int64."""


class Loader:
    """The batches of one rank."""

    def __init__(
        self,
        images: Images,
        tokens: torch.Tensor | NDArray[np.integer],
        rows: NDArray[np.int64] | None,
        *,
        seed: int,
        global_batch: int,
        rank: int = 0,
        world: int = 1,
        resample: bool = False,
        augment: Augment | None = None,
        device: torch.device | str = "cpu",
    ) -> None:
        """Nothing is read yet.

        Args:
            images: Pixels of the whole data set, (n, height, width, 3) uint8: an array, or decoded as read.
            tokens: Tokens of its captions, (n, context), int32 or int64.
            rows: The rows of the training subset; None for all.
            seed: Decides the order and the crops.
            global_batch: Samples in a step, over all ranks.
            rank: The number of this process.
            world: The number of processes.
            resample: Draw rows independently instead of once in each epoch.
            augment: The random crop; None for the pixels as they are.
            device: Where the batches are wanted.

        Raises:
            ReproError: `world` does not divide `global_batch`, `rank` is not one of `world`, there are no rows or rows
                that the data set has not, or images and tokens differ in number.
        """
        _check_ranks(global_batch, rank, world)
        _check_rows(len(images), len(tokens), rows)
        self._images, self._tokens, self._subset = images, torch.as_tensor(tokens), rows
        self._count = len(images) if rows is None else len(rows)
        self._seed, self._resample, self._augment = seed, resample, augment
        self._global_batch, self._rank, self._batch = global_batch, rank, global_batch // world
        self._device = torch.device(device)

    def rows(self, step: int) -> NDArray[np.int64]:
        """The rows of the data set that this rank sees in a step, in order."""
        places = order.rows_of(self._seed, self._start(step), self._batch, self._count, resample=self._resample)
        return places if self._subset is None else self._subset[places]

    def batch(self, step: int) -> Batch:
        """What this rank sees in a step."""
        pixels, tokens = self._read(self.rows(step))
        if self._augment is None:
            return normalised(pixels.permute(0, 3, 1, 2)), tokens
        positions = np.arange(self._start(step), self._start(step) + self._batch)
        boxes = self._augment.boxes(self._seed, positions, *self._images.shape[1:3])
        return normalised(self._augment(pixels, boxes)), tokens

    def from_step(self, first: int, last: int) -> Iterator[Batch]:
        """The batches of steps `first` to `last` - 1; a thread makes the next one while the caller uses the current."""
        with ThreadPoolExecutor(1, thread_name_prefix="loader") as thread:
            coming = thread.submit(self.batch, first)
            for step in range(first + 1, last + 1):
                batch = coming.result()
                if step < last:
                    coming = thread.submit(self.batch, step)
                yield batch

    def all(self) -> Batch:
        """The whole subset in the order of its rows, uncropped, on every rank: for held-out pairs."""
        rows = np.arange(self._count) if self._subset is None else self._subset
        pixels, tokens = self._read(rows)
        return normalised(pixels.permute(0, 3, 1, 2)), tokens

    def _start(self, step: int) -> int:
        return step * self._global_batch + self._rank * self._batch

    def _read(self, rows: NDArray[np.int64]) -> tuple[torch.Tensor, torch.Tensor]:
        pixels, tokens = torch.from_numpy(self._images[rows]), self._tokens[torch.from_numpy(rows)].long()
        if self._device.type == "cuda":  # only from pinned memory does a copy leave the host free to go on
            pixels, tokens = pixels.pin_memory(), tokens.pin_memory()
        return pixels.to(self._device, non_blocking=True), tokens.to(self._device, non_blocking=True)


def _check_ranks(global_batch: int, rank: int, world: int) -> None:
    if global_batch % world:
        raise ReproError(
            f"global_batch should be a multiple of the number of processes, but it is {global_batch} for {world}; "
            "change one of the two"
        )
    if not 0 <= rank < world:
        raise ReproError(f"a rank should be from 0 to {world - 1}, but it is {rank}; start the processes with torchrun")


def _check_rows(images: int, captions: int, rows: NDArray[np.int64] | None) -> None:
    if images != captions:
        raise ReproError(
            f"a data set of {images} images should have tokens for as many captions, but there are {captions}; "
            "make its pixels and tokens from the same shards"
        )
    if not (images if rows is None else len(rows)):
        raise ReproError("the training subset should have at least one row, but it is empty; make the subset again")
    if rows is not None and not 0 <= rows.min() <= rows.max() < images:
        raise ReproError(
            f"rows of the training subset should be from 0 to {images - 1}, but they are from {rows.min()} to "
            f"{rows.max()}; make the subset from this data set"
        )
