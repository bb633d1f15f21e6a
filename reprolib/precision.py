"""How many digits of a number a record shows, and when a number that is computed again is the same.

A record claims its digits and no more, as a printed number does. Each number has a *unit*, the power of ten of the last
digit that is shown. It follows from where the number comes from (`RULES`):

* An estimate with an interval, and the ends of the interval: at or below `SHARE` of the interval's width, so that a law
  through three points shows what three points determine. The width of what is estimated by its logarithm
  (`LOGARITHMS`) is taken there, relative to each number.
* Any other number: so many significant digits.
* Integers, words, truth values and null: as they are.

`quantised` rounds a record to its units when it is written. What is computed again is compared unrounded: it is the
same number if it lies within `ALLOWED` units of the recorded one. The units are those of the recomputed numbers, since
an interval that was rounded, or edited, may have another width.

    precision.same("law", recorded, recomputed)
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

SHARE = 1e-6
"""Of an interval's width. BLAS kernels move an end by about 1e-9 of it."""
SLACK = 0.01
"""Units beyond the half that rounding takes: at a rounding boundary two machines may fall on either side."""
ALLOWED = 0.5 + SLACK
MOST = 12
"""Significant digits that a number has at most, however narrow its interval."""
LOGARITHMS = {"beta", "factor", "ratio", "compute", "curve"}
"""Positive numbers, over many powers of ten, that are estimated by their logarithms."""


@dataclass(frozen=True)
class Rule:
    """The units of one kind of record. A path names keys below any object of the record; `*` is each key or index."""

    digits: int
    """Significant digits of what is not named below."""
    others: Mapping[str, int] = field(default_factory=dict)
    """Path: its significant digits."""
    intervals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Path of an estimate: its intervals, each the path of a list of two ends or the two paths of the ends. The first
    interval that is there says how many digits the estimate has."""


COPIED = 12
ARITHMETIC = 10
FITTED = 8
PREDICTED = 6
"""Errors of predictions of unseen runs, which move more than the law does."""
RULES = {
    "evaluation": Rule(COPIED),
    "run": Rule(COPIED),
    "resources": Rule(COPIED),
    "law": Rule(
        FITTED,
        others={"points.*.x": COPIED, "points.*.y": COPIED, "edges.*": ARITHMETIC},
        intervals={"params.*": ("intervals.*",)},
    ),
    "summary": Rule(6),
    "scrutiny": Rule(
        FITTED,
        others={
            **dict.fromkeys(("gmacs_total", "measured", "tail_share", "t"), COPIED),
            **dict.fromkeys(("log_rmse", "log_bias", "error_pp", "bias_pp"), PREDICTED),
        },
        intervals={
            "params.*": ("intervals.*",),
            "exponents.*": ("intervals.*",),
            "alpha": ("interval",),
            "bend": ("bend_interval",),
            "difference": (
                "interval",
                "given.interval",
                "chosen_again.interval",
                "test_noise.interval",
                "test_interval",
            ),
            "common": ("common_interval",),
            "ratio": ("ratio_interval",),
            "compute": ("compute_interval",),
            "points": ("points_interval",),
            "error": ("interval",),
            "predicted": ("interval", "predicted_intervals.run", "predicted_intervals.law"),
            "error_pp": ("interval",),
            "log10_error": ("log10_intervals.run", "log10_intervals.law"),
            "factor": ("factor_intervals.run", "factor_intervals.law"),
            "curve.y.*": ("curve.low.* curve.high.*", "curve.run_low.* curve.run_high.*"),
        },
    ),
    "figure": Rule(ARITHMETIC),
    "table": Rule(ARITHMETIC),
    "numbers": Rule(ARITHMETIC),
}
"""By kind of record. Numbers of any other kind are recorded as they are."""

Path: TypeAlias = tuple[str | int, ...]
ESTIMATE, END, NUMBER, WORD = "estimate", "interval end", "number", "word"
MISSING = "missing"


@dataclass(frozen=True)
class Unit:
    """The unit of one number."""

    sort: str
    """What sort of number it is: `ESTIMATE`, `END` or `NUMBER`."""
    power: int | None
    """The unit is ten to this power; None for a zero, and for a number that is recorded as it is."""

    def round(self, value: float) -> float:
        """`value` to its last digit that is shown."""
        return value if self.power is None else float(round(value, -self.power))


@dataclass(frozen=True)
class Difference:
    """One leaf of a record beside the same one computed again."""

    label: str
    """Where it is, `panels[0].series[2].y[5]`."""
    sort: str
    """The kind of record and the sort of number, `law interval end`; `law word` for what is no number."""
    recorded: Any
    """`MISSING` where the record lacks it."""
    recomputed: Any
    """Unrounded; `MISSING` where it does not come again."""
    units: float
    """How far apart they are, in units of the last digit that the record shows; infinite if they are no numbers."""

    @property
    def same(self) -> bool:
        """Whether the recomputed number has the recorded digits."""
        return self.units <= ALLOWED


def quantised(kind: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """`content` of a record with each number rounded to its unit."""
    known = units(kind, content)

    def at(path: Path, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: at((*path, key), inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [at((*path, index), inner) for index, inner in enumerate(value)]
        return known[path].round(value) if isinstance(value, float) else value

    return {key: at((key,), value) for key, value in content.items()}


def differences(kind: str, recorded: Any, recomputed: Any) -> list[Difference]:
    """Every leaf of a record beside the one computed again.

    Args:
        kind: Of the record, as in `RULES`.
        recorded: Its content, rounded when it was written; or a part of it.
        recomputed: The same, unrounded.
    """
    old, new, known = dict(_leaves(recorded)), dict(_leaves(recomputed)), units(kind, recomputed)
    found = []
    for path in dict.fromkeys([*new, *old]):
        before, after = old.get(path, MISSING), new.get(path, MISSING)
        sort = known[path].sort if path in known else WORD
        apart = _apart(before, after, known.get(path))
        found.append(Difference(_label(path), f"{kind} {sort}", before, after, apart))
    return found


def same(kind: str, recorded: Mapping[str, Any], recomputed: Mapping[str, Any]) -> bool:
    """Whether an unrounded `recomputed` record has all the digits of the `recorded` one."""
    return all(difference.same for difference in differences(kind, recorded, recomputed))


def agrees(kind: str, recorded: Any, recomputed: Any) -> bool:
    """Whether one number of a kind of record, apart from any interval, has the recorded digits."""
    (found,) = differences(kind, [recorded], [recomputed])
    return found.same


def _apart(recorded: Any, recomputed: Any, unit: Unit | None) -> float:
    """The difference of two leaves in units."""
    if recorded == recomputed and isinstance(recorded, bool) == isinstance(recomputed, bool):
        return 0.0
    if unit is None or unit.power is None or not _is_number(recorded):
        return math.inf
    if isinstance(recorded, int) and isinstance(recomputed, int):
        return math.inf
    return float(abs(recomputed - recorded) / 10.0**unit.power)


def units(kind: str, content: Any) -> dict[Path, Unit]:
    """The unit of every number in `content`, by its path."""
    numbers = {path: value for path, value in _leaves(content) if _is_number(value)}
    if kind not in RULES:
        return {path: Unit(NUMBER, None) for path in numbers}
    rule = RULES[kind]
    found = {path: Unit(NUMBER, _power(value) - rule.digits + 1 if value else None) for path, value in numbers.items()}
    for here, each in _objects(content):
        for pattern, digits in rule.others.items():
            for path, _ in _expanded(here, each, pattern):
                if numbers.get(path):
                    found[path] = Unit(NUMBER, _power(numbers[path]) - digits + 1)
        for pattern, intervals in rule.intervals.items():
            for estimate, star in _expanded(here, each, pattern):
                found |= _of_estimate(estimate, [_ends(here, where, star) for where in intervals], numbers)
    return found


def _of_estimate(estimate: Path, intervals: list[tuple[Path, ...]], numbers: Mapping[Path, float]) -> dict[Path, Unit]:
    """The units of an estimate and of the ends of its intervals; nothing where no end is known."""
    found: dict[Path, Unit] = {}
    logarithmic = any(part in LOGARITHMS for part in estimate)
    for ends in reversed([known for interval in intervals if (known := [end for end in interval if end in numbers])]):
        # An interval that is open to one side is as wide as its known half.
        group = {path: numbers[path] for path in (*ends, estimate) if path in numbers}
        powers = _powers(group, [*group] if len(ends) == 1 else ends, logarithmic)
        found |= {path: Unit(ESTIMATE if path == estimate else END, power) for path, power in powers.items()}
    return found


def _powers(group: Mapping[Path, float], ends: Sequence[Path], logarithmic: bool) -> dict[Path, int | None]:
    """The powers of ten of the units of an interval's numbers.

    Rounding can bring a width to the next power of ten. Then the coarser unit holds, so that rounding again changes
    nothing.
    """
    found = _powers_once(group, ends, logarithmic)
    while True:
        rounded = {path: Unit(END, found[path]).round(value) for path, value in group.items()}
        again = _powers_once(rounded, ends, logarithmic)
        coarser = {path: max(_finite(found[path]), _finite(again[path])) for path in group}
        if all(coarser[path] == _finite(found[path]) for path in group):
            return found
        found = {path: int(power) if math.isfinite(power) else None for path, power in coarser.items()}


def _powers_once(group: Mapping[Path, float], ends: Sequence[Path], logarithmic: bool) -> dict[Path, int | None]:
    known = [group[end] for end in ends]
    absolute, relative = max(known) - min(known), 0.0
    if logarithmic and (positive := _positive(group, known)):
        absolute, relative = 0.0, math.log(max(positive)) - math.log(min(positive))
    found: dict[Path, int | None] = {}
    for path, value in group.items():
        least = (SHARE * absolute, SHARE * relative * abs(value))
        powers = [_power(size) for size in least if size] + ([_power(value) - MOST + 1] if value else [])
        found[path] = max(powers, default=None)
    return found


def _positive(group: Mapping[Path, float], ends: Sequence[float]) -> list[float]:
    """What the width of an interval in the logarithm is between: there an end at zero is as good as open."""
    positive = [end for end in ends if end > 0]
    if len(positive) < len(ends):
        positive = [value for value in group.values() if value > 0]
    return positive if len(positive) > 1 else []


def _finite(power: int | None) -> float:
    return -math.inf if power is None else power


def _power(value: float) -> int:
    """The power of ten at or below the size of `value`, which is not zero."""
    return int(f"{abs(value):e}".partition("e")[2]) if abs(value) < 1e300 else math.floor(math.log10(abs(value)))


def _ends(here: Path, where: str, star: str | int) -> tuple[Path, ...]:
    """The paths of the two ends of an interval."""
    paths = [(*here, *(star if part == "*" else part for part in each.split("."))) for each in where.split()]
    return tuple(paths) if len(paths) == 2 else ((*paths[0], 0), (*paths[0], 1))


def _expanded(here: Path, content: Mapping[str, Any], pattern: str) -> Iterator[tuple[Path, str | int]]:
    """The paths in `content` that a pattern names, each with what its `*` is."""
    found: list[tuple[Path, Any, str | int]] = [(here, content, "")]
    for part in pattern.split("."):
        if part == "*":
            found = [((*path, key), inner, key) for path, value, _ in found for key, inner in _items(value)]
        else:
            found = [
                ((*path, part), value[part], star)
                for path, value, star in found
                if isinstance(value, Mapping) and part in value
            ]
    yield from ((path, star) for path, _, star in found)


def _objects(content: Any, path: Path = ()) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Every object in a JSON value, with its path."""
    if isinstance(content, Mapping):
        yield path, content
    for key, value in _items(content):
        yield from _objects(value, (*path, key))


def _leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every leaf of a JSON value with its path; an empty list or object is one."""
    inner = list(_items(value))
    if inner:
        for key, each in inner:
            yield from _leaves(each, (*path, key))
    else:
        yield path, list(value) if isinstance(value, tuple) else value


def _items(value: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, list | tuple):
        yield from enumerate(value)


def _label(path: Path) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
