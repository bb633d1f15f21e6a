"""The diverse tasks: what can be asked of a picture besides the name of the thing in it, as VTAB asks.

Each task has classes in words, templates to put them in, and a scene for each label in which nothing but the answer
depends on the label. Scenes use the grounds, colours and tilts of training. Pure.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from reprolib.pictographs import captions, colours, concepts, scenes
from reprolib.pictographs.concepts import Concept, all_concepts
from reprolib.pictographs.draws import Draws
from reprolib.pictographs.scenes import SIDE, Group, Scene

Make = Callable[[Draws, int], Scene]


class Task(NamedTuple):
    """A question with one answer a picture; `stands_for` is the dataset of the paper's VTAB+ nearest to it."""

    name: str
    stands_for: str
    classes: tuple[str, ...]
    templates: tuple[str, ...]
    make: Make


def all_tasks() -> tuple[Task, ...]:
    """Every task, in the order of reports."""
    colour = ("a {c} object", "something {c}", "a picture of a {c} object", "{c}")
    thing = ("{c}", "a {c}", "a picture of a {c}", "a drawing of a {c}")
    where = ("an object {c}", "a picture of an object {c}", "{c}")
    sides = ("on the left", "in the centre", "on the right")
    levels = ("at the top", "in the centre", "at the bottom")
    numbers = ("one", "two", "three", "four")
    return (
        Task("colour", "EuroSAT", colours.NAMES, colour, _colour),
        Task("background", "Resisc45", colours.NAMES, ("on a {c} background", "{c} background"), _background),
        Task("texture", "DTD", tuple(captions.TEXTURES.values()), ("on a {c} background", "{c} background"), _texture),
        Task("count", "CLEVR counts", numbers, ("{c} objects", "a picture of {c} things", "{c}"), _count),
        Task("kinds", "KITTI distances", numbers, ("{c} different things", "{c} kinds of things"), _kinds),
        Task("size", "CLEVR distance", ("small", "medium", "large"), colour, _size),
        Task("horizontal", "dSprites x position", sides, where, _horizontal),
        Task("vertical", "dSprites y position", levels, where, _vertical),
        Task("rotation", "dSprites orientation", tuple(_TURNS), where, _rotation),
        Task("relation", "Small NORB azimuth", tuple(_RELATIONS), ("a large object {c} a small object",), _relation),
        Task("same", "PatchCamelyon", ("the same", "different"), ("two things that are {c}", "{c}"), _same),
        Task("category", "CIFAR-100", concepts.categories(), thing, _category),
        Task("filling", "Small NORB elevation", _FILLINGS, colour, _filling),
        Task("digit", "SVHN", _DIGITS, ("circled digit {c}", "negative circled digit {c}", "{c}"), _digit),
        Task("chess", "Oxford-IIIT Pets", _PIECES, ("a chess {c}", "a picture of a chess {c}", "{c}"), _chess),
        Task("zodiac", "Flowers-102", _ZODIAC, thing, _zodiac),
    )


_DIGITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_PIECES = ("king", "queen", "rook", "bishop", "knight", "pawn")
_FILLINGS = ("solid", "hollow")
_ZODIAC = tuple(concept.name for concept in all_concepts() if concept.category == "zodiac")
_TURNS = {"tilted to the left": 24, "upright": 0, "tilted to the right": -24}
_RELATIONS = {"above": "above", "below": "below", "to the left of": "left", "to the right of": "right"}
_BIG, _LITTLE = 15, 9  # pixels: told apart at sight, and both fit half the canvas
_THIRDS = ((6, 8), (15, 17), (24, 26))  # pixels: the centres of objects of at most 12 pixels, inside the canvas
_BANDS = ((14, 17), (20, 23), (26, 28))  # pixels: sizes with a gap between the classes


def _any(draws: Draws) -> Concept:
    return draws.pick(all_concepts())


def _distinct(draws: Draws, count: int) -> list[Concept]:
    chosen: list[Concept] = []
    while len(chosen) < count:
        concept = _any(draws)
        if concept not in chosen:
            chosen.append(concept)
    return chosen


def _visible(draws: Draws, ground: scenes.Ground) -> str:
    return draws.pick(colours.against(ground.colour))


def _colour(draws: Draws, label: int) -> Scene:
    colour = colours.NAMES[label]
    group = Group(_any(draws), colour, 1)
    pale = colours.under(colour)  # none for white
    ground = scenes.ground(draws, draws.pick(pale or colours.against(colour)), pale=bool(pale))
    return Scene((group,), (scenes.alone(draws, group),), ground)


def _background(draws: Draws, label: int) -> Scene:
    return scenes.lone(draws, _any(draws), scenes.ground(draws, colours.NAMES[label], pale=False))


def _texture(draws: Draws, label: int) -> Scene:
    return scenes.lone(draws, _any(draws), scenes.ground(draws, kind=tuple(captions.TEXTURES)[label]))


def _count(draws: Draws, label: int) -> Scene:
    ground = scenes.ground(draws)
    groups = (Group(_any(draws), _visible(draws, ground), label + 1),)
    return Scene(groups, scenes.scattered(draws, groups), ground)


def _kinds(draws: Draws, label: int) -> Scene:
    """Four objects of one to four kinds, all of one colour, so that only shapes tell."""
    ground = scenes.ground(draws)
    colour = _visible(draws, ground)
    counts = ((4,), draws.pick(((3, 1), (2, 2))), (2, 1, 1), (1, 1, 1, 1))[label]
    groups = tuple(Group(each, colour, n) for each, n in zip(_distinct(draws, len(counts)), counts, strict=True))
    return Scene(groups, scenes.scattered(draws, groups), ground)


def _size(draws: Draws, label: int) -> Scene:
    return scenes.lone(draws, _any(draws), scenes.ground(draws), _BANDS[label])


def _horizontal(draws: Draws, label: int) -> Scene:
    return _at(draws, x=draws.integer(*_THIRDS[label]), y=draws.integer(6, SIDE - 6))


def _vertical(draws: Draws, label: int) -> Scene:
    return _at(draws, x=draws.integer(6, SIDE - 6), y=draws.integer(*_THIRDS[label]))


def _at(draws: Draws, x: int, y: int) -> Scene:
    scene = scenes.lone(draws, _any(draws), scenes.ground(draws), (9, 12))
    return scene._replace(objects=(scene.objects[0]._replace(x=x, y=y),))


def _rotation(draws: Draws, label: int) -> Scene:
    scene = scenes.lone(draws, _any(draws), scenes.ground(draws))
    return scene._replace(objects=(scene.objects[0]._replace(angle=tuple(_TURNS.values())[label]),))


def _relation(draws: Draws, label: int) -> Scene:
    """A large object in one half, a small one in the other; concepts and colours are free."""
    ground = scenes.ground(draws)
    groups = tuple(Group(each, _visible(draws, ground), 1) for each in _distinct(draws, 2))
    relation = tuple(_RELATIONS.values())[label]
    large, small = scenes.arrange(draws, groups, relation)
    return Scene(groups, (large._replace(size=_BIG), small._replace(size=_LITTLE)), ground, relation)


def _same(draws: Draws, label: int) -> Scene:
    """Two objects of one concept or two, in two colours either way."""
    ground = scenes.ground(draws)
    first, second = draws.shuffled(colours.against(ground.colour))[:2]
    one, other = _distinct(draws, 2)
    groups = (Group(one, first, 1), Group((one, other)[label], second, 1))
    return Scene(groups, scenes.scattered(draws, groups), ground)


def _category(draws: Draws, label: int) -> Scene:
    return _one_of(draws, lambda concept: concept.category == concepts.categories()[label])


def _filling(draws: Draws, label: int) -> Scene:
    return _one_of(draws, lambda concept: concept.name.startswith(_FILLINGS[label] + " "))


def _digit(draws: Draws, label: int) -> Scene:
    return _one_of(draws, lambda concept: concept.name.endswith(f"circled digit {_DIGITS[label]}"))


def _chess(draws: Draws, label: int) -> Scene:
    return _one_of(draws, lambda concept: concept.name.endswith(f"chess {_PIECES[label]}"))


def _zodiac(draws: Draws, label: int) -> Scene:
    return _one_of(draws, lambda concept: concept.name == _ZODIAC[label])


def _one_of(draws: Draws, belongs: Callable[[Concept], bool]) -> Scene:
    choice: Sequence[Concept] = [concept for concept in all_concepts() if belongs(concept)]
    return scenes.lone(draws, draws.pick(choice), scenes.ground(draws))
