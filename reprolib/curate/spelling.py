"""How a caption and an entry of the metadata are spelled when one is searched for in the other.

MetaCLIP (Xu et al., arXiv 2309.16671): a caption gets a space before and after, each of seven marks becomes
space-mark-space, then tab, line feed and carriage return become a space each. Nothing else happens to it: no case
folding, no Unicode normalisation, no joining of spaces. An entry gets a space before and after and nothing else. It
matches where it is a substring. So an entry matches between spaces only, and one that has a mark in its usual place
("Dr. No") never does.

MetaCLIP 2 (arXiv 2507.22062) strips the caption first, and gives an entry a space only on a side where its outermost
character belongs neither to a script that is written without spaces nor to punctuation. Which characters do is told by
their Unicode names (`SCRIPTS`) and categories (P…). Written from the published descriptions. Pure.
"""

import functools
import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum

MARKS = ",.;:?!`"
WHITE = "\t\n\r"
SCRIPTS = (
    "CJK ",
    "IDEOGRAPHIC ",
    "HIRAGANA ",
    "KATAKANA",
    "HALFWIDTH KATAKANA ",
    "BOPOMOFO ",
    "THAI ",
    "LAO ",
    "MYANMAR ",
    "KHMER ",
    "TIBETAN ",
)
"""How the names of characters begin in scripts without spaces; Korean has spaces."""

_SPECIAL = re.compile(f"[{re.escape(MARKS + WHITE)}]")
_SPACED_MARK = re.compile(f" ?([{re.escape(MARKS)}]) ?")


class Rules(StrEnum):
    """Whose rules."""

    METACLIP = "metaclip"
    METACLIP2 = "metaclip2"


def lines(captions: Iterable[str], rules: Rules) -> str:
    """The captions as they are searched, joined by line feeds, of which a caption has none then."""
    if rules is Rules.METACLIP2:
        captions = map(str.strip, captions)
    # All at once is several times faster than one by one, so the line feeds must go before others come in.
    text = " \n ".join([caption.replace("\n", " ") for caption in captions])
    for white in WHITE.replace("\n", ""):
        text = text.replace(white, " ")
    for mark in MARKS:
        text = text.replace(mark, f" {mark} ")
    return f" {text} "


def sought(entry: str, rules: Rules) -> str:
    """The entry as it is searched for."""
    if rules is Rules.METACLIP or not entry:
        return f" {entry} "
    before, after = ("" if _joins(character) else " " for character in (entry[0], entry[-1]))
    return before + entry + after


def can_match(entry: str, rules: Rules) -> bool:
    """Whether there is a caption that `entry` matches.

    If any, then the entry with its marks set close, as people write them, in the middle of a sentence.
    """
    if not _SPECIAL.search(entry):
        return True
    written = _SPACED_MARK.sub(r"\1", entry)
    return sought(entry, rules) in lines([f"x {written} x"], rules)


@functools.lru_cache(maxsize=1 << 16)
def _joins(character: str) -> bool:
    """Whether words are written without a space on the side of this character."""
    return unicodedata.category(character).startswith("P") or unicodedata.name(character, "").startswith(SCRIPTS)
