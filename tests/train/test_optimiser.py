"""AdamW decays matrices only, and the temperature stays below 100."""

import math

import torch
from toy import run

from reprolib.train import models, optimiser


def test_gains_biases_and_the_temperature_are_not_decayed_and_nothing_is_left_out() -> None:
    model = models.build("ViT-zepto-8", seed=0)
    plain, decayed = optimiser.adamw(model, run().recipe).param_groups
    assert (plain["weight_decay"], decayed["weight_decay"]) == (0.0, 0.2)
    assert all(each.ndim < 2 for each in plain["params"])
    assert all(each.ndim >= 2 for each in decayed["params"])
    assert any(each is model.logit_scale for each in plain["params"])
    assert len(plain["params"]) + len(decayed["params"]) == len(list(model.parameters()))


def test_the_temperature_is_held_at_100() -> None:
    model = models.build("ViT-zepto-8", seed=0)
    with torch.no_grad():
        model.logit_scale.fill_(9.0)
    optimiser.cool(model)
    assert model.logit_scale.item() == torch.tensor(math.log(100)).item()
