"""What a reader calls things."""

import pytest

from reprolib import names


@pytest.mark.parametrize(
    ("model", "shown"),
    [
        ("ViT-B-32", "ViT-B/32"),
        ("ViT-G-14", "ViT-G/14"),
        ("ViT-B-16-plus-240", "ViT-B/16-plus-240"),
        ("RN50x4", "RN50x4"),
        ("Tower-1", "Tower-1"),
    ],
)
def test_models_are_named_as_the_paper_prints_them(model: str, shown: str) -> None:
    assert names.model(model) == shown


@pytest.mark.parametrize(
    ("run", "shown"),
    [
        ("Model-B-32_Data-80M_Samples-3B_lr-5e-4_bs-32k", "ViT-B/32, LAION-80M, 3B"),
        ("ViT-L-14_openai", "ViT-L/14 (OpenAI)"),
        ("ViT-B-32_laion2b_e16", "ViT-B/32 (laion2b_e16)"),
        ("ViT-zepto-8_10k-apart_14k", "ViT-zepto/8, 10k-apart, 14k"),
        ("ViT-atto-8_10k_14k_batch128", "ViT-atto/8, 10k, 14k, batch128"),
    ],
)
def test_runs_are_named_by_what_was_trained(run: str, shown: str) -> None:
    assert names.run(run) == shown


def test_a_data_set_without_a_name_of_its_own_keeps_its_id() -> None:
    assert (names.dataset("vtab/cifar100"), names.dataset("my-set")) == ("CIFAR-100", "my-set")
    assert names.dataset("vtab/colour") == names.dataset("colour") == "colour"
