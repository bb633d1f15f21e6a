"""A model in parts over the ranks trains what a whole one does, and its checkpoints do not tell."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from several import on
from test_gradients import BATCH, batch, one
from toy import BATCH as TOY_BATCH
from toy import STEPS, run, train

from reprolib.train import checkpoints, loop, models, ranks, sharding
from reprolib.train.gradients import Contrast
from reprolib.train.ranks import Ranks


def parted_gradient(group: Ranks, accumulate: int, recompute: bool) -> tuple[float, np.ndarray, float, int]:
    """Loss, the whole gradient and its norm in double precision, and how many weights this rank holds."""
    model = models.build("ViT-zepto-8", seed=0, dtype=torch.float64)
    model.set_grad_checkpointing(recompute)
    parallel = ranks.wrapped(model, group, shard=True)
    share = BATCH // group.world
    mine = slice(group.rank * share, (group.rank + 1) * share)
    loss = Contrast(parallel, group, accumulate=accumulate).backward(*(each[mine] for each in batch()))
    slopes = [each.grad for each in model.parameters()]
    whole = torch.cat([sharding.whole(each).flatten() for each in slopes])
    held = sum(getattr(each, "to_local", lambda each=each: each)().numel() for each in model.parameters())
    return (group.total(loss) / group.world).item(), whole.numpy(), sharding.norm(slopes), held


@pytest.mark.parametrize(("accumulate", "recompute"), [(1, False), (2, True)])
def test_a_parted_model_has_the_gradient_of_a_whole_one(accumulate: int, recompute: bool) -> None:
    loss, expected = one()
    for found, slopes, norm, held in on(2, parted_gradient, accumulate, recompute):
        assert found == pytest.approx(loss, rel=1e-12)
        assert np.abs(slopes - expected).max() <= 1e-10 * np.abs(expected).max()
        assert norm == pytest.approx(np.linalg.norm(expected), rel=1e-12)
        assert held <= len(expected) / 2 + 100


def of_ranks(group: Ranks, folder: Path, settings: dict[str, Any]) -> None:
    train(group, folder, run(**settings))


def test_a_parted_run_ends_where_a_whole_one_does_and_its_weights_load_anywhere(tmp_path: Path) -> None:
    on(2, of_ranks, tmp_path / "whole", {})
    on(2, of_ranks, tmp_path / "parted", {"shard": True})
    name = checkpoints.name_of(STEPS * TOY_BATCH)
    found = []
    for kind in ("whole", "parted"):
        model = models.build("ViT-zepto-8", seed=1)
        checkpoints.load_weights(tmp_path / kind / name, model)
        found.append(model.state_dict())
    for key, value in found[0].items():
        assert torch.allclose(value, found[1][key], atol=2e-4), key


def stopped_and_resumed(group: Ranks, folder: Path) -> bool:
    """Train to the end, with the state of the middle kept aside; put it back, as if killed there. Same bits?"""
    keep = loop.Course.keep

    def aside(course: loop.Course, name: str, step: int, clock: loop.Clock) -> None:
        keep(course, name, step, clock)
        if step == STEPS // 2:
            keep(course, "kept.safetensors", step, clock)

    loop.Course.keep = aside  # type: ignore[method-assign] # in a process of its own
    made = run(shard=True)
    train(group, folder, made)
    end = folder / checkpoints.name_of(made.seen)
    first = end.read_bytes()
    group.wait()
    if group.first:
        (folder / "kept.safetensors").rename(folder / loop.STATE)
        end.unlink()
        (folder / loop.DONE).unlink()
    group.wait()
    done = train(group, folder, made)
    return done["attempts"] == 2 and end.read_bytes() == first


def test_a_parted_run_goes_on_from_its_state_to_the_same_bits(tmp_path: Path) -> None:
    assert all(on(2, stopped_and_resumed, tmp_path))
