"""What fine-tuning and patching share: image sets, and an image tower with a linear head on top of it.

A head is made from zero-shot weights, one unit vector a class, times the temperature of the model, so that before any
training tower and head are the zero-shot classifier. `joint` trains one tower for several tasks under frozen heads,
`single` one tower with its head for one task, `patching` mixes towers. Reads and writes nothing.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from reprolib.errors import ReproError
from reprolib.evaluate import metrics
from reprolib.shards.augment import Augment, normalised
from reprolib.shards.loader import Loader

if TYPE_CHECKING:
    import open_clip

AT_ONCE = 500
"""Images through the tower at once when nothing is trained."""


@dataclass(frozen=True)
class ImageSet:
    """Labelled images, all of one use: to train on, to choose by, or to test on."""

    name: str
    """Of the task; the same for its several uses."""
    images: NDArray[np.uint8]
    """(n, height, width, 3), of the size that the model takes."""
    labels: NDArray[np.int64]
    """(n,)"""
    zero_shot: torch.Tensor
    """(classes, d) float32, each row of norm one: the class weights from the prompts."""


class Classifier(torch.nn.Module):
    """An image tower, the norm of its features made one, and a linear head."""

    def __init__(self, tower: torch.nn.Module, head: torch.nn.Linear) -> None:
        """Neither is copied."""
        super().__init__()
        self.tower, self.head = tower, head

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Logits (b, classes) of normalised images (b, 3, height, width)."""
        features = torch.nn.functional.normalize(self.tower(images), dim=-1)
        logits: torch.Tensor = self.head(features)
        return logits


def zero_shot(model: open_clip.CLIP, weights: torch.Tensor) -> Classifier:
    """The tower of `model`, shared with it, under a head of the zero-shot `weights` (classes, d).

    Raises:
        ReproError: The width of the weights is not that of the model's features.
    """
    width = model.visual.output_dim
    if weights.ndim != 2 or weights.shape[1] != width:
        raise ReproError(
            f"the zero-shot weights should have a row of {width} numbers for each class, as the model's features do, "
            f"but they have the shape {tuple(weights.shape)}; make them with the same model"
        )
    place = model.logit_scale.device
    head = torch.nn.Linear(width, len(weights), device="meta").to_empty(device=place)
    with torch.no_grad():
        head.weight.copy_(weights.to(place) * model.logit_scale.exp())
        head.bias.zero_()
    return Classifier(model.visual, head)


def narrowed(classifier: Classifier, classes: NDArray[np.int64]) -> Classifier:
    """The same tower, shared, under a copy of some rows (k,) of its head."""
    rows = torch.from_numpy(classes).to(classifier.head.weight.device)
    head = torch.nn.Linear(classifier.head.in_features, len(rows), device="meta").to_empty(device=rows.device)
    with torch.no_grad():
        head.weight.copy_(classifier.head.weight[rows])
        head.bias.copy_(classifier.head.bias[rows])
    return Classifier(classifier.tower, head)


def predicted(classifier: Classifier, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Logits (n, classes) of decoded images (n, height, width, 3); the classifier is left in evaluation mode."""
    classifier.eval()
    place = classifier.head.weight.device
    parts = []
    with torch.inference_mode():
        for start in range(0, len(images), AT_ONCE):
            some = torch.tensor(images[start : start + AT_ONCE], device=place)  # a copy: a mapped file is read-only
            parts.append(classifier(normalised(some.permute(0, 3, 1, 2))))
        logits: NDArray[np.float32] = torch.cat(parts).float().cpu().numpy()
    return logits


def hits(classifier: Classifier, images: ImageSet) -> NDArray[np.bool_]:
    """(n,): whether the label is the first class by logit."""
    return metrics.top_k(predicted(classifier, images.images), images.labels, 1)


def loader(images: ImageSet, *, batch: int, crop: float, seed: int, device: torch.device) -> Loader:
    """Batches of normalised images and labels (b, 1), the latter in the place of tokens.

    Args:
        images: What to train on.
        batch: Images in a step; there may be fewer in the set.
        crop: The least area of a random crop; 1 for the pixels as they are.
        seed: Of order and crops.
        device: Where the batches are wanted.
    """
    augment = Augment(smallest=crop) if crop < 1 else None
    labels = images.labels[:, None]
    return Loader(images.images, labels, None, seed=seed, global_batch=batch, augment=augment, device=device)


def copied(model: open_clip.CLIP) -> open_clip.CLIP:
    """A copy of which only the image tower is to be trained."""
    copy_ = copy.deepcopy(model)
    copy_.requires_grad_(False)
    copy_.visual.requires_grad_(True)
    return copy_


def set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Let the next step of `optimiser` be at `rate`, times the scale of each group that timm gave one."""
    for group in optimiser.param_groups:
        group["lr"] = rate * group.get("lr_scale", 1.0)
