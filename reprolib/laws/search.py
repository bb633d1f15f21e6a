"""Variable projection on a grid: for every cell of nonlinear parameters the best linear ones, for a batch of problems.

Least-squares objectives of all cells and all problems come from a few matrix products of weights and columns. Moments
lose digits by cancellation, so they only rank the cells; `polish` then works on true residuals. A loss in log y is
ranked by least squares with weights 1 / y**2, which is equal to first order.
"""

from __future__ import annotations

import itertools

import numpy as np

from reprolib.laws.checks import Floats, LawError
from reprolib.laws.problem import TINY, Problem, norms

RIDGE = 1e-12
"""The share by which the diagonal of the moments is raised: two columns that are alike have no unique solution."""
BLOCK = 1 << 22
"""Numbers in one array of a block of problems; larger ones leave the processor's cache."""


def cells_of(problem: Problem) -> Floats:
    """The cells (G, q) that the form proposes for these data, with fixed parameters at their values.

    Raises:
        LawError: The form proposes values for none or for other parameters than its nonlinear ones.
    """
    form = problem.form
    if not form.others:
        return np.zeros((1, 0))
    flat = tuple(x.reshape(-1) for x in problem.inputs)
    proposed = form.cells(flat, problem.y.reshape(-1))
    if set(proposed) != set(form.others):
        raise LawError(
            f"form {form.name} proposes starts for {', '.join(proposed) or 'no parameter'}; "
            f"its `cells` must give them for {', '.join(form.others)}"
        )
    low, high, _, _ = problem.bounds()
    columns = [np.atleast_1d(proposed[name]) for name in form.others]
    cells = np.clip(np.stack(np.broadcast_arrays(*columns), axis=1), low, high)
    for k, name in enumerate(form.others):
        if name in problem.fixed:
            cells[:, k] = problem.fixed[name][0]
    _, first = np.unique(cells, axis=0, return_index=True)
    return np.asarray(cells[np.sort(first)])


def rank(problem: Problem, cells: Floats) -> Floats:
    """The least-squares objective of every problem in every cell, (B, G); infinite where the law cannot be computed."""
    made = np.empty((problem.size, len(cells)))
    per_problem = len(cells) * (problem.y.shape[-1] if problem.inputs[0].ndim == 2 else 1)
    step = max(1, BLOCK // per_problem)
    for start in range(0, problem.size, step):
        block = slice(start, start + step)
        made[block] = _profiled(problem.rows(block), cells)[0]
    return made


def linear_at(problem: Problem, others: Floats) -> Floats:
    """The best linear parameters (B, p), one set of nonlinear parameters (B, q) for each problem."""
    stacked, _, _ = problem.stack(others)
    scale = norms(stacked)
    weights, y = _first_order(problem)
    unit = stacked / scale[..., None]
    moments = np.einsum("bin,bjn,bn->ijb", unit, unit, weights)
    right = np.einsum("bin,bn->ib", unit, weights * y)
    _, linear = _bounded(problem, moments, right, (weights * y**2).sum(-1), scale.T)
    return np.asarray(linear.T / scale)


def _first_order(problem: Problem) -> tuple[Floats, Floats]:
    """Weights (B, n) under which least squares in y is the loss to first order, and y (B, n)."""
    y = np.broadcast_to(problem.y, problem.weights.shape)
    return (problem.weights / y**2 if problem.loss.log else problem.weights), y


def _profiled(problem: Problem, cells: Floats) -> tuple[Floats, Floats]:
    """Objective (B, G) and normalised linear parameters (p, B, G) of each problem in each cell."""
    weights, y = _first_order(problem)
    own = problem.inputs[0].ndim == 2  # every problem has its own x
    inputs = tuple(x[:, None, :] for x in problem.inputs) if own else problem.inputs
    at = [cells[:, k : k + 1] for k in range(cells.shape[1])]
    with np.errstate(all="ignore"):
        made = problem.form.columns(*inputs, *at)
    shape = (problem.size, len(cells), y.shape[1]) if own else (len(cells), y.shape[1])
    unit = np.stack([np.broadcast_to(column, shape) for column in made])
    usable = np.isfinite(unit).all(axis=(0, -1)) & (np.abs(unit).max(axis=-1) > TINY).all(axis=0)
    unit = np.where(usable[..., None], unit, 1.0)
    scale = np.moveaxis(norms(np.moveaxis(unit, 0, -2)), -1, 0)
    unit = unit / scale[..., None]

    def summed(values: Floats, by: Floats) -> Floats:
        return np.einsum("bgn,bn->bg", values, by) if own else by @ values.T

    p = problem.columns
    moments = np.empty((p, p, problem.size, len(cells)))
    for i, j in itertools.combinations_with_replacement(range(p), 2):
        moments[i, j] = moments[j, i] = summed(unit[i] * unit[j], weights)
    right = np.stack([summed(unit[i], weights * y) for i in range(p)])
    total = np.broadcast_to((weights * y**2).sum(1)[:, None], right.shape[1:])
    scale = scale if own else np.broadcast_to(scale[:, None, :], right.shape)
    best, linear = _bounded(problem, moments, right, total, scale)
    return np.where(usable, best, np.inf), linear


def _bounded(problem: Problem, moments: Floats, right: Floats, total: Floats, scale: Floats) -> tuple[Floats, Floats]:
    """Least squares with bounds in closed form: every parameter free or at a bound, the best feasible of all ways.

    Args:
        moments: (p, p, ...) of the normalised columns.
        right: (p, ...) products with y.
        total: (...) sum of squares of y.
        scale: (p, ...) the columns' norms.

    Returns:
        The objective (...) and the normalised linear parameters (p, ...).
    """
    _, _, low, high = problem.bounds()
    _, given = problem.given()
    behind = (slice(None),) + (None,) * (total.ndim - 1)
    ways = []
    for j in range(problem.columns):
        if not np.isnan(given[0, j]):
            ways.append([given[:, j][behind] * scale[j]])
        else:
            ways.append([None, *(edge * scale[j] for edge in (low[j], high[j]) if np.isfinite(edge))])
    best = np.full(total.shape, np.inf)
    chosen = np.zeros((problem.columns, *total.shape))
    for way in itertools.product(*ways):
        free = [j for j, edge in enumerate(way) if edge is None]
        held = [j for j, edge in enumerate(way) if edge is not None]
        value = [np.zeros(total.shape) if edge is None else np.broadcast_to(edge, total.shape) for edge in way]
        target = [right[i] - sum(moments[i, j] * value[j] for j in held) for i in free]
        for i, found in zip(free, _solved([[moments[i, j] for j in free] for i in free], target), strict=True):
            value[i] = found
        feasible = np.ones(total.shape, dtype=bool)
        for i in free:
            slack = 1e-12 * np.abs(value[i])
            feasible &= (value[i] >= low[i] * scale[i] - slack) & (value[i] <= high[i] * scale[i] + slack)
        cost = total + sum(
            value[i] * (sum(moments[i, j] * value[j] for j in range(len(value))) - 2 * right[i])
            for i in range(len(value))
        )
        better = feasible & (cost < best)
        best = np.where(better, cost, best)
        for i in range(len(value)):
            chosen[i] = np.where(better, value[i], chosen[i])
    return best, chosen


def _solved(matrix: list[list[Floats]], right: list[Floats]) -> list[Floats]:
    """Gaussian elimination of many small symmetric systems at once, each entry an array."""
    size = len(right)
    rows = [[*matrix[i]] for i in range(size)]
    side = [*right]
    for i in range(size):
        rows[i][i] = rows[i][i] + RIDGE * matrix[i][i] + TINY
        for k in range(i + 1, size):
            ratio = rows[k][i] / rows[i][i]
            for j in range(i + 1, size):
                rows[k][j] = rows[k][j] - ratio * rows[i][j]
            side[k] = side[k] - ratio * side[i]
    found: list[Floats] = [*side]
    for i in reversed(range(size)):
        known = sum((rows[i][j] * found[j] for j in range(i + 1, size)), np.zeros_like(side[i]))
        found[i] = (side[i] - known) / rows[i][i]
    return found
