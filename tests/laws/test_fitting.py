"""Fits: the law that made the data comes back, other libraries agree, units and order do not matter, settings hold."""

import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import LOGARITHM, compute, floor, pick, power, surface
from scipy.optimize import curve_fit

from reprolib import laws
from reprolib.laws import FORMS, Fit, Form, LawError, Parameter

POWERS_OF_TEN = st.integers(-12, 12).map(lambda exponent: 10.0**exponent)


def fitted(form: str = "power", table: Any = None, **settings: Any) -> Fit:
    table = power() if table is None else table
    return laws.fit(table, form, "gflops", "error", **{"method": "delta", **settings})


def refused(**settings: Any) -> str:
    with pytest.raises(LawError) as caught:
        fitted(**settings)
    return str(caught.value)


# known answers

TRUTHS: dict[str, dict[str, float]] = {
    "power": {"a": 5.86, "c": -0.11},
    "power-floor": {"a": 2000, "c": -0.35, "d": 0.2},
    "shifted-power-floor": {"a": 3e4, "b": 4e10, "c": -0.45, "d": 0.15},
    "m1": {"beta": 5.86, "c": -0.11},
    "m2": {"beta": 2000, "c": -0.35, "e_inf": 0.2},
    "m3": {"beta": 500, "c": -0.3, "gamma": 2e-13},
    "bnsl1": {"a": 0.05, "b": 60.0, "c0": 0.2, "c1": 0.3, "d1": 4e11, "f1": 0.5},
    "chinchilla": {"E": 1.7, "A": 400, "B": 1000, "alpha": 0.34, "beta": 0.28},
    "overtraining": {"E": 1.5, "a": 150, "b": 200, "eta": 0.12},
}

PARTLY: dict[str, tuple[dict[str, float], str]] = {
    "m4": ({"beta": 2000, "c": -0.35, "e_inf": 0.2, "e_0": 0.9, "alpha": 0.5}, "beta c"),
    "bnsl2": (
        {"a": 0.02, "b": 60, "c0": 0.2, "c1": 0.3, "d1": 1e11, "f1": 0.2, "c2": -0.2, "d2": 1e12, "f2": 0.2},
        "a b c0",
    ),
}


@pytest.mark.parametrize("name", TRUTHS)
@pytest.mark.parametrize("loss", ["linear", "log"])
def test_points_on_a_law_give_its_parameters_back(name: str, loss: str) -> None:
    form, truth = FORMS[name], TRUTHS[name]
    table = surface()
    x = (table["N"], table["D"]) if len(form.inputs) == 2 else (compute(40),)
    if name == "overtraining":
        x = (6 * table["N"] * table["D"], table["D"] / table["N"])
    fit = laws.fit(None, name, x, form.values(x, truth), loss=loss, method="delta")
    assert fit.params == pytest.approx(truth, rel=1e-4)
    assert fit.rmse < 1e-8
    assert fit.status.startswith("converged")


def test_every_form_of_the_command_line_can_be_fitted_by_name() -> None:
    """Those left: the sigmoid on its own kind of data, the largest two with what data hardly hold pinned."""
    assert set(FORMS) == {*TRUTHS, *PARTLY, "sigmoid"}
    for name, (truth, free) in PARTLY.items():
        pin = {key: value for key, value in truth.items() if key not in free.split()}
        fit = laws.fit(None, name, compute(), FORMS[name].values((compute(),), truth), pin=pin, method="delta")
        assert fit.params == pytest.approx(truth, rel=1e-3)
    x = np.linspace(2, 5, 25)
    sigmoid = laws.fit(None, "sigmoid", x, 0.8 / (1 + np.exp(3 * (x - 3.5))) + 0.1, method="delta")
    assert sigmoid.params == pytest.approx({"a": 0.8, "k": -3, "x0": 3.5, "b": 0.1}, rel=1e-6)


@pytest.mark.parametrize("n", [3, 29])
def test_estimates_and_intervals_of_the_log_law_are_those_of_ordinary_least_squares(n: int) -> None:
    """Parameters, t intervals of c and of log a, of the mean and of a new run, all as statsmodels has them."""
    table = power(n)
    ols = sm.OLS(np.log(table["error"]), sm.add_constant(np.log(table["gflops"]))).fit()
    fit = fitted(table=table, loss="log", level=0.9)
    assert [np.log(fit.params["a"]), fit.params["c"]] == pytest.approx(ols.params, rel=1e-10)
    (low_a, high_a), (low_c, high_c) = (fit.intervals[name] or (0, 0) for name in ("a", "c"))
    assert np.log([low_a, high_a]) == pytest.approx(ols.conf_int(0.1)[0], rel=1e-10)
    assert [low_c, high_c] == pytest.approx(ols.conf_int(0.1)[1], rel=1e-10)
    places = np.array([1e9, 3e11, 1e14])
    there = ols.get_prediction(sm.add_constant(np.log(places))).summary_frame(alpha=0.1)
    assert np.log(fit.interval(places, new=False)) == pytest.approx(
        np.array([there["mean_ci_lower"], there["mean_ci_upper"]]), rel=1e-10
    )
    assert np.log(fit.interval(places)) == pytest.approx(
        np.array([there["obs_ci_lower"], there["obs_ci_upper"]]), rel=1e-10
    )
    assert fit.objective == pytest.approx(ols.ssr, rel=1e-10)
    assert fit.spread == pytest.approx(np.sqrt(ols.scale), rel=1e-10)


def test_weights_are_those_of_weighted_least_squares() -> None:
    table = power()
    weights = np.random.default_rng(1).uniform(0.1, 5, 29)
    wls = sm.WLS(np.log(table["error"]), sm.add_constant(np.log(table["gflops"])), weights=weights).fit()
    fit = fitted(table=table, loss="log", weights=weights)
    assert [np.log(fit.params["a"]), fit.params["c"]] == pytest.approx(wls.params, rel=1e-10)
    assert fit.intervals["c"] == pytest.approx(wls.conf_int()[1], rel=1e-9)
    assert fit.objective_name == "sum of squared residuals of log y, weighted"


def test_the_linear_loss_agrees_with_curve_fit_in_values_and_covariance() -> None:
    """In units of 1e12, where curve_fit's own differences keep their digits."""
    table = floor()
    x, y = table["gflops"] / 1e12, table["error"]
    values, covariance = curve_fit(lambda x, a, c, d: a * x**c + d, x, y, p0=[0.1, -0.3, 0.2], xtol=1e-15, ftol=1e-15)
    fit = laws.fit(None, "power-floor", x, y, method="delta")
    assert list(fit.params.values()) == pytest.approx(values, rel=1e-6)
    assert fit.covariance == pytest.approx(covariance, rel=1e-4)


def test_objective_rmse_and_degrees_of_freedom_are_those_of_the_residuals() -> None:
    table = power()
    fit = fitted(table=table)
    residuals = table["error"] - fit.predict(table["gflops"])
    assert fit.residuals == pytest.approx(residuals, rel=1e-9)
    assert fit.objective == pytest.approx(np.sum(residuals**2))
    assert fit.rmse == pytest.approx(np.sqrt(np.mean(residuals**2)))
    assert fit.spread == pytest.approx(np.sqrt(np.sum(residuals**2) / 27))
    assert (fit.n_points, fit.dof) == (29, 27)


# what must not matter


@settings(max_examples=20)
@given(POWERS_OF_TEN, POWERS_OF_TEN)
def test_other_units_of_x_and_y_change_parameters_as_their_units_say(of_x: float, of_y: float) -> None:
    """a has the unit y / x**c, c none, d that of y; the floor's data are exact to 1 %."""
    table = floor()
    other = {"gflops": table["gflops"] * of_x, "error": table["error"] * of_y}
    one, two = fitted("power-floor", table), fitted("power-floor", other)
    c = one.params["c"]
    assert two.params["c"] == pytest.approx(c, rel=1e-6)
    assert two.intervals["c"] == pytest.approx(one.intervals["c"], rel=1e-5)
    assert two.params["d"] == pytest.approx(one.params["d"] * of_y, rel=1e-6)
    assert two.intervals["d"] == pytest.approx(np.array(one.intervals["d"]) * of_y, rel=1e-5)
    assert two.params["a"] == pytest.approx(one.params["a"] * of_y / of_x**c, rel=1e-4)
    places = np.array([1e11, 1e14])
    assert two.predict(places * of_x) == pytest.approx(one.predict(places) * of_y, rel=1e-6)
    assert np.array(two.interval(places * of_x)) == pytest.approx(np.array(one.interval(places)) * of_y, rel=1e-5)


@settings(max_examples=20)
@given(POWERS_OF_TEN, POWERS_OF_TEN)
def test_other_units_change_the_logs_prefactor_by_a_factor(of_x: float, of_y: float) -> None:
    table = power()
    other = {"gflops": table["gflops"] * of_x, "error": table["error"] * of_y}
    one, two = fitted(table=table, loss="log"), fitted(table=other, loss="log")
    factor = of_y / of_x ** one.params["c"]
    assert two.intervals["c"] == pytest.approx(one.intervals["c"], rel=1e-8)
    assert two.params["a"] == pytest.approx(one.params["a"] * factor, rel=1e-8)  # it carries the exponent's rounding
    assert two.spread == pytest.approx(one.spread, rel=1e-9)


@settings(max_examples=20)
@given(st.permutations(range(29)), st.sampled_from(["none", "bins:5", "pareto", "hull"]))
def test_the_order_of_the_rows_does_not_matter(order: list[int], frontier: str) -> None:
    table = power()
    one = fitted(table=table, loss="log", frontier=frontier)
    two = fitted(table=pick(table, order), loss="log", frontier=frontier)
    assert two.params == pytest.approx(one.params, rel=1e-9)
    assert two.intervals["c"] == pytest.approx(one.intervals["c"], rel=1e-8)
    assert sorted(order[row] for row in two.points) == sorted(one.points)


def test_a_row_of_weight_two_counts_as_the_row_twice() -> None:
    table = floor()
    weights = np.where(np.arange(29) % 3 == 0, 2, 1)
    once = fitted("power-floor", table, weights=weights)
    twice = fitted("power-floor", pick(table, np.repeat(np.arange(29), weights)))
    assert once.params == pytest.approx(twice.params, rel=1e-7)
    assert once.objective == pytest.approx(twice.objective, rel=1e-9)
    assert once.rmse == pytest.approx(twice.rmse, rel=1e-9)


def test_a_row_of_weight_zero_is_as_if_it_were_not_there() -> None:
    table = floor()
    there = np.arange(29) % 4 != 0
    zero, without = fitted("power-floor", table, weights=there * 1.0), fitted("power-floor", pick(table, there))
    assert zero.params == pytest.approx(without.params, rel=1e-7)
    assert zero.intervals["d"] == pytest.approx(without.intervals["d"], rel=1e-6)
    assert zero.points == tuple(np.flatnonzero(there))
    assert (zero.n_points, zero.dof) == (without.n_points, without.dof)


@pytest.mark.parametrize("settings", [{"bootstrap": 600, "method": "pairs"}, {"method": "profile"}])
def test_one_seed_gives_the_same_bits_whatever_the_number_of_processors(
    settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = []
    for number in (1, 2, 7):
        monkeypatch.setattr(os, "cpu_count", lambda number=number: number)
        fit = fitted("power-floor", floor(), seed=3, **settings)
        texts.append(fit.to_json(predictions=[fit.forecast(1e13)]))
    assert texts[0] == texts[1] == texts[2]


def test_another_process_with_other_threads_gives_the_same_bits() -> None:
    code = (
        "from samples import floor; from reprolib import laws\n"
        "print(laws.fit(floor(), 'power-floor', 'gflops', 'error', loss='log', bootstrap=300, seed=3).to_json())"
    )
    here = laws.fit(floor(), "power-floor", "gflops", "error", loss="log", bootstrap=300, seed=3).to_json()
    paths = os.pathsep.join([os.path.dirname(__file__), os.path.dirname(os.path.dirname(laws.__path__[0]))])  # noqa: PTH120
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONPATH": paths}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == here + "\n"


def test_another_seed_draws_other_resamples_around_the_same_estimate() -> None:
    one, two = (fitted(method="pairs", bootstrap=200, seed=seed) for seed in (0, 1))
    assert one.params == two.params
    assert one.intervals["c"] != two.intervals["c"]


# pins and bounds


def test_a_floor_pinned_to_zero_is_the_plain_power_law() -> None:
    pinned, plain = fitted("power-floor", pin={"d": 0}), fitted("power")
    assert {name: pinned.params[name] for name in "ac"} == pytest.approx(dict(plain.params), rel=1e-9)
    assert pinned.params["d"] == 0
    assert pinned.intervals["c"] == pytest.approx(plain.intervals["c"], rel=1e-7)
    assert "d" not in pinned.intervals
    assert pinned.dof == plain.dof


@pytest.mark.parametrize("pin", [{"c": -0.3}, {"a": 900.0}, {"d": 0.1}, {"a": 900.0, "c": -0.3}, {"c": -0.3, "d": 0.1}])
@pytest.mark.parametrize("method", ["delta", "profile", "pairs"])
def test_any_parameter_can_be_pinned_with_any_interval(pin: dict[str, float], method: str) -> None:
    fit = fitted("power-floor", floor(), pin=pin, method=method, bootstrap=100 if method == "pairs" else 0)
    assert {name: fit.params[name] for name in pin} == pin
    assert set(fit.intervals) == {"a", "c", "d"} - set(pin)
    assert all(interval is not None for interval in fit.intervals.values())
    assert fit.dof == 26 + len(pin)


def test_pinned_at_their_estimates_parameters_leave_the_others_where_they_were() -> None:
    free = fitted("power-floor", floor())
    held = fitted("power-floor", floor(), pin={"c": free.params["c"]})
    assert held.params == pytest.approx(free.params, rel=1e-7)
    wide, narrow = ((high - low) for low, high in (free.intervals["d"] or (0, 0), held.intervals["d"] or (0, 0)))
    assert narrow < wide


def test_a_law_that_is_pinned_as_a_whole_still_predicts_new_runs() -> None:
    """Its residuals tell how runs scatter, with all points as degrees of freedom."""
    fit = fitted(pin={"a": 5.86, "c": -0.11})
    assert (fit.intervals, fit.dof) == ({}, 29)
    low, high = fit.interval(1e12)
    assert high - low == pytest.approx(2 * 2.0452 * fit.spread, rel=1e-4)
    assert np.ptp(fit.interval(1e12, new=False)) == 0
    assert Fit.from_json(fit.to_json()).interval(1e12) == (low, high)


def test_bounds_hold_the_estimate_and_are_told() -> None:
    fit = fitted("power-floor", floor(), bounds={"d": (0.0, 0.1)})
    assert fit.params["d"] == 0.1
    assert fit.status == "converged at a bound (d = 0.1)"
    assert fit.intervals["d"] is None
    assert "rests at its bound 0.1" in fit.notes["d"]


def test_an_open_bound_leaves_the_forms_own() -> None:
    fit = fitted("power-floor", bounds={"d": (-np.inf, 0.1), "c": (-np.inf, np.inf)})
    assert fit.form.bounds("d") == (0, 0.1)
    assert fit.form.bounds("c") == (-10, 0)


# frontiers


def test_a_frontier_is_fitted_at_its_points_and_tells_which_rows_they_are() -> None:
    table = power()
    fit = fitted(table=table, loss="log", frontier="bins:5")
    front = laws.frontier(table["gflops"], table["error"], "bins:5")
    assert (fit.points, fit.dropped, fit.frontier) == (front.winners, front.dropped, front.rule)
    slope, height = np.polyfit(np.log(front.x), np.log(front.y), 1)
    assert [fit.params["c"], np.log(fit.params["a"])] == pytest.approx([slope, height], rel=1e-9)
    assert "the selection is left out and the coverage is not the nominal one" in fit.interval_method


@pytest.mark.parametrize("loss", ["linear", "log", "huber", "asymmetric", "quantile"])
def test_every_loss_fits_near_the_law_of_the_data(loss: str) -> None:
    fit = fitted(loss=loss)
    assert fit.params["c"] == pytest.approx(-0.11, abs=0.03)
    assert fit.loss.name == loss
    assert fit.converged


def test_a_robust_loss_disregards_a_run_gone_wrong() -> None:
    table = power(noise=0.01)
    table["error"][4] *= 3
    assert abs(fitted(table=table, loss="huber").params["c"] + 0.11) < 0.003
    assert abs(fitted(table=table, loss="log").params["c"] + 0.11) > 0.005


# settings that do not go together


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            {"method": "guess"},
            (
                "method 'guess' is not known; "
                "expected one of auto, delta, profile, pairs, residual, parametric, cluster, noise"
            ),
        ),
        ({"bootstrap": 10}, "bootstrap is 10; give 0 for none or at least 100 resamples"),
        ({"bootstrap": -1}, "bootstrap is -1; give 0 for none or at least 100 resamples"),
        ({"method": "pairs"}, "method 'pairs' needs resamples, give bootstrap; bootstrap is 0"),
        (
            {"method": "delta", "bootstrap": 100},
            "method 'delta' takes no resamples, leave bootstrap at 0; bootstrap is 100",
        ),
        (
            {"method": "cluster", "bootstrap": 100},
            "method 'cluster' needs to know which rows belong together; give cluster",
        ),
        ({"method": "noise", "bootstrap": 100}, "method 'noise' needs the known noise of y; give noise"),
        (
            {"method": "profile", "loss": "huber"},
            "method 'profile' needs least squares; loss 'huber' has no threshold, give bootstrap",
        ),
        (
            {"method": "residual", "bootstrap": 100, "frontier": "pareto"},
            (
                "method 'residual' makes new data from the law and has no runs off the frontier; "
                "take pairs, cluster or noise with frontier 'pareto'"
            ),
        ),
        (
            {"frontier": "pareto", "weights": np.arange(1, 30)},
            "frontier 'pareto' takes points as they are; leave weights out, or take no frontier",
        ),
        ({"seed": -1}, "seed is -1; give a whole number from 0"),
        ({"level": 95}, "level is 95; it must lie between 0 and 1"),
        (
            {"form": "line"},
            f"form 'line' is not known; expected one of {', '.join(FORMS)}",
        ),
        ({"loss": "cubic"}, "loss 'cubic' is not known; expected linear, log, huber, asymmetric or quantile"),
    ],
)
def test_a_setting_that_cannot_be_met_is_told_in_one_sentence(settings: dict[str, Any], sentence: str) -> None:
    assert refused(**settings) == sentence


def test_a_frontier_needs_one_input_above_zero() -> None:
    table = surface()
    with pytest.raises(LawError, match=r"^frontier 'pareto' needs one x above zero; form chinchilla has N, D$"):
        laws.fit(table, "chinchilla", "N,D", "loss", frontier="pareto")


def test_too_few_points_are_told_with_how_many_it_takes() -> None:
    assert refused(form="power-floor", table=pick(power(), [0, 1])) == (
        "form power-floor has 3 parameters to fit and the number of points is 2; "
        "give at least 3, a simpler form, or pin parameters"
    )
    assert fitted("power-floor", pick(power(), [0, 1]), pin={"d": 0}).dof == 0


def test_too_few_places_are_told_although_the_rows_are_many() -> None:
    table = {"gflops": [1, 1, 1, 2, 2, 2], "error": [5, 4, 3, 2.5, 2, 1]}
    assert refused(form="power-floor", table=table) == (
        "form power-floor has 3 parameters to fit and the points stand at 2 different places; "
        "give points at 3 or more, a simpler form, or pin parameters"
    )


def test_a_parameter_beyond_the_floats_is_told() -> None:
    """y = x**8 in units where x is 1e-40: the prefactor would be 1e320."""
    x = np.array([1, 2, 4, 8]) * 1e-40
    with pytest.raises(LawError, match=r"^a would leave the floats, beyond 1e\+300; give x in another unit$"):
        laws.fit(None, "power", x, np.array([1.0, 2, 4, 8]) ** 8, loss="log", method="delta")


# a form of one's own

HALF_LIFE = Form(
    name="half-life",
    formula="y = a * 2**(-x / h) + d",
    inputs=("x",),
    parameters=(
        Parameter("a", "the value at x = 0, above the floor", "y", low=0),
        Parameter("h", "by how much x halves what is above the floor", "x", low=0.01),
        Parameter("d", "the floor", "y"),
    ),
    linear=("a", "d"),
    columns=lambda x, h: (2 ** (-x / h), 1.0),
    cells=lambda x, y: {"h": np.geomspace(0.1, 100, 30)},
    positive=False,
)
ANALYTIC = Form(
    **{**vars(HALF_LIFE), "slopes": lambda made, x, h: ((made[0] * np.log(2) * x / h**2,), (0.0,))},
)


def decay(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    x = np.linspace(-2, 9, 30)
    return x, 3 * 2 ** (-x / 2.5) - 1 + 0.02 * np.random.default_rng(seed).standard_normal(30)


@pytest.mark.parametrize("form", [HALF_LIFE, ANALYTIC], ids=["differences", "slopes"])
def test_a_form_of_ones_own_is_fitted_resampled_and_predicts(form: Form) -> None:
    x, y = decay()
    fit = laws.fit(None, form, x, y, bootstrap=200)
    assert fit.params == pytest.approx({"a": 3, "h": 2.5, "d": -1}, rel=0.05)
    assert all(low < fit.params[name] < high for name, (low, high) in fit.intervals.items())  # type: ignore[misc]
    low, high = fit.interval(12.0)
    assert low < 3 * 2 ** (-12 / 2.5) - 1 < high
    profiled = laws.fit(None, form, x, y)
    assert profiled.status == "converged"
    assert profiled.intervals["h"] == pytest.approx(fit.intervals["h"], rel=0.1)


def test_slopes_by_differences_come_to_the_analytic_ones() -> None:
    x, y = decay()
    one, two = (laws.fit(None, form, x, y, method="delta") for form in (HALF_LIFE, ANALYTIC))
    assert one.params == pytest.approx(two.params, rel=1e-6)
    assert one.covariance == pytest.approx(two.covariance, rel=1e-5)


def test_a_form_that_is_linear_throughout_needs_no_search() -> None:
    table = power()
    fit = laws.fit(table, LOGARITHM, "gflops", "error", method="delta")
    ols = sm.OLS(table["error"], np.stack([np.ones(29), -np.log(table["gflops"])], axis=1)).fit()
    assert list(fit.params.values()) == pytest.approx(ols.params, rel=1e-9)
    assert fit.covariance == pytest.approx(ols.cov_params(), rel=1e-8)
    assert (fit.basins, fit.account.cells) == (1, 1)


def test_a_form_whose_cells_are_for_other_parameters_is_told() -> None:
    broken = Form(**{**vars(HALF_LIFE), "cells": lambda x, y: {"tau": np.ones(3)}})
    with pytest.raises(LawError, match=r"form half-life proposes starts for tau; its `cells` must give them for h$"):
        laws.fit(None, broken, *decay())
