"""The status of a fit: one sentence for each state, made by data that are in it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from samples import floor, pick, power

from reprolib import laws
from reprolib.laws import FORMS, Form, Parameter, status
from reprolib.laws.covariance import local
from reprolib.laws.fitting import Fitted
from reprolib.laws.frontiers import rule_of
from reprolib.laws.intervals import intervals_of
from reprolib.laws.losses import loss_of
from reprolib.laws.noise import Weighing
from reprolib.laws.points import gather
from reprolib.laws.problem import Problem
from reprolib.laws.solve import search


def told(form: Form | str = "power", table: Any = None, **settings: Any) -> str:
    return laws.fit(power() if table is None else table, form, "gflops", "error", **settings).status


@pytest.mark.parametrize("settings", [{}, {"method": "delta"}, {"bootstrap": 100}, {"loss": "huber"}])
def test_a_fit_of_good_data_has_converged_and_nothing_else(settings: dict[str, Any]) -> None:
    assert told(**settings) == "converged"
    assert told("power-floor", floor(), **settings) == "converged"


def test_a_parameter_at_its_bound_is_told_with_the_bound() -> None:
    assert told("power-floor", power(noise=0.02, seed=2), method="delta") == "converged at a bound (d = 0)"
    assert told(bounds={"c": (-0.05, 0)}, method="delta") == "converged at a bound (c = -0.05)"
    rising = pick(power(), np.arange(29))
    rising["error"] = 1 / rising["error"]
    assert "converged at a bound (" in told("m1", rising, method="delta")


def test_a_flat_direction_names_what_can_change() -> None:
    assert told("power-floor", pin={"c": 0.0}, method="delta") == (
        "converged; flat direction: a and d can change together without changing the fit"
    )


def test_a_parameter_that_the_data_do_not_hold_is_told_with_the_evidence_of_its_profile() -> None:
    assert told("power-floor", power(noise=0.02, seed=4)) == (
        "converged; d is not identified: down to 0 the objective rises by only 19 % of the 95 % threshold, "
        "so the interval ends at the bound"
    )


def test_a_parameter_at_its_bound_with_a_limit_on_the_other_side_is_identified() -> None:
    """The floor is 0 and below something, which is an answer."""
    fit = laws.fit(power(noise=0.02, seed=2), "power-floor", "gflops", "error")
    assert fit.status == "converged at a bound (d = 0)"
    assert (fit.intervals["d"] or (1, 0))[1] < 0.1


def test_a_parameter_that_both_directions_leave_open_has_no_limit() -> None:
    """Four runs and three parameters: a shift may be nothing, or so large that the law is an exponential."""
    fit = laws.fit(pick(power(), [0, 5, 10, 20]), "shifted-power-floor", "gflops", "error", pin={"d": 0}, loss="log")
    assert fit.intervals["b"] is None
    assert (
        "b is not identified: down to 0 the objective rises by only 0 % of the 95 % threshold and up to" in fit.status
    )
    assert fit.notes["b"].endswith("so there is no limit to give")


def test_a_shift_at_zero_still_gets_its_limit_above() -> None:
    """At its bound a parameter has no slope of its own to guess a width from; the profile must not stop short."""
    fit = laws.fit(power(seed=1), "shifted-power-floor", "gflops", "error", pin={"d": 0}, loss="log")
    assert fit.params["b"] == 0
    low, high = fit.intervals["b"] or (1, 1)
    assert low == 0
    held = laws.fit(
        power(seed=1), "shifted-power-floor", "gflops", "error", pin={"d": 0, "b": high}, loss="log", method="delta"
    )
    assert held.objective == pytest.approx(fit.objective * (1 + 2.0555**2 / 26), rel=1e-3)
    assert "not identified" not in fit.status


def test_no_degree_of_freedom_and_one_are_told() -> None:
    table = pick(power(), [0, 9, 20])
    assert told("power-floor", table).endswith(
        "; no degree of freedom: the law goes through the points and nothing is left to judge it by"
    )
    assert told("power", table, method="delta") == (
        "converged; 1 degree of freedom: intervals are 12.7 standard errors to each side at 95 % and say little"
    )


HILL = Form(
    name="hill",
    formula="y = a * exp(-(x - k)**2)",
    inputs=("x",),
    parameters=(Parameter("a", "the height of the hill", "y"), Parameter("k", "its place", "x")),
    linear=("a",),
    columns=lambda x, k: (np.exp(-((x - k) ** 2)),),
    cells=lambda x, y: {"k": np.linspace(-6, 6, 25)},
    positive=False,
)


@pytest.mark.parametrize(("second", "close"), [(0.999, True), (0.5, False)])
def test_a_second_optimum_that_is_nearly_as_good_is_told(second: float, close: bool) -> None:
    """Two hills and a law with one: it stands on the higher, or might as well stand on the other."""
    x = np.linspace(-6, 6, 60)
    y = np.exp(-((x - 3) ** 2)) + second * np.exp(-((x + 3) ** 2))
    fit = laws.fit(None, HILL, x, y, method="delta")
    assert fit.params["k"] == pytest.approx(3, abs=0.01)
    assert fit.basins >= 2
    assert fit.account.gap is not None
    assert (fit.account.gap < 0.01) == close
    assert ("a second basin is worse by only" in fit.status) == close


def test_an_optimum_that_the_search_did_not_reach_does_not_pass_for_one() -> None:
    """The real fit, cut short: its best basin is one that has not settled."""
    data = gather(power(), FORMS["power"], "gflops", "error", log=False)
    problem = Problem(FORMS["power"], loss_of("linear"), data.inputs, data.y, np.ones((1, 29)))
    found = search(problem)
    cut = replace(found, basins=(replace(found.best, converged=False),))
    near = local(problem, found.best.others, found.best.linear, 27)
    fitted = Fitted(data, rule_of("none"), None, problem, cut, near, 27, Weighing(data.weights))
    made = intervals_of(fitted, "delta", 0, 0.95, 0)
    assert status.sentence(fitted, made) == "not converged: the objective still falls where the search ended"


def test_several_things_to_say_are_one_sentence_in_clauses() -> None:
    table = pick(power(noise=0.02, seed=2), [0, 9, 12, 20])
    said = told("power-floor", table, noise=0.001 * table["error"], method="delta").split("; ")
    assert said[0].startswith("converged")
    assert said[-2].startswith("the known measurement noise explains")
    assert said[-1].startswith("1 degree of freedom")
