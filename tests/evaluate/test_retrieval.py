"""Hits of retrieval: against a full sort, with ties and duplicates, whatever the chunk and the precision."""

import tracemalloc

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reprolib.errors import ReproError
from reprolib.evaluate import retrieval
from reprolib.evaluate.exact import similarities
from reprolib.evaluate.retrieval import recalls

KS = (1, 3, 10)


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def pairs(seed: int, images: int, most: int, d: int = 8, alike: float = 0.0) -> tuple[np.ndarray, ...]:
    """Embeddings with from 1 to `most` captions an image, of which a share `alike` is a copy of another."""
    rng = np.random.default_rng(seed)
    own = np.repeat(np.arange(images), rng.integers(1, most + 1, images))
    image = rng.standard_normal((images, d))
    text = image[own] + rng.standard_normal((len(own), d))
    for rows in (image, text):
        copies = rng.random(len(rows)) < alike
        rows[copies] = rows[rng.integers(0, len(rows), copies.sum())]
    return unit(image), unit(text), own


def sorted_hits(image: np.ndarray, text: np.ndarray, own: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """By sorting all scores, descending and stable."""
    scores = similarities(text, image)
    images = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    texts = np.argsort(-scores.T, axis=1, kind="stable")[:, :k]
    return (images == own[:, None]).any(1), (own[texts] == np.arange(len(image))[:, None]).any(1)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32), st.integers(1, 40), st.integers(1, 6), st.sampled_from([0.0, 0.5]))
def test_hits_are_those_of_a_stable_sort(seed: int, images: int, most: int, alike: float) -> None:
    image, text, own = pairs(seed, images, most, alike=alike)
    found = recalls(image, text, own, KS, chunk=7)
    for row, k in enumerate(KS):
        by_text, by_image = sorted_hits(image, text, own, k)
        assert (found.image[row] == by_text).all()
        assert (found.text[row] == by_image).all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_hits_depend_on_neither_chunk_nor_precision(dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch) -> None:
    image, text, own = pairs(0, 150, 5, d=32, alike=0.3)
    expected = recalls(image, text, own, KS)
    monkeypatch.setattr(retrieval, "fast", lambda: dtype)
    for chunk in (1, 64, 10_000):
        found = recalls(image, text, own, KS, chunk)
        assert (found.image == expected.image).all()
        assert (found.text == expected.text).all()


def test_a_collapsed_model_is_no_better_than_chance() -> None:
    own = np.repeat(np.arange(40), 5)
    same = unit(np.ones((200, 16)))
    found = recalls(same[:40], same, own, KS)
    for row, k in enumerate(KS):
        assert found.image[row].mean() == k / 40
        assert found.text[row].mean() <= k / 40


def test_of_equal_images_the_first_is_found_first() -> None:
    image = unit(np.array([[1, 0], [1, 0], [0, 1]]))
    found = recalls(image, image, np.arange(3), (1, 2))
    assert found.image.tolist() == [[True, False, True], [True, True, True]]
    assert found.text.tolist() == [[True, False, True], [True, True, True]]


def test_one_caption_among_the_first_is_enough() -> None:
    image = unit(np.array([[1.0, 0.0], [0.0, 1.0]]))
    text = unit(np.array([[0.0, 1.0], [1.0, 0.1], [0.1, 1.0]]))
    found = recalls(image, text, np.array([0, 0, 1]), (1,))
    assert found.text.tolist() == [[True, False]]
    assert found.image.tolist() == [[False, True, True]]


@pytest.mark.parametrize("own", [[0, 0, 2], [0, 1, 3], [0, 0, 0], [0, 1, -1], [1, 0, 2], [0, 1]])
def test_captions_without_images_and_images_without_captions_are_refused(own: list[int]) -> None:
    rows = unit(np.eye(3))
    with pytest.raises(ReproError, match="image"):
        recalls(rows, rows, np.array(own))


def test_no_matrix_of_all_scores_is_kept() -> None:
    image, text, own = pairs(0, 1200, 8, d=16)
    tracemalloc.start()
    recalls(image, text, own, chunk=64)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 0.3 * 8 * len(image) * len(text)


@settings(deadline=None)
@given(st.integers(0, 2**32))
def test_scores_do_not_depend_on_the_order_of_summing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    one, other = unit(rng.standard_normal((5, 300))), unit(rng.standard_normal((5, 300)))
    order = rng.permutation(300)
    scores = similarities(one, other)
    assert (scores == similarities(one[:, order], other[:, order])).all()
    assert (scores[2:3] == similarities(one[2:3], other)).all()
    assert scores == pytest.approx(one.astype(float) @ other.astype(float).T, abs=1e-7)
