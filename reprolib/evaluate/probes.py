"""Linear probes: how well a linear classifier of a model's features does, its one setting chosen without the test rows.

The classifier is the minimum of the penalised loss of `softmax`. The strength of the penalty is one of `STRENGTHS`:
with a part of the training rows held back, class by class, each is fitted to the rest, from strong to weak, each from
the last one's minimum; the one that is right on most of the held-back rows is taken, of several the one of the lower
loss there; and it is fitted once more, to all training rows. `as_published` has the paper's own protocol, to stand
beside it. Deterministic; reads and writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from reprolib.evaluate import metrics, shots
from reprolib.evaluate.softmax import Linear, Regression

STRENGTHS = tuple(10.0**-power for power in range(1, 8))
"""From a penalty that leaves little but the class means to one that hardly counts."""
HELD_BACK = 0.2
COARSE = 1e-2
"""The tolerance while choosing: the loss is then within about 5e-5 of the least, far less than what rows differ by. The
search is then so short that it does not enlarge the rounding errors of the features."""
FINE = 1e-7
"""The tolerance at the end. Logits of the weakest penalty then follow from the features to 1e-4, where rounding errors
of float32 features (1e-7) move them as much; at 1e-4 the last step of the search moved them by 0.06."""


class Features(NamedTuple):
    """A task as a probe sees it."""

    train: torch.Tensor
    """(n, d) float32, each of norm one, of all training rows."""
    train_labels: NDArray[np.int64]
    test: torch.Tensor
    """(m, d) float32."""
    test_labels: NDArray[np.int64]
    classes: int
    """How many, with rows or without."""
    content: str
    """The content hash of the training set."""


class Tried(NamedTuple):
    """What the held-back rows say of a strength."""

    strength: float
    accuracy: float
    loss: float
    """Mean cross-entropy."""


@dataclass(frozen=True)
class Probe:
    """A probe on the test rows."""

    logits: NDArray[np.float64]
    """(m, classes); minus infinity for a class without training rows."""
    hits: NDArray[np.bool_]
    """(m,): whether the label is the first class by logit."""
    strength: float
    """The one that was chosen."""
    tried: tuple[Tried, ...]
    """All, in the order of `STRENGTHS`; none if no row could be held back, and then the strongest is taken."""
    rows: int
    """Training rows."""
    held_back: int
    """Those that the strength was chosen by."""
    gradient: float
    """Its norm at the end, in the variables of `softmax`."""


def probe(data: Features, rows: shots.Rows | None = None, *, seed: int) -> Probe:
    """Choose, fit and test.

    Args:
        data: Features and labels.
        rows: The training rows, as from `shots.few`; None for all.
        seed: Decides which rows are held back.
    """
    rows = np.arange(len(data.train)) if rows is None else rows
    fit, back = shots.held_back(data.train_labels, rows, HELD_BACK, content=data.content, seed=seed)
    place = data.train.device
    features, labels = data.train[torch.from_numpy(rows).to(place)], torch.from_numpy(data.train_labels[rows]).to(place)
    regression = Regression(features, labels, data.classes)
    path: list[Linear] = []
    tried: list[Tried] = []
    if len(back):
        inner, held = (torch.from_numpy(np.searchsorted(rows, part)).to(place) for part in (fit, back))
        for strength in STRENGTHS:
            start = path[-1] if path else None
            path.append(regression.solved(strength, inner, start=start, tolerance=COARSE))
            tried.append(_tried(path[-1], strength, features[held], labels[held]))
    best = max(range(len(tried)), key=lambda i: (tried[i].accuracy, -tried[i].loss), default=0)
    final = regression.solved(STRENGTHS[best], start=path[best] if path else None, tolerance=FINE)
    logits = final.logits(data.test).cpu().numpy()
    return Probe(
        logits=logits,
        hits=metrics.top_k(logits, data.test_labels, 1),
        strength=STRENGTHS[best],
        tried=tuple(tried),
        rows=len(rows),
        held_back=len(back),
        gradient=final.gradient,
    )


def _tried(classifier: Linear, strength: float, features: torch.Tensor, labels: torch.Tensor) -> Tried:
    logits = classifier.logits(features)
    right = (logits.argmax(dim=1) == labels).double().mean().item()
    return Tried(strength, right, torch.nn.functional.cross_entropy(logits, labels).item())
