"""A data set as a checkpoint sees it, made once: every task is a function of these tables.

Tables lie in `<cache>/embeddings` under the hash of the weights, the content of the data set, the transform, the
precision and the versions of what computes them (`cached`), and are mapped when read.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from reprolib.evaluate import cached, classifier, pictures
from reprolib.evaluate.benchmark_layout import Labels
from reprolib.evaluate.encoder import AT_ONCE, Encoder
from reprolib.evaluate.sets import EvaluationSet


@dataclass(frozen=True)
class Embeddings:
    """All rows have length one."""

    image: NDArray[np.float32]
    """(n, d)."""
    labels: Labels | None = None
    """(n,) class indices, or (n, classes) of images of several classes; None for retrieval."""
    text: NDArray[np.float32] | None = None
    """(m, d), the captions of the images in order; None in a class set."""
    image_of_text: NDArray[np.int64] | None = None
    """(m,), ascending: the row of the image of each caption."""


def of(encoder: Encoder, dataset: EvaluationSet, cache: Path) -> Embeddings:
    """The embeddings of `dataset`, from `cache` or made into it.

    Raises:
        ReproError: An image cannot be decoded, or the model gives no numbers.
    """
    image = _images(encoder, dataset, cache)
    if dataset.task == "zeroshot_classification":
        return Embeddings(image, dataset.labels)
    captions = [dataset.captions(row) for row in range(dataset.count)]
    texts = [caption for each in captions for caption in each]
    image_of_text = np.repeat(np.arange(len(captions)), [len(each) for each in captions])
    key = {"of": "captions", "content": dataset.content, "encoder": encoder.identity}
    text = cached.table(cache / "embeddings", key, lambda path: np.save(path, encoder.texts(texts, cache)))
    return Embeddings(image, None, text, image_of_text)


def head(encoder: Encoder, dataset: EvaluationSet, cache: Path) -> NDArray[np.float32]:
    """(classes, d): the zero-shot classifier of a class set; sets of the same prompts share one table."""
    key = {
        "of": "prompts",
        "classes": list(dataset.classes),
        "templates": list(dataset.templates),
        "encoder": encoder.identity,
    }

    def make(path: Path) -> None:
        np.save(path, classifier.weights(lambda texts: encoder.texts(texts, cache), dataset.classes, dataset.templates))

    return cached.table(cache / "embeddings", key, make)


def _images(encoder: Encoder, dataset: EvaluationSet, cache: Path) -> NDArray[np.float32]:
    key = {
        "of": "images",
        "content": dataset.content,
        "transform": pictures.transform(encoder.size),
        "encoder": encoder.identity,
    }

    def make(path: Path) -> None:
        made = None
        start = 0
        for pixels in pictures.batches(dataset, encoder.size, cache, AT_ONCE):
            part = encoder.images(pixels)
            if made is None:
                made = open_memmap(path, "w+", np.float32, (dataset.count, part.shape[1]))
            made[start : start + len(part)] = part
            start += len(part)

    return cached.table(cache / "embeddings", key, make)
