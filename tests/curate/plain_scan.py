"""The published rules as a reader of the paper would write them down: a loop over all entries. Slow and plain."""

import functools
import unicodedata
from collections.abc import Sequence

NO_SPACES = ("CJK ", "IDEOGRAPHIC ", "HIRAGANA ", "KATAKANA", "THAI ", "LAO ", "MYANMAR ", "KHMER ", "TIBETAN ")


def respelled(caption: str) -> str:
    for mark in (",", ".", ";", ":", "?", "!", "`"):
        caption = caption.replace(mark, " " + mark + " ")
    caption = " " + caption + " "
    for white in ("\t", "\n", "\r"):
        caption = caption.replace(white, " ")
    return caption


def first_rules(entries: Sequence[str], caption: str) -> list[int]:
    """MetaCLIP."""
    text = respelled(caption)
    return [number for number, entry in enumerate(entries) if " " + entry + " " in text]


def second_rules(entries: Sequence[str], caption: str) -> list[int]:
    """MetaCLIP 2."""
    text = respelled(caption.strip())
    return [number for number, entry in enumerate(entries) if _padded(entry) in text]


@functools.cache
def _padded(entry: str) -> str:
    if not entry:
        return "  "
    return ("" if _close(entry[0]) else " ") + entry + ("" if _close(entry[-1]) else " ")


def _close(character: str) -> bool:
    if unicodedata.category(character)[0] == "P":
        return True
    return any(unicodedata.name(character, "").startswith(script) for script in NO_SPACES)
