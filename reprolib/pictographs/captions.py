"""What is written beside a picture, in the styles of the web: sentences, keywords, junk, and what belongs elsewhere.

A sentence names every group with its number, and how two groups lie; half of them name colours as well, and few the
ground. Keywords name the same without grammar or number. Junk says nothing. Pure.
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
# Where every caption tells colour, ground and place, models of the miniature's size tell pictures apart by these alone
# and never look at shapes (seen on the validation pairs). People, too, first say what a thing is.
COLOURS_TOLD = 0.5
GROUND_TOLD = 0.15
SMALL_TOLD, LARGE_TOLD = 0.5, 0.1  # most things are large, so it is seldom worth a word
PLACE_TOLD, TILT_TOLD = 0.3, 0.1
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
    coloured = draws.chance(COLOURS_TOLD)
    return draws.pick(OPENINGS) + _core(draws, scene, draws.chance(0.5), coloured) + _on_ground(draws, scene)


def retold(draws: Draws, scene: Scene) -> str:
    """The same in other words: phrasings that no training caption has. For one or two groups."""
    coloured = draws.chance(COLOURS_TOLD)
    if scene.relation is None:
        (group,) = scene.groups
        subject = noun(group, coloured=coloured)
        words = place_words(scene.objects[0].x, scene.objects[0].y) if group.number == 1 else None
        where = f" {words}" if words and draws.chance(0.7) else ""
        return draws.pick(_RETOLD).format(subject + where) + _on_ground(draws, scene)
    relation = draws.pick(RELATIONS[scene.relation])
    opposite = draws.pick(RELATIONS[scenes.OPPOSITE[scene.relation]])
    first, second = (noun(group, coloured=coloured) for group in scene.groups)
    pronoun, other = ("it" if group.number == 1 else "them" for group in scene.groups)
    phrase = draws.pick(
        (
            f"{first} {relation} {second}",
            f"{first} with {second} {opposite} {pronoun}",
            f"{second} with {first} {relation} {other}",
        )
    )
    return draws.pick(_RETOLD).format(phrase) + _on_ground(draws, scene)


def keywords(draws: Draws, scene: Scene) -> str:
    """The things of `scene`, their colours and sometimes their category, as tags in any order."""
    tags = [group.concept.name for group in scene.groups]
    if draws.chance(COLOURS_TOLD):
        after = draws.chance(0.5)
        tags = [
            f"{name} {group.colour}" if after else f"{group.colour} {name}"
            for name, group in zip(tags, scene.groups, strict=True)
        ]
    category = scene.groups[0].concept.category
    if category != OTHER and draws.chance(0.3):
        tags.append(category)
    if draws.chance(GROUND_TOLD):
        tags.append(f"{scene.ground.colour} background")
    return draws.pick((" ", ", ", " ")).join(draws.shuffled(tags))


def junk(draws: Draws) -> str:
    """A caption that no picture can be told by."""
    return draws.pick(_JUNK).format(draws.integer(1, 9999), draws.integer(1, 9999))


def noun(group: Group, *adjectives: str, coloured: bool = True) -> str:
    """One group in words: "a small red anchor", "two red snowmen"; without the colour "a small anchor"."""
    colour = (group.colour,) if coloured else ()
    words = " ".join((*adjectives, *colour, group.concept.name if group.number == 1 else group.concept.plural))
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


def _core(draws: Draws, scene: Scene, turned: bool, coloured: bool) -> str:
    if len(scene.objects) == 1:
        return _lone(draws, scene, coloured)
    nouns = [noun(group, coloured=coloured) for group in scene.groups]
    if scene.relation is None:
        return listed(draws.shuffled(nouns))
    first, second = nouns
    relation = scene.relation
    if turned:
        first, second, relation = second, first, scenes.OPPOSITE[relation]
    return f"{first} {draws.pick(RELATIONS[relation])} {second}"


def _lone(draws: Draws, scene: Scene, coloured: bool) -> str:
    (group,), (item,) = scene.groups, scene.objects
    size, told, extra = size_word(item.size), draws.unit(), draws.unit()
    worth = size is not None and told < {"small": SMALL_TOLD, "large": LARGE_TOLD}[size]
    phrase = noun(group, *([size] if size and worth else []), coloured=coloured)
    place, tilt = place_words(item.x, item.y), tilt_words(item.angle)
    words = place if extra < PLACE_TOLD else tilt if extra < PLACE_TOLD + TILT_TOLD else None
    return f"{phrase} {words}" if words else phrase


def _on_ground(draws: Draws, scene: Scene) -> str:
    if not draws.chance(GROUND_TOLD):
        return ""
    words = scene.ground.colour
    if draws.chance(0.3):
        words = f"{TEXTURES[scene.ground.kind]} {words}"
    return f" on {_article(words)} {words} background"


def _article(words: str) -> str:
    return "an" if words[0] in "aeiou" else "a"
