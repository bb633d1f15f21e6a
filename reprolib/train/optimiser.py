"""AdamW as in the paper: decay on matrices only, and the temperature held below 100."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

    from reprolib.params import Recipe

HOTTEST = math.log(100)
"""The largest logarithm of the temperature (Radford et al., arXiv 2103.00020, Sec. 2.5)."""


def adamw(model: Any, recipe: Recipe) -> torch.optim.AdamW:
    """Gains, biases and the temperature, all of less than two axes, are not decayed. One fused kernel a step."""
    import torch

    named = [each for each in model.parameters() if each.requires_grad]
    return torch.optim.AdamW(
        [
            {"params": [each for each in named if each.ndim < 2], "weight_decay": 0.0},
            {"params": [each for each in named if each.ndim >= 2], "weight_decay": recipe.weight_decay},
        ],
        lr=recipe.learning_rate,
        betas=(recipe.beta1, recipe.beta2),
        eps=recipe.epsilon,
        fused=True,
    )


def cool(model: Any) -> None:
    """Hold the model's temperature within its bounds, as open_clip does after each step."""
    import torch

    with torch.no_grad():
        model.logit_scale.clamp_(0, HOTTEST)
