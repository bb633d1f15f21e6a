"""Profile likelihood: how much worse the best fit becomes when one parameter is held elsewhere.

The interval is where the objective stays below its minimum plus t**2 s**2, which is exact for linear parameters and
follows the bends of the others. Where the objective never rises so far, the data do not bound the parameter on that
side; that is the evidence on which a parameter is called not identified.
"""

from __future__ import annotations

from collections.abc import Callable
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
ENOUGH, EXACTLY = 1e-9, 1e-10
"""As `polish.ENOUGH`: where a profile is looked at, a rise is compared with a threshold of some per cent of the
objective; where its root is found, the polish ends with its last steps."""
PARTS = 5
"""The stretch in which a profile first crosses the threshold is looked at in so many parts before its root is found."""
HIGHEST = 100.0
"""A rise counts as no more than so many thresholds: far out it may be infinite."""
EXACT = 1e-11
"""How closely the root is found, as a share of the part; rounding of the objective leaves little more."""
ROUNDS = 60
"""Of the root's search; a jump of the profile is halved so often."""


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
    optimum = Points(basin.others[None], basin.linear[None], np.array([basin.objective]), np.ones(1, dtype=bool))
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
        found = _walked(problem, name, tries, optimum)
        ends.append(_crossing(problem, optimum, name, threshold, centre, tries, found))
        tried.append(float(tries[-1]))
        rises.append(float((found.objective[-1] - basin.objective) / threshold))
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
    problem: Problem, optimum: Points, name: str, threshold: float, centre: float, tries: Floats, found: Points
) -> float | None:
    """Where the best objective first lies by the threshold above the optimum; None if it never does."""
    limit = optimum.objective[0] + threshold
    beyond = np.flatnonzero(found.objective >= limit)
    if not len(beyond):
        return None
    places = np.array([centre, *tries])
    inner = found.take([beyond[0] - 1]) if beyond[0] else optimum
    for first in range(beyond[0], len(tries)):
        parts = _spaced(problem, name, places[first : first + 2], np.linspace(0, 1, PARTS + 1))
        walked = _walked(problem, name, parts[1:], inner)
        # In a flat valley the long way to a try may have ended early, and too high.
        found.objective[first] = min(found.objective[first], walked.objective[-1])
        if (walked.objective >= limit).any():
            break
        inner = walked.take([-1])
    else:
        return None
    place = int(np.argmax(walked.objective >= limit))
    ends, start = parts[place : place + 2], walked.take([place - 1]) if place else inner
    below, above = start.objective[0], walked.objective[place]

    def height(share: float) -> float:
        nonlocal start
        held = _held(problem, name, np.atleast_1d(_spaced(problem, name, ends, share)))
        with np.errstate(all="ignore"):
            here = polished(held, start.others, start.linear, enough=EXACTLY)
        start = here if np.isfinite(here.objective[0]) else start
        return over(here.objective[0])

    def over(objective: float) -> float:
        """How far its root lies above that of the threshold: nearly straight, for a rise is nearly a square."""
        return float(np.sqrt(np.clip((objective - optimum.objective[0]) / threshold, 0, HIGHEST))) - 1

    share = _root(height, over(below), over(above))
    return float(_spaced(problem, name, ends, share))


def _root(height: Callable[[float], float], below: float, above: float) -> float:
    """Where between 0 and 1 a height turns positive, by false position with the Illinois rule.

    Args:
        height: Of a place between 0 and 1.
        below: The height at 0, negative.
        above: The height at 1.
    """
    low, high, place = 0.0, 1.0, np.inf
    for _ in range(ROUNDS):
        last, place = place, low + (high - low) * below / (below - above)
        if abs(place - last) <= EXACT:
            break
        found = height(place)
        if found == 0:
            break
        if found < 0:
            above *= 0.5 if last < place else 1.0
            low, below = place, found
        else:
            below *= 0.5 if place < last < np.inf else 1.0
            high, above = place, found
    return place


def _spaced(problem: Problem, name: str, ends: Floats, share: Any) -> Floats:
    """Places between two ends; of a factor in equal steps of its logarithm."""
    if problem.form.scales(name) and ends.min() > 0:
        return np.asarray(ends[0] * (ends[1] / ends[0]) ** share)
    return np.asarray(ends[0] + (ends[1] - ends[0]) * share)


def _held(problem: Problem, name: str, values: Floats) -> Problem:
    """The problem with one parameter held at each of the values."""
    many = problem.rows(np.zeros(len(values), dtype=int))
    return replace(many, fixed={**many.fixed, name: values})


def _walked(problem: Problem, name: str, values: Floats, start: Points) -> Points:
    """The best fit with the parameter held at each of m values, in the order in which they lead away from `start`."""
    many = _held(problem, name, values)
    others, linear = (np.repeat(each, len(values), axis=0) for each in (start.others, start.linear))
    with np.errstate(all="ignore"):  # far away the law may leave the floats, which the objective takes for infinite
        ends = polished(many, others, linear, enough=ENOUGH)
        # A second walk, each from its inner neighbour's end: a long way in one go may end in the wrong valley.
        before = np.maximum(np.arange(len(values)) - 1, 0)
        again = polished(many, ends.others[before], ends.linear[before], enough=ENOUGH)
    lower = again.objective < ends.objective
    ends.put(lower, again.take(lower))
    return ends
