"""Rows of the results table from one checkpoint: zero-shot, and probes on frozen features.

Every function takes an opened checkpoint and the suite and gives `reprolib.results.Result`s. Means over sets carry the
interval of the mean of independent sets. Embeddings are read from the cache, or made into it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import NormalDist

import numpy as np
import torch
from numpy.typing import NDArray

from reprolib.evaluate import as_published, embeddings, intervals, probes, shots, zero_shot
from reprolib.evaluate.encoder import Encoder
from reprolib.evaluate.exact import similarities
from reprolib.evaluate.intervals import Interval
from reprolib.evaluate.probes import Features
from reprolib.evaluate.result import Result as Evaluated
from reprolib.evaluate.sets import EvaluationSet
from reprolib.evaluate.suite import CLASS_SET, RETRIEVAL, SHIFTED, Probed, Suite, vtab
from reprolib.results import Result

RECALLS = ("image_retrieval_recall@5", "text_retrieval_recall@5")
SHOTS: Mapping[str, int | None] = {"10": 10, "25": 25, "full": None}
ROBUSTNESS, VTAB, VTAB_PLUS, PROBED_MEAN = "imagenet_robustness", "vtab", "vtab+", "vtab-linear-probe"
HEAD, TAIL = 1 / 4, 1 / 2
"""Shares of the classes: of concepts that follow Zipf's law, the first quarter are most of what training shows."""
Hits = NDArray[np.bool_]
Keep = Callable[[str, Evaluated], None]


def zero_shot_of_all(checkpoint: Encoder, suite: Suite, cache: Path, keep: Keep) -> list[Result]:
    """Classification by prompts, retrieval by captions, and the means over shifts and tasks.

    Args:
        checkpoint: What to evaluate.
        suite: What on.
        cache: Of embeddings.
        keep: Is given each set's id and its whole evaluation, with what became of each sample.
    """
    rows = [row for name in suite.zero_shot for row in _untrained("zero-shot", checkpoint, suite, name, cache, keep)]
    accuracy = {row.dataset: row for row in rows if row.metric == "acc1" and row.dataset in suite.zero_shot}
    means = {ROBUSTNESS: list(SHIFTED), VTAB: [vtab(name) for name in suite.tasks], VTAB_PLUS: list(accuracy)}
    return [*rows, *(mean("zero-shot", name, [accuracy[each] for each in of]) for name, of in means.items())]


def control(checkpoint: Encoder, suite: Suite, cache: Path, keep: Keep) -> list[Result]:
    """The class set and retrieval: what the paper's Tables 12 to 15 compare controls by, and more."""
    return [
        row for name in (CLASS_SET, *RETRIEVAL) for row in _untrained("control", checkpoint, suite, name, cache, keep)
    ]


def _untrained(task: str, checkpoint: Encoder, suite: Suite, name: str, cache: Path, keep: Keep) -> list[Result]:
    data = suite.zero_shot[name]
    found = zero_shot.measure(checkpoint, data, cache, checkpoint.weights)
    keep(name, found)
    rows = [
        Result(
            task=task,
            dataset=name,
            shots="",
            metric=metric,
            value=value,
            interval=found.intervals[metric],
            n_test=data.count,
            source=_stands(data),
        )
        for metric, value in found.metrics.items()
        if value is not None and (data.classes or metric in RECALLS)
    ]
    return rows + (_head_and_tail(task, data, found) if name == CLASS_SET else [])


def _head_and_tail(task: str, data: EvaluationSet, found: Evaluated) -> list[Result]:
    """Accuracy on the classes that training shows most and least; class names stand in the order of frequency."""
    hits, labels, classes = found.samples["rank"] == 0, data.single_labels, len(data.classes)
    parts = {"head": labels < classes * HEAD, "tail": labels >= classes * (1 - TAIL)}
    return [of_hits(task, f"{CLASS_SET}-{part}", hits[rows], _stands(data)) for part, rows in parts.items()]


def class_set_accuracy(checkpoint: Encoder, suite: Suite, cache: Path) -> Result:
    """Zero-shot accuracy on the class set alone: a point of the learning curve."""
    data = suite.zero_shot[CLASS_SET]
    embedded = embeddings.of(checkpoint, data, cache)
    scores = similarities(embedded.image, embeddings.head(checkpoint, data, cache))
    return of_hits("zero-shot", CLASS_SET, scores.argmax(axis=1) == embedded.labels, _stands(data))


def probed(checkpoint: Encoder, suite: Suite, cache: Path, *, seed: int, published: bool) -> list[Result]:
    """Linear probes: few-shot and full on the sets of Fig. 2, full on every task, and the mean over the tasks.

    Args:
        checkpoint: What to evaluate.
        suite: What on.
        cache: Of embeddings.
        seed: Which rows are drawn as shots and held back.
        published: By the paper's protocol, selected on the test rows, as the task `linear-probe-as-published`.
    """
    task = "linear-probe-as-published" if published else "linear-probe"

    def row(name: str, of: Probed, amount: str) -> Result:
        data = _features(checkpoint, of, cache)
        few = SHOTS[amount]
        rows = None if few is None else shots.few(data.train_labels, few, content=data.content, seed=seed).rows
        hits = (as_published.sweep if published else probes.probe)(data, rows, seed=seed).hits
        return of_hits(task, name, hits, _stands(of.test), shots=amount)

    few = [row(name, of, amount) for name, of in suite.few_shot.items() for amount in SHOTS]
    full = [row(vtab(name), of, "full") for name, of in suite.tasks.items()]
    return [*few, *full, mean(task, PROBED_MEAN, full)]


def of_hits(task: str, dataset: str, hits: Hits, source: str, *, shots: str = "") -> Result:
    """Top-1 accuracy with Wilson's interval, from what became of each test image."""
    return Result(
        task=task,
        dataset=dataset,
        shots=shots,
        metric="acc1",
        value=float(hits.mean()),
        interval=intervals.wilson(int(hits.sum()), len(hits), zero_shot.LEVEL),
        n_test=len(hits),
        source=source,
    )


def mean(task: str, dataset: str, rows: Sequence[Result]) -> Result:
    """The mean of accuracies on sets of their own, each binomial, by the normal approximation."""
    value = sum(row.value for row in rows) / len(rows)
    error = math.sqrt(sum(row.value * (1 - row.value) / (row.n_test or 1) for row in rows)) / len(rows)
    half = NormalDist().inv_cdf((1 + zero_shot.LEVEL) / 2) * error
    around: Interval = (max(value - half, 0.0), min(value + half, 1.0))
    return Result(
        task=task,
        dataset=dataset,
        shots=rows[0].shots,
        metric="acc1",
        value=value,
        interval=around,
        n_test=None,
        source=f"mean of {len(rows)} sets",
    )


def _features(checkpoint: Encoder, of: Probed, cache: Path) -> Features:
    train, test = (
        torch.from_numpy(np.array(embeddings.of(checkpoint, part, cache).image)) for part in (of.train, of.test)
    )
    return Features(train, of.train.single_labels, test, of.test.single_labels, len(of.test.classes), of.train.content)


def _stands(data: EvaluationSet) -> str:
    return f"shards/{data.name}"
