"""What a model is evaluated on: images with class names and prompts, or images with captions.

`read` takes a data set of ours (`reprolib.shards`) or a folder in CLIP_benchmark's WebDataset layout, checks it and
says what it can be evaluated for. Nothing is written.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from reprolib.errors import ReproError
from reprolib.evaluate import benchmark_layout
from reprolib.evaluate.benchmark_layout import RETRIEVAL, Labels, Layout
from reprolib.shards.dataset import Dataset
from reprolib.shards.manifest import CLASSES, FILE, TEMPLATES

Task = Literal["zeroshot_classification", "zeroshot_retrieval"]
"""In the words of CLIP_benchmark."""


@dataclass(frozen=True)
class EvaluationSet:
    """A checked data set; images and captions are read when asked for."""

    name: str
    folder: Path
    content: str
    """The sha256 that all samples follow from."""
    task: Task
    count: int
    """Samples."""
    image: Callable[[int], bytes]
    """The encoded image of a row."""
    captions: Callable[[int], list[str]]
    """The captions of a row."""
    key: Callable[[int], str]
    """The name of a row."""
    classes: tuple[str, ...] = ()
    """Class names by class index; none for retrieval."""
    templates: tuple[str, ...] = ()
    """Prompts, each with `{c}` for the class name."""
    labels: Labels | None = None
    """(n,) class indices, or (n, classes) of an image that may be of several classes; None for retrieval."""

    @property
    def single_labels(self) -> NDArray[np.int64]:
        """(n,) class indices.

        Raises:
            ReproError: It is no class set, or one whose images may be of several classes.
        """
        if self.labels is None or self.labels.ndim != 1:
            raise ReproError(f"{self.folder} should have one class for each image, but it has not; take another set")
        return self.labels.astype(np.int64)


def read(folder: Path, *, split: str = "test", check: bool = True) -> EvaluationSet:
    """The data set in `folder`.

    Args:
        folder: Of our data set, or the root of one in CLIP_benchmark's layout.
        split: The part to take, in CLIP_benchmark's layout.
        check: Hash every byte of our shards; without it sizes stand for content. Other shards are always hashed.

    Raises:
        ReproError: There is neither kind there, or it has faults; the first is named.
    """
    if (folder / FILE).is_file():
        return of(Dataset.open(folder, check=check))
    if (folder / split / benchmark_layout.COUNT).is_file():
        data = benchmark_layout.read(folder, split)
        return _of(data, folder.resolve().name, data.content, None if data.kind == RETRIEVAL else data.labels)
    raise ReproError(
        f"{folder} should hold a data set with {FILE}, or one in CLIP_benchmark's layout with "
        f"{split}/{benchmark_layout.COUNT}, but it has neither; check the path and the split, or pack the data with "
        "reprolib.shards"
    )


def of(data: Dataset) -> EvaluationSet:
    """Our `data`: a class set if it has class names, else for retrieval.

    Raises:
        ReproError: It has neither class names nor captions, or not for every sample.
    """

    def labels() -> Labels:
        return np.array([data.label(row) for row in range(len(data))], np.int64)

    return _of(data, data.manifest.name, data.manifest.content, None if data.classes is None else labels)


def _of(data: Dataset | Layout, name: str, content: str, labels: Callable[[], Labels] | None) -> EvaluationSet:
    if labels is None:
        for row in range(len(data)):
            _captioned(data.captions(row), data.key(row), data.folder)
    else:
        _promptable(data.folder, data.classes, data.templates)
    return EvaluationSet(
        name=name,
        folder=data.folder,
        content=content,
        task="zeroshot_retrieval" if labels is None else "zeroshot_classification",
        count=len(data),
        image=data.image,
        captions=data.captions,
        key=data.key,
        classes=tuple(data.classes or ()) if labels is not None else (),
        templates=tuple(data.templates or ()) if labels is not None else (),
        labels=None if labels is None else labels(),
    )


def _captioned(captions: list[str], key: str, folder: Path) -> None:
    if not captions or not all(caption.strip() for caption in captions):
        raise ReproError(
            f"{folder}: the sample '{key}' should have captions, for a set without {CLASSES} is for retrieval, but it "
            "has none or an empty one; add or remove it"
        )


def _promptable(folder: Path, classes: list[str] | None, templates: list[str] | None) -> None:
    if not classes or len(classes) < 2:
        raise ReproError(f"{folder} should have two class names or more in {CLASSES}, one a line; add them")
    without = [each for each in templates or [""] if "{c}" not in each]
    if without:
        raise ReproError(
            f"{folder / TEMPLATES} should have a prompt a line, each with {{c}} for the class, but one is "
            f"{without[0]!r}; mend or add it"
        )
