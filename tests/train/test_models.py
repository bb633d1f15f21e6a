"""Models come from a name and a seed alone, and a name that is wrong is told in one sentence."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import open_clip
import pytest
import torch

from reprolib.errors import ReproError
from reprolib.train import models

LADDER = ["ViT-zepto-8", "ViT-atto-8", "ViT-femto-8", "ViT-pico-8", "ViT-nano-8"]


def same(one: torch.nn.Module, other: torch.nn.Module) -> bool:
    weights = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in weights)


def write(folder: Path, name: str, config: Any) -> str:
    path = folder / f"{name}.json"
    path.write_text(json.dumps(config))
    return str(path)


def altered(tower: str, **changes: Any) -> dict[str, Any]:
    config = models.config("ViT-zepto-8")
    return {**config, tower: {**config[tower], **changes}}


def test_the_seed_alone_decides_the_weights() -> None:
    torch.manual_seed(1)
    one = models.build("ViT-zepto-8", seed=5)
    torch.manual_seed(2)
    assert same(one, models.build("ViT-zepto-8", seed=5))
    assert not same(one, models.build("ViT-zepto-8", seed=6))


def test_the_weights_are_those_that_open_clip_draws_from_the_same_seed() -> None:
    ours = models.build("ViT-zepto-8", seed=3)
    torch.manual_seed(3)
    assert same(ours, open_clip.create_model("ViT-zepto-8"))


def test_building_leaves_the_global_random_state_alone() -> None:
    before = torch.get_rng_state()
    models.build("ViT-zepto-8", seed=5)
    assert torch.equal(torch.get_rng_state(), before)


def test_weights_are_single_precision_unless_told_otherwise() -> None:
    assert models.build("ViT-zepto-8", seed=0).logit_scale.dtype == torch.float32
    assert models.build("ViT-zepto-8", seed=0, dtype=torch.float64).logit_scale.dtype == torch.float64


def test_the_largest_model_has_shapes_without_memory() -> None:
    model = models.build("ViT-bigG-14", seed=0, meta=True)
    assert {each.device.type for each in model.parameters()} == {"meta"}


@pytest.mark.parametrize("name", LADDER)
def test_every_model_of_the_ladder_embeds_images_and_captions_in_one_space(name: str) -> None:
    model = models.build(name, seed=0)
    size = models.image_size(name)
    tokens = open_clip.get_tokenizer(name)(["a black chess knight above a red umbrella"])
    image, text = model.encode_image(torch.zeros(1, 3, size, size)), model.encode_text(tokens)
    assert size == 32
    assert tokens.shape == (1, 16)
    assert image.shape == text.shape == (1, models.config(name)["embed_dim"])


def test_the_ladder_is_the_folder_of_configurations_each_step_larger_than_the_one_before() -> None:
    assert {path.stem for path in models.CONFIGS.glob("*.json")} == set(LADDER)
    sizes = [sum(p.numel() for p in models.build(name, seed=0, meta=True).parameters()) for name in LADDER]
    assert sizes == sorted(set(sizes))


def test_a_configuration_of_the_readers_own_is_a_model(tmp_path: Path) -> None:
    path = write(tmp_path, "ViT-own-16", altered("vision_cfg", patch_size=16))
    model = models.build(path, seed=0)
    assert model.visual.conv1.kernel_size == (16, 16)
    assert models.register(path) == "ViT-own-16"
    assert "ViT-own-16" in models.names()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("ViT-atto-16", "there is no model 'ViT-atto-16'; the nearest are ViT-atto-8"),
        ("nonsense", r"there is no model 'nonsense'; open_clip.list_models\(\) lists them"),
        ("coca_ViT-B-32", "the model 'coca_ViT-B-32' has a text tower of its own class"),
        ("nowhere/ViT-x.json", "cannot read nowhere/ViT-x.json"),
    ],
)
def test_a_name_that_cannot_be_built_is_one_sentence(name: str, told: str) -> None:
    with pytest.raises(ReproError, match=told):
        models.build(name, seed=0)


@pytest.mark.parametrize(
    ("stem", "config", "told"),
    [
        ("unknown-key", altered("vision_cfg", depth=3), "format, but .*'depth'"),
        ("no-text", {"embed_dim": 8, "vision_cfg": {}}, "format, but 'text_cfg' is missing"),
        ("a-list", [1], "format, but 'embed_dim' is missing"),
        ("a-number", 1, "format, but"),
        ("uneven-heads", altered("text_cfg", heads=3), "is impossible: .*divisible"),
        ("extra", {**altered("text_cfg"), "quick": True}, "is impossible: .*'quick'"),
        ("ViT-B-32", altered("text_cfg"), ".json differs from the model 'ViT-B-32' that is known already"),
    ],
)
def test_a_wrong_configuration_is_one_sentence_that_names_it(tmp_path: Path, stem: str, config: Any, told: str) -> None:
    with pytest.raises(ReproError, match=f"{stem}.*{told}"):
        models.build(write(tmp_path, stem, config), seed=0)


def test_importing_the_module_loads_neither_torch_nor_open_clip() -> None:
    script = "import sys, reprolib.train.models as m; sys.exit(any(n in sys.modules for n in ('torch', 'open_clip')))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
