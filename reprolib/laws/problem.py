"""A batch of fits of one form with one loss: the data, the weights, the fixed parameters, and the law's surface.

A resample is a row of weights (or a row of y, or of x), so ten thousand refits are one batch. Shapes: B problems, n
points, q parameters that enter nonlinearly, p columns with one linear parameter each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reprolib.laws.checks import Floats
from reprolib.laws.forms import Form
from reprolib.laws.losses import Loss

TINY = 1e-300


@dataclass(frozen=True)
class Problem:
    """B fits at once. What has no leading B is the same in all of them."""

    form: Form
    loss: Loss
    inputs: tuple[Floats, ...]
    """Each (n,) or (B, n)."""
    y: Floats
    """(n,) or (B, n)."""
    weights: Floats
    """(B, n); zero leaves a point out."""
    fixed: Mapping[str, Floats] = field(default_factory=dict)
    """Parameters that are given and not fitted, each (B,)."""

    @property
    def size(self) -> int:
        """B."""
        return int(self.weights.shape[0])

    @property
    def columns(self) -> int:
        """How many columns the law has; at least one."""
        return max(len(self.form.linear), 1)

    def rows(self, which: Any) -> Problem:
        """The problems with these numbers alone."""
        return replace(
            self,
            inputs=tuple(x[which] if x.ndim == 2 else x for x in self.inputs),
            y=self.y[which] if self.y.ndim == 2 else self.y,
            weights=self.weights[which],
            fixed={name: values[which] for name, values in self.fixed.items()},
        )

    def with_loss(self, loss: Loss) -> Problem:
        """The same problems under another loss."""
        return replace(self, loss=loss)

    def given(self) -> tuple[Floats, Floats]:
        """Values of the fixed parameters, NaN where free: nonlinear (B, q), linear (B, p)."""
        others = np.full((self.size, len(self.form.others)), np.nan)
        for k, name in enumerate(self.form.others):
            if name in self.fixed:
                others[:, k] = self.fixed[name]
        if not self.form.linear:  # the one column is the law: its coefficient is 1
            return others, np.ones((self.size, 1))
        linear = np.full((self.size, self.columns), np.nan)
        for j, name in enumerate(self.form.linear):
            if name in self.fixed:
                linear[:, j] = self.fixed[name]
        return others, linear

    def bounds(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Lowest and highest nonlinear (q,) and linear (p,) parameters."""
        others = [self.form.bounds(name) for name in self.form.others]
        linear = [self.form.bounds(name) for name in self.form.linear] or [(-np.inf, np.inf)]
        (a, b), (c, d) = (np.asarray(each, dtype=np.float64).reshape(-1, 2).T for each in (others, linear))
        return a, b, c, d

    @property
    def log_steps(self) -> NDArray[np.bool_]:
        """Which nonlinear parameters move by their logarithm, (q,)."""
        known = {parameter.name: parameter.log for parameter in self.form.parameters}
        return np.array([known[name] for name in self.form.others], dtype=bool)

    def stack(self, others: Floats) -> tuple[Floats, tuple[Any, ...], list[Floats]]:
        """The columns at nonlinear parameters (B, q): stacked (B, p, n), as made, and the parameters as passed."""
        at = [others[:, k : k + 1] for k in range(others.shape[1])]
        made = self.form.columns(*self.inputs, *at)
        stacked = np.empty((len(others), self.columns, self.y.shape[-1]))
        for j, column in enumerate(made):
            stacked[:, j] = column
        return stacked, made, at

    def residuals(self, law: Floats) -> Floats:
        """y - f or log y - log f, (B, n). NaN where the logarithm does not exist."""
        if not self.loss.log:
            return self.y - law
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.log(self.y) - np.log(np.where(law > 0, law, np.nan))

    def objective(self, residuals: Floats) -> Floats:
        """The weighted loss (B,); infinite where the law has no value at a point that counts."""
        cost = np.where(self.weights > 0, self.weights * self.loss.rho(residuals), 0.0).sum(axis=1)
        return np.where(np.isfinite(cost), cost, np.inf)


def norms(stacked: Floats) -> Floats:
    """The root mean square of each column, (..., p); safe for columns near the ends of the floats.

    Linear parameters are fitted in these units: they then follow when an exponent moves, whatever the unit of x.
    """
    top = np.maximum(np.abs(stacked).max(axis=-1), TINY)
    return np.asarray(top * np.sqrt(np.mean((stacked / top[..., None]) ** 2, axis=-1)))
