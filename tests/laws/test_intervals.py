"""Intervals: every method runs, they agree where they should, and one that cannot be trusted is not printed."""

from typing import Any

import numpy as np
import pytest
from samples import floor, pick, power

from reprolib import laws
from reprolib.laws import Fit
from reprolib.laws.quantiles import tail_of

RESAMPLED = ("pairs", "residual", "parametric", "cluster")


def of(form: str = "power", table: Any = None, **settings: Any) -> Fit:
    return laws.fit(power() if table is None else table, form, "gflops", "error", **settings)


def width(fit: Fit, name: str = "c") -> float:
    low, high = fit.intervals[name] or (np.nan, np.nan)
    return high - low


@pytest.mark.parametrize(("form", "names"), [("power", "ac"), ("power-floor", "acd")])
def test_on_many_runs_all_methods_come_to_one_interval(form: str, names: str) -> None:
    """120 runs with normal noise, where the theory of each holds: both ends within 20 % of the width."""
    table = floor(120) if form == "power-floor" else power(120)
    settings: dict[str, Any] = {"loss": "linear" if form == "power-floor" else "log"}
    delta = of(form, table, method="delta", **settings)
    others = [of(form, table, method="profile", **settings)]
    for method in RESAMPLED:
        cluster = np.arange(120) if method == "cluster" else None
        others.append(of(form, table, method=method, bootstrap=500, cluster=cluster, **settings))
    for name in names:
        for other in others:
            assert np.array(other.intervals[name]) == pytest.approx(
                np.array(delta.intervals[name]), abs=0.2 * width(delta, name)
            ), (name, other.method)


def test_a_higher_level_is_wider_by_every_method() -> None:
    for method in ("delta", "profile", "pairs", "parametric"):
        boot = 500 if method in RESAMPLED else 0
        widths = [width(of(method=method, bootstrap=boot, level=level)) for level in (0.5, 0.8, 0.95)]
        assert widths == sorted(widths), method
        assert widths[2] > 2 * widths[0]


def test_rows_that_are_copies_of_each_other_need_a_cluster_bootstrap() -> None:
    """Each run four times: drawn one by one the rows look four times as many, which halves the interval."""
    table = pick(power(), np.repeat(np.arange(29), 4))
    pairs = of(table=table, bootstrap=2000, seed=1)
    clusters = of(table=table, bootstrap=2000, seed=1, cluster=np.repeat(np.arange(29), 4))
    assert (pairs.method, clusters.method) == ("pairs", "cluster")
    assert width(clusters) == pytest.approx(2 * width(pairs), rel=0.15)
    assert width(clusters) == pytest.approx(width(of(bootstrap=2000)), rel=0.1)


def test_known_noise_alone_is_narrower_than_the_scatter_of_runs() -> None:
    table = power()
    alone = of(table=table, noise=0.01 * table["error"], method="noise", bootstrap=500, loss="log")
    assert width(alone) == pytest.approx(width(of(loss="log")) / 5, rel=0.25)
    assert "what another test set would have changed, not what other runs would" in alone.interval_method


def test_each_method_is_told_in_a_sentence_of_its_own() -> None:
    told = {
        method: of(
            method=method,
            bootstrap=100 if method not in ("delta", "profile") else 0,
            cluster=np.arange(29) // 2,
            noise=np.full(29, 0.01) if method == "noise" else None,
        ).interval_method
        for method in ("delta", "profile", *RESAMPLED, "noise")
    }
    assert len(set(told.values())) == 7
    assert told["delta"] == "delta method with Student's t, 27 degrees of freedom"
    assert told["pairs"] == "100 resamples of rows, percentiles widened for a small sample"


def test_without_a_word_the_method_follows_the_loss_and_the_resamples() -> None:
    assert of().method == "profile"
    assert of(loss="asymmetric").method == "delta"
    assert of(bootstrap=100).method == "pairs"
    assert of(bootstrap=100, cluster=np.arange(29) // 2).method == "cluster"


def test_a_factor_has_an_interval_that_is_symmetric_in_its_logarithm() -> None:
    fit = of(method="delta")
    low, high = fit.intervals["a"] or (0, 0)
    assert low * high == pytest.approx(fit.params["a"] ** 2)
    low, high = fit.intervals["c"] or (0, 0)
    assert low + high == pytest.approx(2 * fit.params["c"])


@pytest.mark.parametrize(("frontier", "whole"), [("none", True), ("bins:5", True), ("pareto", False)])
def test_percentiles_are_widened_for_the_sample_that_the_law_rests_on(frontier: str, whole: bool) -> None:
    """All rows, but for a Pareto frontier its own points: widened for all, its intervals were too narrow (see
    `test_coverage`). The five points of five bins would leave no percentiles at all, and need no more."""
    fit = of(loss="log", frontier=frontier, bootstrap=400)
    assert fit.draws is not None
    sample = 29 if whole else fit.n_points
    tail = tail_of("pairs", 0.95, dof=fit.dof, sample=sample, free=2)
    assert fit.sample == sample
    assert fit.intervals["c"] == pytest.approx(np.quantile(fit.draws[:, 1], [tail, 1 - tail]))


# intervals that cannot be trusted


@pytest.mark.parametrize("method", ["delta", "profile", "pairs", "residual", "parametric"])
def test_as_many_points_as_parameters_leave_no_interval(method: str) -> None:
    boot = 0 if method in ("delta", "profile") else 100
    fit = of("power-floor", pick(floor(), [0, 1, 2]), method=method, bootstrap=boot)
    note = "3 points fix 3 parameters exactly and leave no error to judge by"
    assert dict(fit.intervals) == dict.fromkeys("acd")
    assert dict(fit.notes) == dict.fromkeys("acd", note)
    assert fit.interval_method == f"none: {note}"
    assert np.isnan(fit.interval(1e12)).all()


@pytest.mark.parametrize("loss", ["huber", "quantile"])
def test_a_loss_with_kinks_has_no_interval_without_resamples(loss: str) -> None:
    fit = of(loss=loss)
    assert fit.intervals["c"] is None
    assert fit.notes["c"] == f"the {loss} loss has no interval without resamples; give bootstrap"
    assert np.isnan(fit.interval(1e12)).all()
    assert of(loss=loss, bootstrap=100).intervals["c"] is not None


def test_a_flat_direction_has_no_interval_by_the_delta_method() -> None:
    fit = of("power-floor", pin={"c": 0.0}, method="delta")
    assert fit.intervals["a"] is None
    assert fit.notes["a"] == "a and d can change together without changing the fit"
    assert np.isnan(fit.interval(1e12)).all()


def test_an_interval_that_leaves_the_floats_is_none() -> None:
    fit = of(table=pick(power(), [0, 1, 2]), loss="log", method="delta", level=0.9999)
    assert fit.intervals["a"] is None
    assert fit.notes["a"] == "so wide that its end is no number"
    assert np.isnan(fit.interval(1e9)).all()


def test_an_interval_that_a_bound_cuts_says_so() -> None:
    fit = of("power-floor", power(noise=0.02, seed=4), method="delta")
    assert fit.params["d"] > 0
    assert (fit.intervals["d"] or (1, 1))[0] == 0
    assert fit.notes["d"] == "cut at its bound, near which the delta method is rough; take method profile"


@pytest.mark.parametrize(("level", "reaches"), [(0.95, True), (0.999, False)])
def test_resamples_too_few_for_the_level_give_no_interval(level: float, reaches: bool) -> None:
    fit = of(bootstrap=200, level=level)
    assert (fit.intervals["c"] is not None) == reaches
    assert np.isfinite(fit.interval(1e12)).all() == reaches
    if not reaches:
        assert fit.notes["c"] == "200 resamples of 29 rows do not reach the tails"


def test_a_few_clusters_give_no_interval() -> None:
    fit = of("power-floor", floor(), bootstrap=200, cluster=np.arange(29) % 3)
    assert fit.intervals["d"] is None
    assert fit.notes["d"] == "200 resamples of 3 clusters do not reach the tails"
    assert np.isnan(fit.interval(1e12)).all()


def test_resamples_at_a_bound_are_counted_in_a_note() -> None:
    fit = of("power-floor", power(noise=0.02, seed=4), bootstrap=500)
    assert fit.draws is not None
    share = float(np.mean(fit.draws[:, 2] == 0))
    assert 0.05 < share < 0.95
    assert fit.notes["d"] == f"at its bound in {100 * share:.0f} % of the resamples, where percentiles are rough"


def test_a_parameter_at_its_bound_in_every_resample_has_no_interval() -> None:
    table = power(noise=0.01)
    table["error"] = 0.3 - 0.05 * np.log(table["gflops"] / 1e12)  # falls faster and faster: a floor only disturbs
    fit = of("power-floor", table, bootstrap=100)
    assert fit.params["d"] == 0
    assert fit.intervals["d"] is None
    assert fit.notes["d"] == "at its bound in 100 % of the resamples, which no percentiles describe"


def test_resamples_of_an_exact_law_have_an_interval_of_no_width() -> None:
    x = floor()["gflops"]
    fit = of("power-floor", {"gflops": x, "error": 2000 * x**-0.35 + 0.2}, bootstrap=100)
    assert fit.intervals["d"] == pytest.approx((0.2, 0.2), rel=1e-9)


def test_the_fewest_degrees_of_freedom_are_met_by_the_widest_t() -> None:
    """One degree of freedom: 12.7 standard errors."""
    table = pick(power(), [3, 11, 20])
    fit = of(table=table, loss="log", method="delta")
    assert fit.covariance is not None
    assert width(fit) == pytest.approx(2 * 12.7062 * np.sqrt(fit.covariance[1, 1]), rel=1e-5)
    assert of(table=table, loss="log").intervals["c"] == pytest.approx(fit.intervals["c"], rel=1e-7)
