"""Checks: the conditions that frontiers put on data and every setting on itself, each told in one sentence."""

import numpy as np
import pytest

from reprolib.laws import LawError, fit, frontier
from reprolib.laws.checks import between, pairs, positive

NAN, INF = float("nan"), float("inf")
GOOD_X, GOOD_Y = [1.0, 10.0, 100.0, 1000.0], [0.4, 0.3, 0.2, 0.1]
NOT_POSITIVE = "every value must be above zero, because laws are fitted in logarithms"


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
        (GOOD_X[:1], GOOD_Y[:1], "the number of points is 1; at least 2 are needed"),
    ],
)
def test_bad_data_is_told_in_one_sentence(x: object, y: object, sentence: str) -> None:
    with pytest.raises(LawError) as caught:
        frontier(x, y, "bins:2")  # type: ignore[arg-type]
    assert str(caught.value) == sentence


def test_words_are_not_numbers() -> None:
    with pytest.raises(LawError, match=r"^x holds something that is not a number \(.*'many'\); give numbers only$"):
        frontier(["many", 1, 2, 3], GOOD_Y, "pareto")  # type: ignore[arg-type]


def test_values_one_billionth_of_a_decade_apart_are_one_x() -> None:
    """For the frontier as for the fit: a slope between them would be rounding."""
    near = [1.0, 1.0 + 1e-10, 1.0, 1.0]
    with pytest.raises(LawError, match="all 4 values of x are 1"):
        frontier(near, GOOD_Y, "pareto")
    with pytest.raises(LawError, match="all 4 values of x are 1"):
        fit(None, "power", near, GOOD_Y)
    assert pairs([1.0, 1.0 + 1e-8], [1, 2], at_least=2)[0].tolist() == [1.0, 1.0 + 1e-8]


def test_a_single_number_stays_a_single_number() -> None:
    assert positive(3, "x").shape == ()
    assert positive(np.array([3, 4]), "x").dtype == np.float64


@pytest.mark.parametrize("value", [0, 1, -0.5, 95, NAN])
def test_a_setting_must_lie_inside_its_open_interval(value: float) -> None:
    with pytest.raises(LawError, match=rf"^level is {value}; it must lie between 0 and 1$"):
        between(value, "level", 0, 1)
    between(0.5, "level", 0, 1)


def test_the_position_of_the_offending_value_can_be_asked_for() -> None:
    for call in (lambda: frontier([1, 2, 0, 4], GOOD_Y, "hull"), lambda: fit(None, "power", [1, 2, 0, 4], GOOD_Y)):
        with pytest.raises(LawError) as caught:
            call()
        assert caught.value.position == 2


def test_the_error_is_a_value_error_for_callers_who_know_nothing_of_this_package() -> None:
    assert issubclass(LawError, ValueError)
