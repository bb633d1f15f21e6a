"""The scenes of the class sets: one object to name, as trained or under one of the shifts of ImageNet's variants.

Each function makes a scene of a given concept from its draws. Pure.
"""

from reprolib.pictographs import colours, scenes
from reprolib.pictographs.concepts import Concept, all_concepts
from reprolib.pictographs.draws import Draws
from reprolib.pictographs.scenes import SIDE, Ground, Group, Patch, Placed, Scene

TURNS = tuple(range(45, 316, 15))  # degrees: outside of the tilts of training, which end at 24
TINY = (11, 13)  # pixels: the hard set's objects are below any lone object of training
CLUTTER = (6, 8)  # pixels: too small to be the subject
COVERED = 0.25  # share of the object's height or width behind the patch

_WHITE, _BLACK = (255, 255, 255), (0, 0, 0)


def resampled(draws: Draws, concept: Concept) -> Scene:
    """One object on a plain ground: the class set, and again from another stream for V2."""
    return scenes.lone(draws, concept, scenes.ground(draws, kind="plain"))


def sketch(draws: Draws, concept: Concept) -> Scene:
    """Black outlines on white paper."""
    group = Group(concept, "black", 1)
    drawn = scenes.alone(draws, group)._replace(rgb=_BLACK, fill="outline")
    return Scene((group,), (drawn,), Ground("white", "plain", _WHITE, _WHITE, 0))


def rendition(draws: Draws, concept: Concept) -> Scene:
    """Striped cloth, pastel on pastel, or a coloured outline on a striped poster."""
    scene = scenes.lone(draws, concept, scenes.ground(draws, kind="plain"))
    (item,), ground = scene.objects, scene.ground
    manner = draws.pick(("striped", "pastel", "poster"))
    if manner == "striped":
        second = colours.COLOURS[draws.pick(colours.against(ground.colour))]
        return scene._replace(objects=(item._replace(fill="striped", second=second),))
    if manner == "pastel":
        light = item._replace(rgb=_mixed(item.rgb, _WHITE, 0.35))
        return scene._replace(objects=(light,), ground=ground._replace(rgb=_mixed(ground.rgb, _WHITE, 0.6)))
    poster = ground._replace(kind="stripes", other=_mixed(ground.rgb, _WHITE, 0.5))
    return scene._replace(objects=(item._replace(fill="outline"),), ground=poster)


def turned(draws: Draws, concept: Concept) -> Scene:
    """Strong rotation on checks and stripes of two colours, as objects lie in an untidy room."""
    ground = scenes.ground(draws, kind=draws.pick(("checks", "stripes")), pale=False)
    scene = scenes.lone(draws, concept, ground)
    (item,), (group,) = scene.objects, scene.groups
    # The second colour must show the object as well: it is a shade of one that the object's colour stands out from.
    other = scenes.jittered(draws, colours.COLOURS[draws.pick(colours.against(group.colour))])
    return scene._replace(
        objects=(item._replace(angle=draws.pick(TURNS)),), ground=ground._replace(other=_mixed(other, ground.rgb, 0.4))
    )


def hard(draws: Draws, concept: Concept) -> Scene:
    """Small, among scraps of other pictographs, a part of it behind a patch."""
    scene = scenes.lone(draws, concept, scenes.ground(draws, kind="noise", pale=False), TINY)
    (item,) = scene.objects
    scraps = tuple(_scrap(draws, scene.ground.colour) for _ in range(draws.integer(2, 4)))
    return scene._replace(objects=(*scraps, item), patches=(_cover(draws, item),))


def _scrap(draws: Draws, behind: str) -> Placed:
    group = Group(draws.pick(all_concepts()), draws.pick(colours.against(behind)), 1)
    return scenes.alone(draws, group, CLUTTER)


def _cover(draws: Draws, item: Placed) -> Patch:
    """A patch over one side of the object, from its rim inwards."""
    half, depth = item.size // 2 + 1, round(COVERED * item.size) + 1
    top, bottom, left, right = item.y - half, item.y + half, item.x - half, item.x + half
    rgb = scenes.jittered(draws, colours.COLOURS[draws.pick(colours.NAMES)])
    side = draws.pick(("top", "bottom", "left", "right"))
    bounds = {
        "top": (top, left, top + depth, right),
        "bottom": (bottom - depth, left, bottom, right),
        "left": (top, left, bottom, left + depth),
        "right": (top, right - depth, bottom, right),
    }[side]
    first, before, last, after = (min(SIDE, max(0, bound)) for bound in bounds)
    return Patch(first, before, last, after, rgb)


def _mixed(one: tuple[int, int, int], other: tuple[int, int, int], share: float) -> tuple[int, int, int]:
    """`share` of `other` in `one`."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue
