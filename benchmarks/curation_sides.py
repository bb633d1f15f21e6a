"""One way of matching captions against metadata, timed in a process of its own.

`python curation_sides.py SIDE FILE` reads {entries, captions} and prints, as JSON, what it cost and a hash of all that
was found. `curation.py` runs it.
"""

# ruff: noqa: T201 # a benchmark prints
from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

Search = Callable[[Sequence[str]], list[list[int]]]
REPEATS = 3
SCANNED = 60
"""Captions that the scan is timed on; it takes its time."""


def ours(entries: list[str]) -> Search:
    """The matcher of this project."""
    from reprolib.curate.matching import Matcher

    matcher = Matcher(entries)
    return lambda captions: matcher(captions)  # type: ignore[return-value,arg-type]


def ours_characters(entries: list[str]) -> Search:
    """The same for scripts without spaces, a character at a time."""
    from reprolib.curate.matching import Matcher
    from reprolib.curate.spelling import Rules

    matcher = Matcher(entries, Rules.METACLIP2)
    return lambda captions: matcher(captions)  # type: ignore[return-value,arg-type]


def automaton(entries: list[str]) -> Search:
    """Aho and Corasick's automaton, in C."""
    import ahocorasick

    made = ahocorasick.Automaton()
    for number, entry in enumerate(entries):
        made.add_word(f" {entry} ", number)
    made.make_automaton()
    return lambda captions: [sorted({number for _, number in made.iter(_spelled(text))}) for text in captions]


def scan(entries: list[str]) -> Search:
    """A loop over all entries, as the paper writes it."""
    sought = [f" {entry} " for entry in entries]

    def search(captions: Sequence[str]) -> list[list[int]]:
        texts = [_spelled(caption) for caption in captions]
        return [[number for number, each in enumerate(sought) if each in text] for text in texts]

    return search


def _spelled(caption: str) -> str:
    for mark in ",.;:?!`":
        caption = caption.replace(mark, f" {mark} ")
    for white in "\t\n\r":
        caption = caption.replace(white, " ")
    return f" {caption} "


def _resident() -> float:
    """Megabytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def _digest(found: list[list[int]], captions: int) -> str:
    rows = [np.asarray(found.of(row) if hasattr(found, "of") else found[row]).tolist() for row in range(captions)]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


SIDES = {"ours": ours, "ours, characters": ours_characters, "pyahocorasick": automaton, "scan": scan}


def main() -> None:
    """Time the side that the command line names."""
    side, file = sys.argv[1:]
    data = json.loads(Path(file).read_text())
    captions = data["captions"][:SCANNED] if side == "scan" else data["captions"]
    SIDES[side](data["entries"][:10])(captions[:10])  # imports are not timed
    before, started = _resident(), time.process_time()
    search = SIDES[side](data["entries"])
    build, resident = time.process_time() - started, _resident() - before
    seconds = []
    for _ in range(1 if side == "scan" else REPEATS):
        started = time.process_time()
        found = search(captions)
        seconds.append(time.process_time() - started)
    told = {"build": build, "resident": resident, "rate": len(captions) / min(seconds)}
    print(
        json.dumps(
            told | {"captions": len(captions), "first": _digest(found, SCANNED), "all": _digest(found, len(captions))}
        )
    )


if __name__ == "__main__":
    main()
