"""Laws of two variables: formulas, slopes, and searched exponents that no unit changes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from known_laws import inputs
from slope_checks import agree, by_complex_step

from reprolib.laws.forms import FORMS

EXPONENTS = st.floats(0, 3)


def test_chinchilla_is_a_floor_and_two_power_laws() -> None:
    """The published fit at the published size: Hoffmann et al., 70e9 parameters and 1.4e12 tokens."""
    published = {"E": 1.69, "A": 406.4, "B": 410.7, "alpha": 0.34, "beta": 0.28}
    found = FORMS["chinchilla"].values((np.array([70e9]), np.array([1.4e12])), published)
    assert found == pytest.approx(1.69 + 406.4 / 70e9**0.34 + 410.7 / 1.4e12**0.28, rel=1e-13)
    assert found == pytest.approx(1.937, abs=5e-4)


def test_overtraining_is_the_formula() -> None:
    compute, ratio = np.array([1e19, 1e21]), np.array([20.0, 640.0])
    found = FORMS["overtraining"].values((compute, ratio), {"E": 1.5, "a": 150.0, "b": 200.0, "eta": 0.12})
    assert found == pytest.approx(1.5 + (150 * ratio**0.12 + 200 * ratio**-0.12) * compute**-0.12, rel=1e-13)


def test_overtraining_is_chinchilla_with_equal_exponents() -> None:
    """With C = N * D and M = D / N: (M / C) = 1 / N**2 and 1 / (M * C) = 1 / D**2."""
    size, tokens = inputs("chinchilla", 9)
    chinchilla = FORMS["chinchilla"].values((size, tokens), {"E": 1.0, "A": 5.0, "B": 7.0, "alpha": 0.3, "beta": 0.3})
    overtraining = FORMS["overtraining"].values(
        (size * tokens, tokens / size), {"E": 1.0, "a": 5.0, "b": 7.0, "eta": 0.15}
    )
    assert overtraining == pytest.approx(chinchilla, rel=1e-12)


@given(alpha=EXPONENTS, beta=EXPONENTS)
def test_slopes_of_chinchilla_equal_the_complex_step(alpha: float, beta: float) -> None:
    form, x = FORMS["chinchilla"], inputs("chinchilla", 9)
    assert agree(form, x, [alpha, beta], by_complex_step, 1e-12)


@given(eta=EXPONENTS)
def test_slopes_of_overtraining_equal_the_complex_step(eta: float) -> None:
    form, x = FORMS["overtraining"], inputs("overtraining", 9)
    assert agree(form, x, [eta], by_complex_step, 1e-12)


@pytest.mark.parametrize("name", ["chinchilla", "overtraining"])
def test_searched_exponents_do_not_depend_on_units(name: str) -> None:
    x = inputs(name)
    one = FORMS[name].cells(x, x[0])
    other = FORMS[name].cells(tuple(value * 1e6 for value in x), x[0])
    for key in one:
        assert other[key] == pytest.approx(one[key], rel=1e-9)
