"""The search's cells and their ranking: least squares with bounds in every cell, as exact as SciPy's."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from known_laws import TRUTHS, inputs, law, noisy, problem
from scipy.optimize import lsq_linear

from reprolib.laws import LawError
from reprolib.laws.forms import FORMS, Form, Parameter
from reprolib.laws.search import cells_of, linear_at, rank

LINEAR_FORMS = [name for name in FORMS if FORMS[name].linear]


def bounded(form: str, x: Any, y: np.ndarray, at: np.ndarray, weights: np.ndarray) -> tuple[float, np.ndarray]:
    """SciPy's objective and linear parameters for one cell; columns are normalised for its sake."""
    record = FORMS[form]
    made = record.columns(*x, *(np.array([value]) for value in at))
    design = np.array([np.broadcast_to(column, y.shape) for column in made]).T * np.sqrt(weights)[:, None]
    scale = np.linalg.norm(design, axis=0)
    low, high = np.array([record.bounds(name) for name in record.linear]).T
    found = lsq_linear(
        design / scale, y * np.sqrt(weights), bounds=(low * scale, high * scale), method="bvls", tol=1e-14
    )
    return 2 * found.cost, found.x / scale


@pytest.mark.parametrize("form", LINEAR_FORMS)
@pytest.mark.parametrize("loss", ["linear", "log"])
def test_the_objective_of_a_cell_is_that_of_bounded_least_squares(form: str, loss: str) -> None:
    x, y = noisy(form, 20)
    weights = np.random.default_rng(1).uniform(0.2, 3, 20)
    one = problem(form, loss, x, y, weights)
    cells = cells_of(one)
    cells = cells[:: len(cells) // 8]
    squares = weights / y**2 if loss == "log" else weights
    for cell, cost in zip(cells, rank(one, cells)[0], strict=True):
        assert cost == pytest.approx(bounded(form, x, y, cell, squares)[0], rel=1e-6, abs=1e-9 * (squares * y**2).sum())


@pytest.mark.parametrize("form", LINEAR_FORMS)
def test_linear_parameters_are_those_of_bounded_least_squares(form: str) -> None:
    """At the truth's exponents and a tenth beside them, where columns are not yet alike."""
    x, y = noisy(form, 20)
    weights = np.random.default_rng(1).uniform(0.2, 3, 20)
    at = np.array([[TRUTHS[form][0][name] * share for name in FORMS[form].others] for share in (1, 0.9, 1.1)])
    found = linear_at(problem(form, "linear", x, y, np.tile(weights, (3, 1))), at)
    for cell, linear in zip(at, found, strict=True):
        assert linear == pytest.approx(bounded(form, x, y, cell, weights)[1], rel=1e-6)


def test_a_floor_below_zero_is_held_at_zero() -> None:
    """The straight line that bends downwards would like a floor below zero."""
    x = np.geomspace(1e9, 1e13, 12)
    y = 1.0 - 0.07 * np.log10(x / 1e9)
    at = np.array([[-0.01]])
    linear = linear_at(problem("power-floor", "linear", x, y), at)
    assert linear[0, 1] == 0.0
    free = np.linalg.lstsq(np.array([x**-0.01, np.ones(12)]).T, y, rcond=None)[0]
    assert free[1] < 0


@pytest.mark.parametrize("form", ["chinchilla", "sigmoid", "m4"])
@given(exponent=st.integers(-15, 15))
@settings(max_examples=10)
def test_the_ranking_does_not_depend_on_the_unit_of_the_weights(form: str, exponent: int) -> None:
    """Weights are inverse variances: 1e-12 is an honest one. Moments of columns that are alike lose digits."""
    x, y = noisy(form, 15)
    one = problem(form, "linear", x, y)
    cells = cells_of(one)[::7]
    other = problem(form, "linear", x, y, np.full(15, 10.0**exponent))
    assert rank(other, cells) == pytest.approx(rank(one, cells) * 10.0**exponent, rel=1e-4)


@pytest.mark.parametrize("unit", [1e-9, 1e9, 1e100])
def test_the_ranking_in_log_y_does_not_depend_on_the_unit_of_y(unit: float) -> None:
    x, y = noisy("shifted-power-floor", 15)
    one, other = (problem("shifted-power-floor", "log", x, y * v) for v in (1, unit))
    cells = cells_of(one)
    assert cells_of(other) == pytest.approx(cells)
    assert rank(other, cells) == pytest.approx(rank(one, cells), rel=1e-7)


@pytest.mark.parametrize("form", ["power-floor", "chinchilla", "m4"])
def test_a_weight_of_zero_leaves_a_point_out_of_the_ranking(form: str) -> None:
    x, y = noisy(form, 16)
    weights = np.ones(16)
    weights[[2, 11]] = 0
    whole = problem(form, "log", x, y, weights)
    left = problem(form, "log", tuple(value[weights > 0] for value in x), y[weights > 0])
    cells = cells_of(whole)[::9]
    assert rank(whole, cells) == pytest.approx(rank(left, cells), rel=1e-7)


def test_many_problems_are_ranked_as_each_alone() -> None:
    x, y = noisy("shifted-power-floor", 15)
    weights = np.random.default_rng(0).multinomial(15, np.full(15, 1 / 15), 7)
    many = problem("shifted-power-floor", "log", x, y, weights)
    cells = cells_of(many)
    alone = np.concatenate([rank(many.rows([row]), cells) for row in range(7)])
    assert rank(many, cells) == pytest.approx(alone, rel=1e-12)


def test_an_x_of_its_own_for_every_problem_is_ranked_as_each_alone() -> None:
    x, y = noisy("chinchilla", 15)
    rng = np.random.default_rng(0)
    own = [tuple(value * np.exp(0.1 * rng.standard_normal(15)) for value in x) for _ in range(3)]
    many = problem(
        "chinchilla", "log", tuple(np.array(values) for values in zip(*own, strict=True)), y, np.ones((3, 15))
    )
    cells = cells_of(problem("chinchilla", "log", x, y))[::11]
    alone = np.concatenate([rank(problem("chinchilla", "log", inner, y), cells) for inner in own])
    assert rank(many, cells) == pytest.approx(alone, rel=1e-9)


def test_a_cell_where_the_law_leaves_the_floats_is_never_chosen() -> None:
    x = np.geomspace(1, 1e200, 8)
    found = rank(problem("power", "linear", x, x**0.1), np.array([[0.1], [9.0]]))
    assert found[0, 0] < 1e-9
    assert np.isinf(found[0, 1])


def test_fixed_parameters_stand_in_every_cell_and_none_is_searched_twice() -> None:
    x, y = noisy("chinchilla")
    free, fixed = (problem("chinchilla", "log", x, y, **at) for at in ({}, {"alpha": 0.5}))
    cells = cells_of(fixed)
    assert (cells[:, 0] == 0.5).all()
    assert len(cells) == len(np.unique(cells_of(free)[:, 1]))


OWN = Form(
    name="own",
    formula="y = a - b * log(x)",
    inputs=("x",),
    parameters=(Parameter("a", "at x = 1", "y"), Parameter("b", "the fall", "y", low=0)),
    linear=("a", "b"),
    columns=lambda x: (1.0, -np.log(x)),
)


def test_a_form_that_is_linear_in_all_has_one_cell() -> None:
    x = np.geomspace(1, 100, 9)
    one = problem(OWN, "linear", x, 3 - 0.5 * np.log(x))
    assert cells_of(one).shape == (1, 0)
    assert linear_at(one, np.zeros((1, 0)))[0] == pytest.approx([3, 0.5], rel=1e-9)


def test_a_form_must_propose_cells_for_its_nonlinear_parameters() -> None:
    x = np.geomspace(1, 100, 9)
    bare = dataclasses.replace(FORMS["power-floor"], cells=lambda inputs, y: {})
    with pytest.raises(LawError, match=r"^form power-floor proposes starts for no parameter; its `cells` must give"):
        cells_of(problem(bare, "linear", x, 1 / x))
    wrong = dataclasses.replace(bare, cells=lambda inputs, y: {"c": np.array([-1.0]), "q": np.array([2.0])})
    with pytest.raises(LawError, match=r"proposes starts for c, q; its `cells` must give them for c$"):
        cells_of(problem(wrong, "linear", x, 1 / x))


def test_proposals_beyond_the_bounds_are_brought_back() -> None:
    wild = dataclasses.replace(FORMS["power-floor"], cells=lambda inputs, y: {"c": np.array([-1e3, -1.0, 1e3])})
    x = inputs("power-floor")
    low, high = wild.bounds("c")
    assert cells_of(problem(wild, "linear", x, law("power-floor", x)))[:, 0].tolist() == [low, -1.0, high]
