"""Records beside what is computed again: the differences of a whole record as one number of a verdict."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from reprolib import precision
from reprolib.provenance import records
from reprolib.verify.registry import Recorded

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SHOWN = 60
"""Characters of a text that a verdict shows."""


def content(path: Path, kind: str) -> dict[str, Any]:
    """What the record in `path` says.

    Raises:
        ReproError: The record is missing or damaged.
    """
    return records.content_of(records.read(path, kind))


def folder(path: Path, kind: str, made: Mapping[str, Mapping[str, Any]]) -> list[Recorded]:
    """Every record of a folder, and each that should be there, beside what came again under its name.

    Raises:
        ReproError: A record is damaged.
    """
    names = sorted({*made, *(each.stem for each in path.glob("*.json"))})
    return [
        compared(
            f"{path.name}/{name}.json",
            kind,
            content(path / f"{name}.json", kind) if (path / f"{name}.json").is_file() else precision.MISSING,
            made.get(name, precision.MISSING),
        )
        for name in names
    ]


def compared(label: str, kind: str, recorded: Any, recomputed: Any) -> Recorded:
    """A record, or a part of one, beside the unrounded recomputed one.

    Args:
        label: What it is.
        kind: Of the record, as in `precision.RULES`.
        recorded: Its content.
        recomputed: The content that came again.
    """
    if precision.MISSING in (recorded, recomputed):
        was, came = (each if each == precision.MISSING else "there" for each in (recorded, recomputed))
        return Recorded(label, math.inf, was, again=came)
    found = precision.differences(kind, recorded, recomputed)
    units: dict[str, float | None] = {}
    for each in found:
        if each.sort != f"{kind} {precision.WORD}":
            before = units.get(each.sort, 0.0)
            units[each.sort] = None if before is None or math.isinf(each.units) else max(before, each.units)
    largest = max((each.units for each in found), default=0.0)
    differing = [each for each in found if not each.same]
    if not differing:
        return Recorded(label, largest, units=units)
    first = max(differing, key=lambda each: each.units)
    where = ": ".join(filter(None, (label, first.label)))
    more = f" and {len(differing) - 1} more" if len(differing) > 1 else ""
    return Recorded(f"{where}{more}", largest, _shown(first.recorded), again=_shown(first.recomputed), units=units)


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
