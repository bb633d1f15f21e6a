"""What the models of a study trained here are evaluated on: sets of pictographs in the place of the paper's.

A set that stands for one set of the paper goes by the paper's id (`imagenet1k`), a task by its own (`vtab/colour`). So
laws, figures and tables of the two studies are the same code. Reads data/<study>/shards.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from reprolib.errors import ReproError
from reprolib.evaluate import sets
from reprolib.evaluate.sets import EvaluationSet

if TYPE_CHECKING:
    from reprolib.paths import Tree

CLASS_SET = "imagenet1k"
SHIFTED = {
    "imagenetv2": "pictographs-v2",
    "imagenet-r": "pictographs-r",
    "imagenet_sketch": "pictographs-sketch",
    "objectnet": "pictographs-objectnet",
    "imagenet-a": "pictographs-a",
}
"""The five whose mean is `imagenet_robustness`."""
SHIFTED_TUNED = ("imagenetv2", "imagenet-a", "imagenet-r", "imagenet_sketch")
"""The four of them that the paper's Table 9 has."""
RETRIEVAL = {"mscoco_captions": "retrieval-coco", "flickr30k": "retrieval-flickr30k"}
ONE_OF_MANY = {"cifar100": "category"}
"""The task that stands in Fig. 2 beside the class set."""
EIGHT = ("colour", "background", "texture", "count", "category", "digit", "chess", "zodiac")
"""The tasks that one tower is tuned to."""


@dataclass(frozen=True)
class Probed:
    """A set with a part to train on."""

    train: EvaluationSet
    test: EvaluationSet


@dataclass(frozen=True)
class Suite:
    """All sets of a study, opened."""

    zero_shot: dict[str, EvaluationSet]
    """By id: the class set, its shifts, retrieval and tasks."""
    few_shot: dict[str, Probed]
    """By id: the sets of Fig. 2, probed with few images and with all."""
    tasks: dict[str, Probed]
    """By name: the diverse tasks, probed with all images."""
    wide: EvaluationSet
    """To train on: the classes of the class set, and more."""

    @property
    def content(self) -> dict[str, str]:
        """The hash that all samples of a set follow from, by shards."""
        parts = [part for each in (*self.few_shot.values(), *self.tasks.values()) for part in (each.train, each.test)]
        every = [*self.zero_shot.values(), *parts, self.wide]
        return {each.name: each.content for each in sorted(every, key=lambda one: one.name)}


def vtab(task: str) -> str:
    """The id of a task among the diverse ones."""
    return f"vtab/{task}"


def read(tree: Tree, study: str, *, check: bool = True) -> Suite:
    """Open all sets of `study`.

    Args:
        tree: Where.
        study: One whose models are trained here.
        check: Hash every byte.

    Raises:
        ReproError: A set is missing or damaged; it is named.
    """
    folder = tree.shards(study)
    tasks = sorted(path.name.removeprefix("task-").removesuffix("-test") for path in folder.glob("task-*-test"))
    if missing := set(EIGHT) - set(tasks):
        raise ReproError(
            f"{folder} should hold the evaluation sets of study '{study}', but task-{min(missing)}-test is not there; "
            f"run `reprolib shard {study}`"
        )

    @cache
    def opened(name: str) -> EvaluationSet:
        return sets.read(folder / name, check=check)

    both = {name: Probed(opened(f"task-{name}-train"), opened(f"task-{name}-test")) for name in tasks}
    single = {CLASS_SET: "pictographs-1k", **SHIFTED, **RETRIEVAL}
    class_set = Probed(opened("pictographs-1k-train"), opened("pictographs-1k"))
    return Suite(
        {name: opened(shards) for name, shards in single.items()}
        | {vtab(name): each.test for name, each in both.items()},
        {CLASS_SET: class_set, **{name: both[task] for name, task in ONE_OF_MANY.items()}},
        both,
        opened("pictographs-12k-train"),
    )
