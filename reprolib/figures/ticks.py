"""Round numbers along a logarithmic axis: as many as fit, never 10^1 with nothing around it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

# Numbers within a decade, from sparse to dense; below a factor of four plain steps read better.
LADDERS = (
    (1.0,),
    (1.0, 3.0),
    (1.0, 2.0, 5.0),
    (1.0, 1.5, 2.0, 3.0, 5.0, 7.0),
    (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0),
)
POWERS_FROM = 1e6
"""From here on labels are powers of ten."""
STEPS = (5.0, 2.5, 2.0, 1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01)


def log_ticks(low: float, high: float, inches: float, spacing: float, *, whole: bool = False) -> list[float]:
    """Ticks from `low` to `high` on an axis of `inches`: the most round numbers that stand `spacing` inches apart.

    An axis of things that are counted has `whole` numbers alone.
    """
    best: list[float] = []
    for candidate in _candidates(low, high):
        if whole:
            candidate = [tick for tick in candidate if tick == round(tick)]
        gaps = [math.log10(b / a) for a, b in itertools.pairwise(candidate)]
        room = min(gaps, default=math.inf) * inches / math.log10(high / low)
        if room >= spacing and len(candidate) > len(best):
            best = candidate
    return best


def _candidates(low: float, high: float) -> Iterator[list[float]]:
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for ladder in LADDERS:
        yield [m * 10.0**d for d in decades for m in ladder if low <= m * 10.0**d <= high]
    if high / low < 4:
        unit = 10.0 ** math.floor(math.log10(low))
        for step in STEPS:
            first, last = math.ceil(low / (step * unit)), math.floor(high / (step * unit))
            found = (round(k * step, 2) * unit for k in range(first, last + 1))
            # Rounding may carry the outermost one over the end.
            yield [tick for tick in found if low <= tick <= high]


def text(value: float) -> str:
    """A tick's label: plain, from 10 000 in thousands, from a million as a power of ten (mathtext)."""
    if value < POWERS_FROM:
        return f"{value:.10g}" if value < 1e4 else f"{value / 1000:g}k"
    exponent = math.floor(math.log10(value) + 1e-9)
    mantissa = value / 10.0**exponent
    times = "" if math.isclose(mantissa, 1) else f"{mantissa:.3g}{{\\times}}"
    return f"${times}10^{{{exponent}}}$"
