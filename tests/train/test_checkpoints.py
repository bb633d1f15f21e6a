"""Weights travel to open_clip and back; a state gives a run back to the bit; damage is seen."""

import itertools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import open_clip
import pytest
import safetensors.torch
import torch
from hypothesis import given
from hypothesis import strategies as st
from toy import run

from reprolib.errors import ReproError
from reprolib.train import checkpoints, models, optimiser
from reprolib.train.checkpoints import log_spaced

NAME = "ViT-zepto-8"
IDENTITY = {"model": NAME, "recipe": {"betas": (0.9, 0.98), "global_batch": 8}}


def learner(seed: int) -> tuple[open_clip.CLIP, torch.optim.AdamW]:
    model = models.build(NAME, seed=seed)
    return model, optimiser.adamw(model, run().recipe)


def step(model: open_clip.CLIP, moments: torch.optim.AdamW, number: int) -> None:
    generator = torch.Generator().manual_seed(number)
    images = torch.randn(8, 3, 32, 32, generator=generator)
    tokens = torch.randint(0, 49_408, (8, 16), generator=generator)
    moments.zero_grad()
    (model.encode_image(images) * model.encode_text(tokens) * model.logit_scale).sum().backward()
    moments.step()


def bits(model: torch.nn.Module) -> dict[str, bytes]:
    return {name: value.numpy().tobytes() for name, value in model.state_dict().items()}


def moments_bits(moments: torch.optim.AdamW) -> list[dict[str, bytes]]:
    return [{key: each.numpy().tobytes() for key, each in moments.state[p].items()} for p in moments.state]


def tiny() -> tuple[torch.nn.Linear, torch.optim.AdamW]:
    torch.manual_seed(0)
    model = torch.nn.Linear(2, 1)
    moments = torch.optim.AdamW(model.parameters(), fused=True)
    model(torch.ones(1, 2)).sum().backward()
    moments.step()
    return model, moments


@pytest.fixture(scope="module")
def state_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tiny") / "state.safetensors"
    checkpoints.save_state(path, *tiny(), identity={"seed": 0}, meta={"step": 1})
    return path


def test_weights_load_in_plain_open_clip(tmp_path: Path) -> None:
    model = models.build(NAME, seed=1)
    path = tmp_path / checkpoints.name_of(45_056)
    checkpoints.save_weights(path, model)
    assert bits(open_clip.create_model(NAME, pretrained=str(path))) == bits(model)


def test_an_exported_folder_needs_nothing_of_this_project_to_load(tmp_path: Path) -> None:
    model = models.build(NAME, seed=1)
    checkpoints.export(tmp_path / "out", NAME, model)
    script = (
        "import sys, open_clip\n"
        f"model = open_clip.create_model('local-dir:{tmp_path / 'out'}')\n"
        f"tokens = open_clip.get_tokenizer('local-dir:{tmp_path / 'out'}')(['a cat'])\n"
        "assert 'reprolib' not in sys.modules\n"
        "print(tokens.shape[1], model.visual.proj.double().sum().item())\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path)
    context, total = done.stdout.split()
    assert int(context) == 16
    assert float(total) == model.visual.proj.double().sum().item()


@pytest.mark.parametrize("prefix", ["", "module.", "_orig_mod.module."])
@pytest.mark.parametrize("nested", [True, False])
def test_checkpoints_of_open_clips_trainer_load_here(tmp_path: Path, prefix: str, nested: bool) -> None:
    model, moments = learner(1)
    weights = {prefix + name: value for name, value in model.state_dict().items()}
    trained = {"epoch": 3, "name": "x", "state_dict": weights, "optimizer": moments.state_dict()}
    torch.save(trained if nested else weights, tmp_path / "epoch_3.pt")
    other = models.build(NAME, seed=2)
    checkpoints.load_weights(tmp_path / "epoch_3.pt", other)
    assert bits(other) == bits(model)


def test_safetensors_of_others_load_here(tmp_path: Path) -> None:
    model = models.build(NAME, seed=1)
    safetensors.torch.save_file(model.state_dict(), tmp_path / "a.safetensors", {"format": "pt"})
    other = models.build(NAME, seed=2)
    checkpoints.load_weights(tmp_path / "a.safetensors", other)
    assert bits(other) == bits(model)


def test_a_checkpoint_that_would_run_code_is_refused_and_runs_none(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "ran",))

    torch.save({"state_dict": {"a": Trap()}}, tmp_path / "trap.pt")
    with pytest.raises(ReproError, match=r"trap.pt should hold a dictionary of weights and nothing that runs code"):
        checkpoints.load_weights(tmp_path / "trap.pt", torch.nn.Linear(1, 1))
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("content", [b"", b"junk", [1, 2], {"state_dict": 3}, {"weight": "text"}])
def test_a_file_that_holds_no_weights_is_one_sentence(tmp_path: Path, content: Any) -> None:
    path = tmp_path / "a.pt"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        torch.save(content, path)
    with pytest.raises(ReproError, match=r"a.pt should hold a dictionary of weights"):
        checkpoints.load_weights(path, torch.nn.Linear(1, 1))


def test_the_weights_of_another_model_are_refused_by_name_and_leave_the_model_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    checkpoints.save_weights(path, models.build(NAME, seed=0))
    wider = models.build("ViT-atto-8", seed=0)
    before = bits(wider)
    with pytest.raises(ReproError, match=r"weights of another model: it has '.*' of shape .* instead of .* more\)"):
        checkpoints.load_weights(path, wider)
    with pytest.raises(ReproError, match=r"it lacks 'weight'"):
        checkpoints.load_weights(path, torch.nn.Linear(1, 1, bias=False))
    assert bits(wider) == before


def test_a_run_that_goes_on_from_a_state_ends_with_the_same_bits(tmp_path: Path) -> None:
    model, moments = learner(1)
    for number in range(3):
        step(model, moments, number)
    path = tmp_path / "state.safetensors"
    checkpoints.save_state(path, model, moments, identity=IDENTITY, meta={"step": 3, "loss": 0.1})
    again, again_moments = learner(2)
    meta = checkpoints.load_state(path, again, again_moments, identity=IDENTITY)
    assert meta == {"step": 3, "loss": 0.1}
    assert bits(again) == bits(model)
    assert moments_bits(again_moments) == moments_bits(moments)
    for number in range(3, 6):
        step(model, moments, number)
        step(again, again_moments, number)
    assert bits(again) == bits(model)
    assert moments_bits(again_moments) == moments_bits(moments)


def test_a_state_from_before_the_first_step_begins_the_run(tmp_path: Path) -> None:
    model, moments = learner(1)
    path = tmp_path / "state.safetensors"
    checkpoints.save_state(path, model, moments, identity=IDENTITY, meta={"step": 0})
    again, again_moments = learner(2)
    checkpoints.load_state(path, again, again_moments, identity=IDENTITY)
    step(model, moments, 0)
    step(again, again_moments, 0)
    assert bits(again) == bits(model)


def test_a_state_keeps_the_settings_of_the_optimiser_that_it_is_loaded_into(state_file: Path) -> None:
    model, moments = tiny()
    moments.param_groups[0]["lr"] = 0.25
    checkpoints.load_state(state_file, model, moments, identity={"seed": 0})
    assert moments.param_groups[0]["lr"] == 0.25
    assert moments.param_groups[0]["fused"] is True


def test_the_same_state_makes_the_same_file(tmp_path: Path, state_file: Path) -> None:
    checkpoints.save_state(tmp_path / "b", *tiny(), identity={"seed": 0}, meta={"step": 1})
    assert (tmp_path / "b").read_bytes() == state_file.read_bytes()


def test_the_state_of_another_run_is_refused_and_the_setting_that_differs_named(state_file: Path) -> None:
    with pytest.raises(ReproError, match=r"state of another run: seed is 0 there and 1 now; set it back.* --restart"):
        checkpoints.load_state(state_file, *tiny(), identity={"seed": 1})
    with pytest.raises(ReproError, match=r"state of another run: model is absent there and x now"):
        checkpoints.load_state(state_file, *tiny(), identity={"seed": 0, "model": "x"})


def test_weights_are_no_state(tmp_path: Path) -> None:
    model, moments = tiny()
    checkpoints.save_weights(tmp_path / "a", model)
    with pytest.raises(ReproError, match="should hold the state of a run, but holds none"):
        checkpoints.load_state(tmp_path / "a", model, moments, identity={})


@given(data=st.data())
def test_a_state_with_any_bit_changed_is_refused(
    tmp_path_factory: pytest.TempPathFactory, state_file: Path, data: st.DataObject
) -> None:
    content = bytearray(state_file.read_bytes())
    at = data.draw(st.integers(0, 8 * len(content) - 1))
    content[at // 8] ^= 1 << at % 8
    damaged = tmp_path_factory.mktemp("damaged") / "state.safetensors"
    damaged.write_bytes(content)
    with pytest.raises(ReproError, match=r"state.safetensors"):
        checkpoints.load_state(damaged, *tiny(), identity={"seed": 0})


@given(data=st.data())
def test_a_state_cut_short_anywhere_is_refused(
    tmp_path_factory: pytest.TempPathFactory, state_file: Path, data: st.DataObject
) -> None:
    content = state_file.read_bytes()
    damaged = tmp_path_factory.mktemp("cut") / "state.safetensors"
    damaged.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    with pytest.raises(ReproError, match=r"state.safetensors was cut short or altered"):
        checkpoints.load_state(damaged, *tiny(), identity={"seed": 0})


def test_altered_weights_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    checkpoints.save_weights(path, tiny()[0])
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ReproError, match=r"a.safetensors was altered after it was written"):
        checkpoints.load_weights(path, tiny()[0])


def test_a_missing_checkpoint_is_one_sentence(tmp_path: Path) -> None:
    for name in ("a.safetensors", "a.pt"):
        with pytest.raises(ReproError, match=f"cannot read .*{name}: No such file"):
            checkpoints.load_weights(tmp_path / name, torch.nn.Linear(1, 1))


def test_the_header_is_json_that_any_reader_of_safetensors_sees(state_file: Path) -> None:
    with safetensors.safe_open(state_file, "pt") as opened:
        header = json.loads(opened.metadata()["reprolib"])
        names = set(opened.keys())
    assert header["identity"] == {"seed": 0}
    assert {"weights/weight", "exp_avg/weight", "exp_avg_sq/bias", "step/bias"} <= names


def test_names_sort_as_their_samples() -> None:
    samples = [999, 1_000, 45_056, 34_000_000_000]
    assert sorted(map(checkpoints.name_of, reversed(samples))) == [checkpoints.name_of(each) for each in samples]


@given(first=st.integers(1, 10**6), per_decade=st.integers(1, 20), budgets=st.lists(st.integers(1, 10**11), min_size=2))
def test_marks_rise_from_the_first_to_the_budget_at_most_a_step_apart_and_are_shared_between_budgets(
    first: int, per_decade: int, budgets: list[int]
) -> None:
    small, large = min(budgets), max(budgets)
    marks = log_spaced(large, per_decade, first)
    assert marks == sorted(set(marks))
    assert marks[0] == min(first, large)
    assert marks[-1] == large
    assert all(b <= a * 10 ** (1 / per_decade) + 2 for a, b in itertools.pairwise(marks))
    assert set(log_spaced(small, per_decade, first)) - {small} <= set(marks)


def test_three_marks_a_decade_are_where_one_expects_them() -> None:
    assert log_spaced(20_000, 3, 1_000) == [1_000, 2_154, 4_642, 10_000, 20_000]
