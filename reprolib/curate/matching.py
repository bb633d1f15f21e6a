"""Which entries of the metadata a caption matches: exactly those that a scan for every one of them would find.

    matcher = Matcher(["tea", "pot", "tea pot"])
    matches = matcher(["a tea pot, hot"])          # matches.of(0) is [0, 1, 2]

Under MetaCLIP's rules an entry is found between spaces only, so finding it as a substring is finding its words one
after the other among the words of the caption, empty ones counted (`spelling` says how captions are spelled). The
words become numbers, and a trie over them is walked for all positions of thousands of captions at once, level by
level, in sorted arrays. Under MetaCLIP 2's rules the same is done with characters, because an entry may begin anywhere.

`benchmarks/curation.md` has its speed and memory. Pure.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reprolib.curate.spelling import Rules, can_match, lines, sought

AT_ONCE = 4096
"""Captions searched at once: their arrays fit the cache of a core."""
SMALL = 1 << 22
"""Possible keys of a level up to which each has its place in a table; looking there is several times faster."""
_NONE = -1
_NEXT_CAPTION = -2

Numbers = NDArray[np.int32]


@dataclass(frozen=True)
class Matches:
    """For each caption the entries that it matches."""

    offsets: NDArray[np.int64]
    """(captions + 1,): those of caption i are `entries[offsets[i]:offsets[i + 1]]`."""
    entries: Numbers
    """Numbers of entries, ascending within a caption, each once."""

    def __len__(self) -> int:
        """The number of captions."""
        return len(self.offsets) - 1

    def of(self, caption: int) -> Numbers:
        """The entries that this caption matches."""
        return self.entries[self.offsets[caption] : self.offsets[caption + 1]]

    @property
    def captions(self) -> NDArray[np.int64]:
        """For each of `entries` the caption it belongs to."""
        return np.repeat(np.arange(len(self)), np.diff(self.offsets))

    def counts(self, entries: int) -> NDArray[np.int64]:
        """(entries,): how many captions match each entry."""
        return np.bincount(self.entries, minlength=entries)

    @classmethod
    def joined(cls, parts: Sequence["Matches"]) -> "Matches":
        """The matches of captions that follow each other."""
        sizes = [np.diff(part.offsets) for part in parts]
        offsets = np.concatenate([np.zeros(1, np.int64), *sizes]).cumsum()
        return cls(offsets, np.concatenate([np.empty(0, np.int32), *(part.entries for part in parts)]))


@dataclass(frozen=True)
class _Level:
    """The nodes of a trie at one depth, in the order of their keys."""

    keys: NDArray[np.int64]
    """The node above times the number of symbols, plus the symbol that leads here."""
    entry: Numbers
    """The entry that ends at the node, `_NONE` if none does."""
    goes_on: NDArray[np.bool_]
    """Whether there are nodes below."""
    place: Numbers | None
    """For each possible key its node, `_NONE` if there is none; where that table is small."""

    def find(self, key: NDArray[np.int64]) -> NDArray[np.integer[Any]]:
        """The node of each key, `_NONE` if there is none."""
        if self.place is not None:
            return self.place[key]
        near = np.minimum(np.searchsorted(self.keys, key), len(self.keys) - 1)
        return np.where(self.keys[near] == key, near, _NONE)


class Matcher:
    """The entries of a metadata list, ready to be found."""

    def __init__(self, entries: Sequence[str], rules: Rules = Rules.METACLIP) -> None:
        """Entries are distinct; those that can never match are passed over."""
        self._rules, self._count = rules, len(entries)
        numbers = np.array([number for number, entry in enumerate(entries) if can_match(entry, rules)], np.int32)
        possible = [sought(entries[number], rules) for number in numbers]
        self._symbols = _Words(possible) if rules is Rules.METACLIP else _Characters(possible)
        flat = self._symbols.of("\n".join(possible))
        self._levels = _levels(flat, numbers, self._symbols.count)

    def __call__(self, captions: Sequence[str]) -> Matches:
        """What each of `captions` matches."""
        starts = range(0, len(captions), AT_ONCE)
        return Matches.joined([self._some(captions[start : start + AT_ONCE]) for start in starts])

    def _some(self, captions: Sequence[str]) -> Matches:
        symbols = self._symbols.of(lines(captions, self._rules))
        caption = np.cumsum(symbols == _NEXT_CAPTION, dtype=np.int64)
        found = [caption[start] * self._count + entry for start, entry in self._walk(symbols)]
        pairs = np.unique(np.concatenate([np.empty(0, np.int64), *found]))
        rows, entries = np.divmod(pairs, max(1, self._count))
        offsets = np.zeros(len(captions) + 1, np.int64)
        offsets[1:] = np.bincount(rows, minlength=len(captions)).cumsum()
        return Matches(offsets, entries.astype(np.int32))

    def _walk(self, symbols: Numbers) -> Iterator[tuple[NDArray[np.int64], Numbers]]:
        """Where entries begin in `symbols`, and which; by their length."""
        start = np.arange(len(symbols) - 1)
        node: NDArray[np.integer[Any]] = np.zeros(len(start), np.int32)
        for depth, level in enumerate(self._levels):
            following = symbols[start + depth]  # never beyond the end: what follows the last word ends every run
            start, node, following = start[following >= 0], node[following >= 0], following[following >= 0]
            node = level.find(node.astype(np.int64) * self._symbols.count + following)
            start, node = start[node >= 0], node[node >= 0]
            entry = level.entry[node]
            yield start[entry >= 0], entry[entry >= 0]
            on = level.goes_on[node]
            start, node = start[on], node[on]
            if not start.size:
                return


class _Words:
    """Words as numbers: what stands between spaces, also nothing."""

    def __init__(self, texts: Sequence[str]) -> None:
        words = dict.fromkeys(word for text in texts for word in text[1:-1].split(" "))
        self._number = {word: number for number, word in enumerate(words)}
        self.count = len(words)
        self._number["\n"] = _NEXT_CAPTION

    def of(self, text: str) -> Numbers:
        """The words of lines and a `_NONE`: an unknown word is `_NONE`, the border of two lines `_NEXT_CAPTION`."""
        words = text[1:-1].split(" ")
        words.append(" ")  # no word has a space in it
        return np.fromiter(map(self._number.get, words, repeat(_NONE)), np.int32, len(words))


class _Characters:
    """Characters as numbers."""

    def __init__(self, texts: Sequence[str]) -> None:
        points = np.unique(_points("".join(texts)))
        self._number = np.full(sys.maxunicode + 1, _NONE, np.int32)
        self._number[points] = np.arange(len(points))
        self._number[ord("\n")] = _NEXT_CAPTION
        self.count = len(points)

    def of(self, text: str) -> Numbers:
        """The characters of lines and a `_NONE`: an unknown one is `_NONE`, a line feed `_NEXT_CAPTION`."""
        return np.append(self._number[_points(text)], np.int32(_NONE))


def _points(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")


def _levels(symbols: Numbers, numbers: Numbers, count: int) -> list[_Level]:
    """The trie over the lines in `symbols`, which are the entries `numbers`; `count` symbols are known."""
    if not len(numbers):
        return []
    borders = np.flatnonzero(symbols < 0)
    start = np.concatenate([[0], borders[:-1] + 1])
    length = borders - start
    node = np.zeros(len(numbers), np.int64)
    levels: list[_Level] = []
    above = 1
    while len(numbers):
        key: NDArray[np.int64] = node * count + symbols[start + len(levels)]
        keys, node = np.unique(key, return_inverse=True)
        ends = length == len(levels) + 1
        entry = np.full(len(keys), _NONE, np.int32)
        entry[node[ends]] = numbers[ends]
        goes_on = np.zeros(len(keys), np.bool_)
        goes_on[node[~ends]] = True
        levels.append(_Level(keys, entry, goes_on, _table(keys, above * count)))
        above = len(keys)
        numbers, start, length, node = numbers[~ends], start[~ends], length[~ends], node[~ends]
    return levels


def _table(keys: NDArray[np.int64], possible: int) -> Numbers | None:
    if possible > SMALL:
        return None
    place = np.full(possible, _NONE, np.int32)
    place[keys] = np.arange(len(keys))
    return place
