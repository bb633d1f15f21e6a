"""What is in a picture: groups of like objects, where they are, and the ground they are on.

A scene is drawn from its `Draws` before a pixel is painted, so a caption and the picture tell of the same thing.
Positions are pixels of a 32-pixel canvas, x to the right, y down. Pure.
"""

from collections.abc import Sequence
from typing import NamedTuple

from reprolib.pictographs import colours
from reprolib.pictographs.concepts import Concept
from reprolib.pictographs.draws import Draws, ladder

SIDE = 32
SIZES = (27, 32)  # of an object that is alone and fills the picture, as most do
SMALLER, SMALLER_SHARE = (14, 26), 0.1  # of one that leaves room around it
SMALL, LARGE = 18, 26  # up to, and from, which a lone object is called so
PACKED = (11, 15)  # of one among several: four of them fit a grid of two by two
TILTS = (-24, *3 * (-12,), *6 * (0,), *3 * (12,), 24)  # degrees counter-clockwise; most things are seen nearly upright
RELATIONS = ("above", "below", "left", "right")
# How many groups and how many objects in each. Pictures of the web show mostly one thing. A model of width 96 learns
# shapes from it within 20,000 samples; with half as many single objects none does in 40,000 (seen on validation pairs).
ARRANGEMENTS = {(1,): 0.78, (2,): 0.05, (3,): 0.02, (1, 1): 0.10, (2, 1): 0.02, (1, 2): 0.02, (1, 1, 1): 0.01}
GROUNDS = {"plain": 0.7, "gradient": 0.15, "noise": 0.15}
# Pictures of one thing mostly stand on white or a pale tint. On saturated grounds, which captions rarely name, models
# of the miniature's size spend their first 20,000 samples at the loss of guessing (seen on the validation pairs).
WHITE = 0.6

_PATTERNS = tuple(ARRANGEMENTS)
_PATTERN_LADDER = ladder(tuple(ARRANGEMENTS.values()))
_GROUND_KINDS = tuple(GROUNDS)
_GROUND_LADDER = ladder(tuple(GROUNDS.values()))
_SLACK = 3  # pixels by which an object may leave its cell's centre


class Group(NamedTuple):
    """`number` objects of one concept and colour."""

    concept: Concept
    colour: str
    number: int


class Placed(NamedTuple):
    """One object on the canvas; `rgb` and the centre `x`, `y` are what is painted."""

    character: str
    rgb: tuple[int, int, int]
    size: int
    x: int
    y: int
    angle: int = 0
    fill: str = "solid"  # solid, outline, or striped with `second`
    second: tuple[int, int, int] = (0, 0, 0)


class Ground(NamedTuple):
    """What lies behind: a named colour, its kind (plain, gradient, noise, stripes, checks), and how it varies."""

    colour: str
    kind: str
    rgb: tuple[int, int, int]
    other: tuple[int, int, int]  # the second colour of a gradient or a pattern
    variant: int  # which direction, or which noise


class Patch(NamedTuple):
    """A rectangle of one colour in front of the objects: rows top … bottom, columns left … right, ends excluded."""

    top: int
    left: int
    bottom: int
    right: int
    rgb: tuple[int, int, int]


class Scene(NamedTuple):
    """All of a picture. `relation` says where the first of two groups is as seen from the second."""

    groups: tuple[Group, ...]
    objects: tuple[Placed, ...]
    ground: Ground
    relation: str | None = None
    patches: tuple[Patch, ...] = ()


def jittered(draws: Draws, rgb: tuple[int, int, int], by: int = colours.JITTER) -> tuple[int, int, int]:
    """A shade near `rgb`."""
    red, green, blue = (min(255, max(0, channel + draws.integer(-by, by))) for channel in rgb)
    return red, green, blue


def ground(draws: Draws, colour: str | None = None, kind: str | None = None, *, pale: bool = True) -> Ground:
    """A background; its colour and kind are drawn where they are not given. A pale one is a tint of its colour."""
    colour = colour or ("white" if draws.chance(WHITE) else draws.pick(colours.TINTS))
    kind = kind or _GROUND_KINDS[draws.weighted(_GROUND_LADDER)]
    rgb = jittered(draws, colours.tint(colour) if pale else colours.COLOURS[colour])
    shade = -40 if sum(rgb) > 380 else 40
    red, green, blue = (min(255, max(0, channel + shade)) for channel in rgb)
    return Ground(colour, kind, rgb, (red, green, blue), draws.integer(0, 63))


def placed(draws: Draws, group: Group, size: int, x: int, y: int) -> Placed:
    """One object of `group`, its shade and tilt drawn."""
    rgb = jittered(draws, colours.COLOURS[group.colour])
    return Placed(group.concept.character, rgb, size, x, y, draws.pick(TILTS))


def scene(
    draws: Draws, concepts: Sequence[Concept], law: Sequence[float], patterns: Sequence[tuple[int, ...]] = ()
) -> Scene:
    """A scene of the training law: distinct concepts from the ladder `law`, colours that show on the ground.

    `patterns` are the arrangements to choose from evenly; without them `ARRANGEMENTS` holds.
    """
    counts = draws.pick(patterns) if patterns else _PATTERNS[draws.weighted(_PATTERN_LADDER)]
    chosen: list[int] = []
    while len(chosen) < len(counts):
        number = draws.weighted(law)
        if number not in chosen:
            chosen.append(number)
    behind = ground(draws)
    visible = colours.against(behind.colour)
    groups = tuple(
        Group(concepts[number], draws.pick(visible), count) for number, count in zip(chosen, counts, strict=True)
    )
    relation = draws.pick(RELATIONS) if len(groups) == 2 else None
    return Scene(groups, arrange(draws, groups, relation), behind, relation)


def arrange(draws: Draws, groups: Sequence[Group], relation: str | None) -> tuple[Placed, ...]:
    """The objects of `groups` on the canvas: alone, side by side, or in the cells of a grid of two by two."""
    if len(groups) == 1 and groups[0].number == 1:
        return (alone(draws, groups[0]),)
    if relation is None:
        return scattered(draws, groups)
    sides = zip(groups, (relation, OPPOSITE[relation]), strict=True)
    return tuple(item for group, side in sides for item in _on_side(draws, group, side))


def scattered(draws: Draws, groups: Sequence[Group]) -> tuple[Placed, ...]:
    """Up to four objects, each in a cell of its own."""
    members = [group for group in groups for _ in range(group.number)]
    return tuple(_in_cell(draws, group, *cell) for group, cell in zip(members, draws.shuffled(_CELLS), strict=False))


def lone(draws: Draws, concept: Concept, behind: Ground, sizes: tuple[int, int] | None = None) -> Scene:
    """A scene of one object on a given ground, sized as in training unless `sizes` are given."""
    group = Group(concept, draws.pick(colours.against(behind.colour)), 1)
    return Scene((group,), (alone(draws, group, sizes),), behind)


def alone(draws: Draws, group: Group, sizes: tuple[int, int] | None = None) -> Placed:
    """A single object anywhere on the canvas, sized as in training unless `sizes` are given."""
    size = draws.integer(*(sizes or (SMALLER if draws.chance(SMALLER_SHARE) else SIZES)))
    return placed(draws, group, size, *(draws.integer(size // 2, SIDE - (size + 1) // 2) for _ in "xy"))


_LOW, _MIDDLE, _HIGH = SIDE // 4, SIDE // 2, 3 * SIDE // 4
_CELLS = ((_LOW, _LOW), (_HIGH, _LOW), (_LOW, _HIGH), (_HIGH, _HIGH))
_HALVES = {"above": (None, _LOW), "below": (None, _HIGH), "left": (_LOW, None), "right": (_HIGH, None)}
OPPOSITE = {"above": "below", "below": "above", "left": "right", "right": "left"}


def _on_side(draws: Draws, group: Group, side: str) -> list[Placed]:
    """One or two objects in a half of the canvas, spread along it."""
    x, y = _HALVES[side]
    if group.number == 1:
        size = draws.integer(*PACKED)
        along = draws.integer(_LOW, _HIGH)
        return [placed(draws, group, size, along if x is None else x, along if y is None else y)]
    return [
        _in_cell(draws, group, along if x is None else x, along if y is None else y, slack=1) for along in (_LOW, _HIGH)
    ]


def _in_cell(draws: Draws, group: Group, x: int, y: int, slack: int = _SLACK) -> Placed:
    size = draws.integer(*PACKED)
    room = min(slack, (SIDE // 2 - size) // 2 + 1)
    return placed(draws, group, size, x + draws.integer(-room, room), y + draws.integer(-room, room))
