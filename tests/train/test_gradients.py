"""The gradient of a global batch is that of one process, however many ranks and parts share it."""

from typing import Any

import numpy as np
import pytest
import torch
from several import on

from reprolib.train import models, ranks
from reprolib.train.gradients import Contrast

BATCH = 16


def batch() -> tuple[torch.Tensor, torch.Tensor]:
    made = torch.Generator().manual_seed(0)
    images = torch.randn(BATCH, 3, 32, 32, generator=made, dtype=torch.float64)
    tokens = torch.randint(1, 49000, (BATCH, 16), generator=made)
    tokens[:, -1] = 49407
    return images, tokens


def gradient(group: ranks.Ranks, accumulate: int, recompute: bool = False) -> tuple[float, np.ndarray]:
    """Mean loss and the whole gradient, in double precision, of this rank's share of the batch."""
    model = models.build("ViT-zepto-8", seed=0, dtype=torch.float64)
    model.set_grad_checkpointing(recompute)
    share = BATCH // group.world
    mine = slice(group.rank * share, (group.rank + 1) * share)
    loss = Contrast(ranks.wrapped(model, group), group, accumulate=accumulate).backward(
        *(each[mine] for each in batch())
    )
    whole = torch.cat([each.grad.flatten() for each in model.parameters()])
    return (group.total(loss) / group.world).item(), whole.numpy()


def one(accumulate: int = 1, **settings: Any) -> tuple[float, np.ndarray]:
    return gradient(ranks.Ranks(0, 1, torch.device("cpu"), ""), accumulate, **settings)


def both(group: ranks.Ranks) -> list[tuple[float, np.ndarray]]:
    return [gradient(group, 1), gradient(group, 2)]


@pytest.mark.parametrize("world", [2, 4])
def test_ranks_and_parts_leave_loss_and_gradient_as_they_are(world: int) -> None:
    loss, expected = one()
    for of_rank in on(world, both):
        for found, slopes in of_rank:
            assert found == pytest.approx(loss, rel=1e-12)
            assert np.abs(slopes - expected).max() <= 1e-10 * np.abs(expected).max()


def test_parts_alone_leave_loss_and_gradient_as_they_are() -> None:
    loss, expected = one()
    for accumulate in (2, 4, 16):
        found, slopes = one(accumulate)
        assert found == pytest.approx(loss, rel=1e-12)
        assert np.abs(slopes - expected).max() <= 1e-10 * np.abs(expected).max()


def test_activations_computed_again_give_the_same_gradient() -> None:
    assert np.abs(one(recompute=True)[1] - one()[1]).max() <= 1e-14


def test_half_a_batch_against_itself_is_another_gradient() -> None:
    """So the agreement above says something: contrasting only with a rank's own rows would show."""
    images, tokens = batch()
    _, expected = one()
    group = ranks.Ranks(0, 1, torch.device("cpu"), "")
    halves = []
    for rows in (slice(0, 8), slice(8, 16)):
        model = models.build("ViT-zepto-8", seed=0, dtype=torch.float64)
        Contrast(model, group).backward(images[rows], tokens[rows])
        halves.append(torch.cat([each.grad.flatten() for each in model.parameters()]).numpy())
    assert np.abs(np.mean(halves, axis=0) - expected).max() > 1e-2 * np.abs(expected).max()
