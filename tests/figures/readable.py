"""Whether a painted figure can be read: which of its texts are too small, run out of it, or overlap."""

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from reprolib.figures import style

SLACK = 0.5
"""Pixels that a text may reach over the edge."""
TOUCH = 1.5
"""Pixels by which the boxes of two texts may overlap in one direction."""


def texts(figure: Figure) -> list[tuple[Text, Bbox]]:
    """Every text that is drawn and its box in pixels; tick labels beyond the ends of an axis are not drawn."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw(renderer)
    beyond = [
        tick.label1
        for axes in figure.axes
        for axis in (axes.xaxis, axes.yaxis)
        for tick in axis.get_major_ticks()
        if not min(axis.get_view_interval()) <= tick.get_loc() <= max(axis.get_view_interval())
    ]
    shown = [text for text in figure.findobj(Text) if text.get_text().strip() and text not in beyond]
    return [(text, text.get_window_extent(renderer)) for text in shown]


def small_or_outside(figure: Figure) -> list[str]:
    """The texts that are too small or leave the figure."""
    width, height = figure.bbox.width + SLACK, figure.bbox.height + SLACK
    return [
        text.get_text()
        for text, box in texts(figure)
        if text.get_fontsize() < style.SMALL_PT
        or not -SLACK <= box.x0 <= box.x1 <= width
        or not -SLACK <= box.y0 <= box.y1 <= height
    ]


def overlapping(figure: Figure) -> list[tuple[str, str]]:
    """The pairs of texts that overlap."""
    boxes = texts(figure)
    return [
        (one.get_text(), other.get_text())
        for i, (one, a) in enumerate(boxes)
        for other, b in boxes[i + 1 :]
        if min(a.x1, b.x1) - max(a.x0, b.x0) >= TOUCH and min(a.y1, b.y1) - max(a.y0, b.y0) >= TOUCH
    ]
