"""Single-task fine-tuning: the whole image tower and a linear head for one task, as the paper does for ImageNet.

It can be done twice: first on more classes, and from there, by those rows of the head that the task needs, on the task.

After BEiT (Bao, Dong, Piao and Wei, arXiv 2106.08254) with timm, as in the paper's Tables 10 and 11: AdamW with a
learning rate that shrinks from block to block towards the pixels, label smoothing, gradients cut to a length, and the
exponential moving average of the weights as the result. The first head is of the zero-shot weights.

RandAugment, random erasing and stochastic depth of the tables are left out: the first two change colour, place and
tilt, which miniature tasks ask for, and open_clip's tower has no stochastic depth. The same call gives the same bits
on CPUs of one kind, with the same torch and number of threads. Reads and writes nothing.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import torch
from timm.optim import create_optimizer_v2  # type: ignore[attr-defined] # timm's exports are implicit
from timm.utils import ModelEmaV3  # type: ignore[attr-defined] # timm's exports are implicit

from reprolib.errors import ReproError
from reprolib.evaluate import tuning
from reprolib.train.schedules import Cosine


@dataclass(frozen=True)
class Recipe:
    """How to tune; as the paper's Table 10 for ViT-B/32 unless told otherwise."""

    epochs: float = 50
    batch: int = 4096
    learning_rate: float = 1e-3
    """The peak of the head; a cosine goes from it to zero."""
    warmup_epochs: float = 10
    """Of linear rise before, among the epochs."""
    layer_decay: float = 0.65
    """Of the learning rate from each block to the one below it."""
    weight_decay: float = 0.05
    """Of matrices; gains, biases and position embeddings are not decayed."""
    smoothing: float = 0.1
    """Share of the label that goes to all classes alike."""
    longest: float = 3.0
    """The greatest norm of the gradient."""
    averaging: float = 0.9998
    """What the moving average keeps of itself in a step."""
    crop: float = 1.0
    """The least area of a random crop."""


class _Layered(tuning.Classifier):
    """A classifier that tells timm its layers: what precedes the blocks, each block, and what follows them."""

    def group_matcher(self, coarse: bool = False) -> dict[str, Any]:
        """The patterns of timm's convention; what fits none is the last layer."""
        return {
            "stem": r"^tower\.(?:class_embedding|positional_embedding|conv1|ln_pre)",
            "blocks": [(r"^tower\.transformer\.resblocks\.(\d+)", None)],
        }

    def no_weight_decay(self) -> set[str]:
        """Matrices that are not decayed."""
        return {"tower.positional_embedding", "tower.class_embedding"}


def tuned(
    start: tuning.Classifier, task: tuning.ImageSet, recipe: Recipe = Recipe(), *, seed: int
) -> tuning.Classifier:
    """The average of a classifier's weights over its training.

    Args:
        start: Left as it is; of a model, `tuning.zero_shot`.
        task: Training images.
        recipe: How to tune.
        seed: Of the order of the images, and of crops.

    Raises:
        ReproError: There are no images, or the tower has no blocks.
    """
    classifier = layered(copy.deepcopy(start)).requires_grad_(True)
    optimiser = adamw(classifier, recipe)
    average = ModelEmaV3(classifier, decay=recipe.averaging)
    place = classifier.head.weight.device
    loader = tuning.loader(task, batch=recipe.batch, crop=recipe.crop, seed=seed, device=place)
    warmup, steps = (
        round(epochs * len(task.images) / recipe.batch) for epochs in (recipe.warmup_epochs, recipe.epochs)
    )
    schedule = Cosine(recipe.learning_rate, warmup, steps)
    classifier.train()
    for step in range(steps):
        images, labels = loader.batch(step)
        tuning.set_rate(optimiser, schedule.at(step))
        optimiser.zero_grad(set_to_none=True)
        logits = classifier(images)
        loss = torch.nn.functional.cross_entropy(logits, labels[:, 0], label_smoothing=recipe.smoothing)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(classifier.parameters(), recipe.longest)
        optimiser.step()
        average.update(classifier)
    result: tuning.Classifier = average.module.eval()
    return result


def layered(classifier: tuning.Classifier) -> _Layered:
    """The same tower and head, with their layers known to timm.

    Raises:
        ReproError: The tower has no transformer blocks.
    """
    if not hasattr(classifier.tower, "transformer"):
        raise ReproError(
            "single-task fine-tuning should have an image tower of transformer blocks, between which its learning rate "
            f"decays, but it got a {type(classifier.tower).__name__}; choose a ViT"
        )
    return _Layered(classifier.tower, classifier.head)


def adamw(classifier: _Layered, recipe: Recipe) -> torch.optim.Optimizer:
    """Groups of a `lr_scale` each: `layer_decay` to the power of the number of layers above."""
    return create_optimizer_v2(
        classifier,
        "adamw",
        lr=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
        layer_decay=recipe.layer_decay,
        fused=True,
    )
