"""The polish: slopes in the units of its steps, ends that no neighbour betters, bounds, fixed parameters, no units."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from known_laws import IN_UNITS, TRUTHS, inputs, law, noisy, problem

from reprolib.laws.forms import FORMS, Form
from reprolib.laws.losses import loss_of
from reprolib.laws.polish import Points, polished, surface
from reprolib.laws.problem import Problem, norms

LOSSES = ["linear", "log", "huber", "asymmetric", "quantile"]


def truth_of(form: str, share: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """The first truth's nonlinear and linear parameters, (1, q) and (1, p), each times a share."""
    record, truth = FORMS[form], TRUTHS[form][0]
    return tuple(np.array([[truth[name] * share for name in names]]) for names in (record.others, record.linear))


def objective(one: Problem, others: np.ndarray, linear: np.ndarray) -> np.ndarray:
    parameters = dict(
        zip([*one.form.others, *one.form.linear], np.concatenate([others, linear], axis=1).T, strict=True)
    )
    residuals = one.residuals(one.form.values(one.inputs, parameters))
    return (one.weights * one.loss.rho(residuals)).sum(axis=1)


def end_of(one: Problem, share: float = 1.03, **settings: Any) -> Points:
    return polished(one, *truth_of(one.form.name, share), **settings)


# slopes


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("loss", ["linear", "log"])
def test_raw_slopes_are_those_of_the_law_by_each_parameter(form: str, loss: str) -> None:
    x, y = noisy(form, 9)
    one, (others, linear) = problem(form, loss, x, y), truth_of(form)
    around = surface(one, others, linear, np.ones(linear.shape, dtype=bool), raw=True)
    values = np.concatenate([others, linear], axis=1)
    q = others.shape[1]
    for k in range(values.shape[1]):
        step = 1e-5 * values[0, k]
        sides = [values.copy(), values.copy()]
        sides[0][0, k] += step
        sides[1][0, k] -= step
        up, down = (surface(one, v[:, :q], v[:, q:], np.ones(linear.shape, dtype=bool)).residuals for v in sides)
        slope = (down - up) / (2 * step)
        assert around.slopes[0, k] == pytest.approx(slope[0], rel=1e-5, abs=1e-6 * np.abs(slope).max())


@pytest.mark.parametrize("form", FORMS)
def test_slopes_of_a_step_let_the_linear_parameters_follow(form: str) -> None:
    """When an exponent moves, linear parameters keep their column's size; some move by their logarithm."""
    x, y = noisy(form, 9)
    one, (others, linear) = problem(form, "linear", x, y), truth_of(form)
    around = surface(one, others, linear, np.zeros(linear.shape, dtype=bool))
    before = norms(one.stack(others)[0])
    for k in range(others.shape[1]):
        sides = []
        for sign in (1, -1):
            moved = others.copy()
            moved[0, k] = moved[0, k] * np.exp(sign * 1e-5) if one.log_steps[k] else moved[0, k] * (1 + sign * 1e-5)
            sides.append(surface(one, moved, linear * before / norms(one.stack(moved)[0]), linear > 0).residuals)
        slope = (sides[1] - sides[0]) / (2e-5 * (1.0 if one.log_steps[k] else others[0, k]))
        assert around.slopes[0, k] == pytest.approx(slope[0], rel=1e-4, abs=1e-5 * np.abs(slope).max())


def test_a_step_that_the_linear_parameters_make_up_for_counts_as_none() -> None:
    """Far in its tail a sigmoid is an exponential: moving its middle is multiplying its height, to fourteen digits."""
    x = np.linspace(40, 42, 9)
    one = problem("sigmoid", "linear", x, np.exp(-x))
    around = surface(one, np.array([[-1.0, 0.0]]), np.array([[1.0, 0.0]]), np.zeros((1, 2), dtype=bool))
    assert np.abs(around.slopes[0, 0]).max() > 0
    assert (around.slopes[0, 1] == 0).all()


# ends


@pytest.mark.parametrize("form", [form for form in FORMS if form != "bnsl2"])
@pytest.mark.parametrize("loss", LOSSES)
def test_an_end_is_an_optimum_no_neighbour_is_better(form: str, loss: str) -> None:
    one = problem(form, loss, *noisy(form, 25, 0.02))
    end = end_of(one)
    assert end.converged[0]
    assert end.objective[0] == pytest.approx(objective(one, end.others, end.linear)[0], rel=1e-12)
    values = np.concatenate([end.others, end.linear], axis=1)
    low, high, low_linear, high_linear = one.bounds()
    rng = np.random.default_rng(0)
    q = end.others.shape[1]
    for size in (1e-7, 1e-5, 1e-3):
        near = values * (1 + size * rng.standard_normal((200, values.shape[1])))
        near = np.clip(near, [*low, *low_linear], [*high, *high_linear])
        many = one.rows(np.zeros(200, dtype=int))
        with np.errstate(all="ignore"):
            cost = objective(many, near[:, :q], near[:, q:])
        assert np.nanmin(cost) >= end.objective[0] * (1 - 1e-12)


@pytest.mark.parametrize("form", ["shifted-power-floor", "chinchilla", "m3", "sigmoid", "bnsl1"])
@given(seed=st.integers(0, 10**6))
@settings(max_examples=15)
def test_no_end_is_worse_than_its_start_and_all_lie_within_the_bounds(form: str, seed: int) -> None:
    one = problem(form, "log", *noisy(form, 12, 0.1, 3))
    others, linear = truth_of(form)
    rng = np.random.default_rng(seed)
    starts = [values * np.exp(rng.normal(0, 0.3, (6, values.shape[1]))) for values in (others, linear)]
    many = one.rows(np.zeros(6, dtype=int))
    with np.errstate(all="ignore"):
        before = objective(many, *starts)
    low, high, low_linear, high_linear = one.bounds()
    starts = [np.clip(starts[0], low, high), np.clip(starts[1], low_linear, high_linear)]
    end = polished(many, *starts, steps=25)
    assert (end.objective <= np.where(np.isfinite(before), before, np.inf) * (1 + 1e-12)).all()
    assert ((low <= end.others) & (end.others <= high)).all()
    assert ((low_linear <= end.linear) & (end.linear <= high_linear)).all()


@pytest.mark.parametrize("loss", LOSSES)
def test_each_problem_of_a_batch_ends_as_it_does_alone(loss: str) -> None:
    x, y = noisy("power-floor", 20)
    weights = np.random.default_rng(0).multinomial(20, np.full(20, 0.05), 9)
    many = problem("power-floor", loss, x, y, weights)
    start = [np.repeat(values, 9, axis=0) for values in truth_of("power-floor")]
    together = polished(many, *start)
    for row in range(9):
        alone = polished(many.rows([row]), start[0][:1], start[1][:1])
        assert together.objective[row] == pytest.approx(alone.objective[0], rel=1e-12)
        assert together.others[row] == pytest.approx(alone.others[0], rel=1e-7)


def test_too_few_steps_are_told_and_enough_are_too() -> None:
    one = problem("shifted-power-floor", "log", *noisy("shifted-power-floor"))
    assert not end_of(one, 1.3, steps=2).converged[0]
    assert end_of(one, 1.3).converged[0]


def test_a_start_without_a_value_stays_and_never_counts_as_converged() -> None:
    """log y of a law below zero."""
    one = problem("sigmoid", "log", *noisy("sigmoid"))
    end = polished(one, np.array([[-4.0, 2.5]]), np.array([[0.5, -9.0]]))
    assert np.isinf(end.objective[0])
    assert not end.converged[0]
    assert end.linear[0].tolist() == [0.5, -9.0]


def test_a_law_that_is_a_small_difference_of_huge_terms_is_not_taken() -> None:
    """Ten digits of 1e12 - 1e12 are rounding: such a fit would follow it."""
    one = problem("sigmoid", "linear", *noisy("sigmoid"))
    end = polished(one, np.array([[-1e-9, 2.5]]), np.array([[1e12, -5e11]]))
    assert np.isinf(end.objective[0])


def test_large_residuals_do_not_make_the_steps_circle() -> None:
    """The bend of the law matters as much as its slope here: Gauss-Newton alone circles about the optimum for ever."""
    one = problem("overtraining", "log", *noisy("overtraining", 12, 0.1, 4))
    end = polished(one, np.array([[0.2306]]), np.array([[1.7, 0.0, 5400.0]]))
    assert end.converged[0]
    assert polished(one, end.others * 1.001, end.linear).objective == pytest.approx(end.objective, rel=1e-13)


# units, bounds, fixed parameters


@pytest.mark.parametrize("form", ["power-floor", "shifted-power-floor", "m3", "chinchilla", "bnsl1", "sigmoid"])
@pytest.mark.parametrize(("u", "v"), [(1e-12, 1.0), (1e12, 1e3), (1e-9, 1e-3)])
def test_no_unit_makes_the_way_longer(form: str, u: float, v: float) -> None:
    """A shift in FLOP has a slope 1e-12 of the exponent's; it must move as freely. Few steps, so that it would show.

    M4 is not here: a unit of x moves its log(beta) along the exponent, so the way changes, if not its end.
    """
    x, y = noisy(form, 20, 0.02)
    ends = []
    for unit_x, unit_y in ((1.0, 1.0), (u, v)):
        beside = {name: value * 1.03 for name, value in TRUTHS[form][0].items()}
        at, record = {**beside, **IN_UNITS[form](beside, unit_x, unit_y)}, FORMS[form]
        start = [np.array([[at[name] for name in names]]) for names in (record.others, record.linear)]
        many = problem(record, "log", tuple(value * unit_x for value in x), y * unit_y)
        ends.append(polished(many, *start, steps=30))
    assert ends[0].converged[0] == ends[1].converged[0]
    assert ends[1].objective == pytest.approx(ends[0].objective, rel=1e-7)


def test_a_parameter_at_its_bound_rests_there_exactly() -> None:
    """In logarithms these points bend downwards: the best floor is none."""
    x = np.geomspace(1e9, 1e13, 20)
    one = problem("power-floor", "log", x, 5 * x**-0.1 * np.exp(-0.01 * np.log(x / 1e9) ** 2))
    end = polished(one, np.array([[-0.1]]), np.array([[5.0, 0.05]]))
    assert end.converged[0]
    assert end.linear[0, 1] == 0.0
    slope, height = np.polyfit(np.log(x), np.log(one.y), 1)
    assert [end.others[0, 0], np.log(end.linear[0, 0])] == pytest.approx([slope, height], rel=1e-9)


def test_a_parameter_may_leave_the_bound_it_starts_from() -> None:
    one = problem("shifted-power-floor", "log", *noisy("shifted-power-floor", 25, 0.01))
    end = polished(one, np.array([[0.0, -0.3]]), np.array([[100.0, 0.0]]))
    best = end_of(one)
    assert end.others[0, 0] > 0
    assert end.objective == pytest.approx(best.objective, rel=1e-9)


@pytest.mark.parametrize("form", FORMS)
def test_fixed_parameters_keep_their_value_to_the_last_bit(form: str) -> None:
    x, y = noisy(form, 25, 0.02)
    record = FORMS[form]
    for name in (record.linear[0], record.others[-1]):
        value = TRUTHS[form][0][name] * 1.01
        end = end_of(problem(form, "log", x, y, **{name: value}), 1.0)
        found = dict(zip([*record.others, *record.linear], [*end.others[0], *end.linear[0]], strict=True))
        assert found[name] == value


def without_slopes(form: Form) -> Form:
    return dataclasses.replace(form, slopes=None)


@pytest.mark.parametrize("form", ["power-floor", "chinchilla", "m4", "bnsl1", "sigmoid"])
def test_a_form_without_slopes_ends_at_the_same_optimum(form: str) -> None:
    x, y = noisy(form, 25, 0.02)
    own = end_of(problem(form, "log", x, y))
    numeric = end_of(problem(without_slopes(FORMS[form]), "log", x, y))
    assert numeric.objective == pytest.approx(own.objective, rel=1e-9)


@pytest.mark.parametrize("quantile", [0.1, 0.5, 0.8])
def test_the_optimum_of_a_quantile_loss_runs_through_as_many_points_as_it_has_parameters(quantile: float) -> None:
    x, y = noisy("power", 20)
    one = problem("power", loss_of("quantile", quantile=quantile), x, y)
    end = end_of(one)
    residuals = np.log(y) - np.log(law("power", x, {"a": end.linear[0, 0], "c": end.others[0, 0]}))
    assert (np.abs(residuals) < 1e-11).sum() == 2
    below = (residuals < -1e-9).mean()
    assert below <= quantile <= below + 2 / 20 + 1e-9


def test_noise_free_points_end_at_their_law_with_nothing_left() -> None:
    for form in FORMS:
        x = inputs(form)
        for loss in ("linear", "log"):
            end = end_of(problem(form, loss, x, law(form, x)), 1.001)
            assert end.converged[0]
            assert end.objective[0] < 1e-20
