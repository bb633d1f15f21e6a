"""The search finds the global optimum, says what else it saw, and gives resamples the same care."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
from known_laws import TRUTHS, Inputs, inputs, law, named, problem
from scipy.optimize import least_squares

from reprolib.laws.forms import FORMS
from reprolib.laws.losses import loss_of
from reprolib.laws.problem import Problem
from reprolib.laws.solve import Search, refit, search


def exact(name: str, n: int = 40) -> tuple[Inputs, np.ndarray]:
    """Inputs and the law there, without noise."""
    x = inputs(name, n)
    return x, law(name, x)


SLOW = {("bnsl2", "log"), ("bnsl2", "huber"), ("m4", "huber")}
"""Many starts of many parameters: some seconds each, and nothing new."""
CASES = [(name, loss) for name in FORMS for loss in ("linear", "log", "huber") if (name, loss) not in SLOW]


@pytest.mark.parametrize(("name", "loss"), CASES)
def test_without_noise_every_form_is_recovered(name: str, loss: str) -> None:
    x, y = exact(name)
    made = search(problem(name, loss, x, y))
    assert made.best.converged
    for key, value in named(name, made).items():
        assert value == pytest.approx(TRUTHS[name][0][key], rel=1e-6)


@pytest.mark.parametrize("unit", [1e-9, 1e9])
@pytest.mark.parametrize("name", ["power-floor", "shifted-power-floor", "chinchilla", "bnsl1"])
def test_no_unit_of_x_is_worse_than_another(name: str, unit: float) -> None:
    x, y = exact(name)
    best = search(problem(name, "log", tuple(unit * each for each in x), y)).best
    assert best.objective < 1e-20


@pytest.mark.parametrize("name", ["power", "power-floor", "shifted-power-floor", "chinchilla", "overtraining", "m3"])
def test_no_start_of_scipy_ends_lower(name: str) -> None:
    """Forty starts around the truth, each walked down by SciPy to the end of its tolerance."""
    rng = np.random.default_rng(3)
    x, y = exact(name)
    y = y * np.exp(0.05 * rng.standard_normal(len(y)))
    ours = search(problem(name, "log", x, y)).best.objective
    form, truth = FORMS[name], np.array([TRUTHS[name][0][key] for key in FORMS[name].names])
    bounds = np.array([form.bounds(key) for key in form.names]).T

    def left(place: Any) -> Any:
        law = form.values(x, dict(zip(form.names, place * truth, strict=True)))
        return np.log(y) - np.log(np.maximum(law, 1e-300))

    low, high = np.sort(bounds / truth, axis=0)
    ends = []
    for _ in range(40):
        start = np.clip(10 ** rng.uniform(-0.3, 0.3, len(truth)), low + 1e-9, high - 1e-9)
        ends.append(2 * least_squares(left, start, bounds=(low, high), xtol=1e-15, ftol=1e-15, gtol=1e-15).cost)
    assert ours <= min(ends) * (1 + 1e-9)


def step_data() -> tuple[tuple[np.ndarray], np.ndarray]:
    """A broken law whose break can be taken for either of two corners."""
    x = np.geomspace(1, 1e6, 40)
    y = np.where(x < 30, 1.0, (x / 30) ** -0.5)
    y = np.where(x > 3e4, y[np.searchsorted(x, 3e4)] * (x / 3e4) ** -0.02, y)
    return (x,), y


def test_a_trap_for_single_starts_is_told_with_its_basins() -> None:
    """From a start at the wrong corner SciPy ends in a worse basin; the search has seen both and says the gap."""
    x, y = step_data()
    made = search(problem("bnsl1", "log", x, y))
    form = FORMS["bnsl1"]

    def left(place: Any) -> Any:
        return np.log(y) - np.log(form.values(x, dict(zip(form.names, place, strict=True))))

    low, high = np.array([form.bounds(key) for key in form.names]).T
    start = [1e-4, 1.0, 0.6, -0.55, 4e4, 0.3]
    trapped = 2 * least_squares(left, start, bounds=(low, high), x_scale=np.abs(start), max_nfev=4000).cost
    assert trapped > 1.5 * made.best.objective
    assert len(made.basins) >= 2
    assert made.gap is not None
    assert made.gap > 0


def test_a_floor_that_the_data_do_not_ask_for_rests_at_its_bound() -> None:
    x, y = exact("power")
    best = named("power-floor", search(problem("power-floor", "log", x, y)))
    assert best["d"] == pytest.approx(0, abs=1e-9)
    assert best["c"] == pytest.approx(TRUTHS["power"][0]["c"], rel=1e-6)


def test_a_parameter_that_is_given_stays_and_the_others_make_the_best_of_it() -> None:
    x, y = exact("power-floor")
    made = search(problem("power-floor", "log", x, y, d=0.07))
    assert named("power-floor", made)["d"] == 0.07
    assert made.best.objective > search(problem("power-floor", "log", x, y)).best.objective


@pytest.mark.parametrize("name", ["power", "power-floor", "shifted-power-floor"])
def test_as_many_points_as_parameters_are_met_exactly(name: str) -> None:
    x, y = exact(name, n=len(FORMS[name].names))
    assert search(problem(name, "linear", x, y)).best.objective < 1e-18


def noisy(name: str, n: int) -> tuple[Any, Any]:
    x, y = exact(name, n)
    return x, y * np.exp(0.04 * np.random.default_rng(0).standard_normal(len(y)))


def test_a_weight_is_so_many_copies_and_no_weight_is_no_point() -> None:
    x, y = noisy("power-floor", 12)
    counts = np.array([2, 1, 0, 3, 1, 1, 1, 2, 1, 1, 0, 1])
    copied = tuple(np.repeat(each, counts) for each in x)
    weighted = Problem(FORMS["power-floor"], loss_of("log"), x, y, counts[None].astype(float))
    apart = problem("power-floor", "log", copied, np.repeat(y, counts))
    one, two = search(weighted).best, search(apart).best
    assert one.objective == pytest.approx(two.objective, rel=1e-10)
    np.testing.assert_allclose(one.others, two.others, rtol=1e-7)


@pytest.mark.parametrize(("name", "loss", "n"), [("shifted-power-floor", "linear", 29), ("chinchilla", "huber", 25)])
def test_a_resample_ends_where_a_search_of_its_own_would(name: str, loss: str, n: int) -> None:
    x, y = noisy(name, n)
    known = search(problem(name, loss, x, y))
    counts = np.random.default_rng(1).multinomial(len(y), np.full(len(y), 1 / len(y)), size=30).astype(float)
    many = Problem(FORMS[name], loss_of(loss), x, y, counts)
    together = refit(many, known).objective
    alone = np.array([search(many.rows([row])).best.objective for row in range(len(counts))])
    assert np.mean(together <= alone * (1 + 1e-6)) >= 29 / 30


def test_the_number_of_processors_changes_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = noisy("power-floor", 20)
    known: Search = search(problem("power-floor", "log", x, y))
    counts = np.random.default_rng(1).multinomial(20, np.full(20, 0.05), size=600).astype(float)
    many = Problem(FORMS["power-floor"], loss_of("log"), x, y, counts)
    made = []
    for processors in (1, 4):
        monkeypatch.setattr(os, "cpu_count", lambda processors=processors: processors)
        made.append(refit(many, known))
    assert made[0].others.tobytes() == made[1].others.tobytes()
    assert made[0].linear.tobytes() == made[1].linear.tobytes()
