"""What one training sample costs at each model size: 6 N, a function, or a table of architectures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reprolib.laws.checks import Floats, LawError, positive

Cost = str | Callable[[Floats], Floats] | Mapping[str, tuple[float, float]] | Sequence[tuple[float, float]]
"""`6ND`; a function from an array of N to the cost of one sample; or architectures with (N, cost of one sample)."""

ANYWHERE = 60.0
"""Factors of e to each side of the middle within which 6ND is searched: a range that no model comes near."""


@dataclass(frozen=True)
class Price:
    """The cost of one sample, in the unit of the budget, and the model sizes that may be asked for."""

    sentence: str
    of: Callable[[Floats], Floats]
    """Any shape of N to the cost of one sample each."""
    sizes: tuple[float, float] | None
    """The smallest and the largest N; None for 6ND, which holds everywhere."""
    names: tuple[str, ...] = ()
    """The architectures of a table, by rising N."""
    entries: tuple[Floats, Floats] | None = None
    """Their N and costs."""

    def span(self, budget: float) -> tuple[float, float]:
        """The log N between which the optimum is looked for."""
        if self.sizes is not None:
            return float(np.log(self.sizes[0])), float(np.log(self.sizes[1]))
        middle = 0.5 * float(np.log(budget / 6))
        return middle - ANYWHERE, middle + ANYWHERE


def price_of(cost: Cost, sizes: tuple[float, float] | None) -> Price:
    """The price that a cost model stands for.

    Args:
        cost: See `Cost`. A table is read off by straight lines in log-log, between its smallest and largest N only.
        sizes: The smallest and the largest N to consider; a function needs them, a table has its own.

    Raises:
        LawError: The cost model is not known, or its numbers are impossible.
    """
    if sizes is not None and not 0 < sizes[0] < sizes[1] < np.inf:
        raise LawError(f"sizes are {sizes[0]:g} and {sizes[1]:g}; give the smallest and the largest N, above zero")
    if isinstance(cost, str):
        if cost != "6ND":
            raise LawError(f"cost '{cost}' is not known; expected 6ND, a function of N, or a table of N and cost")
        return Price("C = 6 N D", lambda N: 6.0 * N, sizes)
    if callable(cost):
        if sizes is None:
            raise LawError("a cost that is a function needs the N between which it holds; give sizes")
        return Price("C = c(N) D with c a function", _checked(cost, sizes), sizes)
    return _table(cost, sizes)


def _checked(cost: Callable[[Floats], Floats], sizes: tuple[float, float]) -> Callable[[Floats], Floats]:
    tried = np.geomspace(*sizes, 257)
    try:
        made = np.asarray(cost(tried), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise LawError(f"the cost function takes no array of N ({error}); write it with numpy") from error
    if made.shape != tried.shape:
        raise LawError(f"the cost function gives shape {made.shape} for {tried.shape} values of N; give one cost each")
    bad = ~(np.isfinite(made) & (made > 0))
    if bad.any():
        at = int(np.argmax(bad))
        raise LawError(f"the cost function gives {made[at]:g} at N = {tried[at]:g}; every cost must be above zero")
    return lambda N: np.asarray(cost(N), dtype=np.float64)


def _table(cost: Mapping[str, tuple[float, float]] | Sequence[tuple[float, float]], sizes: object) -> Price:
    if sizes is not None:
        raise LawError("a table of costs holds between its own smallest and largest N; leave sizes out")
    pairs = list(cost.values()) if isinstance(cost, Mapping) else list(cost)
    if len(pairs) < 2 or any(np.shape(pair) != (2,) for pair in pairs):
        raise LawError("a table of costs needs at least two entries, each an N and the cost of one sample")
    N, each = positive([pair[0] for pair in pairs], "N"), positive([pair[1] for pair in pairs], "cost")
    order = np.argsort(N, kind="stable")
    names = list(cost) if isinstance(cost, Mapping) else [f"N = {value:.4g}" for value in N]
    names, N, each = [str(names[at]) for at in order], N[order], each[order]
    for at in range(1, len(N)):
        if N[at] == N[at - 1] or each[at] < each[at - 1]:
            what = "have the same N" if N[at] == N[at - 1] else "have costs that fall while N rises"
            raise LawError(
                f"{names[at - 1]} and {names[at]} {what}; between them no cost can be read off, leave one out"
            )

    def read(at: Floats) -> Floats:
        return np.asarray(np.exp(np.interp(np.log(at), np.log(N), np.log(each))))

    told = f"C = c(N) D with c between {len(N)} entries by straight lines in log-log"
    return Price(told, read, (float(N[0]), float(N[-1])), tuple(names), (N, each))
