"""The linear probe as the paper has it: the best of nine settings on the test rows, so its number is too high.

Softmax regression with a bias by AdamW without decay, 256 rows a step, a cosine from the learning rate to zero without
warm-up; learning rates 0.1, 0.01 and 0.001 times 10, 20 and 40 epochs (CLIP_benchmark's probe_benchmark). The paper
prints the greatest of the nine test accuracies. A report gives it beside `probes.probe`, never alone.

All settings are trained at once: they see the same rows in the same order from the same start, so a step is one product
of the rows with all weights side by side, and settings that have ended drop out. Features lie in memory and are indexed
directly. float32, where the paper's code computes in half precision on a GPU. On one processor the same call gives the
same bits; on another rounding differs in every step. Reads and writes nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from reprolib.evaluate import metrics, shots
from reprolib.evaluate.probes import Features
from reprolib.shards import order
from reprolib.train.schedules import Cosine

RATES, EPOCHS = (0.1, 0.01, 0.001), (10, 20, 40)
BATCH = 256
BETAS, EPSILON = (0.9, 0.999), 1e-8
"""PyTorch's defaults."""


class Setting(NamedTuple):
    """One of those swept over."""

    learning_rate: float
    epochs: int


@dataclass(frozen=True)
class Sweep:
    """All settings on the test rows."""

    logits: NDArray[np.float32]
    """(m, classes): of the best setting."""
    hits: NDArray[np.bool_]
    """(m,): whether the label is the first class by logit."""
    best: Setting
    """Selected on these very rows; of equally good ones the first."""
    accuracies: dict[Setting, float]
    """Top-1 on the test rows."""


def sweep(
    data: Features,
    rows: shots.Rows | None = None,
    *,
    seed: int,
    rates: tuple[float, ...] = RATES,
    epochs: tuple[int, ...] = EPOCHS,
) -> Sweep:
    """Train every setting and take the best on the test rows.

    Args:
        data: Features and labels.
        rows: The training rows, as from `shots.few`; None for all.
        seed: Decides the start and the order of the rows.
        rates: The learning rates.
        epochs: Passes over the rows.
    """
    device = data.train.device
    labels = torch.from_numpy(data.train_labels).to(device)
    features = data.train
    if rows is not None:
        chosen = torch.from_numpy(rows).to(device)
        features, labels = features[chosen], labels[chosen]
    logits = {
        setting: torch.nn.functional.linear(data.test, weights[:, :-1], weights[:, -1]).cpu().numpy()
        for setting, weights in _trained(features, labels, data.classes, rates, epochs, seed).items()
    }
    hits = {setting: metrics.top_k(each, data.test_labels, 1) for setting, each in logits.items()}
    accuracies = {Setting(rate, count): float(hits[Setting(rate, count)].mean()) for rate in rates for count in epochs}
    best = max(accuracies, key=lambda setting: accuracies[setting])
    return Sweep(logits[best], hits[best], best, accuracies)


def _trained(
    features: torch.Tensor,
    labels: torch.Tensor,
    classes: int,
    rates: tuple[float, ...],
    epochs: tuple[int, ...],
    seed: int,
) -> dict[Setting, torch.Tensor]:
    """The weights (classes, d + 1) of each setting, the bias last, for features (n, d)."""
    count, steps = len(features), math.ceil(len(features) / BATCH)
    settings = [Setting(rate, each) for each in sorted(epochs, reverse=True) for rate in rates]
    adam = _Adam(_start(classes, features.shape[1], seed).to(features.device), len(settings))
    # Every batch in turn: its memory stays in the processor's cache, and its last column is that of the bias.
    batch = features.new_ones(BATCH, features.shape[1] + 1)
    found: dict[Setting, torch.Tensor] = {}
    for epoch in range(max(epochs)):
        for number, rows in enumerate(torch.split(_drawn(seed, epoch, count).to(features.device), BATCH)):
            now = [Cosine(rate, 0, steps * each).at(steps * epoch + number) for rate, each in settings]
            torch.index_select(features, 0, rows, out=batch[: len(rows), :-1])
            adam.step(batch[: len(rows)], labels[rows], now)
        while settings and settings[-1].epochs == epoch + 1:
            found[settings.pop()] = adam.drop_last()
    return found


def _drawn(seed: int, epoch: int, count: int) -> torch.Tensor:
    """The order of all rows in an epoch, (count,); for rows in memory sorting is cheaper than `order.place`."""
    keys = order.bits(seed, "probe, order", np.arange(epoch * count, (epoch + 1) * count))
    return torch.from_numpy(np.argsort(keys, kind="stable"))


def _start(classes: int, width: int, seed: int) -> torch.Tensor:
    """Weights (classes, width + 1) as torch.nn.Linear draws them: all uniform within 1 / sqrt(width)."""
    drawn = order.uniform(seed, "probe, start", np.arange(classes * (width + 1))).reshape(classes, width + 1)
    return torch.from_numpy((2 * drawn - 1) / math.sqrt(width)).float()


class _Adam:
    """AdamW without decay (Loshchilov and Hutter, arXiv 1711.05101) on several linear classifiers side by side."""

    def __init__(self, start: torch.Tensor, copies: int) -> None:
        self._weights = start.repeat(copies, 1, 1)
        """(copies, classes, d + 1)."""
        self._mean, self._square = torch.zeros_like(self._weights), torch.zeros_like(self._weights)
        self._steps = 0

    def step(self, features: torch.Tensor, labels: torch.Tensor, rates: list[float]) -> None:
        """One step of all on the mean cross-entropy of features (b, d + 1) that end in a one, each at its own rate."""
        self._steps += 1
        shares = (self._weights.flatten(0, 1) @ features.T).view(*self._weights.shape[:2], -1).softmax(dim=1)
        shares[:, labels, torch.arange(len(labels), device=labels.device)] -= 1
        slope = (shares.flatten(0, 1) @ features).div_(len(features)).view_as(self._weights)
        self._mean.lerp_(slope, 1 - BETAS[0])
        self._square.mul_(BETAS[1]).addcmul_(slope, slope, value=1 - BETAS[1])
        scale = self._square.sqrt().div_(math.sqrt(1 - BETAS[1] ** self._steps)).add_(EPSILON)
        step = torch.tensor(rates, device=features.device)[:, None, None] / (1 - BETAS[0] ** self._steps)
        self._weights.sub_(self._mean.div(scale).mul_(step))

    def drop_last(self) -> torch.Tensor:
        """The weights (classes, d + 1) of the last classifier, which is trained no further."""
        last = self._weights[-1]
        self._weights, self._mean, self._square = (each[:-1] for each in (self._weights, self._mean, self._square))
        return last
