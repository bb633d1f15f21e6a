"""Softmax regression: the minimum of a strictly convex function, found to many digits in milliseconds.

For features x, labels y and C classes, weights W (C, d) and bias b (C,) minimise

    mean(-log softmax(W x + b)[y]) + strength / 2 * spread^2 * |W|^2

where spread^2 is the mean squared distance of the features from their mean, so that a strength means the same for
features of any scale. The bias is free. Whatever minimises this finds the same classifier: there is no learning rate,
no number of epochs and no random start.

Full-batch L-BFGS in float64. Two changes of variables, which leave the minimum where it is, save most of its steps:
features are centred and turned into their principal axes, of which n < d rows have n - 1; and each axis is divided by
the square root of its curvature, as it would be were the second derivative of the softmax the same for all rows (cf.
Böhning, Ann. Inst. Stat. Math. 44, 1992, 197). Rows go through in blocks, so memory beyond twice the features is
bounded. Runs where the features lie, CPU or GPU. Reads and writes nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from reprolib.evaluate import descent

BLOCK = 2**24
"""Logits held at once."""
PRECISE = 1e-10
"""Norm of the gradient at which a minimum is found, in the scaled variables, where rounding errors are near 1e-15. The
value is then about half its square above the least."""
FLATTEST = 1e-6
"""The least curvature of the loss along a logit that axes are divided by."""


@dataclass(frozen=True)
class Linear:
    """A linear classifier."""

    weights: torch.Tensor
    """(classes, d) float64, of mean zero over the classes."""
    bias: torch.Tensor
    """(classes,) float64; minus infinity for a class that had no row, of mean zero over the others."""
    gradient: float
    """The norm of the gradient where the search ended, in the scaled variables."""

    def logits(self, features: torch.Tensor) -> torch.Tensor:
        """(n, classes) float64, from features (n, d) of any floating type."""
        return torch.addmm(self.bias, features.to(self.weights), self.weights.T)


class Regression:
    """The problems over one set of rows, for any part of them and any strength."""

    def __init__(self, features: torch.Tensor, labels: torch.Tensor, classes: int) -> None:
        """Find the axes.

        Args:
            features: (n, d) with n above zero, of any floating type.
            labels: (n,) int64, each from 0 to `classes` - 1.
            classes: How many there are, with rows or without.
        """
        features = features.double()
        self._labels, self._classes = labels, classes
        self._mean = features.mean(dim=0)
        centred = features - self._mean
        self._spread = math.sqrt(centred.square().sum().item() / len(centred)) or 1.0
        variance, axes = torch.linalg.eigh(centred.T @ centred / (len(centred) * self._spread**2))
        kept = variance > max(centred.shape) * torch.finfo(variance.dtype).eps
        self._axes, self._variance = axes[:, kept], variance[kept]
        self._turned = torch.nn.functional.pad(centred @ self._axes / self._spread, (0, 1), value=1.0)

    def solved(
        self,
        strength: float,
        rows: torch.Tensor | None = None,
        *,
        start: Linear | None = None,
        tolerance: float = PRECISE,
    ) -> Linear:
        """The minimum.

        Args:
            strength: Of the penalty, above zero.
            rows: The rows that count, (m,) int64; None for all. Axes and spread remain those of all rows.
            start: Where to begin, a classifier with the same classes; None for zero.
            tolerance: The norm of the gradient to stop at, in the scaled variables.
        """
        turned, labels = (self._turned, self._labels) if rows is None else (self._turned[rows], self._labels[rows])
        present, targets = torch.unique(labels, return_inverse=True)
        if start is None:
            point = turned.new_zeros(len(present), turned.shape[1])
        else:
            weights = start.weights[present]
            offset = start.bias[present] + weights @ self._mean
            point = torch.column_stack([weights @ self._axes * self._spread, offset])
        point, gradient = _solved(turned, targets, point, strength, self._variance, tolerance)
        return self._of_features(point, present, gradient)

    def _of_features(self, point: torch.Tensor, present: torch.Tensor, gradient: float) -> Linear:
        """The classifier of features as they came, from that of centred features along the axes."""
        weights = point.new_zeros(self._classes, len(self._mean))
        bias = point.new_full((self._classes,), -math.inf)
        weights[present] = point[:, :-1] @ self._axes.T / self._spread
        bias[present] = point[:, -1] - weights[present] @ self._mean
        return Linear(weights, bias, gradient)


def _solved(
    rows: torch.Tensor,
    targets: torch.Tensor,
    point: torch.Tensor,
    strength: float,
    variance: torch.Tensor,
    tolerance: float,
) -> tuple[torch.Tensor, float]:
    """The minimum over `rows` (n, r + 1), whose last column is one, from `point` (classes, r + 1); and its gradient."""
    block, one = max(1, BLOCK // len(point)), variance.new_ones(1)
    penalty = torch.cat([torch.full_like(variance, strength), 0 * one])
    scale = (_curvature(rows, point, block) * torch.cat([variance, one]) + penalty).rsqrt()
    rows, penalty = rows * scale, (penalty * scale.square()).repeat(len(point))
    sums = (torch.zeros_like(point).index_add_(0, targets, rows) / len(rows)).view(-1)
    parts = list(zip(torch.split(rows, block), torch.split(targets[None], block, dim=1), strict=True))

    def objective(at: torch.Tensor) -> tuple[float, torch.Tensor]:
        loss, slope = 0.0, penalty * at
        value = 0.5 * descent.dot(slope, at)
        slope -= sums
        weights, inner = at.view_as(point), slope.view_as(point)
        for some, wanted in parts:
            logs = (weights @ some.T).log_softmax(dim=0)  # along rows in memory: five times faster for few classes
            loss -= logs.gather(0, wanted).sum().item()
            inner.addmm_(logs.exp_(), some, alpha=1 / len(rows))
        inner -= inner.mean(dim=0)  # nothing but rounding: it would drift where all classes gain alike
        return value + loss / len(rows), slope

    found, gradient = descent.minimum(objective, (point / scale).view(-1), tolerance)
    return found.view_as(point) * scale, gradient


def _curvature(rows: torch.Tensor, point: torch.Tensor, block: int) -> float:
    """The mean over rows and classes of p (1 - p), the second derivative of the loss along a logit."""
    total = 0.0
    for some in torch.split(rows, block):
        share = (some @ point.T).softmax(dim=1)
        total += (share - share.square()).sum().item()
    return max(total / (len(rows) * len(point)), FLATTEST)
