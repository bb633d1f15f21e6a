"""Tables of runs around a known law, for several tests: 29 runs over the paper's range of compute unless said else."""

from typing import Any

import numpy as np

from reprolib.laws.forms import Form, Parameter

Table = dict[str, Any]

LOGARITHM = Form(
    name="log",
    formula="y = a - b * log(x)",
    inputs=("x",),
    parameters=(Parameter("a", "value at x = 1", "y"), Parameter("b", "fall per e-fold", "y", low=0)),
    linear=("a", "b"),
    columns=lambda x: (1.0, -np.log(x)),
)
"""A form of the reader's own."""


def compute(n: int = 29) -> np.ndarray:
    return np.geomspace(1.8e10, 6.6e12, n)


def power(n: int = 29, noise: float = 0.05, seed: int = 0) -> Table:
    """Runs about 5.86 x**-0.11 with lognormal noise, in no order of x."""
    rng = np.random.default_rng(seed)
    x = rng.permutation(compute(n))
    return {"gflops": x, "error": 5.86 * x**-0.11 * np.exp(noise * rng.standard_normal(n))}


def floor(n: int = 29, noise: float = 0.01, seed: int = 0) -> Table:
    """Runs about 2000 x**-0.35 + 0.2, whose floor the data hold; the noise is normal."""
    rng = np.random.default_rng(seed)
    x = rng.permutation(compute(n))
    return {"gflops": x, "error": 2000 * x**-0.35 + 0.2 + noise * rng.standard_normal(n)}


def surface(noise: float = 0.002, seed: int = 0) -> Table:
    """Runs of 6 sizes and 5 amounts of data about L = 1.7 + 400 / N**0.34 + 1000 / D**0.28."""
    rng = np.random.default_rng(seed)
    sizes, tokens = (each.ravel() for each in np.meshgrid(np.geomspace(1e7, 1e10, 6), np.geomspace(1e9, 1e12, 5)))
    loss = 1.7 + 400 * sizes**-0.34 + 1000 * tokens**-0.28
    return {"N": sizes, "D": tokens, "loss": loss * np.exp(noise * rng.standard_normal(30))}


def pick(table: Table, rows: Any) -> Table:
    return {name: np.asarray(values)[rows] for name, values in table.items()}
