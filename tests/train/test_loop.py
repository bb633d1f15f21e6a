"""Runs are the same twice, whatever kills them on the way; checkpoints come where they should; a bad run stops."""

import json
import os
import shutil
import signal
import time
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from safetensors.torch import load_file
from several import on, queue, start
from toy import ALONE, BATCH, STEPS, pairs, run, train

from reprolib.errors import ReproError
from reprolib.train import checkpoints, journal, loop
from reprolib.train.guard import DivergedError
from reprolib.train.ranks import Ranks


def weights(folder: Path, samples: int = STEPS * BATCH) -> bytes:
    return (folder / checkpoints.name_of(samples)).read_bytes()


def of_ranks(group: Ranks, folder: Path) -> None:
    train(group, folder, run())


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("two-ranks")
    on(2, of_ranks, folder)
    return folder


def test_the_same_seed_gives_the_same_bits_twice_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        train(ALONE, tmp_path / name, run(seed=seed))
    assert weights(tmp_path / "a") == weights(tmp_path / "b")
    assert weights(tmp_path / "a") != weights(tmp_path / "c")


@pytest.mark.parametrize("step", [0, 4, 10])
def test_killed_at_any_step_and_started_again_two_ranks_end_with_the_same_bits(
    tmp_path: Path, uninterrupted: Path, step: int
) -> None:
    """SIGKILL to both ranks as soon as that step is in the journal."""
    answers = queue()
    ranks = start(2, of_ranks, tmp_path, answers=answers)
    while len(journal.read(tmp_path)) <= step and any(each.is_alive() for each in ranks):
        time.sleep(0.001)
    for each in ranks:
        if each.pid is not None and each.is_alive():
            os.kill(each.pid, signal.SIGKILL)
        each.join()
    on(2, of_ranks, tmp_path)
    assert weights(tmp_path) == weights(uninterrupted)
    assert [each["step"] for each in journal.read(tmp_path)] == list(range(STEPS))
    one, other = journal.read(tmp_path), journal.read(uninterrupted)
    assert [each["loss"] for each in one] == [each["loss"] for each in other]


def test_two_ranks_train_what_one_does(tmp_path: Path, uninterrupted: Path) -> None:
    """Not to the bit: sums are taken in another order."""
    train(ALONE, tmp_path, run())
    one = load_file(tmp_path / checkpoints.name_of(STEPS * BATCH))
    two = load_file(uninterrupted / checkpoints.name_of(STEPS * BATCH))
    for name, value in one.items():
        assert torch.allclose(value, two[name], atol=2e-4), name


def test_a_longer_budget_goes_on_from_the_trunk_as_if_it_had_trained_alone(tmp_path: Path) -> None:
    settings = {"schedule": "constant-cooldown"}
    train(ALONE, tmp_path / "short", run(8, **settings))
    train(ALONE, tmp_path / "branch", run(16, **settings), start=tmp_path / "short" / loop.TRUNK)
    train(ALONE, tmp_path / "alone", run(16, **settings))
    assert weights(tmp_path / "branch", 16 * BATCH) == weights(tmp_path / "alone", 16 * BATCH)
    assert journal.read(tmp_path / "branch")[0]["step"] == 6  # a quarter of 8 steps is the short one's cooldown


def test_checkpoints_are_log_spaced_in_samples_and_open_clip_loads_them(tmp_path: Path) -> None:
    done = train(ALONE, tmp_path, run(40))
    found = sorted(int(path.stem.split("-")[1]) for path in tmp_path.glob("samples-*.safetensors"))
    assert found == [each["samples_seen"] for each in done["at"]] == [64, 144, 304, 640]
    model = open_clip.create_model("ViT-zepto-8", pretrained=str(tmp_path / checkpoints.name_of(640)))
    kept = load_file(tmp_path / checkpoints.name_of(640))
    assert all(torch.equal(value, kept[name]) for name, value in model.state_dict().items())


def test_a_run_learns_and_says_what_it_cost(tmp_path: Path) -> None:
    done = train(ALONE, tmp_path, run(60))
    steps = journal.read(tmp_path)
    assert np.mean([each["loss"] for each in steps[-5:]]) < 0.7 * np.mean([each["loss"] for each in steps[:5]])
    assert done["samples_seen"] == 60 * BATCH
    assert 0 < done["waiting_s"] < done["training_s"]
    kept = [json.loads((tmp_path / name).read_text()) for name in (loop.DONE, loop.RESOURCES)]
    assert kept[0] | kept[1] == done
    assert not (tmp_path / loop.STATE).exists()


def test_a_diverging_run_stops_with_a_sentence_and_a_state_that_loads(tmp_path: Path) -> None:
    wild = run(STEPS, learning_rate=1e30, warmup=0.0)
    with pytest.raises(DivergedError, match=r"^run 'toy' stopped before step \d+ "):
        train(ALONE, tmp_path, wild)
    kept = load_file(tmp_path / loop.STATE)
    assert len(kept) > 0
    assert not (tmp_path / loop.DONE).exists()


def test_a_state_of_other_settings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DivergedError):
        train(ALONE, tmp_path, run(STEPS, learning_rate=1e30, warmup=0.0))
    with pytest.raises(
        ReproError, match=r"state\.safetensors is the state of another run: recipe\.learning_rate is 1e\+30"
    ):
        train(ALONE, tmp_path, run())


def test_bfloat16_learns_what_float32_does_and_keeps_weights_in_float32(tmp_path: Path) -> None:
    for precision in ("fp32", "bf16"):
        train(ALONE, tmp_path / precision, run(precision=precision))
    one, other = (
        np.array([each["loss"] for each in journal.read(tmp_path / precision)]) for precision in ("fp32", "bf16")
    )
    assert 0 < np.abs(one - other).max() < 0.05
    assert other[-1] < other[0]
    saved = load_file(tmp_path / "bf16" / checkpoints.name_of(STEPS * BATCH))
    assert {value.dtype for value in saved.values()} == {torch.float32}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor")  # from inside the compiler
@pytest.mark.filterwarnings("ignore:Guards may run slower on Python 3.13.0:RuntimeWarning")  # slower, not wrong
@pytest.mark.skipif(shutil.which("g++") is None, reason="TorchInductor needs a C++ compiler")
def test_compiled_blocks_leave_the_gradient_as_it_is(tmp_path: Path) -> None:
    images, tokens = pairs()
    batch = torch.from_numpy(images).permute(0, 3, 1, 2) / 255, torch.from_numpy(tokens).long()
    found = []
    for compiled in (False, True):
        course = loop.Course(run(compile=compiled), tmp_path, ALONE, {})
        course.contrast.backward(*batch)
        found.append(torch.cat([each.grad.flatten() for each in course.model.parameters()]))
    assert (found[0] - found[1]).abs().max() < 1e-5 * found[0].abs().max()
