"""L-BFGS for smooth convex functions (Liu and Nocedal, Math. Program. 45, 1989, 503), in float64.

It stops by the norm of the gradient, else where rounding hides every descent or after `STEPS`. Written for functions of
which one value costs a tenth of a millisecond, so the bookkeeping of a step is six products with a thin matrix.
Deterministic; reads and writes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

PAIRS = 20
"""Steps that are remembered."""
STEPS = 2000
"""The most that are taken."""

Function = Callable[[torch.Tensor], tuple[float, torch.Tensor]]
"""From a point (n,) to the value and the gradient there."""


def minimum(function: Function, point: torch.Tensor, tolerance: float) -> tuple[torch.Tensor, float]:
    """Where the gradient is at most `tolerance` long, or as near to that as rounding allows; and its length there."""
    value, slope = function(point)
    memory = _Memory(point)
    for _ in range(STEPS):
        if dot(slope, slope) <= tolerance**2:
            break
        step = _step(function, point, value, slope, memory.direction(slope))
        if step is None:
            break
        moved, value, steeper = step
        memory.add(moved - point, steeper - slope)
        point, slope = moved, steeper
    return point, math.sqrt(dot(slope, slope))


def dot(one: torch.Tensor, other: torch.Tensor) -> float:
    """The inner product of two vectors."""
    return torch.dot(one, other).item()


class _Memory:
    """What the last changes of the point and of the gradient tell of the second derivative.

    In the compact form (Byrd, Nocedal and Schnabel, Math. Program. 63, 1994, 129, eq. 3.1): the usual recursion needs
    four products of vectors a pair, and small problems spent most of their time there. A pair takes the place of the
    oldest. Of the triangular matrix R, the products of each change with the bends of its own step and of later ones,
    only the inverse is needed: forgetting the first pair cuts off a row and a column, a new one appends a column.
    """

    def __init__(self, point: torch.Tensor) -> None:
        self._changes, self._bends = (point.new_zeros(PAIRS, len(point)) for _ in range(2))
        self._inverse, self._within = np.zeros((PAIRS, PAIRS)), np.zeros((PAIRS, PAIRS))
        self._products = np.zeros(PAIRS)
        self._length = 1.0
        self._count = 0

    def add(self, change: torch.Tensor, bend: torch.Tensor) -> None:
        """Remember a step, unless rounding has hidden the curvature along it."""
        product, square = dot(change, bend), dot(bend, bend)
        if product <= 1e-14 * square:
            return
        slot = self._count % PAIRS
        self._count += 1
        self._length = product / square
        self._changes[slot], self._bends[slot], self._products[slot] = change, bend, product
        self._within[:, slot] = self._within[slot] = _numbers(self._bends @ bend)
        self._inverse[slot] = self._inverse[:, slot] = 0
        self._inverse[:, slot] = self._inverse @ _numbers(self._changes @ bend) / -product
        self._inverse[slot, slot] = 1 / product

    def direction(self, slope: torch.Tensor) -> torch.Tensor:
        """Down `slope`, as Newton's method would with the remembered curvature."""
        inner = self._inverse @ _numbers(self._changes @ slope)
        bent = self._length * (self._within @ inner - _numbers(self._bends @ slope))
        outer = self._inverse.T @ (self._products * inner + bent)
        of_changes, of_bends = (torch.from_numpy(each).to(slope) for each in (-outer, self._length * inner))
        return (of_changes @ self._changes + of_bends @ self._bends).sub_(slope, alpha=self._length)


def _step(
    function: Function, point: torch.Tensor, value: float, slope: torch.Tensor, direction: torch.Tensor
) -> tuple[torch.Tensor, float, torch.Tensor] | None:
    """The first of 1, 1/2, 1/4, … of `direction` that goes down: point, value and gradient; None if rounding hides it.

    Down means by a share of what the slope promises, or, where values differ by rounding errors only, by the slopes
    (Hager and Zhang, SIAM J. Optim. 16, 2005, 170).
    """
    promised, share = dot(slope, direction), 1.0
    while share > 1e-10:
        moved = point.add(direction, alpha=share)
        reached, steeper = function(moved)
        level = reached <= value + 1e-12 * abs(value)
        if reached <= value + 1e-4 * share * promised or (level and dot(steeper, direction) <= -0.8 * promised):
            return moved, reached, steeper
        share /= 2
    return None


def _numbers(vector: torch.Tensor) -> NDArray[np.float64]:
    numbers: NDArray[np.float64] = vector.cpu().numpy()
    return numbers
