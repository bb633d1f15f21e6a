"""Intervals around measured shares and means, for the samples that the data set might have had instead.

Wilson's for an accuracy; bootstrap percentiles for the rest. What is drawn together stays together: the captions of an
image, the samples of a class. The draws follow from a seed. Pure.
"""

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

Interval = tuple[float, float]
DRAWS = 10_000
"""Resamples where a resample costs next to nothing."""
FEW_DRAWS = 1_000
"""Resamples where the metric is computed anew for each."""


def wilson(hits: int, n: int, level: float) -> Interval:
    """Wilson's score interval for the share `hits / n` (J. Am. Stat. Assoc. 22, 1927, 209)."""
    z = NormalDist().inv_cdf((1 + level) / 2)
    centre = (hits + z * z / 2) / (n + z * z)
    half = z * math.sqrt(hits * (n - hits) / n + z * z / 4) / (n + z * z)
    return max(centre - half, 0.0), min(centre + half, 1.0)


def bootstrap(
    values: NDArray[Any], clusters: NDArray[np.integer[Any]], seed: int, level: float, draws: int = DRAWS
) -> Interval:
    """For the mean of `values` (n,), resampling whole clusters; `clusters` (n,) numbers them.

    Clusters of equal sum and size are interchangeable, so that a resample is one multinomial draw over the distinct
    ones: of hits there are a handful, whatever the number of clusters.
    """
    _, numbered = np.unique(clusters, return_inverse=True)
    sizes = np.bincount(numbered)
    sums = np.bincount(numbered, weights=values)
    kinds, count = np.unique(np.stack([sums, sizes], axis=1), axis=0, return_counts=True)
    times = np.random.default_rng(seed).multinomial(len(sizes), count / len(sizes), size=draws)
    drawn = times @ kinds
    return _percentiles(drawn[:, 0] / drawn[:, 1], level)


def stratified(
    hits: NDArray[np.bool_], classes: NDArray[np.integer[Any]], seed: int, level: float, draws: int = DRAWS
) -> Interval:
    """For the mean per-class recall, resampling within each class: the hits of a class are then binomial."""
    count = np.bincount(classes)
    present = count > 0
    share = np.bincount(classes, weights=hits)[present] / count[present]
    count = count[present]
    rng = np.random.default_rng(seed)
    parts = -(-len(count) * draws // 2**22)  # 32 MB each
    recalls = [(rng.binomial(count, share, (len(rows), len(count))) / count).mean(1) for rows in _split(draws, parts)]
    return _percentiles(np.concatenate(recalls), level)


def resampled(
    statistic: Callable[[NDArray[np.int64]], float], n: int, seed: int, level: float, draws: int = FEW_DRAWS
) -> Interval:
    """For any metric that takes how often each of `n` samples counts."""
    rng = np.random.default_rng(seed)
    return _percentiles(np.array([statistic(rng.multinomial(n, np.full(n, 1 / n))) for _ in range(draws)]), level)


def _split(draws: int, parts: int) -> list[NDArray[np.int64]]:
    return np.array_split(np.arange(draws), parts)


def _percentiles(values: NDArray[np.floating[Any]], level: float) -> Interval:
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
