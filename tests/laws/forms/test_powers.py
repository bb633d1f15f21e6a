"""Power laws of one variable and the sigmoid: formulas, limits and slopes."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from slope_checks import agree, by_complex_step, by_richardson

from reprolib.laws.forms import FORMS
from reprolib.laws.forms.powers import FLATTEST_FOLD, STEEPEST, STEEPEST_FOLD, folds, raised

X = np.geomspace(1e9, 1e13, 9)
EXPONENTS = st.floats(-2, -0.01)
FORMULAS: dict[str, Any] = {
    "power": (lambda a, c: a * X**c, "a c"),
    "power-floor": (lambda a, c, d: a * X**c + d, "a c d"),
    "shifted-power-floor": (lambda a, b, c, d: a * (X + b) ** c + d, "a b c d"),
    "m1": (lambda beta, c: beta * X**c, "beta c"),
    "m2": (lambda beta, c, e_inf: beta * X**c + e_inf, "beta c e_inf"),
    "m3": (lambda beta, c, gamma: beta * (1 / X + gamma) ** -c, "beta c gamma"),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_values_are_those_of_the_formula(name: str) -> None:
    formula, names = FORMULAS[name]
    values = {"a": 7.0, "beta": 7.0, "b": 3e10, "c": -0.3, "d": 0.2, "e_inf": 0.2, "gamma": 2e-11}
    chosen = {key: values[key] for key in names.split()}
    assert FORMS[name].names == tuple(chosen)
    assert FORMS[name].values((X,), chosen) == pytest.approx(formula(**chosen), rel=1e-13)


@given(st.lists(st.floats(1e-6, 1e15), min_size=1, max_size=9), st.floats(-STEEPEST, STEEPEST))
def test_raised_is_the_power(x: list[float], c: float) -> None:
    assert raised(np.array(x), c) == pytest.approx(np.array(x) ** c, rel=1e-12)


@pytest.mark.parametrize("name", ["power", "power-floor", "m1", "m2"])
@given(c=st.floats(-STEEPEST, 0))
def test_slopes_by_the_exponent_equal_the_complex_step(name: str, c: float) -> None:
    assert agree(FORMS[name], (X,), [c], by_complex_step, 1e-12)


@given(log_b=st.floats(3, 15), c=EXPONENTS)
def test_slopes_of_the_shifted_law_equal_the_complex_step(log_b: float, c: float) -> None:
    form, at = FORMS["shifted-power-floor"], [10**log_b, c]
    assert agree(form, (X,), at, by_complex_step, 1e-12)


@given(c=EXPONENTS, log_gamma=st.floats(-15, -6))
def test_slopes_of_m3_equal_the_complex_step(c: float, log_gamma: float) -> None:
    form, at = FORMS["m3"], [c, 10**log_gamma]
    assert agree(form, (X,), at, by_complex_step, 1e-12)


@given(k=st.floats(0.2, 20), sign=st.sampled_from([-1, 1]), x0=st.floats(1, 5))
def test_slopes_of_the_sigmoid_equal_differences(k: float, sign: int, x0: float) -> None:
    form, at, x = FORMS["sigmoid"], [sign * k, x0], np.linspace(1.5, 4, 9)
    assert agree(form, (x,), at, by_richardson, 1e-6)


def test_without_a_shift_the_shifted_law_is_the_law_with_a_floor() -> None:
    at = {"a": 3.0, "c": -0.2, "d": 0.1}
    assert FORMS["shifted-power-floor"].values((X,), {**at, "b": 0.0}) == pytest.approx(
        FORMS["power-floor"].values((X,), at), rel=1e-14
    )


def test_m3_is_a_power_law_that_ends_at_gamma() -> None:
    form = FORMS["m3"]
    assert form.values((X,), {"beta": 3.0, "c": -0.2, "gamma": 0.0}) == pytest.approx(3 * X**-0.2, rel=1e-13)
    far = form.values((np.array([1e30]),), {"beta": 3.0, "c": -0.2, "gamma": 1e-11})
    assert far == pytest.approx(3 * 1e-11**0.2, rel=1e-12)


@pytest.mark.parametrize(("name", "floor"), [("power-floor", "d"), ("m2", "e_inf")])
def test_m2_is_the_law_with_a_floor_by_another_name(name: str, floor: str) -> None:
    factor = FORMS[name].linear[0]
    assert FORMS[name].values((X,), {factor: 3.0, "c": -0.2, floor: 0.1}) == pytest.approx(3 * X**-0.2 + 0.1, rel=1e-13)


def test_the_sigmoid_is_half_way_at_x0_and_tends_to_its_limits() -> None:
    form, at = FORMS["sigmoid"], {"a": 0.8, "k": -4.0, "x0": 2.5, "b": 0.1}
    assert form.values((np.array([2.5, -1e6, 1e6]),), at) == pytest.approx([0.5, 0.9, 0.1], abs=1e-15)


def test_the_sigmoid_is_exact_to_all_digits_in_its_tail() -> None:
    """1 + tanh would leave two digits of exp(-30), and a fit to an exponential tail would be fitted to rounding."""
    tail = FORMS["sigmoid"].values((np.array([30.0, 300.0]),), {"a": 1.0, "k": -1.0, "x0": 0.0, "b": 0.0})
    assert tail == pytest.approx(np.exp([-30.0, -300.0]) / (1 + np.exp([-30.0, -300.0])), rel=1e-14)


def test_the_searched_exponents_span_every_fold_that_data_can_show() -> None:
    assert folds(7)[[0, -1]] == pytest.approx([FLATTEST_FOLD, STEEPEST_FOLD])
    spread = np.log(X[-1] / X[0])
    cells = FORMS["power"].cells((X,), X**-0.2)["c"]
    assert cells[0] == pytest.approx(-STEEPEST_FOLD / spread)
    assert cells == pytest.approx(-cells[::-1])
    assert (FORMS["power-floor"].cells((X,), X)["c"] < 0).all()


def test_the_searched_shifts_follow_the_unit_of_x() -> None:
    one, other = (FORMS["shifted-power-floor"].cells((X * unit,), X) for unit in (1, 1e6))
    assert other["b"] == pytest.approx(one["b"] * 1e6, rel=1e-12)
    assert other["c"] == pytest.approx(one["c"], rel=1e-9)
