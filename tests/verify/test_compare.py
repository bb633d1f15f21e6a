"""A printed number verifies exactly when ours, rounded to its digits, is that number."""

import math
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reprolib.errors import ReproError
from reprolib.verify.compare import (
    Test,
    Verdict,
    against_bound,
    against_printed,
    against_record,
    agrees,
    number,
    shown,
    worst,
)

NUMBERS = st.floats(-1e7, 1e7, allow_nan=False)


@given(NUMBERS, st.integers(0, 6))
@example(-0.004, 2)
@example(0.5, 0)
@example(1e-9, 6)
def test_what_python_prints_of_a_number_verifies_it(ours: float, digits: int) -> None:
    assert agrees(f"{ours:.{digits}f}", ours)


@given(NUMBERS, st.integers(0, 4), st.integers(1, 1000))
def test_another_last_digit_does_not_verify(ours: float, digits: int, steps: int) -> None:
    printed = Decimal(f"{ours:.{digits}f}") + steps * Decimal((0, (1,), -digits))
    assert not agrees(f"{printed:f}", ours)


@given(NUMBERS, st.integers(0, 5))
def test_scientific_notation_claims_the_digits_of_its_mantissa(ours: float, digits: int) -> None:
    assert agrees(f"{ours:.{digits}e}", ours)


@pytest.mark.parametrize(
    ("printed", "ours", "verifies"),
    [
        ("-0.10", -0.1028, True),
        ("-0.1", -0.1028, True),
        ("-0.100", -0.1028, False),
        ("0.00", -0.001, True),
        ("-0.00", 0.001, True),
        ("5e-4", 0.0005, True),
        ("1e-3", 0.0014, True),
        ("1e-3", 0.0016, False),
        ("+1.60", 1.5999, True),
        ("+4", 4.003, True),
        ("1058318", 1058318.2955, True),
        ("1.37e3", 1366.68, True),
        ("1370", 1366.68, False),
        ("75.10", 75.0306, False),
        ("1", math.nan, False),
        ("1", math.inf, False),
    ],
)
def test_digits_count_as_printed(printed: str, ours: float, verifies: bool) -> None:
    assert agrees(printed, ours) is verifies


@pytest.mark.parametrize("text", ["", "n/a", "1,058", "NaN", "inf"])
def test_a_text_that_is_no_number_is_refused_by_name(text: str) -> None:
    with pytest.raises(ReproError, match="printed value"):
        number(text)


def test_a_tolerance_is_used_only_where_the_digits_disagree() -> None:
    assert against_printed("79.11", 79.112, 0.5).verdict is Verdict.EXACT
    assert against_printed("79.11", 78.7, 0.5).verdict is Verdict.WITHIN
    assert against_printed("79.11", 78.47, 0.5).verdict is Verdict.DIFFERS
    assert against_printed("79.11", 78.7).verdict is Verdict.DIFFERS


@pytest.mark.parametrize(
    ("units", "verdict"), [(0, "exact"), (0.505, "exact"), (0.52, "differs"), (math.inf, "differs")]
)
def test_a_record_claims_its_digits_and_no_more(units: float, verdict: str) -> None:
    assert against_record(units).verdict == verdict


@given(NUMBERS, NUMBERS, st.floats(0, 100))
def test_a_bound_holds_is_within_tolerance_or_is_broken(bound: float, ours: float, tolerance: float) -> None:
    outcome = against_bound(Test.AT_MOST, bound, ours, tolerance)
    mirrored = against_bound(Test.AT_LEAST, -bound, -ours, tolerance)
    assert outcome == mirrored
    assert (outcome.verdict is Verdict.EXACT) == (ours <= bound)
    assert (outcome.verdict is Verdict.DIFFERS) == (ours - bound > tolerance)


def test_a_number_that_is_not_one_breaks_every_bound() -> None:
    assert against_bound(Test.AT_MOST, 0, math.nan, 1).verdict is Verdict.DIFFERS
    assert against_bound(Test.AT_LEAST, 0, math.nan, 1).verdict is Verdict.DIFFERS


def test_a_whole_is_as_good_as_its_worst_part() -> None:
    assert worst([Verdict.EXACT, Verdict.WITHIN]) is Verdict.WITHIN
    assert worst([Verdict.NOT_CHECKABLE, Verdict.WITHIN]) is Verdict.NOT_CHECKABLE
    assert worst([Verdict.DIFFERS, Verdict.NOT_CHECKABLE]) is Verdict.DIFFERS


def test_our_number_is_shown_with_two_digits_more_than_printed() -> None:
    assert shown(-0.11139, "-0.11") == "-0.1114"
    assert shown(64000.0, "64000") == "64000"
    assert shown(1058318.2955, "1058318") == "1058318.30"
    assert shown(0.0, "7.40", sign="+") == "+0.0000"


def test_a_difference_that_no_number_tells_is_put_in_words() -> None:
    assert shown(math.inf) == "not the same"
