"""The power law: known answers, invariances, agreement with other libraries, honest intervals."""

import dataclasses
import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from reprolib.laws import LawError, PowerLaw, binned_frontier, fit_power, power

COMPUTE = np.array([1.8e10, 9.4e10, 2.6e11, 1.1e12, 6.6e12])


def noisy(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """n points around 5.86 x**-0.11, over the paper's range of compute."""
    rng = np.random.default_rng(seed)
    x = 10 ** rng.uniform(10.2, 12.9, n)
    return x, 5.86 * x**-0.11 * 10 ** rng.normal(0, 0.02, n)


@pytest.mark.parametrize("n", [3, 5, 29])
@pytest.mark.parametrize(("beta", "alpha"), [(5.86, -0.11), (211.66, -0.24), (1e-6, 1.5), (2.0, 0.0)])
def test_noise_free_points_give_their_law_back(n: int, beta: float, alpha: float) -> None:
    x = np.geomspace(1.8e10, 6.6e12, n)
    law = fit_power(x, beta * x**alpha)
    assert law.beta == pytest.approx(beta, rel=1e-9)
    assert law.alpha == pytest.approx(alpha, rel=1e-9, abs=1e-12)
    assert law.rmse_log10 < 1e-12


@pytest.mark.parametrize("n", [3, 5, 8, 29])
@pytest.mark.parametrize("level", [0.5, 0.95, 0.99])
def test_estimates_and_intervals_agree_with_scipy_and_numpy(n: int, level: float) -> None:
    x, y = noisy(n)
    law = fit_power(x, y, level=level)
    line = scipy.stats.linregress(np.log10(x), np.log10(y))
    reach = scipy.stats.t.ppf((1 + level) / 2, n - 2)
    assert law.alpha == pytest.approx(line.slope, rel=1e-9)
    assert math.log10(law.beta) == pytest.approx(line.intercept, rel=1e-9)
    assert law.intervals["alpha"] == pytest.approx(
        (line.slope - reach * line.stderr, line.slope + reach * line.stderr), rel=1e-7
    )
    assert np.log10(law.intervals["beta"]) == pytest.approx(
        [line.intercept - reach * line.intercept_stderr, line.intercept + reach * line.intercept_stderr], rel=1e-7
    )
    assert [law.alpha, math.log10(law.beta)] == pytest.approx(np.polyfit(np.log10(x), np.log10(y), 1), rel=1e-7)


def test_objective_and_rmse_are_those_of_the_residuals() -> None:
    x, y = noisy(8)
    law = fit_power(x, y)
    residuals = np.log10(y) - np.log10(law.predict(x))
    assert law.objective == pytest.approx(np.sum(residuals**2))
    assert law.rmse_log10 == pytest.approx(np.sqrt(np.mean(residuals**2)))
    assert (law.n, law.dof) == (8, 6)


def test_no_other_line_has_a_smaller_objective() -> None:
    x, y = noisy(8)
    law = fit_power(x, y)
    rng = np.random.default_rng(1)
    for step in rng.normal(0, [[0.1, 0.01]], (200, 2)):
        other = power(x, law.beta * 10 ** step[0], law.alpha + step[1])
        assert np.sum((np.log10(y) - np.log10(other)) ** 2) >= law.objective


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    """80 % intervals of 8 noisy points, 1000 times: within four binomial standard deviations (0.0126 each)."""
    caught = 0
    for seed in range(1000):
        low, high = fit_power(*noisy(8, seed), level=0.8).intervals["alpha"] or (0, 0)
        caught += low <= -0.11 <= high
    assert abs(caught / 1000 - 0.8) < 0.05


def test_three_points_leave_one_degree_of_freedom_and_the_status_says_what_that_means() -> None:
    law = fit_power([9.472e10, 2.63296e11, 1.122944e12], [0.3666, 0.3165, 0.2447])
    assert law.status == (
        "solved in closed form, 3 points, 1 degree of freedom: the intervals are 12.7 standard errors to each side "
        "and say little"
    )


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.99])
def test_the_width_named_for_one_degree_of_freedom_is_that_of_students_t(level: float) -> None:
    status = fit_power(*noisy(3), level=level).status
    assert f"{scipy.stats.t.ppf((1 + level) / 2, 1):.1f} standard errors" in status


def test_with_more_points_the_status_warns_of_nothing() -> None:
    assert fit_power(*noisy(5)).status == "solved in closed form, 5 points, 3 degrees of freedom"


def test_the_interval_of_a_frontier_says_that_it_ignores_the_selection() -> None:
    frontier = binned_frontier(*noisy(29), bins=5, margin=0.1)
    law = fit_power(frontier.x, frontier.y, selected=frontier.rule)
    assert "the smallest y in each of 5 equal bins of log10 x" in law.interval_method
    assert "leaves out the selection and its coverage is not the nominal one" in law.interval_method
    assert "selection" not in fit_power(frontier.x, frontier.y).interval_method


def test_a_beta_interval_beyond_all_numbers_is_left_out_and_the_status_says_so() -> None:
    law = fit_power([1e10, 1.001e10, 1.002e10], [0.3, 0.4, 0.3])
    assert law.intervals["beta"] is None
    assert law.intervals["alpha"] is not None
    assert law.status.endswith("the interval of beta lies outside the range of floating-point numbers and is left out")


def test_a_beta_beyond_all_numbers_is_refused() -> None:
    with pytest.raises(LawError, match=r"^beta would be 10\*\*\d{3,}; give x in a larger unit$"):
        fit_power([1e10, 1.001e10, 1.002e10], [0.4, 0.3, 0.2])


def test_predict_takes_one_number_or_many() -> None:
    law = fit_power(COMPUTE, 2 * COMPUTE**-0.5)
    assert float(law.predict(4.0)) == pytest.approx(1.0)
    assert law.predict([1.0, 4.0, 16.0]) == pytest.approx([2.0, 1.0, 0.5])


@pytest.mark.parametrize("x", [0.0, -1.0, float("nan"), float("inf")])
def test_predict_refuses_what_has_no_logarithm(x: float) -> None:
    with pytest.raises(LawError, match=r"^x holds .* at position 0; every value must be"):
        fit_power(COMPUTE, COMPUTE**-0.1).predict(x)


def test_a_law_cannot_be_changed() -> None:
    law = fit_power(*noisy(5))
    with pytest.raises(dataclasses.FrozenInstanceError):
        law.beta = 1.0  # type: ignore[misc]
    with pytest.raises(TypeError):
        law.intervals["beta"] = None  # type: ignore[index]


POINTS = st.lists(st.tuples(st.floats(9, 13), st.floats(-2, 0)), min_size=3, max_size=30).filter(
    lambda points: np.ptp([log_x for log_x, _ in points]) > 0.5
)


def law_of(points: list[tuple[float, float]], unit_of_x: float = 1, unit_of_y: float = 1) -> PowerLaw:
    log_x, log_y = np.array(points).T
    return fit_power(10**log_x * unit_of_x, 10**log_y * unit_of_y)


def close(one: tuple[float, float] | None, other: tuple[float, float] | None) -> bool:
    assert one is not None
    assert other is not None
    return one == pytest.approx(other, rel=1e-6, abs=1e-9)


@given(POINTS, st.floats(1e-6, 1e6))
def test_another_unit_of_x_rescales_beta_only(points: list[tuple[float, float]], unit: float) -> None:
    one, other = law_of(points), law_of(points, unit_of_x=unit)
    assert other.alpha == pytest.approx(one.alpha, rel=1e-6, abs=1e-9)
    assert close(other.intervals["alpha"], one.intervals["alpha"])
    assert other.beta * unit**other.alpha == pytest.approx(one.beta, rel=1e-6)
    assert other.objective == pytest.approx(one.objective, rel=1e-6, abs=1e-12)


@given(POINTS, st.floats(1e-6, 1e6))
def test_another_unit_of_y_multiplies_beta_and_its_interval(points: list[tuple[float, float]], unit: float) -> None:
    one, other = law_of(points), law_of(points, unit_of_y=unit)
    assert other.alpha == pytest.approx(one.alpha, rel=1e-6, abs=1e-9)
    assert other.beta == pytest.approx(one.beta * unit, rel=1e-6)
    assert one.intervals["beta"] is None or close(
        other.intervals["beta"], (one.intervals["beta"][0] * unit, one.intervals["beta"][1] * unit)
    )


@given(POINTS, st.randoms(use_true_random=False))
def test_the_order_of_the_points_does_not_matter(points: list[tuple[float, float]], random: object) -> None:
    shuffled = points.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = law_of(points), law_of(shuffled)
    assert (other.alpha, other.beta) == pytest.approx((one.alpha, one.beta), rel=1e-6, abs=1e-9)
    assert close(other.intervals["alpha"], one.intervals["alpha"])


@given(POINTS)
def test_every_point_twice_keeps_the_law_and_doubles_the_objective(points: list[tuple[float, float]]) -> None:
    one, twice = law_of(points), law_of(points * 2)
    assert (twice.alpha, twice.beta) == pytest.approx((one.alpha, one.beta), rel=1e-6, abs=1e-9)
    assert twice.objective == pytest.approx(2 * one.objective, rel=1e-6, abs=1e-12)
    assert twice.dof == 2 * one.n - 2


@given(POINTS)
def test_intervals_contain_their_estimate(points: list[tuple[float, float]]) -> None:
    law = law_of(points)
    for name, estimate in (("beta", law.beta), ("alpha", law.alpha)):
        low, high = law.intervals[name] or (estimate, estimate)
        assert low <= estimate <= high
