"""Held-out numbers: those of the definitions, whatever the number of ranks."""

from typing import Any

import numpy as np
import pytest
import torch
from several import on
from toy import ALONE, pairs

from reprolib.shards.loader import Loader
from reprolib.train import models
from reprolib.train.ranks import Ranks
from reprolib.train.validation import validate

COUNT = 37


class Known(torch.nn.Module):
    """A model whose features are given: image i has row i of the first table, caption i of the second."""

    def __init__(self, image: torch.Tensor, text: torch.Tensor) -> None:
        super().__init__()
        self.image, self.text = image, text

    def forward(self, images: torch.Tensor, tokens: torch.Tensor) -> Any:
        return self.image[images.long()], self.text[tokens.long()], torch.tensor(10.0)


def numbers(image: torch.Tensor, text: torch.Tensor) -> dict[str, float]:
    rows = torch.arange(len(image))
    return validate(Known(image, text), rows, rows, ALONE)


def test_recalls_are_those_of_sorting() -> None:
    image, text = torch.randn(2, COUNT, 8, generator=torch.Generator().manual_seed(0))
    near = (image @ text.T).numpy()
    found = numbers(image, text)
    for k in (1, 5):
        by_text = np.argsort(-near, axis=0)[:k]
        assert found[f"image_retrieval_recall@{k}"] == np.mean([i in by_text[:, i] for i in range(COUNT)])
        by_image = np.argsort(-near, axis=1)[:, :k]
        assert found[f"text_retrieval_recall@{k}"] == np.mean([i in by_image[i] for i in range(COUNT)])


def test_a_model_that_gives_everything_the_same_features_finds_nothing() -> None:
    found = numbers(torch.ones(COUNT, 8), torch.ones(COUNT, 8))
    assert found["image_retrieval_recall@5"] == found["text_retrieval_recall@5"] == 0.0
    assert found["loss"] == pytest.approx(np.log(COUNT), rel=1e-6)


def test_pairs_that_match_alone_are_all_found() -> None:
    found = numbers(torch.eye(COUNT), torch.eye(COUNT))
    assert found["image_retrieval_recall@1"] == found["text_retrieval_recall@1"] == 1.0


def of_ranks(group: Ranks) -> dict[str, float]:
    images, tokens = pairs(COUNT)
    model = models.build("ViT-zepto-8", seed=0)
    model.train()
    found = validate(model, *Loader(images, tokens, None, seed=0, global_batch=1).all(), group)
    assert model.training
    return found


def test_ranks_change_no_number() -> None:
    alone = of_ranks(ALONE)
    for found in on(2, of_ranks):
        assert found == pytest.approx(alone, rel=1e-5)
