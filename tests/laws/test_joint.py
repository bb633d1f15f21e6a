"""Joint fits: shared parameters come out as a fit under that constraint, all shared as one series, none as many."""

import json
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from samples import floor, pick, power, surface
from scipy.optimize import least_squares

from reprolib import laws
from reprolib.laws import Fit, LawError


def two(form: str = "power", noise: float = 0.03) -> dict[str, Any]:
    """40 runs of two series that differ in height and slope, interleaved."""
    rng = np.random.default_rng(0)
    x = np.geomspace(1e10, 1e13, 40)
    by = np.where(np.arange(40) % 3 == 0, "old", "new")
    if form == "power":
        y = np.where(by == "old", 4, 6) * (x / 1e10) ** np.where(by == "old", -0.2, -0.15)
    else:
        y = np.where(by == "old", 0.5, 0.6) * (x / 1e10) ** np.where(by == "old", -0.5, -0.3) + 0.2
    return {"gflops": x, "error": y * np.exp(noise * rng.standard_normal(40)), "series": by}


def of(table: Any, share: str, form: str = "power", **settings: Any) -> Fit:
    settings = {"loss": "log", "method": "delta", **settings}
    return laws.fit(table, form, "gflops", "error", by="series", share=share.split(), **settings)


def test_a_shared_slope_is_that_of_a_regression_with_one_height_a_series() -> None:
    table = two()
    old = (table["series"] == "old") * 1.0
    design = np.stack([1 - old, old, np.log(table["gflops"])], axis=1)
    ols = sm.OLS(np.log(table["error"]), design).fit()
    fit = of(table, "c")
    assert list(fit.params) == ["a[new]", "a[old]", "c"]
    assert [*np.log([fit.params["a[new]"], fit.params["a[old]"]]), fit.params["c"]] == pytest.approx(
        ols.params, rel=1e-9
    )
    assert fit.intervals["c"] == pytest.approx(ols.conf_int()[2], rel=1e-8)
    assert np.log(fit.intervals["a[old]"]) == pytest.approx(ols.conf_int()[1], rel=1e-8)
    assert (fit.dof, fit.n_points) == (37, 40)


@pytest.mark.parametrize("share", ["d", "c", "c d"])
@pytest.mark.parametrize("loss", ["linear", "log"])
def test_shared_parameters_reach_the_optimum_under_their_constraint(share: str, loss: str) -> None:
    """The constrained problem written out for SciPy, from the truth and from our answer: no better optimum is there."""
    table = two("power-floor", noise=0.01)
    fit = of(table, share, "power-floor", loss=loss)
    old, log_x = table["series"] == "old", np.log(table["gflops"] / 1e10)

    def residuals(p: np.ndarray) -> np.ndarray:
        c = p[2] if "c" in share else np.where(old, p[3], p[2])
        d = p[4] if "d" in share else np.where(old, p[5], p[4])
        law = np.exp(np.where(old, p[1], p[0]) + c * log_x) + d
        return np.log(table["error"]) - np.log(law) if loss == "log" else table["error"] - law

    found = least_squares(residuals, [np.log(0.6), np.log(0.5), -0.3, -0.5, 0.2, 0.2], xtol=1e-15, ftol=1e-15)
    assert fit.objective == pytest.approx(2 * found.cost, rel=1e-6)
    assert fit.params["d" if "d" in share else "d[old]"] == pytest.approx(found.x[4 if "d" in share else 5], rel=1e-3)


def test_all_parameters_shared_are_the_fit_of_one_series() -> None:
    table = two("power-floor", noise=0.01)
    joint = of(table, "a c d", "power-floor")
    pooled = laws.fit(table, "power-floor", "gflops", "error", loss="log", method="delta")
    assert joint.params == pytest.approx(pooled.params, rel=1e-5)
    assert joint.intervals["c"] == pytest.approx(pooled.intervals["c"], rel=1e-4)
    assert joint.objective == pytest.approx(pooled.objective, rel=1e-9)


def test_a_shared_parameter_pinned_leaves_fits_that_know_nothing_of_each_other() -> None:
    table = two("power-floor", noise=0.01)
    joint = of(table, "d", "power-floor", pin={"d": 0.18})
    for series in ("old", "new"):
        alone = laws.fit(
            pick(table, table["series"] == series), "power-floor", "gflops", "error",
            loss="log", pin={"d": 0.18}, method="delta",
        )  # fmt: skip
        for name in "ac":
            assert joint.params[f"{name}[{series}]"] == pytest.approx(alone.params[name], rel=1e-6)


def test_a_pin_holds_in_every_series() -> None:
    fit = of(two("power-floor"), "c", "power-floor", pin={"d": 0.1})
    assert (fit.params["d[new]"], fit.params["d[old]"]) == (0.1, 0.1)
    assert set(fit.intervals) == {"a[new]", "a[old]", "c"}
    both = of(two("power-floor"), "c", "power-floor", pin={"c": -0.4})
    assert both.params["c"] == -0.4


def test_what_is_shared_is_held_better_than_alone() -> None:
    table = two("power-floor", noise=0.01)
    shared = np.ptp(of(table, "d", "power-floor").intervals["d"])
    for series in ("old", "new"):
        rows = pick(table, table["series"] == series)
        alone = laws.fit(rows, "power-floor", "gflops", "error", loss="log", method="delta")
        assert shared < np.ptp(alone.intervals["d"])


def test_predictions_take_the_number_of_the_series() -> None:
    """Series are numbered from 0 by their names in order."""
    table = two()
    fit = of(table, "c")
    assert fit.series == ("new", "old")
    for number, series in enumerate(fit.series):
        assert fit.predict(3e12, number) == pytest.approx(
            fit.params[f"a[{series}]"] * 3e12 ** fit.params["c"], rel=1e-12
        )
    low, high = fit.interval(3e12, 1)
    assert low < fit.predict(3e12, 1) < high
    with pytest.raises(LawError, match=r"^form power predicts from x, series; 1 came$"):
        fit.predict(3e12)


def test_the_order_of_the_rows_does_not_matter() -> None:
    table = two("power-floor")
    order = np.random.default_rng(0).permutation(40)
    one, two_ = of(table, "d", "power-floor"), of(pick(table, order), "d", "power-floor")
    assert two_.params == pytest.approx(one.params, rel=1e-6)


@pytest.mark.parametrize("share", ["c", "c d", "a c d"])
def test_json_gives_back_a_joint_fit(share: str) -> None:
    fit = of(two("power-floor", noise=0.01), share, "power-floor", method="auto", bootstrap=100)
    again = Fit.from_json(fit.to_json())
    assert again.to_json() == fit.to_json()
    assert again.series == ("new", "old")
    assert np.array_equal(again.interval(1e14, 1), fit.interval(1e14, 1))
    assert json.loads(fit.to_json())["series"] == ["new", "old"]
    assert Fit.from_json(fit.to_json(), form=fit.form) == fit


@pytest.mark.parametrize("method", ["profile", "pairs", "residual", "parametric", "cluster"])
def test_every_interval_is_there_for_joint_fits_and_agrees(method: str) -> None:
    table, boot = two(), {} if method == "profile" else {"bootstrap": 500}
    cluster = np.arange(40) if method == "cluster" else None
    fit, delta = of(table, "c", method=method, cluster=cluster, **boot), of(table, "c")
    for name in fit.intervals:
        both = np.log(np.abs([fit.intervals[name], delta.intervals[name]]))
        assert both[0] == pytest.approx(both[1], abs=0.35 * np.ptp(both[1]))


def test_series_of_laws_with_two_inputs_share_as_well() -> None:
    one, other = surface(seed=0), surface(seed=1)
    table = {name: np.concatenate([one[name], other[name] * (1.1 if name == "loss" else 1)]) for name in one}
    by = np.repeat([1, 2], 30)
    fit = laws.fit(table, "chinchilla", "N,D", "loss", by=by, share=["alpha", "beta"], loss="log", method="delta")
    assert fit.params["alpha"] == pytest.approx(0.34, abs=0.03)
    assert fit.params["E[2]"] == pytest.approx(1.1 * 1.7, rel=0.05)
    assert fit.series == ("1", "2")


def test_a_series_with_fewer_runs_than_parameters_leans_on_the_others() -> None:
    table = two("power-floor", noise=0.01)
    few = np.flatnonzero(table["series"] == "old")[:2]
    rows = np.sort(np.concatenate([np.flatnonzero(table["series"] == "new"), few]))
    fit = of(pick(table, rows), "c d", "power-floor")
    assert fit.params["a[old]"] > 0
    assert fit.intervals["a[old]"] is not None


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            {"share": ["c"]},
            "by and share belong together: by says which series a row is in, share what they have in common",
        ),
        (
            {"by": "series"},
            "by and share belong together: by says which series a row is in, share what they have in common",
        ),
        ({"by": "series", "share": ["k"]}, "share names 'k'; form power has a, c"),
        ({"by": ["a"] * 40, "share": ["c"]}, "by puts every row into series 'a'; a joint fit needs at least two"),
        ({"by": ["a", "b"], "share": ["c"]}, "by has length 2 and y has length 40; give one series for each row"),
        (
            {"by": "series", "share": ["c"], "frontier": "pareto"},
            "a joint fit takes points as they are; choose the frontier 'pareto' for each series first",
        ),
    ],
)
def test_settings_that_make_no_joint_fit_are_told_in_one_sentence(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(LawError) as caught:
        laws.fit(two(), "power", "gflops", "error", **settings)
    assert str(caught.value) == sentence


def test_too_few_points_for_all_series_are_told() -> None:
    table = {**power(4), "series": ["a", "a", "b", "b"]}
    with pytest.raises(LawError, match=r"^form power-floor has 5 parameters to fit and the number of points is 4;"):
        of(table, "d", "power-floor")


def test_a_floor_in_common_is_still_told_from_a_factor() -> None:
    """Its interval is symmetric about it and not about its logarithm."""
    table = {**floor(noise=0.005), "series": np.arange(29) % 2}
    fit = of(table, "d", "power-floor", loss="linear")
    low, high = fit.intervals["d"] or (0, 0)
    assert low + high == pytest.approx(2 * fit.params["d"], rel=1e-9)
