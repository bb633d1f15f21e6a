"""What a fit makes small: the sum over the points of weight * rho(residual), in y or in log y."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from reprolib.laws.checks import Floats, LawError, between

Rho = Callable[["Loss", Floats], Floats]

SMOOTHEST = 0.1
"""Huber and quantile losses are approached from this delta, in steps of ten: far from the optimum every residual lies
outside a small delta, and the surface is all kinks."""
KINK = 1e-6
"""Within this residual the kink of a quantile loss is rounded while it is polished; the objective told is exact."""


@dataclass(frozen=True)
class Loss:
    """One loss. The residual is y - f, or log y - log f (natural logarithm)."""

    name: str
    log: bool
    delta: float | None = None
    """Huber: residuals up to delta count squared, larger ones linearly. In the unit of the residual."""
    factor: float | None = None
    """Asymmetric: how many times more a point below the law counts than one above it."""
    quantile: float | None = None
    """Quantile: the share of the points that should lie below the law."""

    @property
    def squares(self) -> bool:
        """Whether it is plain least squares, for which intervals by t and F hold."""
        return self.name in ("linear", "log")

    @property
    def sentence(self) -> str:
        """What the objective is, in words."""
        residual = "residuals of log y" if self.log else "residuals of y"
        if self.quantile is None and self.delta is not None:
            return f"sum of Huber's function of the {residual} with delta = {self.delta:g}"
        if self.factor is not None:
            return f"sum of squared {residual}, those of points below the law {self.factor:g} times"
        if self.quantile is not None:
            return f"sum of the quantile loss at {self.quantile:g} of the {residual}"
        return f"sum of squared {residual}"

    def rho(self, residual: Floats) -> Floats:
        """What one residual costs."""
        size = np.abs(residual)
        if self.factor is not None:
            return residual**2 * np.where(residual < 0, self.factor, 1.0)
        if self.delta is not None:
            size = np.where(size <= self.delta, 0.5 * residual**2, self.delta * (size - 0.5 * self.delta))
        if self.quantile is not None:
            return size / (self.delta or 1.0) * self._side(residual)
        return size if self.delta is not None else residual**2

    def pull(self, residual: Floats) -> Floats:
        """rho'(r) / r: the weight with which squares would pull alike (iteratively reweighted least squares)."""
        if self.factor is not None:
            return 2 * np.where(residual < 0, self.factor, 1.0)
        if self.delta is None:
            return np.full_like(residual, 2.0)
        huber = self.delta / np.maximum(np.abs(residual), self.delta)
        return huber if self.quantile is None else huber / self.delta * self._side(residual)

    def curvature(self, residual: Floats) -> Floats:
        """rho''(r): it makes the last steps to an optimum among kinks few, where `pull` would need hundreds."""
        if self.delta is None:
            return self.pull(residual)
        return self.pull(residual) * (np.abs(residual) <= self.delta)

    def _side(self, residual: Floats) -> Floats:
        return np.where(residual < 0, 1 - (self.quantile or 0.0), self.quantile or 0.0)

    def stages(self) -> list[Loss]:
        """Smoother losses to be minimised one after the other, each from the last one's optimum; the last is sharp."""
        last = KINK if self.quantile is not None else self.delta
        if last is None:
            return [self]
        steps = [SMOOTHEST * 0.1**i for i in range(8) if SMOOTHEST * 0.1**i > 1.5 * last]
        return [replace(self, delta=step) for step in [*steps, last]]


def loss_of(
    loss: Loss | str, *, delta: float | None = None, factor: float | None = None, quantile: float | None = None
) -> Loss:
    """The loss of that name with its setting.

    `linear` and `log` are least squares; `huber` (delta, default 1e-3), `asymmetric` (factor, default 10) and
    `quantile` (quantile, default 0.1) act on residuals of log y. A `Loss` stays itself.

    Raises:
        LawError: The name is unknown, or a setting is impossible or belongs to another loss.
    """
    if isinstance(loss, Loss):
        return loss
    owners = {"huber": "delta", "asymmetric": "factor", "quantile": "quantile"}
    given = {"delta": delta, "factor": factor, "quantile": quantile}
    if loss not in ("linear", "log", *owners):
        raise LawError(f"loss '{loss}' is not known; expected linear, log, huber, asymmetric or quantile")
    for owner, setting in owners.items():
        if given[setting] is not None and owner != loss:
            raise LawError(f"{setting} is given with loss '{loss}'; it belongs to loss '{owner}'")
    if loss == "huber":
        delta = 1e-3 if delta is None else delta
        between(delta, "delta", 0, np.inf)
        return Loss("huber", log=True, delta=delta)
    if loss == "asymmetric":
        factor = 10.0 if factor is None else factor
        between(factor, "factor", 0, np.inf)
        return Loss("asymmetric", log=True, factor=factor)
    if loss == "quantile":
        quantile = 0.1 if quantile is None else quantile
        between(quantile, "quantile", 0, 1)
        return Loss("quantile", log=True, quantile=quantile)
    return Loss(loss, log=loss == "log")
