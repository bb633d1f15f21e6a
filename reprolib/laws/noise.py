"""Known measurement noise: what part of the scatter it explains, and the weights that follow.

A test set of m images gives a share p the standard deviation sqrt(p (1 - p) / m). Runs scatter about a law by more
than that, so weights of 1 / noise**2 would trust large test sets too much. The spread between runs, tau, is chosen so
that residuals have the size that noise**2 + tau**2 predicts (Paule and Mandel, 1982).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from reprolib.laws.checks import Floats, LawError
from reprolib.laws.frontiers import Frontier
from reprolib.laws.points import Data
from reprolib.laws.problem import Problem
from reprolib.laws.solve import Search, refit, search

ROUNDS, WAYS = 9, 10
"""The spread is narrowed so often to one of so many parts, all tried at once."""


@dataclass(frozen=True)
class Weighing:
    """How known noise entered the weights."""

    weights: Floats
    """(n,) of all rows, before any frontier."""
    sentence: str = ""
    """For the status; empty if no noise was given."""


def weighed(problem: Problem, rows: Data, kept: Frontier | None) -> tuple[Problem, Search, Weighing]:
    """The problem with weights for its known noise, its optimum, and what was found.

    Raises:
        LawError: The loss is not least squares.
    """
    if rows.noise is None:
        return problem, search(problem), Weighing(rows.weights)
    if not problem.loss.squares:
        raise LawError(f"noise needs least squares; loss '{problem.loss.name}' does not weigh by variance")
    every = rows.noise / rows.y if problem.loss.log else rows.noise
    noise = every if kept is None else every[list(kept.winners)]
    free = len(problem.form.names) - len(problem.fixed)
    dof = int((problem.weights[0] > 0).sum()) - free

    known = search(problem)

    def at(taus: Floats) -> Problem:
        many = problem.rows(np.zeros(len(taus), dtype=int))
        return replace(many, weights=many.weights / (noise**2 + taus[:, None] ** 2))

    tau = 0.0
    if dof > 0 and refit(at(np.zeros(1)), known).objective[0] > dof:
        low, high = 0.0, 4 * float(np.sqrt(known.best.objective / dof))
        for _ in range(ROUNDS):
            taus = np.linspace(low, high, WAYS + 1)
            place = int(np.argmax(refit(at(taus[1:]), known).objective <= dof))
            low, high = taus[place : place + 2]
        tau = float(0.5 * (low + high))
    tried = at(np.array([tau]))
    found = search(tried)
    share = float(np.mean(noise**2 / (noise**2 + tau**2)))
    sentence = _sentence(share, tau, problem.loss.log) if dof > 0 else ""
    return *_relative(tried, found), Weighing(rows.weights / (every**2 + tau**2), sentence)


def _relative(problem: Problem, found: Search) -> tuple[Problem, Search]:
    """Weights with mean 1, so that the spread is that of an average point."""
    mean = float(problem.weights[0].mean())
    basins = tuple(replace(basin, objective=basin.objective / mean) for basin in found.basins)
    return replace(problem, weights=problem.weights / mean), replace(found, basins=basins)


def _sentence(share: float, tau: float, log: bool) -> str:
    where = "log y" if log else "y"
    if tau == 0:
        return "the known measurement noise explains all of the scatter"
    return (
        f"the known measurement noise explains {100 * share:.0f} % of the scatter, "
        f"the rest is a spread of {tau:.3g} in {where} between runs"
    )
