"""The metadata: the list of entries that captions are matched against, where each comes from, and what is wrong in it.

    metadata = read(Path("metadata.json"))              # a JSON list of strings, or an object: entry -> count
    metadata = joined([sources.wordnet(folder), sources.counted(file, least=100)])
    metadata.write(Path("metadata.json"))

Entries are in a fixed order: sources as given, the entries of each in the order of their code points, an entry that
an earlier source has already only there. So the numbers of entries are the same on every machine.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reprolib import files
from reprolib.curate.spelling import Rules, can_match
from reprolib.errors import ReproError

FETCHED_SIZE = 1 << 30
"""Bytes of the largest metadata file that is fetched."""


@dataclass(frozen=True)
class Source:
    """Entries from one place."""

    name: str
    rule: str
    """What was taken of it, in a clause with the threshold."""
    entries: Sequence[str]
    """Distinct, in the order of their code points."""


class Taken(NamedTuple):
    """What came from one source."""

    name: str
    rule: str
    entries: int
    repeated: int
    """How many of them were there already."""


@dataclass(frozen=True)
class Metadata:
    """Distinct entries in a fixed order."""

    entries: tuple[str, ...]
    sources: tuple[Taken, ...]
    counts: NDArray[np.int64] | None = None
    """How many captions match each entry, where the file says so."""

    @cached_property
    def sha256(self) -> str:
        """Of the entries in their order."""
        return hashlib.sha256(json.dumps(self.entries).encode()).hexdigest()

    @property
    def repeated(self) -> int:
        """How many entries were in the sources more than once."""
        return sum(source.repeated for source in self.sources)

    def impossible(self, rules: Rules) -> list[str]:
        """The entries that no caption can match."""
        return [entry for entry in self.entries if not can_match(entry, rules)]

    def told(self, rules: Rules) -> dict[str, Any]:
        """What a record says of it."""
        return {
            "entries": len(self.entries),
            "sha256": self.sha256,
            "sources": [source._asdict() for source in self.sources],
            "repeated": self.repeated,
            "never match": len(self.impossible(rules)),
        }

    def warnings(self, rules: Rules) -> list[str]:
        """A sentence for each kind of entry that does not count."""
        never, found = self.impossible(rules), []
        if self.repeated:
            found.append(f"{_times(self.repeated, 'entry of the metadata is', 'entries of the metadata are')} repeated")
        if never:
            marks = "it has a mark or white space that captions are never spelled with"
            which = _times(len(never), "entry of the metadata", "entries of the metadata")
            found.append(f"{which} can never match, for instance {never[0]!r}: {marks}")
        return found

    def write(self, path: Path) -> None:
        """Write the entries to `path` as a JSON list."""
        files.write(path, json.dumps(self.entries, indent=0) + "\n")


def joined(sources: Iterable[Source]) -> Metadata:
    """The entries of all `sources`.

    Raises:
        ReproError: There are none.
    """
    entries: dict[str, None] = {}
    taken = []
    for source in sources:
        before = len(entries)
        entries.update(dict.fromkeys(source.entries))
        repeated = len(source.entries) - (len(entries) - before)
        taken.append(Taken(source.name, source.rule, len(source.entries), repeated))
    if not entries:
        names = ", ".join(source.name for source in taken) or "no source"
        raise ReproError(f"the metadata should have entries, but {names} gave none; lower a threshold or add a source")
    return Metadata(tuple(entries), tuple(taken))


def read(path: Path) -> Metadata:
    """The entries in the JSON file `path`, in its order: a list of strings, or an object from entries to counts.

    Raises:
        ReproError: It is missing, is neither, or is empty.
    """
    value = files.read_json(path)
    if isinstance(value, dict):
        wrong = next((entry for entry, count in value.items() if type(count) is not int or count < 0), None)
        if wrong is not None:
            raise ReproError(f"{path}: the count of {wrong!r} should be a whole number, but it is {value[wrong]!r}")
    elif isinstance(value, list):
        number = next((number for number, entry in enumerate(value) if not isinstance(entry, str)), None)
        if number is not None:
            raise ReproError(f"{path}: entry {number} should be a string, but it is {value[number]!r}; mend the list")
    else:
        raise ReproError(f"{path} should hold a list of strings, but it holds {_kind(value)}; give such a list")
    if not value:
        raise ReproError(f"{path} should hold the entries to look for, but its list is empty; add entries")
    entries = tuple(dict.fromkeys(value))
    taken = Taken(path.name, "as given", len(value), len(value) - len(entries))
    counts = np.array([*value.values()], np.int64) if isinstance(value, dict) else None
    return Metadata(entries, (taken,), counts)


def fetched(url: str, sha256: str, folder: Path) -> Path:
    """The published metadata or entry-count file at `url`, kept in `folder` under its hash.

    Raises:
        ReproError: It cannot be fetched, or is another file.
    """
    from reprolib.data import fetch

    limits = fetch.Limits(connect_timeout_s=10, read_timeout_s=30, deadline_s=1800, attempts=5, max_bytes=FETCHED_SIZE)
    target = folder / f"{sha256}.json"
    fetch.file(url, target, sha256, limits)
    return target


def _times(count: int, one: str, several: str) -> str:
    return f"{count:,} {one if count == 1 else several}"


def _kind(value: Any) -> str:
    return "nothing" if value is None else f"a {type(value).__name__}"
