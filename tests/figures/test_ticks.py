"""Ticks of a logarithmic axis: round, inside, apart, enough."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprolib.figures.ticks import log_ticks, text


def test_a_typical_error_axis_gets_its_percents() -> None:
    assert log_ticks(18, 51, 2.15, 0.17) == [20, 25, 30, 35, 40, 45, 50]


def test_compute_over_decades_gets_powers_of_ten() -> None:
    assert log_ticks(1.3e10, 9e12, 2.8, 0.52) == [1e11, 1e12]


def test_what_is_counted_has_whole_ticks() -> None:
    assert log_ticks(0.96, 2.08, 2.5, 0.33, whole=True) == [1, 2]
    assert log_ticks(0.9, 9, 2.5, 0.33, whole=True) == [1, 2, 3, 5, 7]


@given(st.floats(0.02, 1e12), st.floats(1.05, 1e4))
def test_ticks_lie_inside_and_apart(low: float, ratio: float) -> None:
    high, inches, spacing = low * ratio, 2.0, 0.17
    ticks = log_ticks(low, high, inches, spacing)
    assert all(low <= tick <= high for tick in ticks)
    for a, b in itertools.pairwise(ticks):
        assert math.log10(b / a) * inches / math.log10(ratio) >= spacing


@given(st.floats(0.1, 90), st.floats(1.2, 100))
def test_an_axis_of_percents_always_has_three_labels(low: float, ratio: float) -> None:
    assert len(log_ticks(low, low * ratio, 1.6, 0.17)) >= 3


@pytest.mark.parametrize(
    ("value", "label"),
    [(0.5, "0.5"), (25.0, "25"), (15_000, "15k"), (1e11, "$10^{11}$"), (3e12, "$3{\\times}10^{12}$")],
)
def test_labels(value: float, label: str) -> None:
    assert text(value) == label
