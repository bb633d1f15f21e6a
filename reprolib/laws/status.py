"""How a fit went, as one sentence: no optimum that is doubtful passes for a good one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reprolib.laws.fitting import Fitted
    from reprolib.laws.intervals import Intervals

CLOSE = 0.01
"""A second basin that is worse by less than this share of the objective is named."""


def sentence(fitted: Fitted, made: Intervals) -> str:
    """The status of a fit."""
    found, near = fitted.search, fitted.local
    said = ["converged" if found.best.converged else "not converged: the objective still falls where the search ended"]
    if near.at_bound:
        said[0] += " at a bound (" + ", ".join(f"{name} = {value:g}" for name, value in near.at_bound.items()) + ")"
    if fitted.dof < 1:
        said.append("no degree of freedom: the law goes through the points and nothing is left to judge it by")
    elif near.inner.flat:
        said.append(f"flat direction: {near.inner.sentence}")
    open_ends = [name for name, profile in made.profiles.items() if None in (profile.low, profile.high)]
    loose = [name for name in open_ends if made.intervals[name] is None or name not in near.at_bound]
    said += [f"{name} is not identified: {made.notes[name]}" for name in loose]
    if found.gap is not None and found.gap < CLOSE:
        said.append(f"a second basin is worse by only {100 * found.gap:.2g} % of the objective")
    if fitted.weighing.sentence:
        said.append(fitted.weighing.sentence)
    if fitted.dof == 1:
        said.append("1 degree of freedom: intervals are 12.7 standard errors to each side at 95 % and say little")
    return "; ".join(said)
