"""The evaluation sets of the world: made by the generator of the training samples, from streams of their own.

`sets(world)` names them all. Each says which dataset of the paper it stands for; README and reports repeat it.
Pure: an evaluation sample is a function of (seed, name of the set, number).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from reprolib.pictographs import captions, rendering, scenes, shifts
from reprolib.pictographs.concepts import Concept
from reprolib.pictographs.draws import Draws, ladder
from reprolib.pictographs.rendering import Pixels
from reprolib.pictographs.scenes import Scene
from reprolib.pictographs.tasks import Task, all_tasks
from reprolib.pictographs.world import World, told

# The most frequent concepts, 85 of 100 objects of the training pairs; ImageNet's classes, too, are what people picture.
CLASSES = 128
# Of each class, so that all weigh alike: about 2,000 pictures give a standard error of 1.1 points at 50 %.
PER_CLASS = 16
# Probes take 10 and 25 of each class, and all.
PER_CLASS_TRAIN = 32
# Of each concept of the world, so that there are more classes than in the class set and fewer pictures of each.
PER_CONCEPT_TRAIN = 12
# A variant is compared over models rather than read alone; half the pictures do.
PER_CLASS_SHIFTED = 8
# The paper's Flickr30K has 1,000 test images; R@5 of a thousand has a standard error of at most 1.6 points.
RETRIEVAL = 1000
# Linear probes of VTAB-1k have 1,000 training images and up to 20 classes; half of each keeps the suite in seconds.
TASK_TRAIN, TASK_TEST = 500, 500
CAPTIONS = 5  # an image, as COCO and Flickr30K have

TEMPLATES = (
    "{c}",
    "a {c}",
    "a picture of a {c}",
    "an image of a {c}",
    "a drawing of a {c}",
    "this shows a {c}",
    "a small {c}",
    "a large {c}",
)

Kind = Literal["classes", "retrieval", "task"]
# What a sample is made of: its scene, captions and label.
Drawn = tuple[Scene, tuple[str, ...], int | None]


@dataclass(frozen=True)
class HeldOut:
    """One evaluation set, or one part of a task."""

    name: str
    """Unique among the sets; also the name of the stream that its samples are drawn from."""
    stands_for: str
    """The dataset of the paper whose place it takes."""
    shift: str
    """How its pictures differ from those of training."""
    kind: Kind
    classes: tuple[str, ...]
    """The class names that labels count through; none for retrieval."""
    templates: tuple[str, ...]
    """Prompts with `{c}` for the class name."""
    count: int
    """Number of samples; labels take turns, so classes differ by at most one."""
    seed: int
    """The seed of the world."""
    draw: Callable[[Draws, int], Drawn]
    """Scene, captions and label of a sample from its draws and number."""

    def sample(self, i: int) -> tuple[Pixels, tuple[str, ...], int | None, dict[str, Any]]:
        """Sample 0 ≤ i < count: pixels (32, 32, 3) uint8, captions (none but for retrieval), label, attributes."""
        scene, texts, label = self.draw(Draws(self.seed, f"held out: {self.name}", i), i)
        return rendering.render(scene), texts, label, told(scene)


def sets(world: World) -> dict[str, HeldOut]:
    """All evaluation sets of `world` by name: the class set, its variants, retrieval, tasks with train and test."""
    return {each.name: each for each in (*_class_sets(world), *_retrieval_sets(world), *_task_sets(world))}


def _class_sets(world: World) -> list[HeldOut]:
    listing: Sequence[tuple[str, str, str, Callable[[Draws, Concept], Scene]]] = (
        ("pictographs-1k", "ImageNet-1k", "one object on a plain ground, 128 concepts alike often", shifts.resampled),
        ("pictographs-1k-train", "ImageNet-1k, its training part", "none: the class set drawn again", shifts.resampled),
        ("pictographs-v2", "ImageNet-V2", "none: the class set drawn again", shifts.resampled),
        ("pictographs-sketch", "ImageNet-Sketch", "black outlines on white", shifts.sketch),
        ("pictographs-r", "ImageNet-R", "stripes, pastels and posters", shifts.rendition),
        ("pictographs-objectnet", "ObjectNet", "strong rotation on checks and stripes", shifts.turned),
        ("pictographs-a", "ImageNet-A", "small, cluttered, partly covered", shifts.hard),
    )
    sizes = {"pictographs-1k": PER_CLASS, "pictographs-1k-train": PER_CLASS_TRAIN}
    frequent = [
        _class_set(world, name, (stands_for, shift), make, CLASSES, sizes.get(name, PER_CLASS_SHIFTED))
        for name, stands_for, shift, make in listing
    ]
    wide = ("ImageNet-12k, its training part", "none: the class set, of all concepts of the world")
    every = len(world.concepts)
    return [*frequent, _class_set(world, "pictographs-12k-train", wide, shifts.resampled, every, PER_CONCEPT_TRAIN)]


def _class_set(
    world: World,
    name: str,
    about: tuple[str, str],
    make: Callable[[Draws, Concept], Scene],
    classes: int,
    per_class: int,
) -> HeldOut:
    """One object a picture, of the most frequent concepts in turn; `about` is what it stands for and its shift."""
    concepts = world.concepts[:classes]
    return HeldOut(
        name=name,
        stands_for=about[0],
        shift=about[1],
        kind="classes",
        classes=tuple(concept.name for concept in concepts),
        templates=TEMPLATES,
        count=len(concepts) * per_class,
        seed=world.seed,
        draw=partial(_of_class, concepts, make),
    )


def _of_class(concepts: Sequence[Concept], make: Callable[[Draws, Concept], Scene], draws: Draws, i: int) -> Drawn:
    label = i % len(concepts)
    return make(draws, concepts[label]), (), label


def _retrieval_sets(world: World) -> list[HeldOut]:
    # People choose what they photograph: rare things are less rare there than in a crawl, so the law is flatter.
    law = ladder([rank ** (-world.zipf / 2) for rank in range(1, len(world.concepts) + 1)])
    busy = ((1, 1), (1, 1), (2, 1), (1, 1, 1))
    calm = ((1,), (2,), (1, 1))
    listing = (
        ("retrieval-coco", "MS-COCO", "two or three things, in the words of training", busy, captions.sentence),
        ("retrieval-flickr30k", "Flickr30K", "one or two things, in other words", calm, captions.retold),
    )
    return [
        HeldOut(
            name=name,
            stands_for=stands_for,
            shift=shift,
            kind="retrieval",
            classes=(),
            templates=(),
            count=RETRIEVAL,
            seed=world.seed,
            draw=partial(_captioned, world.concepts, law, patterns, tell),
        )
        for name, stands_for, shift, patterns, tell in listing
    ]


def _captioned(
    concepts: Sequence[Concept],
    law: Sequence[float],
    patterns: Sequence[tuple[int, ...]],
    tell: Callable[[Draws, Scene], str],
    draws: Draws,
    i: int,
) -> Drawn:
    scene = scenes.scene(draws, concepts, law, patterns)
    texts: list[str] = []
    while len(texts) < CAPTIONS:
        text = tell(draws, scene)
        if text not in texts:
            texts.append(text)
    return scene, tuple(texts), None


def _task_sets(world: World) -> list[HeldOut]:
    return [
        HeldOut(
            name=f"task-{task.name}-{part}",
            stands_for=task.stands_for,
            shift="none: scenes as in training, one property asked for",
            kind="task",
            classes=task.classes,
            templates=task.templates,
            count=count,
            seed=world.seed,
            draw=partial(_answered, task),
        )
        for task in all_tasks()
        for part, count in (("train", TASK_TRAIN), ("test", TASK_TEST))
    ]


def _answered(task: Task, draws: Draws, i: int) -> Drawn:
    label = i % len(task.classes)
    return task.make(draws, label), (), label
