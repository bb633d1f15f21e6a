"""Every kind of bad data gets its own sentence, the same from the frontier and from the fit."""

from collections.abc import Callable

import pytest

from reprolib.laws import LawError, binned_frontier, fit_power

NAN, INF = float("nan"), float("inf")
GOOD_X, GOOD_Y = [1.0, 10.0, 100.0, 1000.0], [0.4, 0.3, 0.2, 0.1]


def frontier(x: object, y: object) -> object:
    return binned_frontier(x, y, 2, 0.1)  # type: ignore[arg-type]


CALLS = pytest.mark.parametrize("call", [frontier, fit_power], ids=["frontier", "fit"])
NOT_POSITIVE = "every value must be above zero, because laws are fitted in logarithms"


@CALLS
@pytest.mark.parametrize(
    ("x", "y", "sentence"),
    [
        ([1, NAN, 3, 4], GOOD_Y, "x holds nan at position 1; every value must be finite"),
        (GOOD_X, [0.4, 0.3, 0.2, NAN], "y holds nan at position 3; every value must be finite"),
        ([1, 2, 3, INF], GOOD_Y, "x holds inf at position 3; every value must be finite"),
        ([1, 2, -INF, 4], GOOD_Y, "x holds -inf at position 2; every value must be finite"),
        ([0, 2, 3, 4], GOOD_Y, f"x holds 0.0 at position 0; {NOT_POSITIVE}"),
        (GOOD_X, [0.4, -0.3, 0.2, 0.1], f"y holds -0.3 at position 1; {NOT_POSITIVE}"),
        (GOOD_X, GOOD_Y[:3], "x has length 4 and y has length 3; give one y for each x"),
        ([5, 5, 5, 5], GOOD_Y, "all 4 values of x are 5; a slope needs at least two different ones"),
        (
            [1e12, 1e12 + 1, 1e12, 1e12],
            GOOD_Y,
            "all 4 values of x are 1e+12; a slope needs at least two different ones",
        ),
        ([[1, 2], [3, 4]], GOOD_Y, "x has 2 dimensions; give one flat sequence of numbers"),
    ],
)
def test_bad_data_is_told_in_one_sentence(call: Callable[..., object], x: object, y: object, sentence: str) -> None:
    with pytest.raises(LawError) as caught:
        call(x, y)
    assert str(caught.value) == sentence


@CALLS
def test_words_are_not_numbers(call: Callable[..., object]) -> None:
    with pytest.raises(LawError, match=r"^x holds something that is not a number \(.*'many'\); give numbers only$"):
        call(["many", 1, 2, 3], GOOD_Y)


def test_a_fit_needs_three_points_and_a_frontier_two() -> None:
    with pytest.raises(LawError, match=r"^the number of points is 2; at least 3 are needed$"):
        fit_power(GOOD_X[:2], GOOD_Y[:2])
    with pytest.raises(LawError, match=r"^the number of points is 1; at least 2 are needed$"):
        frontier(GOOD_X[:1], GOOD_Y[:1])
    with pytest.raises(LawError, match=r"^the number of points is 0; at least 3 are needed$"):
        fit_power([], [])


@pytest.mark.parametrize("level", [0, 1, -0.5, 95, NAN])
def test_a_level_that_is_no_probability_is_refused(level: float) -> None:
    with pytest.raises(LawError, match=rf"^level is {level}; it must lie between 0 and 1$"):
        fit_power(GOOD_X, GOOD_Y, level=level)


def test_the_position_of_the_offending_value_can_be_asked_for() -> None:
    with pytest.raises(LawError) as caught:
        fit_power([1, 2, 0, 4], GOOD_Y)
    assert caught.value.position == 2


def test_the_error_is_a_value_error_for_callers_who_know_nothing_of_this_package() -> None:
    assert issubclass(LawError, ValueError)
