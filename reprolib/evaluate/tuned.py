"""Rows of the results table from models tuned further: jointly to eight tasks, patched, and to the class set alone.

Joint tuning learns from four fifths of the tasks' training images; the rest, and training images of the class set that
nothing here was tuned to, choose the share of a patch (Figs. 5, 9 to 11). Single-task tuning is the paper's Fig. 4; it
is also done from a tower that was tuned to more classes before, as in Table 9.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from reprolib.errors import ReproError
from reprolib.evaluate import embeddings, joint, patching, pictures, shots, single, tuning
from reprolib.evaluate.encoder import AT_ONCE, Encoder
from reprolib.evaluate.measured import mean, of_hits
from reprolib.evaluate.patching import Sweep
from reprolib.evaluate.sets import EvaluationSet
from reprolib.evaluate.suite import CLASS_SET, EIGHT, SHIFTED_TUNED, Suite, vtab
from reprolib.evaluate.tuning import Classifier, ImageSet
from reprolib.params import Evaluation, JointTuning, SingleTuning
from reprolib.results import Result

HELD_BACK = 0.2
"""Of each class of a task's training images."""
EIGHT_MEAN, ROBUSTNESS_MEAN = "eight-task-mean", "imagenet-robustness-4"
FINE_TUNED, FINE_TUNED_TWICE = "imagenet-fine-tune", "imagenet-12k-fine-tune"
CHOSEN_ON = 512
"""Training images of the class set that a patch is chosen by: one point of accuracy is five of them."""


def jointly(
    checkpoint: Encoder, suite: Suite, cache: Path, settings: Evaluation, untuned: Sequence[Result]
) -> list[Result]:
    """One tower tuned to eight tasks, and patched: the same models before, after, and between.

    Args:
        checkpoint: What to tune; left as it is.
        suite: What to tune to and test on.
        cache: Of embeddings and pixels.
        settings: How.
        untuned: The zero-shot rows of the checkpoint.
    """
    parts = {name: split(checkpoint, suite.tasks[name].train, cache, settings.seed) for name in EIGHT}
    learnt = [replace(fit, name=name) for name, (fit, _) in parts.items()]
    tuned = joint.tuned(checkpoint.model, learnt, joint_recipe(settings.joint), seed=settings.seed)
    classes = images(checkpoint, suite.few_shot[CLASS_SET].train, cache)
    some = np.sort(np.random.default_rng(settings.seed).permutation(len(classes.images))[:CHOSEN_ON])
    held = [*(back for _, back in parts.values()), replace(_rows(classes, some), name=CLASS_SET)]
    share = patching.choose(patching.sweep(checkpoint.model, tuned, held), CLASS_SET)
    tests = [replace(images(checkpoint, suite.tasks[name].test, cache), name=name) for name in EIGHT]
    tests.append(replace(images(checkpoint, suite.zero_shot[CLASS_SET], cache), name=CLASS_SET))
    found = patching.sweep(checkpoint.model, tuned, tests, (share, 1.0))
    before = {row.dataset: row for row in untuned if row.metric == "acc1"}
    named = {name: before[vtab(name)] for name in EIGHT}
    zero_shot = [
        row.model_copy(update={"task": "eight-task-zero-shot", "dataset": name}) for name, row in named.items()
    ]
    class_set = before[CLASS_SET].model_copy(update={"task": "eight-task-zero-shot"})
    how = f"share {share:g} of the tuned weights, chosen on held-back images"
    patched = [_row("eight-task-patched", name, found, 0, how) for name in (*EIGHT, CLASS_SET)]
    return [
        *(*zero_shot, mean("eight-task-zero-shot", EIGHT_MEAN, zero_shot), class_set),
        *_with_mean("eight-task-joint", [_row("eight-task-joint", name, found, 1, "joint tuning") for name in EIGHT]),
        *(*patched, mean("eight-task-patched", EIGHT_MEAN, patched[:-1])),
    ]


def to_class_set(checkpoint: Encoder, suite: Suite, cache: Path, settings: Evaluation) -> list[Result]:
    """The tower tuned to the class set, at once and after more classes, tested on the set and on its shifts."""
    data, seed = suite.few_shot[CLASS_SET].train, settings.seed
    narrow = images(checkpoint, data, cache)
    tests = [images(checkpoint, suite.zero_shot[name], cache) for name in (CLASS_SET, *SHIFTED_TUNED)]
    rows: list[Result] = []
    for task, start, said in (
        (FINE_TUNED, tuning.zero_shot(checkpoint.model, narrow.zero_shot), ""),
        (FINE_TUNED_TWICE, intermediate(checkpoint, suite, cache, settings), f"shards/{suite.wide.name}, then "),
    ):
        classifier = single.tuned(start, narrow, single_recipe(settings.single), seed=seed)
        class_set, *shifts = (
            of_hits(task, name, tuning.hits(classifier, test), f"tuned to {said}shards/{data.name}")
            for name, test in zip((CLASS_SET, *SHIFTED_TUNED), tests, strict=True)
        )
        rows += [class_set, *shifts, mean(task, ROBUSTNESS_MEAN, shifts)]
    return rows


def intermediate(checkpoint: Encoder, suite: Suite, cache: Path, settings: Evaluation) -> Classifier:
    """The tower tuned to more classes, under those rows of its head that are classes of the class set."""
    wide, own = images(checkpoint, suite.wide, cache), suite.few_shot[CLASS_SET].train.classes
    start = tuning.zero_shot(checkpoint.model, wide.zero_shot)
    tuned = single.tuned(start, wide, single_recipe(settings.intermediate), seed=settings.seed)
    return tuning.narrowed(tuned, np.array([suite.wide.classes.index(name) for name in own]))


def images(checkpoint: Encoder, data: EvaluationSet, cache: Path) -> ImageSet:
    """All images of a set, decoded, with its zero-shot head."""
    pixels = np.concatenate(list(pictures.batches(data, checkpoint.size, cache, AT_ONCE)))
    head = torch.from_numpy(np.array(embeddings.head(checkpoint, data, cache)))
    return ImageSet(data.name, pixels, data.single_labels, head)


def split(checkpoint: Encoder, data: EvaluationSet, cache: Path, seed: int) -> tuple[ImageSet, ImageSet]:
    """The images to tune to, and those held back to choose by.

    Raises:
        ReproError: The set is too small to hold any back.
    """
    whole = images(checkpoint, data, cache)
    everything = np.arange(len(whole.images))
    fit, back = shots.held_back(whole.labels, everything, HELD_BACK, content=data.content, seed=seed)
    if not len(back):
        raise ReproError(
            f"{data.folder} should have three images of a class or more, one of them to choose a patch by, "
            f"but it has {len(everything)} of {len(data.classes)} classes; draw more of it"
        )
    return _rows(whole, fit), _rows(whole, back)


def joint_recipe(settings: JointTuning) -> joint.Recipe:
    """The paper's, but for what `settings` has."""
    return joint.Recipe(**settings.model_dump())


def single_recipe(settings: SingleTuning) -> single.Recipe:
    """The paper's, but for what `settings` has."""
    return single.Recipe(**settings.model_dump())


def _with_mean(task: str, rows: list[Result]) -> list[Result]:
    return [*rows, mean(task, EIGHT_MEAN, rows)]


def _row(task: str, name: str, found: Sweep, share: int, source: str) -> Result:
    return of_hits(task, name, found.hits[name][share], source)


def _rows(whole: ImageSet, rows: NDArray[np.int64]) -> ImageSet:
    return replace(whole, images=whole.images[rows], labels=whole.labels[rows])
