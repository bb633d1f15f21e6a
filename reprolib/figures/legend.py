"""The shared legend below the panels: what colours, shapes and sizes stand for, in blocks that wrap to the width."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from math import sqrt
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D

from reprolib import names
from reprolib.figures import style
from reprolib.figures.panel import Drawing

GAP = 0.22
"""Least inches between two blocks."""
WIDEST_GAP = 0.8


@dataclass(frozen=True)
class Block:
    """One titled group of entries."""

    title: str
    handles: list[Line2D]
    columns: int


@dataclass(frozen=True)
class Placed:
    """A block and where its upper left corner stands, in inches from the left and from the top of the legend."""

    block: Block
    left: float
    top: float


def marker(shape: str, area: float, colour: str, *, hollow: bool = False) -> dict[str, Any]:
    """Line2D settings of one point; `area` is in square points, as in a scatter."""
    return {
        "marker": shape,
        "markersize": sqrt(area * style.MARKER_GAIN.get(shape, 1.0)),
        "markerfacecolor": "none" if hollow else colour,
        "markeredgecolor": colour if hollow else edge(shape),
        "markeredgewidth": 1.1 if hollow else 0.5,
        "linestyle": "none",
    }


def edge(shape: str) -> str:
    """Stars get a dark edge, so that CLIP stands out among many; others a white one that parts neighbours."""
    return style.INK if shape == "*" else "white"


def blocks(drawing: Drawing, *, narrow: bool) -> list[Block]:
    """Only what the drawing's points show, in the order of the encoding; `narrow` means little width."""
    points = [series for panel in drawing.panels for series in panel.series if series.models]
    encoding = drawing.encoding
    models = {model for series in points for model in series.models}
    filled = {model for series in points if not series.hollow for model in series.models}
    data = {name for series in points for name in series.data}
    budgets = {name for series in points for name in series.budgets}
    groups = [
        Block(
            "Architecture",
            _entries(encoding, {name: names.model(name) for name in models}, hollow=models - filled),
            columns=2 if narrow else 3,
        ),
        Block(
            "Pre-training data",
            _entries(encoding, {name: name for name in data}),
            columns=2,
        ),
        Block(
            "Samples seen",
            [_entry(name, "o", area, style.INK) for name, area in encoding.areas.items() if name in budgets],
            columns=3 if narrow else 2,
        ),
    ]
    return [group for group in groups if group.handles]


def _entries(encoding: style.Encoding, labels: dict[str, str], hollow: Collection[str] = ()) -> list[Line2D]:
    """Names that are told apart by colour, or by shape, in the order of the encoding."""
    looks = {name: ("o", colour) for name, colour in encoding.colours.items()}
    looks |= {name: (shape, style.INK) for name, shape in encoding.markers.items()}
    return [
        _entry(labels[name], shape, style.PLAIN, colour, hollow=name in hollow)
        for name, (shape, colour) in looks.items()
        if name in labels
    ]


def _entry(label: str, shape: str, area: float, colour: str, *, hollow: bool = False) -> Line2D:
    return Line2D([], [], label=label, **marker(shape, area, colour, hollow=hollow))


def place(drawing: Drawing, width: float) -> tuple[list[Placed], float]:
    """Blocks in as many rows as fit into `width` inches, and the height of all in inches."""
    scratch = Figure(figsize=(drawing.width, 2))
    renderer = FigureCanvasAgg(scratch).get_renderer()  # type: ignore[no-untyped-call] # matplotlib leaves it so
    rows: list[list[tuple[Block, float, float]]] = [[]]
    for block in blocks(drawing, narrow=width < style.FULL_WIDTH / 2):
        extent = add(scratch, Placed(block, 0, 0), 0, 0).get_window_extent(renderer)
        wide, high = extent.width / scratch.dpi, extent.height / scratch.dpi
        if rows[-1] and sum(w + GAP for _, w, _ in rows[-1]) + wide > width:
            rows.append([])
        rows[-1].append((block, wide, high))
    placed: list[Placed] = []
    top = 0.0
    for row in filter(None, rows):
        free = width - sum(wide for _, wide, _ in row)
        gap = min(free / max(len(row) - 1, 1), WIDEST_GAP)
        left = 0.0
        for block, wide, _ in row:
            placed.append(Placed(block, left, top))
            left += wide + gap
        top += max(high for _, _, high in row) + 0.05
    return placed, top


def add(figure: Figure, placed: Placed, left: float, top: float) -> Legend:
    """Put a block on a figure whose legend has its upper left corner at `left`, `top`, in inches from the figure's."""
    width, height = figure.get_size_inches()
    return figure.legend(
        handles=placed.block.handles,
        title=placed.block.title,
        loc="upper left",
        bbox_to_anchor=((left + placed.left) / width, 1 - (top + placed.top) / height),
        ncols=placed.block.columns,
        borderaxespad=0,
        borderpad=0.1,
        handlelength=1.0,
        handletextpad=0.35,
        columnspacing=1.0,
        labelspacing=0.3,
        alignment="left",
        title_fontproperties={"size": style.TEXT_PT, "weight": "bold"},
    )
