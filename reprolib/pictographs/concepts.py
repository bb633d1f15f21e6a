"""The concepts of the world: pictographs with the English names that Unicode gives them.

Characters are those of the blocks *Miscellaneous Symbols*, *Dingbats*, *Emoticons* and *Pictographs* that DejaVu Sans
(which matplotlib carries) can draw. A name is the official one in lower case without the words that tell typefaces
apart ("heavy", "ornament", …), as long as two concepts do not end with the same name. Unicode's "black" and "white"
mean filled and hollow, and here, where pictographs have colours, they are called so. Pure.
"""

import functools
import re
import unicodedata
from collections import Counter
from typing import NamedTuple

from reprolib.pictographs import glyphs

BLOCKS = ((0x2600, 0x27BF), (0x1F400, 0x1F6FF))
LONGEST = 4  # words: a caption with three of the longest names still reads as one sentence

_TECHNICAL = {"ornament", "dingbat", "heavy", "medium", "light", "black", "white", "sans-serif"}
_IN_FULL = {"black": "solid", "white": "hollow", "ornament": "", "dingbat": ""}

# Nearly the same picture as a neighbour that stays, at the sizes of the scenes; a test holds what is left apart.
_LOOKALIKES = (
    "2639 263A 26B2 2689 2673-2679 2631-2636 268C-268F 2723 2737 273C 2747 274B 2751 2752 2759 276E 276F 276A 276B "
    "279C 279E 27A0 27A5 27A6 278A-2793 1F604-1F606 1F611 1F612 1F61C 1F61D 1F61F 1F621 1F62B 1F635"
)
# Their names say nothing without the words that are left out, or hold a colour that is none.
_NAMELESS = "2619 261C-261D 26AD-26AF 272C 273E 2756 275B-275E"

_CATEGORIES = {
    "weather": "2600-2604 2607 2608 2614 263C 2744-2746",
    "face": "2639-263B 1F600-1F637",
    "animal": "1F42D-1F435 1F638-1F640",
    "zodiac": "2648-2653",
    "planet": "263D-263F 2641 2643-2647 2609 26B3-26B8 26E2",
    "chess": "2654-265F",
    "cards": "2660-2667",
    "music": "2669-266F",
    "dice": "2680-2685",
    "cross": "2613 2626-2629 2670 2671 2719-2720",
    "star": "2605 2606 262A 2721 2726-2730 2734-2739 2742",
    "asterisk": "2722-2725 2731-2733 273A-273D 2743 2749-274B",
    "flower": "2618 2698 273E-2741 2766 2767",
    "arrow": "2794-27BE",
    "digit": "2776-2793",
    "gender": "2640 2642 26A2-26A9",
    "bracket": "2768-2775",
}
OTHER = "thing"

_IRREGULAR = {"snowman": "snowmen", "man": "men", "fleur-de-lis": "fleurs-de-lis", "parenthesis": "parentheses"}
_PLURAL_FORM = {"scissors", "scales", "springs", "swords", "notes", "lines"}
_UNCHANGED = {"aries", "pisces", "ceres", "pallas"}
_HEAD_ENDS = {"with", "of", "for", "in", "and", "throwing", "savouring", "screaming", "without", "converging"}
_LAST_IS_HEAD = {"sign", "symbol", "face"}


class Concept(NamedTuple):
    """One kind of pictograph."""

    character: str
    name: str
    plural: str
    category: str


@functools.cache
def all_concepts() -> tuple[Concept, ...]:
    """Every concept, in the order of the code points."""
    left_out = _points(_LOOKALIKES) | _points(_NAMELESS)
    drawn = glyphs.drawable(range(low, high + 1) for low, high in BLOCKS)
    points = [point for point in drawn if point not in left_out and unicodedata.category(chr(point)) != "Cn"]
    short = {point: _without_technical(point) for point in points}
    often = Counter(short.values())
    names = {point: name if often[name] == 1 else _in_full(point) for point, name in short.items()}
    return tuple(
        Concept(chr(point), name, plural(name), category_of(point))
        for point, name in names.items()
        if len(name.split()) <= LONGEST
    )


def categories() -> tuple[str, ...]:
    """The names of the categories, without the one for all the rest."""
    return tuple(_CATEGORIES)


def category_of(point: int) -> str:
    """The category of a code point, `OTHER` if it has none."""
    return _category_of().get(point, OTHER)


def plural(name: str) -> str:
    """The plural of a concept's name: of its head, the word before any "with …" or "of …"."""
    words = name.split()
    end = _head(words)
    words[end] = _plural_word(words[end])
    return " ".join(words)


def has_plural_form(name: str) -> bool:
    """Whether one of it is already called by a plural, as scissors are, and so takes no "a"."""
    words = name.split()
    return words[_head(words)] in _PLURAL_FORM


def _head(words: list[str]) -> int:
    last = len(words) - 1
    if words[last] in _LAST_IS_HEAD:
        return last
    return next((place - 1 for place, word in enumerate(words) if place and word in _HEAD_ENDS), last)


def _plural_word(word: str) -> str:
    if word in _PLURAL_FORM | _UNCHANGED:
        return word
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith(("s", "ch", "sh", "box")):
        return word + "es"
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    return word + "s"


def _words(point: int) -> list[str]:
    """The official name, word by word; a style before a hyphen ("black-feathered") is a word of its own."""
    return re.sub(r"\b(black|white)-", r"\1 ", unicodedata.name(chr(point)).lower()).split()


def _without_technical(point: int) -> str:
    return " ".join(word for word in _words(point) if word not in _TECHNICAL)


def _in_full(point: int) -> str:
    return " ".join(filter(None, (_IN_FULL.get(word, word) for word in _words(point))))


@functools.cache
def _category_of() -> dict[int, str]:
    return {point: name for name, listing in _CATEGORIES.items() for point in _points(listing)}


def _points(listing: str) -> set[int]:
    """The code points in a list such as `2600 2654-265F`."""
    found: set[int] = set()
    for item in listing.split():
        first, _, last = item.partition("-")
        found.update(range(int(first, 16), int(last or first, 16) + 1))
    return found
