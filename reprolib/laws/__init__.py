"""Scaling laws on their own: frontiers, fits and their intervals. Imports nothing else of this project.

    >>> from reprolib import laws
    >>> frontier = laws.binned_frontier(compute, error, bins=5, margin=0.1)
    >>> law = laws.fit_power(frontier.x, frontier.y, selected=frontier.rule)
    >>> law.beta, law.alpha, law.intervals["alpha"], law.predict(1e13)

`frontiers` chooses the points, `powerlaw` fits y = beta * x**alpha to them and holds the result, `checks` refuses bad
data with one sentence (`LawError`).
"""

from reprolib.laws.checks import LawError
from reprolib.laws.frontiers import Frontier, binned_frontier
from reprolib.laws.powerlaw import PowerLaw, fit_power, power

__all__ = ["Frontier", "LawError", "PowerLaw", "binned_frontier", "fit_power", "power"]
