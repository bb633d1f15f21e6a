"""Known noise: the spread that it leaves between runs has known answers, and weights follow from both."""

from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from samples import floor, power
from scipy.optimize import brentq

from reprolib import laws
from reprolib.laws import Fit, LawError


def of(table: Any, noise: Any, loss: str = "log", **settings: Any) -> Fit:
    return laws.fit(table, "power", "gflops", "error", loss=loss, noise=noise, **{"method": "delta", **settings})


def test_noise_that_explains_all_of_the_scatter_leaves_no_spread() -> None:
    """Its weights are then those of its variances alone."""
    table = power(noise=0.02)
    sizes = np.random.default_rng(1).uniform(0.04, 0.2, 29)
    fit = of(table, sizes * table["error"])
    wls = sm.WLS(np.log(table["error"]), sm.add_constant(np.log(table["gflops"])), weights=1 / sizes**2).fit()
    assert wls.scale < 1  # chi square is below its degrees of freedom
    assert fit.params["c"] == pytest.approx(wls.params[1], rel=1e-9)
    assert fit.intervals["c"] == pytest.approx(wls.conf_int()[1], rel=1e-8)
    assert fit.status == "converged; the known measurement noise explains all of the scatter"


@pytest.mark.parametrize("loss", ["linear", "log"])
def test_the_spread_makes_chi_square_its_degrees_of_freedom(loss: str) -> None:
    """Paule and Mandel, 1982, solved here by another root finder."""
    table = power(noise=0.08)
    sizes = np.random.default_rng(1).uniform(0.005, 0.1, 29) * (1 if loss == "log" else 0.3)
    fit = of(table, sizes * table["error"] if loss == "log" else sizes, loss)

    def excess(tau: float) -> float:
        weights = 1 / (sizes**2 + tau**2)
        weighted = laws.fit(table, "power", "gflops", "error", loss=loss, weights=weights, method="delta")
        return weighted.objective - 27

    tau = brentq(excess, 1e-6, 1)
    assert 0.01 < tau < 0.1
    share = np.mean(sizes**2 / (sizes**2 + tau**2))
    where = "log y" if loss == "log" else "y"
    assert fit.status.endswith(
        f"the known measurement noise explains {100 * share:.0f} % of the scatter, "
        f"the rest is a spread of {tau:.3g} in {where} between runs"
    )
    weights = 1 / (sizes**2 + tau**2)
    weighted = laws.fit(table, "power", "gflops", "error", loss=loss, weights=weights, method="delta")
    assert fit.params == pytest.approx(weighted.params, rel=1e-6)


def test_equal_noise_everywhere_changes_nothing_but_the_status() -> None:
    table = power()
    fit, plain = of(table, 0.02 * table["error"]), of(table, None)
    assert fit.params == pytest.approx(plain.params, rel=1e-9)
    assert fit.intervals["c"] == pytest.approx(plain.intervals["c"], rel=1e-7)
    assert fit.spread == pytest.approx(plain.spread, rel=1e-9)
    assert fit.status != plain.status == "converged"


def test_binomial_noise_comes_from_the_number_of_test_samples() -> None:
    table = {**power(), "n_test": np.full(29, 1000)}
    share = table["error"]
    by_hand = np.sqrt((share * 1000 + 0.5) / 1001 * (1 - (share * 1000 + 0.5) / 1001) / 1000)
    assert of(table, "binomial:n_test").to_json() == of(table, by_hand).to_json()
    assert "the known measurement noise explains" in of(table, "binomial:n_test").status


def test_a_run_measured_badly_hardly_counts() -> None:
    table = {**power(noise=0.01), "n_test": np.full(29, 50_000)}
    table["error"][2] *= 1.6
    table["n_test"][2] = 1
    fit = of(table, "binomial:n_test")
    assert abs(fit.params["c"] + 0.11) < 0.003 < abs(of(table, None).params["c"] + 0.11)


def test_noise_of_a_frontier_is_that_of_its_winners() -> None:
    table = power()
    noise = np.random.default_rng(1).uniform(0.05, 0.3, 29) * table["error"]
    fit = of(table, noise, frontier="bins:5")
    front = laws.frontier(table["gflops"], table["error"], "bins:5")
    variance = (noise[list(front.winners)] / np.array(front.y)) ** 2
    wls = sm.WLS(np.log(front.y), sm.add_constant(np.log(front.x)), weights=1 / variance).fit()
    assert fit.params["c"] == pytest.approx(wls.params[1], rel=1e-8)


def test_without_a_degree_of_freedom_nothing_is_said_of_what_noise_explains() -> None:
    x = np.array([1.0, 10.0])
    fit = of({"gflops": x, "error": 3 / x}, np.array([0.1, 0.1]))
    assert "noise" not in fit.status


@pytest.mark.parametrize("loss", ["huber", "asymmetric", "quantile"])
def test_noise_needs_least_squares(loss: str) -> None:
    with pytest.raises(LawError, match=rf"^noise needs least squares; loss '{loss}' does not weigh by variance$"):
        of(power(), np.full(29, 0.01), loss)


def test_noise_and_weights_multiply() -> None:
    table = floor()
    weights, noise = np.linspace(1, 2, 29), np.linspace(0.02, 0.2, 29)
    both = laws.fit(table, "power-floor", "gflops", "error", noise=noise, weights=weights, method="delta")
    product = laws.fit(table, "power-floor", "gflops", "error", weights=weights / noise**2, method="delta")
    assert "explains all" in both.status
    assert both.params == pytest.approx(product.params, rel=1e-6)
