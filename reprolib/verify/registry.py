"""The functions that a claim in paper/claims.yaml may name under `recompute`. Nothing there is ever evaluated as code.

Each takes the bench (where it reads results, laws, tables and facts) and the claim's arguments, and gives `Ours`, one
for every number that the claim prints.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Concatenate, TypeAlias

if TYPE_CHECKING:
    from reprolib.verify.bench import Bench


@dataclass(frozen=True)
class Ours:
    """One number that we have, and what it is."""

    label: str
    value: float
    printed: str = ""
    """The number as printed, where a rule reads it from the facts and not from the claim."""
    note: str = ""
    """A sentence that a reader of the verdict should see besides."""


@dataclass(frozen=True)
class Recorded(Ours):
    """A record, or a part of one, that is computed again; `value` is the largest difference in units."""

    again: str = ""
    """The number that `printed` is compared with, as it came again; both are empty where all are the same."""
    units: Mapping[str, float | None] = field(default_factory=dict)
    """The largest difference of each kind of number, in units of its last recorded digit; None where no number came."""


Function: TypeAlias = "Callable[Concatenate[Bench, ...], Sequence[Ours]]"
_REGISTERED: dict[str, Function] = {}
_MODULES = ("measured", "lawful", "scrutinized", "curated", "statements", "printed", "redraw", "refit")


def recomputes(function: Function) -> Function:
    """Register `function` under its own name."""
    _REGISTERED[function.__name__] = function
    return function


@functools.cache
def functions() -> dict[str, Function]:
    """Every registered function by name."""
    for module in _MODULES:
        importlib.import_module(f"reprolib.verify.{module}")
    return dict(sorted(_REGISTERED.items()))
