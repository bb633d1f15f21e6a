"""How far two JSON values lie apart: the largest relative difference of their numbers, and where it is."""

import math
from typing import Any

OTHERWISE_UNEQUAL = math.inf
"""A text, a length or a name differs: no tolerance covers that."""


def distance(ours: Any, theirs: Any, path: str = "") -> tuple[float, str]:
    """The largest relative difference between two JSON values and the path to it (empty where they are equal)."""
    if _is_number(ours) and _is_number(theirs):
        scale = max(abs(ours), abs(theirs))
        gap = abs(ours - theirs) / scale if scale else 0.0
        return gap, path if gap else ""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        odd = sorted(ours.keys() ^ theirs.keys())
        if odd:
            return OTHERWISE_UNEQUAL, f"{path}.{odd[0]}"
        return _largest(distance(ours[key], theirs[key], f"{path}.{key}") for key in ours)
    if isinstance(ours, list) and isinstance(theirs, list):
        if len(ours) != len(theirs):
            return OTHERWISE_UNEQUAL, f"{path} (length {len(ours)} instead of {len(theirs)})"
        return _largest(distance(a, b, f"{path}[{i}]") for i, (a, b) in enumerate(zip(ours, theirs, strict=True)))
    return (0.0, "") if ours == theirs else (OTHERWISE_UNEQUAL, path)


def _largest(gaps: Any) -> tuple[float, str]:
    return max(gaps, key=lambda gap: gap[0], default=(0.0, ""))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
