"""The evaluation sets: balanced, apart from training, each shifted as it says."""

from collections import Counter

import numpy as np
import pytest

from reprolib.pictographs import World, captions, colours, scenes, shifts
from reprolib.pictographs.draws import Draws, stream_key
from reprolib.pictographs.heldout import CAPTIONS, HeldOut
from reprolib.pictographs.rendering import render
from reprolib.pictographs.scenes import Scene
from reprolib.pictographs.tasks import all_tasks
from reprolib.pictographs.world import TRAINING

Sets = dict[str, HeldOut]

CLASS_SETS = ("1k", "v2", "sketch", "r", "objectnet", "a")


def drawn(each: HeldOut, count: int = 120) -> list[Scene]:
    return [each.draw(Draws(each.seed, f"held out: {each.name}", i), i)[0] for i in range(count)]


def test_there_is_a_set_for_each_of_the_papers(sets: Sets) -> None:
    kinds = Counter(each.kind for each in sets.values())
    assert kinds["classes"] == 6 + 2  # the class set has a part to train on, and another of all concepts
    assert kinds["retrieval"] == 2
    assert kinds["task"] >= 20  # ten, with train and test
    assert all(name == each.name for name, each in sets.items())


def test_labels_are_balanced(sets: Sets) -> None:
    for each in sets.values():
        if each.classes:
            counts = np.bincount([each.draw(Draws(1, "any", i), i)[2] or 0 for i in range(each.count)])
            assert len(counts) == len(each.classes), each.name
            assert counts.max() - counts.min() <= (0 if each.kind == "classes" else 1), each.name


def test_classes_are_distinct_and_prompts_take_one(sets: Sets) -> None:
    for each in sets.values():
        assert len(set(each.classes)) == len(each.classes)
        assert all(template.count("{c}") == 1 for template in each.templates)
        assert bool(each.classes) == bool(each.templates) == (each.kind != "retrieval")


def test_no_set_draws_from_the_stream_of_another_or_of_training(sets: Sets) -> None:
    keys = [stream_key(TRAINING), stream_key("ranks"), *(stream_key(f"held out: {name}") for name in sets)]
    assert len(set(keys)) == len(keys)


def test_no_picture_of_training_is_in_an_evaluation_set(world: World, sets: Sets) -> None:
    training = {world.sample(i)[0].tobytes() for i in range(4000)}
    for each in sets.values():
        assert not any(each.sample(i)[0].tobytes() in training for i in range(60)), each.name


def test_a_sample_does_not_depend_on_others(sets: Sets) -> None:
    for each in sets.values():
        first, _, label, truth = each.sample(17)
        each.sample(3)
        again = each.sample(17)
        assert np.array_equal(first, again[0])
        assert (label, truth) == again[2:]


@pytest.mark.parametrize("name", CLASS_SETS)
def test_the_object_of_a_class_set_is_of_the_class(world: World, sets: Sets, name: str) -> None:
    each = sets[f"pictographs-{name}"]
    for i in (0, 5, 400):
        _, texts, label, truth = each.sample(i)
        assert texts == ()
        assert label is not None
        assert [group["concept"] for group in truth["groups"]] == [each.classes[label]]


def test_v2_is_the_class_set_drawn_again(sets: Sets) -> None:
    first, second = sets["pictographs-1k"], sets["pictographs-v2"]
    assert first.classes == second.classes
    assert not any(np.array_equal(first.sample(i)[0], second.sample(i)[0]) for i in range(100))
    sizes = [np.mean([scene.objects[0].size for scene in drawn(each, 900)]) for each in (first, second)]
    assert sizes[0] == pytest.approx(sizes[1], abs=0.5)


def test_the_wide_class_set_has_the_classes_of_the_class_set_first_and_then_all_others(
    world: World, sets: Sets
) -> None:
    wide, narrow = sets["pictographs-12k-train"].classes, sets["pictographs-1k"].classes
    assert wide[: len(narrow)] == narrow
    assert set(wide) == {concept.name for concept in world.concepts}


def test_sketches_are_black_outlines_on_white(world: World) -> None:
    """Grey at most, white at the rim and inside of a filled shape, where the same object painted has ink."""
    heart = next(concept for concept in world.concepts if concept.name == "solid heart suit")
    for i in range(40):
        scene = shifts.sketch(Draws(1, "sketch", i), heart)
        pixels = render(scene)
        assert (np.ptp(pixels, axis=2) == 0).all()
        (item,) = scene.objects
        filled = render(scene._replace(objects=(item._replace(fill="solid"),)))
        if item.size >= 18:
            assert (pixels[filled[..., 0] < 20] == 255).any()
        assert np.mean(pixels < 128) < 0.8 * np.mean(filled < 128)


def test_renditions_change_texture_or_palette(sets: Sets) -> None:
    manners = Counter(
        (scene.objects[0].fill, scene.ground.kind, min(scene.ground.rgb) > 140)
        for scene in drawn(sets["pictographs-r"], 300)
    )
    assert sum(n for (fill, _, _), n in manners.items() if fill == "striped") > 70
    assert sum(n for (fill, kind, _), n in manners.items() if (fill, kind) == ("outline", "stripes")) > 70
    assert sum(n for (fill, _, pale), n in manners.items() if fill == "solid" and pale) > 70


def test_objectnet_turns_further_than_training_on_patterned_grounds(sets: Sets) -> None:
    for scene in drawn(sets["pictographs-objectnet"]):
        angle = scene.objects[0].angle % 360
        assert min(angle, 360 - angle) > max(scenes.TILTS)
        assert scene.ground.kind in ("checks", "stripes")


def test_the_hard_set_is_small_cluttered_and_partly_covered(sets: Sets) -> None:
    for scene in drawn(sets["pictographs-a"]):
        *scraps, subject = scene.objects
        assert subject.size < scenes.SIZES[0]
        assert scraps
        assert max(item.size for item in scraps) < subject.size
        bare = render(scene._replace(objects=(subject,), patches=()))
        ground = render(scene._replace(objects=(), patches=()))
        ink = (bare != ground).any(axis=2)
        (patch,) = scene.patches
        hidden = ink[patch.top : patch.bottom, patch.left : patch.right].sum() / ink.sum()
        assert hidden < 0.75


@pytest.mark.parametrize("name", ["retrieval-coco", "retrieval-flickr30k"])
def test_all_five_captions_differ(sets: Sets, name: str) -> None:
    for i in range(300):
        _, texts, label, _ = sets[name].sample(i)
        assert len(texts) == len(set(texts)) == CAPTIONS
        assert label is None


def test_retrieval_sets_show_as_many_things_as_they_say(sets: Sets) -> None:
    coco = {sum(group.number for group in scene.groups) for scene in drawn(sets["retrieval-coco"], 300)}
    flickr = {sum(group.number for group in scene.groups) for scene in drawn(sets["retrieval-flickr30k"], 300)}
    assert (coco, flickr) == ({2, 3}, {1, 2})


def test_the_other_phrasing_is_none_of_training(world: World, sets: Sets) -> None:
    openings = ("look at", "here we see", "one can see", "someone drew", "it shows")
    assert all(text.startswith(openings) for i in range(100) for text in sets["retrieval-flickr30k"].sample(i)[1])
    assert not any(world.sample(i)[1].startswith(openings) for i in range(1000))


ANSWERS = {
    "colour": lambda truth: truth["groups"][0]["colour"],
    "background": lambda truth: truth["background"],
    "texture": lambda truth: {"plain": "plain", "gradient": "shaded", "noise": "rough"}[truth["texture"]],
    "count": lambda truth: ("", "one", "two", "three", "four")[len(truth["objects"])],
    "kinds": lambda truth: ("", "one", "two", "three", "four")[len(truth["groups"])],
    "size": lambda truth: captions.size_word(truth["objects"][0]["size"]) or "medium",
    "horizontal": lambda truth: ("on the left", "in the centre", "on the right")[truth["objects"][0]["x"] // 11],
    "vertical": lambda truth: ("at the top", "in the centre", "at the bottom")[truth["objects"][0]["y"] // 11],
    "rotation": lambda truth: {24: "tilted to the left", 0: "upright", -24: "tilted to the right"}[
        truth["objects"][0]["angle"]
    ],
    "relation": lambda truth: {"left": "to the left of", "right": "to the right of"}.get(
        truth["relation"], truth["relation"]
    ),
    "same": lambda truth: "the same" if len({g["concept"] for g in truth["groups"]}) == 1 else "different",
    "filling": lambda truth: truth["groups"][0]["concept"].split()[0],
    "digit": lambda truth: truth["groups"][0]["concept"].split()[-1],
    "chess": lambda truth: truth["groups"][0]["concept"].split()[-1],
    "zodiac": lambda truth: truth["groups"][0]["concept"],
}


@pytest.mark.parametrize("task", [task.name for task in all_tasks()])
def test_the_label_of_a_task_is_the_answer(sets: Sets, world: World, task: str) -> None:
    categories = {concept.name: concept.category for concept in world.concepts}
    answer = ANSWERS.get(task, lambda truth: categories[truth["groups"][0]["concept"]])
    for part in ("train", "test"):
        each = sets[f"task-{task}-{part}"]
        for i in range(60):
            _, _, label, truth = each.sample(i)
            assert label is not None
            assert answer(truth) == each.classes[label]


def test_the_parts_of_a_task_share_no_picture(sets: Sets) -> None:
    for task in all_tasks():
        train, test = (sets[f"task-{task.name}-{part}"] for part in ("train", "test"))
        seen = {train.sample(i)[0].tobytes() for i in range(100)}
        assert not any(test.sample(i)[0].tobytes() in seen for i in range(100)), task.name


def test_objects_keep_inside_the_canvas_where_position_is_asked(sets: Sets) -> None:
    for name in ("horizontal", "vertical"):
        for scene in drawn(sets[f"task-{name}-test"]):
            (item,) = scene.objects
            assert item.size / 2 <= item.x <= 32 - item.size / 2
            assert item.size / 2 <= item.y <= 32 - item.size / 2


def test_an_object_shows_on_its_ground_be_it_pale_or_full() -> None:
    for name in colours.NAMES:
        assert len(colours.against(name)) >= 7
        for other in colours.against(name):
            for ground in (colours.COLOURS[name], colours.tint(name)):
                assert colours.distance(colours.COLOURS[other], ground) >= colours.CONTRAST
