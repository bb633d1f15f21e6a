"""Profile likelihood: how much worse the best fit becomes when one parameter is held elsewhere.

The interval is where the objective stays below its minimum plus t**2 s**2, which is exact for linear parameters and
follows the bends of the others. Where the objective never rises so far, the data do not bound the parameter on that
side; that is the evidence on which a parameter is called not identified.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from reprolib.laws.checks import Floats
from reprolib.laws.polish import Points, polished
from reprolib.laws.problem import Problem
from reprolib.laws.solve import Basin

REACH = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 10.0, 20.0, 50.0, 200.0, 1000.0)
"""Where each side is looked at, in half widths of the delta method's interval; of a factor, in its logarithm."""
LARGEST = 600.0
"""A factor is looked at up to exp of this, and down to its inverse: more leaves the floats."""
ENOUGH = 1e-10
"""As `polish.ENOUGH`: a rise is compared with a threshold of some per cent of the objective."""
REFINEMENTS = 2
"""Of each end; each narrows it to a fifth."""


@dataclass(frozen=True)
class Profile:
    """The profile of one parameter."""

    low: float | None
    """Where it rises to the threshold below the optimum; None if it never does."""
    high: float | None
    lowest: float
    """The smallest value that was tried, so that an open end can be told."""
    highest: float
    rise: tuple[float, float]
    """By how much of the threshold the objective rises at `lowest` and at `highest`."""


def profile(problem: Problem, basin: Basin, name: str, half: float, threshold: float) -> Profile:
    """Profile one parameter.

    Args:
        problem: One problem (B = 1).
        basin: Its optimum.
        name: The parameter.
        half: Half the width of a first guess at its interval.
        threshold: By how much the objective may rise.
    """
    order = [*problem.form.others, *problem.form.linear]
    centre = float(np.concatenate([basin.others, basin.linear])[order.index(name)])
    bottom, top = problem.form.bounds(name)
    ends: list[float | None] = []
    tried: list[float] = []
    rises: list[float] = []
    for side, edge in ((-1, bottom), (1, top)):
        tries = np.unique(np.clip(_away(problem, name, centre, side * half), bottom, top))
        tries = tries[tries != centre]
        if side < 0:
            tries = tries[::-1]
        if not len(tries):  # it rests at the bound
            ends.append(None)
            tried.append(edge)
            rises.append(0.0)
            continue
        rise = _rise(problem, basin, name, tries, threshold)
        ends.append(_crossing(problem, basin, name, threshold, centre, tries, rise))
        tried.append(float(tries[-1]))
        rises.append(float(rise[-1]))
    return Profile(ends[0], ends[1], tried[0], tried[1], (rises[0], rises[1]))


def _away(problem: Problem, name: str, centre: float, half: float) -> Floats:
    """Where one side is looked at; a factor in equal steps of its logarithm, and at last where it vanishes."""
    if centre <= 0 or not problem.form.scales(name):
        return centre + half * np.array(REACH)
    steps = np.clip(half / centre * np.array(REACH), -LARGEST, LARGEST)
    with np.errstate(over="ignore"):
        tries = centre * np.exp(steps)
    return np.append(tries[np.isfinite(tries)], 0.0 if half < 0 else tries[0])


def _crossing(
    problem: Problem, basin: Basin, name: str, threshold: float, centre: float, tries: Floats, rise: Floats
) -> float | None:
    beyond = np.flatnonzero(rise >= 1)
    if not len(beyond):
        return None
    first = beyond[0]
    ends, rises = np.array([centre, *tries])[first : first + 2], np.array([0.0, *rise])[first : first + 2]
    for _ in range(REFINEMENTS):
        between = _spaced(problem, name, ends, np.linspace(0, 1, 6))
        rise = np.array([rises[0], *_rise(problem, basin, name, between[1:-1], threshold), rises[1]])
        place = int(np.argmax(rise >= 1))
        ends, rises = between[place - 1 : place + 1], rise[place - 1 : place + 1]
    # The rise is nearly a square of the distance, so its root is nearly straight.
    below, above = np.sqrt(np.maximum(rises, 0))
    share = (1 - below) / (above - below) if np.isfinite(above) else 0.5
    return float(_spaced(problem, name, ends, share))


def _spaced(problem: Problem, name: str, ends: Floats, share: Any) -> Floats:
    """Places between two ends; of a factor in equal steps of its logarithm."""
    if problem.form.scales(name) and ends.min() > 0:
        return np.asarray(ends[0] * (ends[1] / ends[0]) ** share)
    return np.asarray(ends[0] + (ends[1] - ends[0]) * share)


def _rise(problem: Problem, basin: Basin, name: str, values: Floats, threshold: float) -> Floats:
    """By how much of the threshold the best objective is worse with the parameter at each of the values, (m,)."""
    many = problem.rows(np.zeros(len(values), dtype=int))
    many = replace(many, fixed={**many.fixed, name: values})
    others = np.repeat(basin.others[None], len(values), axis=0)
    linear = np.repeat(basin.linear[None], len(values), axis=0)
    with np.errstate(all="ignore"):  # far away the law may leave the floats, which the objective takes for infinite
        ends = polished(many, others, linear, enough=ENOUGH)
        # A second walk, each from its inner neighbour's end: a long way in one go may end in the wrong valley.
        before = np.maximum(np.arange(len(values)) - 1, 0)
        again: Points = polished(many, ends.others[before], ends.linear[before], enough=ENOUGH)
        return np.asarray((np.minimum(ends.objective, again.objective) - basin.objective) / threshold)
