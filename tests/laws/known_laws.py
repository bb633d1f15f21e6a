"""Laws with known parameters for every form, their inputs, and how a change of units changes the parameters."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from reprolib.laws.forms import Form, form_of
from reprolib.laws.losses import Loss, loss_of
from reprolib.laws.problem import Problem
from reprolib.laws.solve import Search

Inputs = tuple[np.ndarray, ...]
Truth = dict[str, float]

TRUTHS: dict[str, list[Truth]] = {
    "power": [{"a": 5.86, "c": -0.11}, {"a": 1e-6, "c": 0.4}, {"a": 0.3, "c": 0.0}],
    "power-floor": [{"a": 50, "c": -0.3, "d": 0.1}, {"a": 3, "c": -0.08, "d": 0.02}, {"a": 4e3, "c": -0.4, "d": 0.6}],
    "shifted-power-floor": [
        {"a": 500, "b": 1e10, "c": -0.35, "d": 0.05},
        {"a": 3e6, "b": 2e11, "c": -0.6, "d": 0.1},
        {"a": 40, "b": 3e8, "c": -0.2, "d": 0.2},
    ],
    "chinchilla": [
        {"E": 1.69, "A": 406.4, "B": 410.7, "alpha": 0.34, "beta": 0.28},
        {"E": 0.4, "A": 30, "B": 5e3, "alpha": 0.15, "beta": 0.45},
    ],
    "overtraining": [{"E": 1.6, "a": 20, "b": 30, "eta": 0.12}, {"E": 0.5, "a": 3e3, "b": 8e3, "eta": 0.25}],
    "m1": [{"beta": 5, "c": -0.11}, {"beta": 400, "c": -0.3}],
    "m2": [{"beta": 50, "c": -0.3, "e_inf": 0.1}, {"beta": 3, "c": -0.08, "e_inf": 0.02}],
    "m3": [{"beta": 5, "c": -0.2, "gamma": 1e-11}, {"beta": 200, "c": -0.4, "gamma": 3e-13}],
    "m4": [
        {"beta": 3e3, "c": -0.4, "e_inf": 0.05, "e_0": 0.9, "alpha": 0.5},
        {"beta": 1e6, "c": -0.6, "e_inf": 0.2, "e_0": 0.7, "alpha": 1.5},
    ],
    "bnsl1": [
        {"a": 0.05, "b": 2, "c0": 0.05, "c1": 0.2, "d1": 3e10, "f1": 0.3},
        {"a": 0.1, "b": 3e3, "c0": 0.4, "c1": -0.3, "d1": 2e11, "f1": 0.6},
    ],
    "bnsl2": [
        {"a": 0.05, "b": 2, "c0": 0.02, "c1": 0.2, "d1": 1e10, "f1": 0.3, "c2": -0.1, "d2": 1e12, "f2": 0.4},
    ],
    "sigmoid": [{"a": 0.8, "k": -4, "x0": 2.5, "b": 0.1}, {"a": 0.5, "k": 3, "x0": 3, "b": -0.2}],
}
"""By form, parameters that the inputs below hold well."""

IN_UNITS: dict[str, Callable[[Truth, float, float], Truth]] = {
    "power": lambda t, u, v: {"a": t["a"] * v * u ** -t["c"]},
    "power-floor": lambda t, u, v: {"a": t["a"] * v * u ** -t["c"], "d": t["d"] * v},
    "shifted-power-floor": lambda t, u, v: {"a": t["a"] * v * u ** -t["c"], "b": t["b"] * u, "d": t["d"] * v},
    "chinchilla": lambda t, u, v: {
        "E": t["E"] * v,
        "A": t["A"] * v * u ** t["alpha"],
        "B": t["B"] * v * u ** t["beta"],
    },
    "overtraining": lambda t, u, v: {"E": t["E"] * v, "a": t["a"] * v, "b": t["b"] * v * u ** (2 * t["eta"])},
    "m1": lambda t, u, v: {"beta": t["beta"] * v * u ** -t["c"]},
    "m2": lambda t, u, v: {"beta": t["beta"] * v * u ** -t["c"], "e_inf": t["e_inf"] * v},
    "m3": lambda t, u, v: {"beta": t["beta"] * v * u ** -t["c"], "gamma": t["gamma"] / u},
    "m4": lambda t, u, v: {"beta": t["beta"] * u ** -t["c"], "e_inf": t["e_inf"] * v, "e_0": t["e_0"] * v},
    "bnsl1": lambda t, u, v: {"a": t["a"] * v, "b": t["b"] * v * u ** t["c0"], "d1": t["d1"] * u},
    "bnsl2": lambda t, u, v: {"a": t["a"] * v, "b": t["b"] * v * u ** t["c0"], "d1": t["d1"] * u, "d2": t["d2"] * u},
    "sigmoid": lambda t, u, v: {"a": t["a"] * v, "k": t["k"] / u, "x0": t["x0"] * u, "b": t["b"] * v},
}
"""By form, the parameters that change if every x is multiplied by u and every y by v."""


def inputs(form: str, n: int = 25, seed: int = 0) -> Inputs:
    """n values of each input of the form, over a range that its truths bend in."""
    rng = np.random.default_rng(seed)
    if form == "chinchilla":
        return 10 ** rng.uniform(7, 10, n), 10 ** rng.uniform(9, 12, n)
    if form == "overtraining":
        return 10 ** rng.uniform(18, 22, n), 10 ** rng.uniform(0.5, 3, n)
    if form == "sigmoid":
        return (np.linspace(1.5, 4, n),)
    return (np.geomspace(1e9, 1e13, n),)


def law(form: str, x: Inputs, truth: Mapping[str, float] | None = None) -> np.ndarray:
    """The law of these parameters, by default the form's first truth, (n,)."""
    return form_of(form).values(x, truth or TRUTHS[form][0])


def noisy(form: str, n: int = 25, noise: float = 0.05, seed: int = 0) -> tuple[Inputs, np.ndarray]:
    """Inputs and y about the form's first truth, with lognormal noise."""
    x = inputs(form, n, seed)
    return x, law(form, x) * np.exp(noise * np.random.default_rng(seed).standard_normal(n))


def problem(
    form: Form | str,
    loss: Loss | str,
    x: np.ndarray | Inputs,
    y: np.ndarray,
    weights: Any = None,
    **fixed: float,
) -> Problem:
    """One problem, or one for each row of weights."""
    rows = np.ones((1, len(y))) if weights is None else np.atleast_2d(np.asarray(weights, dtype=np.float64))
    return Problem(
        form=form_of(form),
        loss=loss_of(loss),
        inputs=x if isinstance(x, tuple) else (x,),
        y=y,
        weights=rows,
        fixed={name: np.full(len(rows), value) for name, value in fixed.items()},
    )


def named(form: Form | str, found: Search) -> Truth:
    """The best basin's parameters by name."""
    form = form_of(form)
    values = np.concatenate([found.best.others, found.best.linear])
    return {name: float(value) for name, value in zip([*form.others, *form.linear], values, strict=True)}
