"""One checkpoint on one data set without training: classification by prompts, or retrieval by captions.

    result = evaluate("ViT-B-32", Path("weights.pt"), Path("data/cifar10"), cache=Path(".reprolib/cache"))
    result.write(Path("cifar10.json"))

Metrics, intervals and what became of each sample are functions of the embeddings (`embeddings`), which are made once.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reprolib.evaluate import embeddings, encoder, intervals, metrics, pictures, retrieval, sets
from reprolib.evaluate.embeddings import Embeddings
from reprolib.evaluate.encoder import Encoder, Precision
from reprolib.evaluate.exact import similarities
from reprolib.evaluate.intervals import Interval
from reprolib.evaluate.result import Result
from reprolib.evaluate.sets import EvaluationSet

LEVEL = 0.95
SEED = 0
TIES = "score descending, then index ascending; scores are exact"

Measured = tuple[dict[str, float | None], dict[str, Interval], dict[str, NDArray[Any]]]
"""Metrics, their intervals, and what became of each sample."""


def evaluate(
    model: str,
    weights: Path,
    dataset: Path,
    *,
    cache: Path,
    split: str = "test",
    precision: Precision = "fp32",
    device: str | None = None,
) -> Result:
    """The checkpoint `weights` of the open_clip model `model` on the data set in the folder `dataset`.

    Args:
        model: A name that open_clip knows, one of ours, or a configuration in a file.
        weights: A file of weights, ours or open_clip's.
        dataset: In our format or in CLIP_benchmark's WebDataset layout.
        cache: Where embeddings are kept; a second evaluation reads them.
        split: The part of a data set in CLIP_benchmark's layout.
        precision: What the model computes in.
        device: A GPU if there is one, unless given.

    Raises:
        ReproError: Model, weights or data are not there, damaged, or do not fit each other.
    """
    data = sets.read(dataset, split=split)
    return measure(encoder.load(model, weights, precision=precision, device=device), data, cache, str(weights))


def measure(checkpoint: Encoder, data: EvaluationSet, cache: Path, pretrained: str) -> Result:
    """The same for an opened checkpoint, which is called `pretrained` in the result, and an opened data set."""
    embedded = embeddings.of(checkpoint, data, cache)
    if data.task == "zeroshot_retrieval":
        found, around, samples = of_retrieval(embedded)
    else:
        scores = similarities(embedded.image, embeddings.head(checkpoint, data, cache))
        found, around, samples = of_classes(scores, embedded.labels)
    about = {
        "n": {"images": data.count, "texts": None if embedded.text is None else len(embedded.text)},
        "content": data.content,
        "prompts": _told(data),
        "encoder": checkpoint.identity,
        "transform": pictures.transform(checkpoint.size),
        "ties": TIES,
        "level": LEVEL,
        "seed": SEED,
    }
    return Result(data.name, checkpoint.name, pretrained, data.task, found, around, samples, about)


def of_classes(scores: NDArray[Any], labels: NDArray[Any] | None) -> Measured:
    """Classification from scores (n, classes) and labels (n,), or (n, classes) of images of several classes."""
    assert labels is not None
    if labels.ndim == 2:
        return _of_several(scores, labels)
    rank = metrics.ranks(scores, labels)
    classes = scores.shape[1]
    first = rank == 0
    found: dict[str, float | None] = {f"acc{k}": metrics.accuracy(rank, classes, k) for k in (1, 5)}
    around = {
        f"acc{k}": intervals.wilson(int((rank < k).sum()), len(rank), LEVEL)
        for k in (1, 5)
        if found[f"acc{k}"] is not None
    }
    found["mean_per_class_recall"] = metrics.mean_per_class_recall(first, labels)
    around["mean_per_class_recall"] = intervals.stratified(first, labels, SEED, LEVEL)
    samples = {"rank": rank.astype(np.int32), "predicted": scores.argmax(1).astype(np.int32), "label": labels}
    return found, around, samples


def of_retrieval(embedded: Embeddings) -> Measured:
    """Recalls in both directions; the captions of an image are drawn together in the bootstrap."""
    assert embedded.text is not None
    assert embedded.image_of_text is not None
    hits = retrieval.recalls(embedded.image, embedded.text, embedded.image_of_text)
    found: dict[str, float | None] = {}
    around = {}
    samples: dict[str, NDArray[Any]] = {"ks": np.array(hits.ks), "image_of_text": embedded.image_of_text}
    sides = {"image": (hits.image, embedded.image_of_text), "text": (hits.text, np.arange(len(embedded.image)))}
    for side, (each, clusters) in sides.items():
        samples[f"{side}_hits"] = each
        for k, values in zip(hits.ks, each, strict=True):
            found[f"{side}_retrieval_recall@{k}"] = float(values.mean())
            around[f"{side}_retrieval_recall@{k}"] = intervals.bootstrap(values, clusters, SEED, LEVEL)
    return found, around, samples


def _told(data: EvaluationSet) -> dict[str, Any] | None:
    """The prompts of a class set: how many, and the hash of their text."""
    if not data.classes:
        return None
    text = json.dumps([data.classes, data.templates], ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return {"classes": len(data.classes), "templates": len(data.templates), "sha256": digest}


def _of_several(scores: NDArray[Any], positives: NDArray[np.bool_]) -> Measured:
    def mean(times: NDArray[np.int64]) -> float:
        pairs = zip(scores.T, positives.T, strict=True)
        return float(np.mean([metrics.average_precision(one, is_one, times) for one, is_one in pairs]))

    name = "mean_average_precision"
    return (
        {name: metrics.mean_average_precision(scores, positives)},
        {name: intervals.resampled(mean, len(scores), SEED, LEVEL)},
        {"scores": scores.astype(np.float32), "positives": positives},
    )
