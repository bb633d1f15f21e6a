"""The command for open_clip's trainer is one that it accepts, and says what the run here does."""

import math
import shlex
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from open_clip_train import params, scheduler
from torch.distributed.run import parse_args as torchrun_arguments
from toy import run

from reprolib.train import upstream
from reprolib.train.runs import Run

SHARDS = "shards/{00000..00012}.tar"


def words(made: Run, world: int = 1, count: int = 48) -> list[str]:
    return shlex.split(upstream.command(made, shards=SHARDS, count=count, world=world))


def parsed(made: Run, world: int = 1, count: int = 48) -> Any:
    given_words = words(made, world, count)
    return params.parse_args(given_words[given_words.index("open_clip_train.main") + 1 :])


def total_steps(args: Any, world: int) -> int:
    """As open_clip's trainer reckons it."""
    batches = math.ceil(args.train_num_samples / (args.batch_size * world))
    return (batches // args.accum_freq) * args.epochs


def test_upstream_accepts_every_option_and_reads_what_was_meant() -> None:
    args = parsed(run(steps=40, seed=3, warmup=0.25, crop=0.9, weight_decay=0.1), world=2)
    assert (args.train_data, args.batch_size, args.seed, args.warmup) == (SHARDS, 8, 3, 10)
    assert (args.lr, args.beta1, args.beta2, args.eps, args.wd) == (1e-3, 0.9, 0.98, 1e-6, 0.1)
    assert args.aug_cfg == {"scale": (0.9, 1.0)}
    assert args.local_loss
    assert args.gather_with_grad
    assert (args.precision, args.lr_scheduler, args.opt) == ("fp32", "cosine", "adamw")
    assert [args.grad_checkpointing, args.torchcompile, args.dataset_resampled] == [False] * 3


def test_what_saves_memory_or_time_is_passed_on() -> None:
    args = parsed(run(precision="bf16", accumulate=2, recompute=True, compile=True), world=2)
    assert (args.precision, args.accum_freq, args.batch_size) == ("amp_bf16", 2, 4)
    assert args.grad_checkpointing
    assert args.torchcompile


@pytest.mark.parametrize("world", [1, 2, 8])
def test_the_launcher_takes_its_own_options_and_leaves_the_trainers(world: int) -> None:
    launcher, *rest = words(run(), world)
    if world == 1:
        assert [launcher, *rest[:2]] == ["python", "-m", "open_clip_train.main"]
    else:
        args = torchrun_arguments(rest)
        assert (launcher, args.nproc_per_node, args.training_script) == ("torchrun", str(world), "open_clip_train.main")
        assert args.training_script_args[0] == "--name"


@given(
    steps=st.integers(2, 5_000),
    count=st.integers(1, 10**6),
    world=st.sampled_from([1, 2, 4]),
    accumulate=st.sampled_from([1, 2, 4]),
    schedule=st.sampled_from(["cosine", "constant-cooldown"]),
)
def test_the_epochs_make_up_the_steps_exactly(
    steps: int, count: int, world: int, accumulate: int, schedule: str
) -> None:
    args = parsed(run(steps, accumulate=accumulate, schedule=schedule), world, count)
    assert total_steps(args, world) == steps
    if schedule == "constant-cooldown":
        assert (args.train_num_samples // 16) * args.epochs_cooldown == round(0.25 * steps)


def test_an_epoch_is_a_pass_over_the_data_where_the_steps_allow_it() -> None:
    args = parsed(run(steps=40), count=160)
    assert (args.train_num_samples, args.epochs) == (160, 4)


def test_the_learning_rate_of_a_cosine_is_upstreams_at_every_step() -> None:
    made = run(steps=40, warmup=0.25)
    args = parsed(made)
    other = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))])
    rate = scheduler.cosine_lr(other, args.lr, args.warmup, total_steps(args, 1))
    assert [made.schedule.at(step) for step in range(40)] == pytest.approx(
        [rate(step) for step in range(40)], rel=1e-12
    )


@pytest.mark.parametrize(
    ("model", "named"),
    [
        ("ViT-B-32", "ViT-B-32"),
        ("ViT-zepto-8", "local-dir:ViT-zepto-8"),
        ("mine/ViT-x-8.json", "local-dir:ViT-x-8"),
    ],
)
def test_a_model_that_upstream_does_not_know_is_named_as_an_exported_folder(model: str, named: str) -> None:
    made = run()
    other = Run(made.name, model, made.data, made.budget, made.samples, made.seed, True, made.recipe, made.least)
    args = parsed(other)
    assert args.model == named
    assert args.dataset_resampled
