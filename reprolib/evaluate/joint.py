"""Joint fine-tuning: one image tower for several tasks, each under its frozen zero-shot head.

The tasks take turns, a batch each, with cross-entropy on the zero-shot logits (Ilharco et al., arXiv 2208.05592; Sec. 4
of the paper). The text tower and the temperature stay as they are, so the tuned model is a CLIP model still: it can be
saved, evaluated on anything and patched. A step follows from the seed and the step before, so the same call gives the
same bits, on CPUs of one kind with the same torch and number of threads. Reads and writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from timm.optim import create_optimizer_v2  # type: ignore[attr-defined] # timm's exports are implicit

from reprolib.evaluate import tuning
from reprolib.train.schedules import Cosine

if TYPE_CHECKING:
    import open_clip


@dataclass(frozen=True)
class Recipe:
    """How to tune; as the paper does unless told otherwise."""

    steps: int = 2000
    """Over all tasks together."""
    batch: int = 128
    learning_rate: float = 1e-5
    """The peak; a cosine goes from it to zero."""
    warmup: int = 200
    """Steps of linear rise before."""
    weight_decay: float = 0.1
    """Of matrices; gains, biases and position embeddings are not decayed."""
    crop: float = 1.0
    """The least area of a random crop; the paper names none."""


def tuned(
    model: open_clip.CLIP, tasks: Sequence[tuning.ImageSet], recipe: Recipe = Recipe(), *, seed: int
) -> open_clip.CLIP:
    """A copy of `model` with its image tower tuned to the training images of `tasks`.

    Args:
        model: Left as it is.
        tasks: Training images, in the order in which they take turns; one at least.
        recipe: How to tune.
        seed: Of the order of the images, and of crops.

    Raises:
        ReproError: Zero-shot weights are not of this model, or a task has no images.
    """
    model = tuning.copied(model)
    classifiers = [tuning.zero_shot(model, task.zero_shot) for task in tasks]
    for classifier in classifiers:
        classifier.head.requires_grad_(False)
    place = model.logit_scale.device
    loaders = [tuning.loader(each, batch=recipe.batch, crop=recipe.crop, seed=seed, device=place) for each in tasks]
    optimiser = create_optimizer_v2(
        model.visual, "adamw", lr=recipe.learning_rate, weight_decay=recipe.weight_decay, fused=True
    )
    schedule = Cosine(recipe.learning_rate, recipe.warmup, recipe.steps)
    model.train()
    for step in range(recipe.steps):
        turn = step % len(tasks)
        images, labels = loaders[turn].batch(step // len(tasks))
        tuning.set_rate(optimiser, schedule.at(step))
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(torch.nn.functional.cross_entropy(classifiers[turn](images), labels[:, 0]))
        optimiser.step()
    return model.eval()
