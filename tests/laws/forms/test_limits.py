"""M4: it solves its own equation, is other laws in its limits, and has the slopes that differences show."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from slope_checks import agree, analytic, by_richardson

from reprolib.laws.forms import FORMS
from reprolib.laws.forms.limits import SHARPEST

M4 = FORMS["m4"]
X = np.geomspace(1e9, 1e13, 9)
AT = {"beta": 3e3, "c": -0.4, "e_inf": 0.05, "e_0": 0.9, "alpha": 0.5}

LOG_BETA, C, ALPHA = st.floats(-10, 30), st.floats(-1, -0.05), st.floats(0.1, 5)


@given(LOG_BETA, C, ALPHA)
def test_the_share_solves_the_equation(log_beta: float, c: float, alpha: float) -> None:
    rest, share = M4.columns(X, np.array([np.exp(log_beta)]), np.array([c]), np.array([alpha]))
    assert rest + share == pytest.approx(np.ones(9), abs=1e-15)
    inner = (share > 1e-12) & (rest > 1e-6)
    left = np.log(share[inner]) - alpha * np.log(rest[inner])
    assert left == pytest.approx((log_beta + c * np.log(X))[inner], rel=1e-9, abs=1e-8)


def test_the_published_equation_holds_with_its_beta() -> None:
    """(y - e_inf) / (e_0 - y)**alpha = beta' * x**c, where beta' = beta * (e_0 - e_inf)**(1 - alpha)."""
    y = M4.values((X,), AT)
    beta = AT["beta"] * (AT["e_0"] - AT["e_inf"]) ** (1 - AT["alpha"])
    assert (y - AT["e_inf"]) / (AT["e_0"] - y) ** AT["alpha"] == pytest.approx(beta * X ** AT["c"], rel=1e-9)


def test_with_alpha_one_it_is_a_sigmoid_of_log_x() -> None:
    right = AT["beta"] * X ** AT["c"]
    expected = AT["e_inf"] + (AT["e_0"] - AT["e_inf"]) * right / (1 + right)
    assert M4.values((X,), {**AT, "alpha": 1.0}) == pytest.approx(expected, rel=1e-13)


def test_with_a_far_upper_limit_it_is_m2() -> None:
    far = M4.values((X,), {**AT, "beta": 5e-10, "c": -0.1, "e_0": 1e10})
    assert far == pytest.approx(FORMS["m2"].values((X,), {"beta": 5.0, "c": -0.1, "e_inf": 0.05}), rel=1e-9)


def test_it_stays_between_its_limits_and_falls() -> None:
    y = M4.values((np.geomspace(1e-100, 1e100, 99),), AT)
    assert (np.diff(y) <= 0).all()
    assert y[[0, -1]] == pytest.approx([0.9, 0.05], abs=1e-12)


@given(LOG_BETA, C, ALPHA)
def test_slopes_equal_differences(log_beta: float, c: float, alpha: float) -> None:
    at = [float(np.exp(log_beta)), c, alpha]
    assert agree(M4, (X,), at, by_richardson, 1e-5)


@pytest.mark.parametrize("beta", [1e-300, 1e300])
@pytest.mark.parametrize("alpha", [SHARPEST, 20.0])
def test_values_and_slopes_stay_finite_at_the_ends(beta: float, alpha: float) -> None:
    assert np.isfinite(M4.values((X,), {**AT, "beta": beta, "alpha": alpha})).all()
    assert np.isfinite(analytic(M4, (X,), [beta, -0.4, alpha])).all()
