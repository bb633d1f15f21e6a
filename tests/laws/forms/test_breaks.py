"""The broken power law: formula, slopes of its pieces, numbers that stay finite, and a search that fills its space."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from known_laws import TRUTHS, inputs
from scipy.stats import qmc
from slope_checks import agree, analytic, by_richardson

from reprolib.laws import LawError
from reprolib.laws.forms import FORMS, broken_power
from reprolib.laws.forms.breaks import ROUNDEST, SHARPEST, STARTS, _halton

ONE = TRUTHS["bnsl1"][0]
SLOPES = st.floats(-1, 1)


def test_values_are_those_of_the_formula() -> None:
    x, t = np.geomspace(1e9, 1e13, 9), TRUTHS["bnsl2"][0]
    expected = t["a"] + t["b"] * x ** -t["c0"] * (1 + (x / t["d1"]) ** (1 / t["f1"])) ** (-t["c1"] * t["f1"]) * (
        1 + (x / t["d2"]) ** (1 / t["f2"])
    ) ** (-t["c2"] * t["f2"])
    assert broken_power(2).values((x,), t) == pytest.approx(expected, rel=1e-12)


@given(c0=SLOPES, c1=SLOPES, log_d=st.floats(8, 14), f=st.floats(0.1, 2))
def test_slopes_equal_differences(c0: float, c1: float, log_d: float, f: float) -> None:
    form, x, at = FORMS["bnsl1"], inputs("bnsl1", 9), [c0, c1, 10**log_d, f]
    assert agree(form, x, at, by_richardson, 1e-6)


def test_without_a_change_of_slope_a_break_is_none() -> None:
    x = inputs("bnsl1", 9)
    broken = FORMS["bnsl1"].values(x, {**ONE, "c1": 0.0})
    assert broken == pytest.approx(
        FORMS["power-floor"].values(x, {"a": ONE["b"], "c": -ONE["c0"], "d": ONE["a"]}), rel=1e-13
    )


def test_far_from_the_break_the_law_is_straight_in_logarithms() -> None:
    def steepness(x: float) -> float:
        sides = FORMS["bnsl1"].values((np.array([x, x * 10]),), {**ONE, "a": 0.0})
        return float(-np.log10(sides[1] / sides[0]))

    assert steepness(1e3) == pytest.approx(ONE["c0"], rel=1e-9)
    assert steepness(1e17) == pytest.approx(ONE["c0"] + ONE["c1"], rel=1e-9)


def test_the_order_of_the_breaks_does_not_matter() -> None:
    t, x = TRUTHS["bnsl2"][0], inputs("bnsl2", 9)
    swapped = {**t, **{f"{key}{i}": t[f"{key}{3 - i}"] for key in "cdf" for i in (1, 2)}}
    assert FORMS["bnsl2"].values(x, swapped) == pytest.approx(FORMS["bnsl2"].values(x, t), rel=1e-13)


@pytest.mark.parametrize("x", [1e-200, 1e200])
@pytest.mark.parametrize("f", [SHARPEST, ROUNDEST])
def test_no_width_of_the_corner_overflows(x: float, f: float) -> None:
    at = {**ONE, "c0": 0.0, "c1": 0.1, "d1": 1.0, "f1": f}
    assert FORMS["bnsl1"].values((np.array([x]),), at) == pytest.approx(0.05 + 2 * min(1.0, x**-0.1), rel=0.3)
    assert np.isfinite(analytic(FORMS["bnsl1"], (np.array([x]),), [0.0, 0.1, 1.0, f])).all()


@pytest.mark.parametrize("breaks", [0, -1])
def test_no_break_is_refused(breaks: int) -> None:
    with pytest.raises(LawError, match=f"^a broken power law with {breaks} breaks was asked for; give at least 1"):
        broken_power(breaks)


def test_the_search_runs_over_haltons_points() -> None:
    expected = qmc.Halton(d=4, scramble=False).random(33)[1:]
    assert _halton(32, 4) == pytest.approx(expected, abs=1e-15)


def test_searched_breaks_are_ordered_and_among_the_data() -> None:
    """Two breaks exchanged are the same law; each such copy would be searched for nothing."""
    x = inputs("bnsl2")
    cells = FORMS["bnsl2"].cells(x, x[0])
    assert len(cells["d1"]) == STARTS
    assert (x[0].min() <= cells["d1"]).all()
    assert (cells["d1"] <= cells["d2"]).all()
    assert (cells["d2"] <= x[0].max()).all()
