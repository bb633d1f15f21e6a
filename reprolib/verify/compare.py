"""One printed number against ours: which verdict, how far apart, in words.

A printed number claims its digits and no more. So ours agrees *exactly* when, rounded to the digits printed, it is the
printed number; there is no other tolerance in `printed`. A record of this repository claims its digits in the same way
(`reprolib.precision`), which is the test `recorded`. The other tests are for statements that give no number.
"""

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from enum import StrEnum

from reprolib import precision
from reprolib.errors import ReproError

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class Verdict(StrEnum):
    """What came of a comparison."""

    EXACT = "exact"
    WITHIN = "within tolerance"
    NOT_CHECKABLE = "not checkable here"
    DIFFERS = "differs"


ORDER = list(Verdict)


def worst(verdicts: list[Verdict]) -> Verdict:
    """The verdict of a whole from its parts: it is as good as the worst of them, and exact if there are none."""
    return max(verdicts, key=ORDER.index, default=Verdict.EXACT)


class Test(StrEnum):
    """How a number is held against what the paper says."""

    __test__ = False  # not a test for pytest to collect

    PRINTED = "printed"
    """Rounded to the printed digits, ours is the printed number."""
    WITHIN = "within"
    """Ours lies within the tolerance of the printed number (exact if its printed digits agree)."""
    AT_MOST = "at most"
    """Ours is at most the bound (within tolerance: at most bound + tolerance)."""
    AT_LEAST = "at least"
    """Ours is at least the bound (within tolerance: at least bound - tolerance)."""
    RECORDED = "recorded"
    """Ours, in units of the last digit that a record shows, rounds to the recorded number."""


@dataclass(frozen=True)
class Outcome:
    """One comparison: its verdict and how far ours lies from what was claimed, signed, in the claim's unit."""

    verdict: Verdict
    difference: float


def number(printed: str) -> Decimal:
    """A number as the paper prints it; its exponent says how many digits are claimed.

    Raises:
        ReproError: The text is no finite number.
    """
    try:
        value = Decimal(printed.strip())
    except InvalidOperation as error:
        raise ReproError(f"the printed value {printed!r} is not a number; write it with digits as printed") from error
    if not value.is_finite():
        raise ReproError(f"the printed value {printed!r} is not finite; write it with digits as printed")
    return value


def agrees(printed: str, ours: float) -> bool:
    """Whether `ours`, rounded to the digits of `printed` (ties to even, as Python prints), is that number."""
    if not math.isfinite(ours):
        return False
    claimed = number(printed)
    return Decimal(ours).quantize(Decimal((0, (1,), claimed.as_tuple().exponent)), ROUND_HALF_EVEN) == claimed  # type: ignore[arg-type] # a finite number's exponent is an int


def against_printed(printed: str, ours: float, tolerance: float | None = None) -> Outcome:
    """Hold `ours` against a printed number; without `tolerance` only its rounding counts."""
    difference = ours - float(number(printed))
    if agrees(printed, ours):
        return Outcome(Verdict.EXACT, difference)
    near = tolerance is not None and abs(difference) <= tolerance
    return Outcome(Verdict.WITHIN if near else Verdict.DIFFERS, difference)


def against_bound(test: Test, bound: float, ours: float, tolerance: float) -> Outcome:
    """Hold `ours` against a bound; the difference is how far it lies beyond, negative where the statement holds."""
    beyond = ours - bound if test is Test.AT_MOST else bound - ours
    if beyond <= 0:
        return Outcome(Verdict.EXACT, beyond)
    return Outcome(Verdict.WITHIN if beyond <= tolerance else Verdict.DIFFERS, beyond)


def against_record(units: float) -> Outcome:
    """Hold a number that lies so many units of the last recorded digit from the recorded one."""
    return Outcome(Verdict.EXACT if units <= precision.ALLOWED else Verdict.DIFFERS, units)


@dataclass(frozen=True)
class Number:
    """A number, or a word, that was recorded once and is made again."""

    label: str
    recorded: float | str | None
    """None where it was not recorded."""
    again: float | str | None
    """None where it does not come again."""
    allowed: float
    """How far apart the two may lie and still be told as the same within chance."""


def against_recorded(number: Number) -> Outcome:
    """Hold what was measured again against what was recorded: exact if no digit that an evaluation shows differs."""
    old, new = number.recorded, number.again
    if isinstance(old, str | None) or isinstance(new, str | None):
        difference = 0.0 if old == new else math.inf
    else:
        difference = 0.0 if precision.agrees("evaluation", old, new) else new - old
    near = abs(difference) <= number.allowed
    return Outcome(Verdict.EXACT if difference == 0 else Verdict.WITHIN if near else Verdict.DIFFERS, difference)


def powers(text: str) -> str:
    """A formatted number with its exponent raised: `1e-09` is `10⁻⁹`, `2.8e-14` is `2.8×10⁻¹⁴`."""
    mantissa, _, exponent = text.partition("e")
    if not exponent:
        return text
    times = mantissa[:-1] if mantissa.lstrip("+-") == "1" else f"{mantissa}×"
    return f"{times}10{str(int(exponent)).translate(RAISED)}"


def shown(ours: float, printed: str = "", sign: str = "-") -> str:
    """Our number as text: two digits more than printed (none if both are whole), or four significant ones."""
    if math.isinf(ours):  # as words, shapes and things that are missing differ
        return "not the same"
    if not printed:
        return powers(f"{ours:{sign}.4g}")
    digits = max(0, -int(number(printed).as_tuple().exponent))
    return f"{ours:{sign}.{0 if digits == 0 and float(ours).is_integer() else digits + 2}f}"
