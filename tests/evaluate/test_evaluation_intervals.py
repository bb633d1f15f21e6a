"""Intervals against published values, plain resampling and what is known of them."""

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from reprolib.evaluate import intervals

LEVEL = 0.95


@pytest.mark.parametrize(("hits", "n"), [(0, 10), (3, 10), (10, 10), (417, 1000)])
def test_wilson_is_that_of_statsmodels(hits: int, n: int) -> None:
    expected = proportion_confint(hits, n, alpha=1 - LEVEL, method="wilson")
    assert intervals.wilson(hits, n, LEVEL) == pytest.approx(expected, abs=1e-12)


def test_the_bootstrap_is_that_of_drawing_clusters_one_by_one() -> None:
    rng = np.random.default_rng(0)
    clusters = np.repeat(np.arange(60), rng.integers(1, 8, 60))
    values = rng.random(len(clusters)) < rng.random(60)[clusters]
    drawn = []
    for _ in range(2000):
        rows = np.concatenate([np.flatnonzero(clusters == each) for each in rng.integers(0, 60, 60)])
        drawn.append(values[rows].mean())
    expected = np.quantile(drawn, [0.025, 0.975])
    assert intervals.bootstrap(values, clusters, 0, LEVEL) == pytest.approx(expected, abs=0.01)


def test_captions_that_hang_together_widen_the_interval() -> None:
    clusters = np.repeat(np.arange(200), 5)
    values = np.repeat(np.arange(200) % 2 == 0, 5)
    low, high = intervals.bootstrap(values, clusters, 0, LEVEL)
    apart = intervals.bootstrap(values, np.arange(1000), 0, LEVEL)
    assert high - low == pytest.approx(np.sqrt(5) * (apart[1] - apart[0]), rel=0.05)


def test_recall_of_a_rare_class_widens_the_macro_interval() -> None:
    classes = np.array([0] * 990 + [2] * 10)
    hits = np.arange(1000) % 2 == 0
    low, high = intervals.stratified(hits, classes, 0, LEVEL)
    assert low < 0.5 < high
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(0.25 / 990 + 0.25 / 10) / 2, rel=0.1)


def test_any_metric_can_be_resampled() -> None:
    values = np.arange(400) % 4 == 0
    found = intervals.resampled(lambda times: float((times * values).sum() / times.sum()), 400, 0, LEVEL)
    assert found == pytest.approx(intervals.wilson(100, 400, LEVEL), abs=0.01)


def test_the_same_seed_gives_the_same_interval() -> None:
    values, clusters = np.random.default_rng(0).random(50), np.arange(50) // 2
    one, other = (intervals.bootstrap(values, clusters, 5, LEVEL) for _ in range(2))
    assert one == other != intervals.bootstrap(values, clusters, 6, LEVEL)
