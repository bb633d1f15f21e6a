"""Paint intervals: rows of a forest plot with one interval per series, bands around lines, whiskers of points."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from reprolib.figures import legend, style
from reprolib.figures.panel import Drawing, Panel, Series

ROOM = 0.03
"""Of the width, left free beside the outermost ends."""
TICK, MOST = 0.3, 9
"""Inches that a tick's label takes, and the most intervals between ticks."""
FILLED = 0.72
"""The share of a row that its intervals take; the rest parts it from the next."""


def ends(series: Series) -> list[float]:
    """All ends of a series' intervals that are known."""
    return [end for end in (*series.low, *series.high) if end is not None]


def band(axes: Axes, series: Series, colour: str) -> None:
    """The band around a line, where it is known."""
    known = [i for i, (low, high) in enumerate(zip(series.low, series.high, strict=True)) if None not in (low, high)]
    axes.fill_between(
        [series.x[i] for i in known],
        [float(series.low[i] or 0) for i in known],
        [float(series.high[i] or 0) for i in known],
        color=colour,
        alpha=0.16,
        linewidth=0,
        zorder=1,
    )


def whisker(axes: Axes, series: Series, i: int, colour: str) -> None:
    """The interval of a point, upright, where it is known."""
    low, high = series.low[i], series.high[i]
    if low is not None and high is not None:
        axes.plot([series.x[i]] * 2, [low, high], color=colour, linewidth=1.0, solid_capstyle="butt", zorder=2)


def add(axes: Axes, panel: Panel, drawing: Drawing, span: tuple[float, float], inches: float) -> list[Line2D]:
    """Fill a panel of intervals: a row for each name, in it the series from top to bottom; the legend's handles.

    Args:
        axes: What to fill.
        panel: What to show.
        drawing: Whose panel it is.
        span: The ends of the axis.
        inches: Its length.
    """
    rows = list(dict.fromkeys(str(name) for series in panel.series for name in series.y))
    shared = len(rows) < sum(len(series.y) for series in panel.series)
    handles: dict[str, Line2D] = {}
    for number, series in enumerate(panel.series):
        # The offset of a series is the same in every row, so that the eye finds it again.
        offset = FILLED * ((number + 0.5) / len(panel.series) - 0.5) if shared else 0.0
        colour = style.series_colour(series.name, number)
        look = legend.marker(drawing.encoding.markers.get(series.name, "o"), 15.0, colour, hollow=series.hollow)
        for i, name in enumerate(series.y):
            place = rows.index(str(name)) + offset
            low, high = series.low[i], series.high[i]
            if low is not None and high is not None:
                axes.plot([low, high], [place, place], color=colour, linewidth=1.0, solid_capstyle="butt", zorder=2)
            axes.plot([series.x[i]], [place], zorder=3, **look)
        if series.label:
            handles[series.label] = Line2D([], [], label=series.label, **look)
    for row in range(1, len(rows)):
        axes.axhline(row - 0.5, color=style.GRID, linewidth=0.6, zorder=0)
    if panel.marked is not None:
        axes.axvline(panel.marked, color=style.SOFT, linewidth=0.8, linestyle=(0, (3, 2)), zorder=1)
    low, high = span
    axes.xaxis.set_major_locator(MaxNLocator(min(max(int(inches / TICK), 2), MOST), steps=[1, 2, 5, 10]))
    axes.set_xlim(low - ROOM * (high - low), high + ROOM * (high - low))
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks(range(len(rows)), rows)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    return list(handles.values())
