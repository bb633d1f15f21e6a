"""Compute is counted as the paper counts it, down to the printed digit."""

import csv
from itertools import pairwise

import pytest
import torch

from reprolib.errors import ReproError
from reprolib.paths import Tree
from reprolib.train import macs, models

GIANT = {"ViT-G-14": "ViT-bigG-14"}
"""open_clip's name for the paper's."""
TABLE_25 = ["ViT-B-32", "ViT-B-16", "ViT-L-14", "ViT-H-14", "ViT-g-14", "ViT-G-14"]
OTHERS = ["ViT-S-32", "ViT-M-16-alt", "ViT-B-16-plus-240", "ViT-L-14-336", "ViT-e-14", "RN50", "RN101", "RN50x16"]
PRINTED = 0.0101
"""Two decimals, of which the last is rounded down at times."""


@pytest.fixture(scope="module")
def published(repository: Tree) -> dict[str, dict[str, str]]:
    with (repository.published / "architectures.csv").open() as stream:
        return {row["model"]: row for row in csv.DictReader(stream)}


@pytest.mark.parametrize("name", TABLE_25 + OTHERS)
def test_both_towers_cost_what_table_25_and_its_source_print(published: dict[str, dict[str, str]], name: str) -> None:
    counted, row = macs.architecture(GIANT.get(name, name)), published[name]
    for prefix, tower in (("", counted.total), ("image_", counted.image), ("text_", counted.text)):
        assert tower.macs / 1e9 == pytest.approx(float(row[f"{prefix}gmacs"]), abs=PRINTED)
        assert tower.activations / 1e6 == pytest.approx(float(row[f"{prefix}macts"]), abs=PRINTED)
        assert tower.parameters / 1e6 == pytest.approx(float(row[f"{prefix}mparams"]), abs=PRINTED)


def test_the_compute_of_a_model_is_the_sum_of_its_towers_in_gmacs(published: dict[str, dict[str, str]]) -> None:
    cost = macs.macs("ViT-B-32")
    assert cost.total == cost.image + cost.text
    assert cost.total == pytest.approx(float(published["ViT-B-32"]["gmacs"]), rel=0.005)


def test_the_count_of_a_small_tower_is_the_one_made_by_hand() -> None:
    """ViT-zepto-8: width 32, 17 patches and class token, three layers; embedding 64."""
    width, tokens, layers, patch, embed = 32, 17, 3, 3 * 8 * 8, 64
    dense = 12 * width**2 * tokens
    attention = 2 * tokens**2 * width
    norms = 5 * width * ((2 * layers + 1) * tokens + 17)
    by_hand = patch * width * (tokens - 1) + layers * (dense + attention) + norms + width * embed
    assert macs.architecture("ViT-zepto-8").image.macs == by_hand


def test_counting_takes_no_memory_and_leaves_the_random_state_alone() -> None:
    before = torch.get_rng_state()
    macs.architecture.cache_clear()
    macs.macs("ViT-bigG-14")
    assert torch.equal(torch.get_rng_state(), before)


def test_the_cost_of_an_unknown_model_is_one_sentence() -> None:
    with pytest.raises(ReproError, match="there is no model 'ViT-Q-1'"):
        macs.macs("ViT-Q-1")


def test_utilisation_of_the_papers_runs_is_the_share_of_an_a100_that_they_used() -> None:
    """ViT-H/14 at 42 samples a second and GPU."""
    assert macs.mfu(190.97, 42, 312e12) == pytest.approx(0.154, abs=0.0005)


def test_energy_is_reckoned_as_in_table_18(repository: Tree) -> None:
    """ViT-B/32 on LAION-80M for 3B samples: 836 GPU hours, 0.29 MWh."""
    assert macs.energy_kwh(836, 350) / 1000 == pytest.approx(0.29, abs=0.005)


@pytest.mark.parametrize(
    ("cuda_name", "tera"),
    [
        ("NVIDIA A100-SXM4-40GB", 312),
        ("NVIDIA H100 80GB HBM3", 989),
        ("NVIDIA H100 PCIe", 756),
        ("NVIDIA H100 NVL", 835),
        ("NVIDIA H200", 989),
        ("Tesla V100-SXM2-16GB", 125),
    ],
)
def test_a_listed_gpu_is_found_by_the_name_that_cuda_gives(cuda_name: str, tera: float) -> None:
    found = macs._listed(cuda_name)
    assert found is not None
    assert found.flops == tera * 1e12
    assert "data sheet" in found.source


def test_an_unlisted_gpu_is_not_taken_for_another() -> None:
    assert macs._listed("NVIDIA A10G") is None


def test_the_peak_of_a_cpu_is_measured_and_says_so() -> None:
    found = macs.peak(torch.device("cpu"))
    assert found.source.startswith("measured")
    assert found.watts == macs.WATTS_PER_CORE * torch.get_num_threads()
    assert found.flops > 1e9


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_the_peak_of_a_gpu_is_not_below_what_a_product_of_matrices_reaches() -> None:
    device = torch.device("cuda")
    assert macs.peak(device).flops > 0.95 * macs._measured(device, torch.bfloat16, 8192)


def test_the_ladder_rises_in_compute_and_its_image_tower_costs_more() -> None:
    """As in the paper, from B/32 (a text tower of two thirds of the image tower's cost) to G/14 (a tenth)."""
    ladder = [macs.macs(f"ViT-{size}-8") for size in ("zepto", "atto", "femto", "pico", "nano")]
    assert {path.stem for path in models.CONFIGS.glob("*.json")} == {
        f"ViT-{size}-8" for size in ("zepto", "atto", "femto", "pico", "nano")
    }
    assert all(1.5 < larger.total / smaller.total < 4 for smaller, larger in pairwise(ladder))
    assert all(0.05 < cost.text / cost.image < 1 for cost in ladder)
