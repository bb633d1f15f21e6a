"""Ranks, ties and classes that are not there."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprolib.evaluate import metrics


def brute_force(scores: np.ndarray, targets: np.ndarray) -> list[int]:
    return [
        sorted(range(scores.shape[1]), key=lambda c, row=row: (-row[c], c)).index(target)
        for row, target in zip(scores, targets, strict=True)
    ]


@given(st.integers(0, 2**32), st.integers(1, 9), st.integers(1, 30))
def test_ranks_are_those_of_a_stable_sort(seed: int, classes: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    scores, targets = rng.integers(0, 4, (n, classes)).astype(float), rng.integers(0, classes, n)
    assert metrics.ranks(scores, targets).tolist() == brute_force(scores, targets)


def test_a_collapsed_model_is_no_better_than_one_guess() -> None:
    targets = np.arange(100) % 10
    scores = np.full((100, 10), 0.3)
    for k in range(1, 11):
        assert metrics.top_k(scores, targets, k).mean() == k / 10
    assert metrics.mean_per_class_recall(metrics.top_k(scores, targets, 1), targets) == pytest.approx(0.1)


def test_a_model_that_gives_no_numbers_is_right_about_nothing() -> None:
    targets = np.arange(10)
    assert not metrics.top_k(np.full((10, 10), np.nan), targets, 9).any()
    assert metrics.ranks(np.array([[np.nan, 0.0, 1.0]]), np.array([2])).tolist() == [1]


def test_a_top_5_of_fewer_than_five_classes_is_undefined() -> None:
    rank = np.array([0, 1, 3])
    assert metrics.accuracy(rank, 4, 1) == pytest.approx(1 / 3)
    assert metrics.accuracy(rank, 4, 5) is None
    assert metrics.accuracy(rank, 5, 5) == 1


def test_a_class_without_samples_has_no_recall() -> None:
    targets = np.array([0, 0, 0, 2])
    hits = np.array([True, True, False, False])
    assert metrics.mean_per_class_recall(hits, targets) == pytest.approx((2 / 3 + 0) / 2)


def test_average_precision_is_the_mean_precision_down_to_each_positive() -> None:
    scores = np.array([0.9, 0.8, 0.7, 0.6])
    assert metrics.average_precision(scores, np.array([True, False, True, False])) == pytest.approx((1 + 2 / 3) / 2)
    assert metrics.average_precision(scores, np.zeros(4, bool)) == 0


def test_average_precision_of_equal_scores_is_the_share_of_positives_in_any_order() -> None:
    first = np.arange(20) < 4
    for positives in (first, first[::-1]):
        assert metrics.average_precision(np.zeros(20), positives) == pytest.approx(0.2)


@given(st.integers(0, 2**32))
def test_a_sample_that_counts_twice_counts_as_two(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores, positives, times = rng.integers(0, 5, 12), rng.random(12) < 0.5, rng.integers(0, 3, 12)
    spread = metrics.average_precision(np.repeat(scores, times), np.repeat(positives, times)) if times.any() else 0
    assert metrics.average_precision(scores, positives, times) == pytest.approx(spread)
