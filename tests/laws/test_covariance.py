"""Covariances: those of statsmodels and of the sandwich, directions that data do not hold, parameters at a bound."""

from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from samples import floor, power, surface

from reprolib import laws
from reprolib.laws import FORMS, Fit
from reprolib.laws.covariance import Local, local
from reprolib.laws.losses import loss_of
from reprolib.laws.problem import Problem
from reprolib.laws.solve import search


def around(form: str, table: Any, loss: str = "linear", **fixed: float) -> Local:
    x = tuple(np.asarray(table[name]) for name in (("N", "D") if form == "chinchilla" else ("gflops",)))
    y = table["loss" if form == "chinchilla" else "error"]
    held = {name: np.array([value]) for name, value in fixed.items()}
    problem = Problem(FORMS[form], loss_of(loss), x, y, np.ones((1, len(y))), held)
    best = search(problem).best
    return local(problem, best.others, best.linear, len(y) - len(FORMS[form].names) + len(held))


def test_in_logarithms_it_is_that_of_ordinary_least_squares() -> None:
    """By a and not by log a: one row and column are a times those of statsmodels."""
    table = power()
    ols = sm.OLS(np.log(table["error"]), sm.add_constant(np.log(table["gflops"]))).fit()
    inner = around("power", table, "log").inner
    a = np.exp(ols.params[0])
    assert inner.names == ("a", "c")
    assert inner.matrix == pytest.approx(ols.cov_params() * np.outer([a, 1], [a, 1]), rel=1e-8)


def test_asymmetric_squares_have_the_sandwich_of_their_two_sides() -> None:
    """H^-1 G H^-1 with n / dof, from the weights 1 above the law and 10 below it."""
    table = power()
    fit = laws.fit(table, "power", "gflops", "error", loss="asymmetric", method="delta")
    slopes = np.stack([np.full(29, 1 / fit.params["a"]), np.log(table["gflops"])], axis=1)
    residuals = np.array(fit.residuals)
    pull = np.where(residuals < 0, 10.0, 1.0)
    inverse = np.linalg.inv((slopes * pull[:, None]).T @ slopes)
    scores = slopes * (pull * residuals)[:, None]
    assert fit.covariance == pytest.approx(inverse @ (scores.T @ scores) @ inverse * 29 / 27, rel=1e-5)


@pytest.mark.parametrize("loss", ["huber", "quantile"])
def test_a_loss_with_kinks_has_none(loss: str) -> None:
    assert around("power", power(), loss).inner.matrix is None


def test_two_equal_columns_are_a_flat_direction() -> None:
    near = around("power-floor", power(), c=0.0)
    assert near.inner.flat == ("a", "d")
    assert near.inner.matrix is None
    assert near.inner.sentence == "a and d can change together without changing the fit"


def test_a_parameter_that_acts_on_nothing_is_a_flat_direction_of_its_own() -> None:
    """With no height above the floor the exponent means nothing."""
    near = around("power-floor", floor(), a=0.0)
    assert near.inner.flat == ("c",)
    assert near.inner.sentence == "c can change without changing the fit"


def test_three_parameters_of_one_direction_are_all_named() -> None:
    near = around("chinchilla", surface(), alpha=0.0, beta=0.0)
    assert near.inner.flat == ("E", "A", "B") or set(near.inner.flat) < {"E", "A", "B"}
    assert "can change together" in near.inner.sentence


def at_bound() -> Fit:
    return laws.fit(floor(), "power-floor", "gflops", "error", bounds={"d": (0, 0.1)}, method="delta")


def test_parameters_inside_are_judged_with_those_at_a_bound_held() -> None:
    near, held = at_bound(), laws.fit(floor(), "power-floor", "gflops", "error", pin={"d": 0.1}, method="delta")
    scale = np.sqrt(held.dof / near.dof)  # the bound is no pin: it was fitted, which takes a degree of freedom
    for name in "ac":
        wide, narrow = np.log(np.abs(near.intervals[name])), np.log(np.abs(held.intervals[name]))
        assert np.ptp(wide) == pytest.approx(np.ptp(narrow) * scale, rel=0.02)


def test_predictions_take_a_parameter_at_its_bound_for_no_better_known() -> None:
    fit = at_bound()
    assert fit.free == ("a", "c", "d")
    assert fit.covariance is not None
    assert fit.covariance.shape == (3, 3)
    low, high = fit.interval(1e15, new=False)
    held = laws.fit(floor(), "power-floor", "gflops", "error", pin={"d": 0.1}, method="delta")
    assert high - low > 2 * np.ptp(held.interval(1e15, new=False))
