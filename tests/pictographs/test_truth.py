"""Captions tell the truth: a sentence, read back, gives the scene it was made from."""

import re

import pytest

from reprolib.pictographs import World, captions, colours, scenes
from reprolib.pictographs.concepts import all_concepts
from reprolib.pictographs.draws import Draws
from reprolib.pictographs.scenes import OPPOSITE, Scene

NUMBERS = {"two": 2, "three": 3}
NAMES = {concept.name for concept in all_concepts()}
PLURALS = {concept.plural: concept for concept in all_concepts()}
_ANY = "|".join(sorted(map(re.escape, {*NAMES, *PLURALS}), key=len, reverse=True))
PHRASE = re.compile(rf"(?:(an?|two|three) )?(?:(small|large) )?(?:({'|'.join(colours.NAMES)}) )?({_ANY})(?![\w-])")
BACKGROUND = re.compile(rf" on an? (?:(plain|shaded|rough) )?({'|'.join(colours.NAMES)}) background$")

Found = tuple[str, str, int]


def groups_in(text: str) -> list[Found]:
    found = []
    for number, _, colour, name in PHRASE.findall(text):
        if number in NUMBERS:
            found.append((PLURALS[name].name, colour, NUMBERS[number]))
        else:
            found.append((name, colour, 1))
    return found


def groups_of(scene: Scene, text: str) -> list[Found]:
    """As a true sentence names them: all with their colours, or none."""
    told = any(colour for _, colour, _ in groups_in(BACKGROUND.sub("", text)))
    return [(group.concept.name, group.colour if told else "", group.number) for group in scene.groups]


def scene_of(world: World, stream: str, i: int) -> Scene:
    return scenes.scene(Draws(7, stream, i), world.concepts, world.law)


def test_a_sentence_names_all_groups_with_their_numbers_and_half_of_them_colours(world: World) -> None:
    coloured = 0
    for i in range(1500):
        scene = scene_of(world, "names", i)
        text = captions.sentence(Draws(8, "names", i), scene)
        found = groups_in(BACKGROUND.sub("", text))
        assert sorted(found) == sorted(groups_of(scene, text)), text
        coloured += all(colour for _, colour, _ in found)
    assert coloured / 1500 == pytest.approx(captions.COLOURS_TOLD, abs=0.05)


def test_a_sentence_about_two_groups_says_how_they_lie(world: World) -> None:
    words = {word: relation for relation, each in captions.RELATIONS.items() for word in each}
    for i in range(1500):
        scene = scene_of(world, "relation", i)
        if scene.relation is None:
            continue
        text = captions.sentence(Draws(8, "relation", i), scene)
        first, second = groups_in(BACKGROUND.sub("", text))
        said = {words[word] for word in words if f" {word} " in PHRASE.sub("#", text)}
        assert len(said) == 1, text
        turned = [first, second] != groups_of(scene, text)
        assert said == {OPPOSITE[scene.relation] if turned else scene.relation}, text


def test_the_relation_is_how_the_objects_lie(world: World) -> None:
    axis = {"above": ("y", -1), "below": ("y", 1), "left": ("x", -1), "right": ("x", 1)}
    for i in range(1500):
        scene = scene_of(world, "lie", i)
        if scene.relation is None:
            continue
        name, sign = axis[scene.relation]
        split = scene.groups[0].number
        first = [getattr(item, name) for item in scene.objects[:split]]
        second = [getattr(item, name) for item in scene.objects[split:]]
        assert min(sign * (a - b) for a in first for b in second) >= 8, scene


def test_size_place_tilt_and_ground_are_true_where_they_are_told(world: World) -> None:
    told = {"size": 0, "place": 0, "tilt": 0, "ground": 0}
    for i in range(3000):
        scene = scene_of(world, "lone", i)
        text = captions.sentence(Draws(8, "lone", i), scene)
        ground = BACKGROUND.search(text)
        if ground:
            told["ground"] += 1
            assert ground[2] == scene.ground.colour
            assert ground[1] in (None, captions.TEXTURES[scene.ground.kind])
        if len(scene.objects) > 1:
            continue
        (item,) = scene.objects
        size = PHRASE.search(text)[2]  # type: ignore[index]
        if size:
            told["size"] += 1
            assert item.size <= 18 if size == "small" else item.size >= 26
        if "tilted to" in text:
            told["tilt"] += 1
            assert ("left" in text.split("tilted to")[1]) == (item.angle > 0)
            assert abs(item.angle) > 20
        elif place := re.search(r"(in|at|on) the ((?:top|bottom|left|right|centre)(?: left| right)?)", text):
            told["place"] += 1
            assert {"left": item.x < 16, "right": item.x >= 16}.get(place[2].split()[-1], True)
            assert {"top": item.y < 16, "bottom": item.y >= 16}.get(place[2].split()[0], True)
    assert min(told.values()) > 30, told


def test_keywords_name_every_concept_and_all_colours_or_none(world: World) -> None:
    for i in range(500):
        scene = scene_of(world, "keywords", i)
        text = captions.keywords(Draws(8, "keywords", i), scene)
        left = text.removesuffix(f"{scene.ground.colour} background")
        for group in scene.groups:
            assert group.concept.name in left
        assert (
            len(
                {
                    f"{group.colour} {group.concept.name}" in left or f"{group.concept.name} {group.colour}" in left
                    for group in scene.groups
                }
            )
            == 1
        )


def test_a_wrong_caption_is_a_sentence_about_something_else(world: World) -> None:
    checked = agreeing = 0
    for i in range(4000):
        _, text, truth = world.sample(i)
        if truth["style"] == "wrong":
            true = sorted((group["concept"], group["count"]) for group in truth["groups"])
            checked += 1
            agreeing += sorted((name, number) for name, _, number in groups_in(BACKGROUND.sub("", text))) == true
    assert checked > 150
    assert agreeing <= 0.1 * checked  # the law's head meets itself: its first concept is on one picture in seven


def test_sentences_are_mostly_different(world: World) -> None:
    texts = [captions.sentence(Draws(8, "apart", i), scene_of(world, "apart", i)) for i in range(1000)]
    assert len(set(texts)) > 800


@pytest.mark.parametrize(("listing", "text"), [(["x"], "x"), (["x", "y"], "x and y"), (["x", "y", "z"], "x, y and z")])
def test_a_list_reads_as_english(listing: list[str], text: str) -> None:
    assert captions.listed(listing) == text
