"""What is written beside a picture, in the styles of the web: sentences, keywords, junk, and what belongs elsewhere.

A sentence names every group with its number and colour, and how two groups lie; so it mostly tells its picture from
all others. Keywords name the same without grammar or number. Junk says nothing. Pure.
"""

from collections.abc import Sequence

from reprolib.pictographs import scenes
from reprolib.pictographs.concepts import OTHER, has_plural_form
from reprolib.pictographs.draws import Draws
from reprolib.pictographs.scenes import Group, Scene

NUMBERS = ("no", "a", "two", "three", "four")
RELATIONS = {
    "above": ("above", "over", "on top of"),
    "below": ("below", "under", "beneath"),
    "left": ("to the left of", "left of"),
    "right": ("to the right of", "right of"),
}
TEXTURES = {"plain": "plain", "gradient": "shaded", "noise": "rough"}
GROUND_TOLD = 0.6  # of sentences name the background, and half as many lists of keywords
TILTED = 20  # degrees from which an object is said to be tilted; below it one hardly sees it at this size
OPENINGS = ("", "", "", "a picture of ", "an image of ", "a drawing of ", "this shows ")
_RETOLD = ("look at {}", "here we see {}", "one can see {}", "someone drew {}", "it shows {}")
_JUNK = (
    "IMG_{:04d}.png",
    "DSC{:05d}",
    "click to enlarge",
    "image {}",
    "photo {} of {}",
    "untitled",
    "screenshot {}",
    "product no. {}",
    "view larger image",
    "{}x{}",
    "thumbnail_{:03d}",
    "free download",
    "page {} of {}",
    "share this",
    "default title",
    "logo",
)


def sentence(draws: Draws, scene: Scene) -> str:
    """A full sentence that is true of `scene`."""
    return draws.pick(OPENINGS) + _core(draws, scene, draws.chance(0.5)) + _on_ground(draws, scene, GROUND_TOLD)


def retold(draws: Draws, scene: Scene) -> str:
    """The same in other words: phrasings that no training caption has. For one or two groups."""
    if scene.relation is None:
        (group,) = scene.groups
        subject = noun(group)
        words = place_words(scene.objects[0].x, scene.objects[0].y) if group.number == 1 else None
        where = f" {words}" if words and draws.chance(0.7) else ""
        return draws.pick(_RETOLD).format(subject + where) + _on_ground(draws, scene, GROUND_TOLD)
    first, second = scene.groups
    relation = draws.pick(RELATIONS[scene.relation])
    opposite = draws.pick(RELATIONS[scenes.OPPOSITE[scene.relation]])
    pronoun = "it" if first.number == 1 else "them"
    other = "it" if second.number == 1 else "them"
    phrase = draws.pick(
        (
            f"{noun(first)} {relation} {noun(second)}",
            f"{noun(first)} with {noun(second)} {opposite} {pronoun}",
            f"{noun(second)} with {noun(first)} {relation} {other}",
        )
    )
    return draws.pick(_RETOLD).format(phrase) + _on_ground(draws, scene, GROUND_TOLD)


def keywords(draws: Draws, scene: Scene) -> str:
    """The things of `scene`, their colours and sometimes their category, as tags in any order."""
    tags = [f"{group.concept.name} {group.colour}" if draws.chance(0.5) else _tag(group) for group in scene.groups]
    category = scene.groups[0].concept.category
    if category != OTHER and draws.chance(0.3):
        tags.append(category)
    if draws.chance(GROUND_TOLD / 2):
        tags.append(f"{scene.ground.colour} background")
    return draws.pick((" ", ", ", " ")).join(draws.shuffled(tags))


def junk(draws: Draws) -> str:
    """A caption that no picture can be told by."""
    return draws.pick(_JUNK).format(draws.integer(1, 9999), draws.integer(1, 9999))


def noun(group: Group, *adjectives: str) -> str:
    """One group in words: "a small red anchor", "two red snowmen"."""
    words = " ".join((*adjectives, group.colour, group.concept.name if group.number == 1 else group.concept.plural))
    if group.number > 1:
        return f"{NUMBERS[group.number]} {words}"
    if has_plural_form(group.concept.name):
        return words
    return f"{_article(words)} {words}"


def listed(phrases: Sequence[str]) -> str:
    """ "x, y and z"."""
    return " and ".join((", ".join(phrases[:-1]), phrases[-1])) if len(phrases) > 1 else phrases[0]


def size_word(size: int) -> str | None:
    """What a lone object of this size is called."""
    return "small" if size <= scenes.SMALL else "large" if size >= scenes.LARGE else None


def tilt_words(angle: int) -> str | None:
    """How an object turned by `angle` degrees counter-clockwise stands."""
    return None if abs(angle) < TILTED else "tilted to the left" if angle > 0 else "tilted to the right"


def place_words(x: int, y: int) -> str | None:
    """Where on the canvas (x, y) is, if that has a name."""
    third = scenes.SIDE // 3
    across = "left" if x < third + 2 else "right" if x >= scenes.SIDE - third - 2 else ""
    along = "top" if y < third + 2 else "bottom" if y >= scenes.SIDE - third - 2 else ""
    if across and along:
        return f"in the {along} {across} corner"
    side = along or across
    return f"at the {side}" if along else f"on the {side}" if side else "in the centre"


def _core(draws: Draws, scene: Scene, turned: bool) -> str:
    if len(scene.objects) == 1:
        return _lone(draws, scene)
    if scene.relation is None:
        return listed([noun(group) for group in draws.shuffled(scene.groups)])
    first, second = scene.groups
    relation = scene.relation
    if turned:
        first, second, relation = second, first, scenes.OPPOSITE[relation]
    return f"{noun(first)} {draws.pick(RELATIONS[relation])} {noun(second)}"


def _lone(draws: Draws, scene: Scene) -> str:
    (group,), (item,) = scene.groups, scene.objects
    size = size_word(item.size) if draws.chance(0.5) else None
    phrase = noun(group, size) if size else noun(group)
    extra = draws.unit()
    words = place_words(item.x, item.y) if extra < 0.35 else tilt_words(item.angle) if extra < 0.6 else None
    return f"{phrase} {words}" if words else phrase


def _on_ground(draws: Draws, scene: Scene, probability: float) -> str:
    if not draws.chance(probability):
        return ""
    words = scene.ground.colour
    if draws.chance(0.3):
        words = f"{TEXTURES[scene.ground.kind]} {words}"
    return f" on {_article(words)} {words} background"


def _article(words: str) -> str:
    return "an" if words[0] in "aeiou" else "a"


def _tag(group: Group) -> str:
    return f"{group.colour} {group.concept.name}"
