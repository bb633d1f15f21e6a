"""Which columns of a pool hold captions and ids, and what may stand in them. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reprolib.curate.identity import Id
from reprolib.errors import ReproError

TEXT, KEY = "text", "key"
"""In a tar: the column that is the `.txt` of a sample, and the one that is its key."""

Row = tuple[Id | None, str | None]
"""Id, None where none is asked for, and caption, None where there is none."""


@dataclass(frozen=True)
class Columns:
    """Where caption and id stand."""

    caption: str = TEXT
    id: str | None = None
    """None: the number of the row, from 0, is its id."""

    def row(self, values: Mapping[str, Any], where: str) -> Row:
        """Id and caption out of `values`, which have types of their own; `where` is for the errors.

        Raises:
            ReproError: The caption is neither text nor null, or the id is neither text nor a whole number.
        """
        caption, key = values.get(self.caption), None if self.id is None else values.get(self.id)
        if not isinstance(caption, str | None):
            raise ReproError(f"{where}: '{self.caption}' should be a caption, but it is {caption!r}; give --column")
        if self.id is not None and (isinstance(key, bool) or not isinstance(key, int | str)):
            raise ReproError(f"{where}: '{self.id}' should be text or a whole number, but it is {key!r}; give --id")
        return key, caption


def place(path: Path, names: list[str], name: str) -> int:
    """Which of the columns `names` of `path` is called `name`.

    Raises:
        ReproError: None or several are.
    """
    if names.count(name) > 1:
        raise ReproError(f"{path} should have one column '{name}', but it has {names.count(name)}; rename the others")
    if name not in names:
        raise missing(path, name, names)
    return names.index(name)


def missing(path: Path, name: str, names: Iterable[str]) -> ReproError:
    """What to say where a column is not there."""
    there = ", ".join(sorted(names)) or "none"
    return ReproError(f"{path} should have the column '{name}', but its columns are {there}; give --column or --id")
