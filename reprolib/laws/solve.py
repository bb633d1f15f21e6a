"""The global optimum: a search over cells, polish from many of them, and an account of the basins that were found."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from reprolib.laws.checks import Floats
from reprolib.laws.polish import Points, polished
from reprolib.laws.problem import Problem
from reprolib.laws.search import cells_of, linear_at, rank

BEST = 16
"""Starts of a fit that are the best cells of all; the rest are the best of equal stretches of the grid."""
PATIENCE = 1000
"""Steps for the best end of all if it has not settled."""
ALIKE = 1e-6
"""Two optima are one basin if their laws differ by less than this share of the data's size at every point."""
CHUNK = 256
"""Resamples that are solved at once; fixed, so that a result does not depend on the number of processors."""
KEPT = 2
"""Other basins of the whole data that each resample starts from too."""
BRISK, LONG = 40, 400
"""Steps of a resample among its chunk, and of those that have not settled by then, all chunks' together: a few walkers
in flat valleys would otherwise keep every chunk waiting."""
QUICK = 1e-16
"""As `polish.ENOUGH`, for resamples: the share of the objective not worth another step."""


@dataclass(frozen=True)
class Basin:
    """One local optimum."""

    others: Floats
    linear: Floats
    objective: float
    share: float
    """The share of the starts that ended here."""
    converged: bool


@dataclass(frozen=True)
class Search:
    """What the search for the optimum saw."""

    cells: int
    """Cells ranked."""
    starts: int
    """Cells polished; each twice where the loss has smoother stages that may be left out."""
    basins: tuple[Basin, ...]
    """Distinct local optima, the best first."""

    @property
    def best(self) -> Basin:
        """The optimum."""
        return self.basins[0]

    @property
    def gap(self) -> float | None:
        """By what share the second-best basin is worse; None if there is one basin."""
        if len(self.basins) < 2:
            return None
        first, second = self.basins[0].objective, self.basins[1].objective
        return (second - first) / first if first > 0 else float("inf")


def search(problem: Problem) -> Search:
    """The global optimum of one problem (B = 1) with all basins that were met."""
    cells = cells_of(problem)
    order = _starts(rank(problem, cells)[0], problem.form.starts)
    many = problem.rows(np.zeros(len(order), dtype=int))
    ends = polished(many, cells[order], linear_at(many, cells[order]))
    if len(problem.loss.stages()) > 1 and problem.loss.quantile is None:
        # Smoother losses lead most starts past poor optima, but now and then all of them past the best one.
        straight = polished(many, cells[order], linear_at(many, cells[order]), smoothly=False)
        order = np.concatenate([order, order])
        many, ends = problem.rows(np.zeros(len(order), dtype=int)), _joined([ends, straight])
    first = int(np.argmin(ends.objective))
    best = ends.objective <= ends.objective[first] * (1 + 1e-12)  # rounding picks one of those that are alike
    if not ends.converged[best].any():  # a long flat valley: one walker may go on
        last = polished(many.rows([first]), ends.others[[first]], ends.linear[[first]], steps=PATIENCE)
        for name in Points.__dataclass_fields__:
            getattr(ends, name)[first] = getattr(last, name)[0]
    return Search(cells=len(cells), starts=len(order), basins=_basins(many, ends))


def _starts(cost: Floats, number: int) -> Floats:
    order = np.argsort(cost, kind="stable")
    stretches = np.array_split(np.arange(len(cost)), max(1, min(number - BEST, len(cost))))
    chosen = dict.fromkeys([*order[:BEST], *(part[np.argmin(cost[part])] for part in stretches)])
    return np.array([cell for cell in chosen if np.isfinite(cost[cell])], dtype=int)


def _basins(problem: Problem, ends: Points) -> tuple[Basin, ...]:
    law = np.matmul(ends.linear[:, None, :], problem.stack(ends.others)[0])[:, 0, :]
    counts = problem.weights[0] > 0
    size = np.abs(problem.y).max()
    reached = [int(end) for end in np.argsort(ends.objective, kind="stable") if np.isfinite(ends.objective[end])]
    # Starts that were cut short describe no optimum; they are only counted, unless none is better.
    settled = [end for end in reached if ends.converged[end] or end == reached[0]]
    leaders: list[int] = []
    members: dict[int, list[int]] = {}
    for end in settled:
        for leader in leaders:
            if np.abs(law[end] - law[leader])[counts].max() <= ALIKE * size:
                members[leader].append(end)
                break
        else:
            leaders.append(end)
            members[end] = [end]
    return tuple(
        Basin(
            others=ends.others[end],
            linear=ends.linear[end],
            objective=float(ends.objective[end]),
            share=len(members[end]) / len(ends.objective),
            converged=bool(ends.converged[members[end]].any()),
        )
        for end in leaders
    )


def _joined(parts: list[Points]) -> Points:
    return Points(*(np.concatenate([getattr(part, name) for part in parts]) for name in Points.__dataclass_fields__))


def refit(problem: Problem, known: Search, *, globally: bool = True) -> Points:
    """The optimum of each of B problems: from its own best cell, and from the best basins of the whole data.

    Chunks run on all processors; each is computed alike wherever it runs.
    """
    cells = cells_of(replace(problem.rows([0]))) if globally else None
    chunks = [slice(start, start + CHUNK) for start in range(0, problem.size, CHUNK)]
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        parts = list(pool.map(lambda chunk: _refit(problem.rows(chunk), known, cells), chunks))
    ends = _joined(parts)
    late = np.flatnonzero(~ends.converged)
    if len(late):
        last = polished(problem.rows(late), ends.others[late], ends.linear[late], steps=LONG, enough=QUICK)
        gained = last.objective <= ends.objective[late]
        for name in Points.__dataclass_fields__:
            getattr(ends, name)[late[gained]] = getattr(last, name)[gained]
    return ends


def _refit(problem: Problem, known: Search, cells: Floats | None) -> Points:
    found: list[Points] = []
    if cells is not None:
        own = cells[np.argmin(rank(problem, cells), axis=1)]
        found.append(polished(problem, own, linear_at(problem, own), steps=BRISK, enough=QUICK))
    for basin in known.basins[:KEPT]:
        start = np.broadcast_to(basin.others, (problem.size, len(basin.others)))
        linear = np.broadcast_to(basin.linear, (problem.size, len(basin.linear)))
        found.append(polished(problem, start.copy(), linear.copy(), steps=BRISK, enough=QUICK))
    best = np.argmin(np.stack([points.objective for points in found]), axis=0)
    rows = np.arange(problem.size)
    return Points(*(np.stack([getattr(p, name) for p in found])[best, rows] for name in Points.__dataclass_fields__))
