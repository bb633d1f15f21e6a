"""Paint a `Drawing`: panels in rows, the shared legend and the note below them. Computes nothing that is shown."""

from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Iterable

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from reprolib.figures import intervals, legend, style
from reprolib.figures.panel import Drawing, Panel, Series
from reprolib.figures.ticks import POWERS_FROM, log_ticks, text

# Inches around and between panels.
LEFT, RIGHT, TITLE = 0.56, 0.1, 0.24
TICKS, AXIS_LABEL = 0.2, 0.17
BETWEEN, BETWEEN_LABELLED = 0.36, 0.56
NOTE_LINE = 0.125
NOTE_CHARACTERS = 20.0
"""Characters of the note's type that fit into an inch."""
BAR_CHARACTERS = 14.5
"""The same for the names beside bars."""
ONE_COLUMN = 4
"""A panel's own legend of more entries has two columns."""
LAW_LINE = 0.165
"""Height of one law between a panel's title and its axes."""


class Sheet(Figure):
    """A figure that shows itself as the last value of a notebook cell, without pyplot."""

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=120)
        return buffer.getvalue()


def paint(drawing: Drawing) -> Figure:
    """The drawing as a matplotlib figure; the caller holds `style.context` open."""
    rows = math.ceil(len(drawing.panels) / drawing.columns)
    free_slots = rows * drawing.columns - len(drawing.panels)
    head = TITLE + max(_key_lines(panel) for panel in drawing.panels) * LAW_LINE
    row_height = head + drawing.panel_height + TICKS
    # By each row, the rows down to it that end in a label of their axis; the last one always does.
    labelled = [sum(_says_x(drawing, i * drawing.columns) for i in range(row + 1)) for row in range(rows)]
    panels_height = rows * row_height + labelled[-1] * AXIS_LABEL
    slot_left, slot_width = _column(drawing, drawing.columns - 1)
    placed, legend_height = legend.place(drawing, slot_width if free_slots else drawing.width - LEFT - RIGHT)
    note = textwrap.wrap(drawing.note, int((drawing.width - LEFT / 2) * NOTE_CHARACTERS))
    below = panels_height + 0.1
    height = below + (0 if free_slots else legend_height + 0.04) + len(note) * NOTE_LINE + 0.12
    figure = Sheet(figsize=(drawing.width, height))
    FigureCanvasAgg(figure)
    spans = _shared_x(drawing.panels)
    for index, panel in enumerate(drawing.panels):
        row, column = divmod(index, drawing.columns)
        left, width = _column(drawing, column)
        top = row * row_height + (labelled[row - 1] * AXIS_LABEL if row else 0) + head
        bottom = height - top - drawing.panel_height
        box = (left / drawing.width, bottom / height, width / drawing.width, drawing.panel_height / height)
        axes = figure.add_axes(box)
        _panel(axes, panel, drawing, (width, drawing.panel_height), spans[panel.x_label])
        if column and panel.series[0].kind == "interval":
            axes.tick_params(axis="y", labelleft=False)
        axes.set_xlabel(panel.x_label if _says_x(drawing, index) else "")
        axes.set_ylabel(panel.y_label if column == 0 or _labelled(drawing) else "")
    corner = (slot_left, panels_height - row_height - AXIS_LABEL + head) if free_slots else (LEFT, below)
    for block in placed:
        legend.add(figure, block, *corner)
    figure.text(
        LEFT / 4 / drawing.width,
        0.07 / height,
        "\n".join(note),
        fontsize=style.SMALL_PT,
        color=style.SOFT,
        va="bottom",
        linespacing=1.2,
    )
    return figure


def _labels(panel: Panel) -> list[str]:
    return [series.label for series in panel.series if series.label]


def _key_lines(panel: Panel) -> int:
    """Lines of the panel's own legend."""
    number = len(_labels(panel))
    return math.ceil(number / 2) if number > ONE_COLUMN else number


def _says_x(drawing: Drawing, index: int) -> bool:
    """Whether a panel tells what its x is, for those above it as well: none stands below it, or one of another x."""
    below = index + drawing.columns
    return below >= len(drawing.panels) or drawing.panels[below].x_label != drawing.panels[index].x_label


def _labelled(drawing: Drawing) -> bool:
    """Whether every panel needs its own y label, or those of the first column speak for their rows."""
    return len({panel.y_label for panel in drawing.panels}) > 1


def _column(drawing: Drawing, column: int) -> tuple[float, float]:
    """Left edge and width of the panels of a column, in inches."""
    between = BETWEEN_LABELLED if _labelled(drawing) else BETWEEN
    named = [series for panel in drawing.panels for series in panel.series if series.kind in ("bar", "interval")]
    names = [str(y) for series in named for y in series.y]
    first = LEFT if not names else 0.1 + max(len(name) for name in names) / BAR_CHARACTERS
    width = (drawing.width - first - RIGHT - (drawing.columns - 1) * between) / drawing.columns
    return first + column * (width + between), width


def _shared_x(panels: Iterable[Panel]) -> dict[str, tuple[float, float]]:
    """Panels with one x label share its range, so that they compare by eye."""
    spans: dict[str, tuple[float, float]] = {}
    for panel in panels:
        values = [x for series in panel.series for x in series.x]
        values += [end for series in panel.series if series.kind == "interval" for end in intervals.ends(series)]
        values += [] if panel.marked is None else [panel.marked]
        low, high = spans.get(panel.x_label, (math.inf, -math.inf))
        spans[panel.x_label] = (min(low, *values), max(high, *values))
    return spans


def _panel(axes: Axes, panel: Panel, drawing: Drawing, size: tuple[float, float], x_span: tuple[float, float]) -> None:
    axes.set_title(panel.title, pad=4 + 72 * LAW_LINE * _key_lines(panel))
    handles: list[Line2D] = []
    laws = list(dict.fromkeys(series.name for series in panel.series if series.kind in ("line", "dashed")))
    for series in panel.series:
        if series.kind == "points":
            _points(axes, series, drawing)
            handles += [_meaning(series)] if series.label else []
        elif series.kind == "bar":
            _bars(axes, series)
        elif series.kind != "interval":
            line = _line(axes, series, laws.index(series.name))
            handles += [line] if series.label else []
    if panel.series[0].kind == "interval":
        handles = intervals.add(axes, panel, drawing, x_span, size[0])
    if panel.series[0].kind in ("bar", "interval"):
        _key(axes, handles)
        return
    y_values = [float(y) for series in panel.series for y in [*series.y, *intervals.ends(series)]]
    counted = all(x == round(x) for series in panel.series for x in series.x)
    _log_axis(axes, "x", x_span, size[0], whole=counted)
    _log_axis(axes, "y", (min(y_values), max(y_values)), size[1])
    for note in panel.callouts:
        axes.annotate(
            note.text,
            (note.x, note.y),
            (note.dx, note.dy),
            textcoords="offset points",
            fontsize=style.SMALL_PT,
            ha="left" if note.dx > 0 else "right",
            va="center",
        )
    _key(axes, handles)


def _key(axes: Axes, handles: list[Line2D]) -> None:
    """The panel's own legend, between its title and its axes."""
    if handles:
        axes.legend(
            handles=handles,
            loc="lower left",
            bbox_to_anchor=(0, 1),
            fontsize=style.LAW_PT,
            borderaxespad=0.15,
            borderpad=0,
            handlelength=1.4,
            handletextpad=0.5,
            labelspacing=0.28,
            ncols=2 if len(handles) > ONE_COLUMN else 1,
            columnspacing=1.0,
        )


def _points(axes: Axes, series: Series, drawing: Drawing) -> None:
    """Large points first, so that small ones are not hidden."""
    encoding = drawing.encoding
    areas = [encoding.areas[budget] for budget in series.budgets] or [style.PLAIN] * len(series.x)
    for i in sorted(range(len(areas)), key=lambda i: -areas[i]):
        shape, colour = encoding.look(series.models[i], series.data[i])
        if series.low:
            intervals.whisker(axes, series, i, colour)
        look = legend.marker(shape, areas[i], colour, hollow=series.hollow)
        axes.plot([series.x[i]], [float(series.y[i])], zorder=4 if shape == "*" else 3, **look)


def _meaning(series: Series) -> Line2D:
    """The legend entry of points that mean something else than their neighbours."""
    look = legend.marker("o", style.SMALLEST * 2, style.INK, hollow=series.hollow)
    return Line2D([], [], label=series.label, **look)


def _line(axes: Axes, series: Series, position: int) -> Line2D:
    dashed = series.kind == "dashed"
    colour = style.series_colour(series.name, position)
    if series.low:
        intervals.band(axes, series, colour)
    (line,) = axes.plot(
        series.x,
        [float(y) for y in series.y],
        color=colour,
        linewidth=0.9 if dashed else 1.4,
        linestyle=(0, (3, 2)) if dashed else "solid",
        label=series.label,
        zorder=2,
    )
    return line


def _bars(axes: Axes, series: Series) -> None:
    places = range(len(series.x))
    axes.barh(places, series.x, color="#0072B2", height=0.62)
    for place, value in zip(places, series.x, strict=True):
        axes.annotate(f"{value:.2f}", (value, place), (3, 0), textcoords="offset points", va="center_baseline")
    axes.set_yticks(places, [str(name) for name in series.y])
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    axes.set_xlim(0, 1.12 * max(series.x))
    axes.invert_yaxis()


def _log_axis(axes: Axes, which: str, span: tuple[float, float], inches: float, *, whole: bool = False) -> None:
    low, high = span
    room = (high / low) ** 0.06
    low, high = low / room, high * room
    # How far apart tick labels stand, in inches: lines of text on y; on x numbers, or the wider powers of ten.
    spacing = 0.17 if which == "y" else 0.33 if high < POWERS_FROM else 0.52
    ticks = log_ticks(low, high, inches, spacing, whole=whole)
    axis = axes.xaxis if which == "x" else axes.yaxis
    getattr(axes, f"set_{which}scale")("log")
    getattr(axes, f"set_{which}lim")(low, high)
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_major_formatter(FixedFormatter([text(tick) for tick in ticks]))
    axis.set_minor_locator(NullLocator())
