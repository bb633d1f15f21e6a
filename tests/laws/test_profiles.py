"""Profiles: an end lies where the best fit with the parameter held there is worse by exactly the threshold."""

from typing import Any

import numpy as np
import pytest
from samples import floor, pick, power, surface

from reprolib import laws
from reprolib.laws import Fit
from reprolib.laws.quantiles import student


def of(form: str, table: Any, **settings: Any) -> Fit:
    x, y = ("N,D", "loss") if form == "chinchilla" else ("gflops", "error")
    return laws.fit(table, form, x, y, **{"method": "profile", **settings})


def threshold(fit: Fit) -> float:
    """The F quantile with one and dof degrees of freedom is the square of Student's t."""
    return fit.objective * (1 + student(fit.level, fit.dof) ** 2 / fit.dof)


CASES: list[tuple[str, Any, dict[str, Any]]] = [
    ("power", power(), {"loss": "log"}),
    ("power", power(), {}),
    ("power-floor", floor(), {}),
    ("power-floor", floor(), {"loss": "log", "level": 0.8}),
    ("power-floor", floor(), {"pin": {"c": -0.3}}),
    ("shifted-power-floor", floor(noise=0.001), {"pin": {"d": 0.2}}),
    ("chinchilla", surface(noise=0.0005), {"loss": "log", "pin": {"B": 1000.0, "beta": 0.28}}),
]


@pytest.mark.parametrize(("form", "table", "settings"), CASES)
def test_held_at_an_end_the_best_fit_is_worse_by_the_threshold(form: str, table: Any, settings: dict[str, Any]) -> None:
    fit = of(form, table, **settings)
    ends = 0
    for name, interval in fit.intervals.items():
        for end in interval or ():
            if end in fit.form.bounds(name):
                continue
            pin = {**settings.get("pin", {}), name: end}
            held = of(form, table, **{**settings, "pin": pin, "method": "delta"})
            assert held.objective == pytest.approx(threshold(fit), rel=1e-4), (name, end)
            ends += 1
    assert ends >= 2 * len(fit.intervals) - 1


@pytest.mark.parametrize("n", [3, 4, 29])
def test_of_a_law_that_is_linear_in_logarithms_it_is_the_t_interval(n: int) -> None:
    """Of the prefactor too, which is a factor: with 3 points its interval spans ten orders of magnitude."""
    table = pick(power(), range(n))
    profile, delta = (of("power", table, loss="log", method=method) for method in ("profile", "delta"))
    assert profile.intervals["c"] == pytest.approx(delta.intervals["c"], rel=1e-7)
    assert np.log(profile.intervals["a"]) == pytest.approx(np.log(delta.intervals["a"]), rel=1e-7)


def test_a_bent_objective_gives_an_interval_that_is_not_symmetric() -> None:
    """The floor is held better from above than from below."""
    fit = of("power-floor", floor(noise=0.03))
    low, high = fit.intervals["d"] or (0, 0)
    assert fit.params["d"] - low > 1.2 * (high - fit.params["d"])


def test_an_end_that_is_never_reached_is_the_bound_and_told_with_its_evidence() -> None:
    """A plain power law's data say how high a floor could be, but not that there is one."""
    table = power(noise=0.02, seed=4)
    fit = of("power-floor", table)
    assert fit.params["d"] > 0
    assert (fit.intervals["d"] or (1, 1))[0] == 0
    without = of("power-floor", table, pin={"d": 0}, method="delta")
    share = 100 * (without.objective - fit.objective) / (threshold(fit) - fit.objective)
    assert 0 < share < 100
    told = (
        f"down to 0 the objective rises by only {share:.0f} % of the 95 % threshold, so the interval ends at the bound"
    )
    assert fit.notes["d"] == told
    assert f"d is not identified: {told}" in fit.status


def test_an_exact_law_has_intervals_of_no_width() -> None:
    x = floor()["gflops"]
    fit = of("power-floor", {"gflops": x, "error": 2000 * x**-0.35 + 0.2})
    for name, interval in fit.intervals.items():
        assert interval == pytest.approx((fit.params[name],) * 2, rel=1e-6)


def test_a_direction_without_any_slope_has_no_end() -> None:
    """x**0 and the floor are one column: only their sum is known, and each alone from zero to that sum."""
    fit = of("power-floor", power(), pin={"c": 0.0})
    total = fit.params["a"] + fit.params["d"]
    assert "flat direction" in fit.status
    for name in "ad":
        low, high = fit.intervals[name] or (1, 1)
        assert low == 0
        assert total < high < 1.1 * total
