"""The metrics of classification, as CLIP_benchmark defines them, on scores and targets.

One tie rule holds wherever classes, images or captions are ranked, here and in `retrieval`: by score, descending, and
among equal scores by index, ascending. So a model that gives everything the same score gets what one guess that is
always the same gets. Where samples are ranked (average precision) their order means nothing, so equal scores come at
one threshold. A score that is no number ranks last if it is the right one and first if it is another. Pure.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.floating[Any]]
FEWEST = 5
"""Classes below which a top-5 accuracy says nothing, so there is none."""


def ranks(scores: Scores, targets: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
    """(n,): how many classes rank before the right one; `scores` is (n, classes), `targets` (n,) class indices."""
    own = np.take_along_axis(scores, targets[:, None], axis=1)
    earlier = np.arange(scores.shape[1]) < targets[:, None]
    ahead = ~(scores <= own) | ((scores == own) & earlier)
    np.put_along_axis(ahead, targets[:, None], False, axis=1)  # where it is no number, all but itself
    found: NDArray[np.int64] = ahead.sum(axis=1)
    return found


def top_k(scores: Scores, targets: NDArray[np.integer[Any]], k: int) -> NDArray[np.bool_]:
    """(n,): whether the right class is among the first `k`."""
    return ranks(scores, targets) < k


def accuracy(ranks: NDArray[np.int64], classes: int, k: int) -> float | None:
    """The share of samples whose right class is among the first `k`; None for a top 5 or wider of fewer classes."""
    return float((ranks < k).mean()) if k == 1 or classes >= max(k, FEWEST) else None


def mean_per_class_recall(hits: NDArray[np.bool_], targets: NDArray[np.integer[Any]]) -> float:
    """The recall of each class that has samples, averaged (`sklearn.metrics.balanced_accuracy_score`)."""
    count = np.bincount(targets)
    found = np.bincount(targets, weights=hits)
    present = count > 0
    return float((found[present] / count[present]).mean())


def average_precision(
    scores: Scores, positives: NDArray[np.bool_], weights: NDArray[np.integer[Any]] | None = None
) -> float:
    """The mean over the positive samples of the precision down to each, not interpolated; 0 without positives.

    Args:
        scores: (n,), of one class.
        positives: (n,), whether the sample is of the class.
        weights: (n,), how often each sample counts; once unless given.
    """
    order = np.argsort(-scores, kind="stable")
    times = np.ones(len(order)) if weights is None else weights[order]
    right = positives[order] * times
    last = np.append(scores[order][1:] != scores[order][:-1], True)  # of the samples with one score
    group = np.append(0, np.cumsum(last)[:-1])
    found, all_ = right.cumsum(), times.cumsum()
    precision = (found[last] / np.maximum(all_[last], 1))[group]
    return float((right * precision).sum() / max(found[-1], 1))


def mean_average_precision(scores: Scores, positives: NDArray[np.bool_]) -> float:
    """The average precision of each class, averaged, of (n, classes); a class without positives counts as 0."""
    return float(np.mean([average_precision(one, is_one) for one, is_one in zip(scores.T, positives.T, strict=True)]))
