"""Resamples: what each kind draws, that every one chooses its own frontier, and that none is fitted to too little."""

from typing import Any

import numpy as np
import pytest
from samples import floor, pick, power

from reprolib import laws
from reprolib.laws import FORMS, Fit, LawError
from reprolib.laws.frontiers import rule_of
from reprolib.laws.losses import loss_of
from reprolib.laws.points import gather
from reprolib.laws.problem import Problem
from reprolib.laws.resamples import Resamples, resample
from reprolib.laws.solve import search


def of(form: str = "power", table: Any = None, **settings: Any) -> Fit:
    settings = {"loss": "log", "bootstrap": 400, **settings}
    return laws.fit(power() if table is None else table, form, "gflops", "error", **settings)


def draws(fit: Fit) -> np.ndarray:
    assert fit.draws is not None
    return fit.draws


def line(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """a and c of the straight line in logarithms."""
    slope, height = np.polyfit(np.log(x), np.log(y), 1)
    return np.array([np.exp(height), slope])


# frontiers inside resamples


def upper_rows_of(count: int) -> dict[str, np.ndarray]:
    """`count` rows on 6 x**-0.1 and, beside each, one 20 % above: none takes that while its neighbour is there."""
    x = np.geomspace(1e10, 1e13, count)
    x = np.concatenate([x, 1.05 * x])
    return {"gflops": x, "error": 6 * x**-0.1 * np.repeat([1, 1.2], count)}


def test_a_resample_without_a_winner_takes_another_row() -> None:
    """Every row of the frontier lies on one law exactly. Were the frontier chosen once, all resamples would give that
    law; where a winner is missing a worse row of its bin must stand in, which moves the law up."""
    table = upper_rows_of(5)
    fit = of(table=table, frontier="bins:5")
    assert fit.points == (0, 1, 2, 3, 4)
    heights = np.log(draws(fit)[:, 0] * 4e11 ** draws(fit)[:, 1]) - np.log(fit.predict(4e11))
    assert np.mean(heights > 1e-6) > 0.75  # all five winners are drawn in 8 %, and some rows lie alone
    low, high = fit.interval(4e11, new=False)
    assert np.log(high / low) > 0.1


@pytest.mark.parametrize("frontier", ["bins:4", "bins:4:0", "geometric:5", "pareto", "hull", "quantile:4:0.3"])
def test_every_resample_is_the_fit_of_the_frontier_of_its_rows(frontier: str) -> None:
    """The rows drawn follow from the seed; each resample is refitted here by hand."""
    table = power(20, noise=0.1)
    fit = of(table=table, frontier=frontier, bootstrap=100, seed=5)
    counts = np.random.default_rng([5, 0]).multinomial(20, np.full(20, 1 / 20), size=100)
    checked = 0
    for rows, drawn in zip(counts > 0, draws(fit), strict=True):
        front = laws.frontier(table["gflops"][rows], table["error"][rows], frontier)
        if len(front.x) >= 2:  # others are drawn again
            assert drawn == pytest.approx(line(np.array(front.x), np.array(front.y)), rel=1e-5)
            checked += 1
    assert checked > 80


def test_the_frontier_of_a_fit_with_resamples_is_that_of_the_data() -> None:
    assert of(frontier="bins:5").points == of(frontier="bins:5", bootstrap=0).points
    assert "the frontier was chosen again in every resample" in of(frontier="pareto").interval_method


def test_known_noise_makes_other_rows_win() -> None:
    table = upper_rows_of(5)
    fit = of(table=table, frontier="bins:5", method="noise", noise=0.15 * table["error"])
    heights = np.log(draws(fit)[:, 0] * 4e11 ** draws(fit)[:, 1]) - np.log(fit.predict(4e11))
    assert heights.mean() < -0.03  # the smallest of two noisy values lies below


# what each kind draws


def test_pairs_are_the_fits_of_rows_drawn_with_their_weights() -> None:
    table, weights = power(10), np.linspace(1, 3, 10)
    fit = of(table=table, weights=weights, bootstrap=100, seed=2)
    counts = np.random.default_rng([2, 0]).multinomial(10, np.full(10, 0.1), size=100)
    for count, drawn in zip(counts, draws(fit), strict=True):
        slope, height = np.polyfit(np.log(table["gflops"]), np.log(table["error"]), 1, w=np.sqrt(weights * count))
        assert drawn == pytest.approx([np.exp(height), slope], rel=1e-6)


def test_known_noise_weighs_the_rows_of_every_resample_as_it_does_those_of_the_fit() -> None:
    """One run with a test set so small that it is worth nothing must not move a resample either."""
    table = power(noise=0.02)
    table["error"][0] *= 2
    noise = np.where(np.arange(29) == 0, 100.0, 0.001) * table["error"]
    fit, without = of(table=table, noise=noise), of(table=pick(table, np.arange(29) > 0))
    assert fit.params["c"] == pytest.approx(without.params["c"], abs=1e-4)
    assert np.ptp(fit.intervals["c"]) == pytest.approx(np.ptp(without.intervals["c"]), rel=0.2)


@pytest.mark.parametrize("frontier", ["bins:5:0", "pareto"])
def test_known_noise_weighs_the_winners_of_every_resample_too(frontier: str) -> None:
    """As above on frontiers, whose winners carry their noise along."""
    x = np.geomspace(1e10, 1e13, 5)
    table = {"gflops": x, "error": 6 * x**-0.1 * np.exp(0.02 * np.array([1, -1, 1, -1, 0]))}
    table["error"][4] *= 0.7
    noise = np.where(np.arange(5) == 4, 100.0, 0.001) * table["error"]
    fit = of(table=table, noise=noise, frontier=frontier)
    assert np.mean(np.abs(draws(fit)[:, 1] - fit.params["c"]) < 0.03) > 0.9


def test_clusters_come_and_go_as_a_whole() -> None:
    """Two exact laws, one a cluster each: a resample has both, which is one fit, or not."""
    x = np.geomspace(1, 100, 4)
    y = np.concatenate([2 * x**-0.5, 3 * x**-0.5, 4 * x**-0.5])
    fit = of(table={"gflops": np.tile(x, 3), "error": y}, cluster=np.repeat(["a", "b", "c"], 4))
    assert fit.sample == 3
    heights = {round(height, 6) for height in np.log(draws(fit)[:, 0])}
    possible = np.array([[i, j, k] for i in range(4) for j in range(4) for k in range(4) if i + j + k == 3])
    assert heights == {round(height, 6) for height in possible @ np.log([2, 3, 4]) / 3}


def test_residuals_are_drawn_from_those_of_the_fit_without_their_mean() -> None:
    """Widened by sqrt(n / dof), so that even of 6 runs they scatter as the errors do, about the estimate."""
    table = power(6)
    drawn = draws(of(table=table, method="residual", bootstrap=4000))[:, 1]
    ols = of(table=table, method="delta", bootstrap=0)
    assert ols.covariance is not None
    assert np.std(drawn) == pytest.approx(np.sqrt(ols.covariance[1, 1]), rel=0.06)
    assert np.mean(drawn) == pytest.approx(ols.params["c"], abs=0.06 * np.std(drawn))


def test_parametric_resamples_scatter_as_the_theory_says() -> None:
    fit, ols = of(method="parametric", bootstrap=4000), of(method="delta", bootstrap=0)
    assert ols.covariance is not None
    assert np.cov(draws(fit).T) == pytest.approx(ols.covariance, rel=0.15)


def test_heavier_rows_scatter_less_in_resamples_of_residuals() -> None:
    """Of weight 100 a row has a tenth of the scatter: the spread is that of weighted least squares."""
    rng = np.random.default_rng(0)
    weights = np.where(np.arange(29) % 2, 100.0, 1.0)
    x = np.geomspace(1e10, 1e13, 29)
    table = {"gflops": x, "error": 6 * x**-0.1 * np.exp(0.1 * rng.standard_normal(29) / np.sqrt(weights))}
    theory = of(table=table, weights=weights, method="delta", bootstrap=0).covariance
    assert theory is not None
    for method in ("residual", "parametric"):
        drawn = draws(of(table=table, weights=weights, method=method, bootstrap=2000))
        assert np.std(drawn[:, 1]) == pytest.approx(np.sqrt(theory[1, 1]), rel=0.08)


@pytest.mark.parametrize("method", ["pairs", "residual", "parametric"])
def test_rows_of_weight_zero_take_no_part_in_resamples(method: str) -> None:
    """Were the wild row's residual drawn, every interval would be wide."""
    table = power()
    table["error"][7] *= 50
    weights = np.where(np.arange(29) == 7, 0.0, 1.0)
    fit = of(table=table, weights=weights, method=method)
    clean = of(table=pick(table, weights > 0), method=method)
    assert np.ptp(fit.intervals["c"]) == pytest.approx(np.ptp(clean.intervals["c"]), rel=0.25)


# resamples that cannot hold the law


def made(table: Any, kind: str, form: str = "power", rule: str = "none", **settings: Any) -> Resamples:
    data = gather(table, FORMS[form], "gflops", "error", log=True, **settings)
    problem = Problem(FORMS[form], loss_of("log"), data.inputs, data.y, np.ones((1, data.size)))
    free = FORMS[form].names
    return resample(
        data, problem, search(problem), rule_of(rule), kind, 300, 0, weights=data.weights, free=free, dof=data.size - 2
    )


def test_resamples_of_too_few_different_points_are_drawn_again_and_counted() -> None:
    """Of 3 rows a resample holds only one with chance 1/9."""
    drawn = made(power(3), "pairs")
    assert 15 < drawn.redrawn < 60
    fit = of(table=power(3), bootstrap=300)
    assert f"{drawn.redrawn} draws with too few different points were made again" in fit.interval_method


def test_copies_at_one_x_are_no_different_points() -> None:
    """Two x: half of the resamples of 2 clusters hold one of them alone."""
    table = {"gflops": [1, 1, 1, 9, 9, 9], "error": [5, 5.1, 4.9, 3, 3.1, 2.9]}
    assert made(table, "cluster", cluster=["a"] * 3 + ["b"] * 3).redrawn > 150


def test_data_that_no_resample_holds_are_refused() -> None:
    table = {"gflops": [1, 1, 1, 9, 9, 9], "error": [5, 5.1, 4.9, 3, 3.1, 2.9]}
    with pytest.raises(LawError, match=r"resamples still have fewer different points than the 3 parameters after 20"):
        made(table, "pairs", "power-floor")


def test_every_series_of_a_joint_fit_is_in_every_resample() -> None:
    """Drawn without regard to series, 3 of 32 rows would be missing as a whole from 4 % of the resamples."""
    table = power(32)
    by = np.where(np.arange(32) < 3, "few", "many")
    fit = of("power", table, by=by, share=["c"], bootstrap=2000)
    alone = of("power", pick(table, by == "few"), pin={"c": fit.params["c"]}, method="delta", bootstrap=0)
    few = draws(fit)[:, fit.free.index("a[few]")] * 3e11 ** draws(fit)[:, fit.free.index("c")]
    assert (np.abs(np.log(few) - np.log(alone.predict(3e11))) < 0.25).all()
    assert "made again" not in fit.interval_method  # each series was drawn by itself, so none was ever missing


def test_every_series_of_a_joint_fit_keeps_as_many_places_as_it_has_parameters_of_its_own() -> None:
    """Both a and c are of its own, so a resample with one row thrice would leave its slope open."""
    table = floor(32)
    by = np.where(np.arange(32) < 4, "few", "many")
    fit = of("power-floor", table, by=by, share=["d"], bootstrap=300)
    assert "draws with too few different points were made again" in fit.interval_method
