"""What a figure of another study than the paper's says of itself: that it is the miniature, with stand-ins for sets.

A study whose models are trained here goes by the paper's names of data sets and series, so that its figures are those
of the paper. Here, and nowhere else, they are told apart: in the titles of panels, in the legend and in the note.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from reprolib import names

if TYPE_CHECKING:
    from reprolib.figures.panel import Drawing, Panel
    from reprolib.study import Study

WORD = "Miniature"
MODELS = f"{WORD}: this repository's own small models on drawn pictographs"
STAND_INS = ", stand-ins for the paper's sets (Table 26)"
SERIES = "OpenCLIP"
"""The series by whose role the models of another study go."""
PAPERS = re.compile(
    rf"\b({'|'.join(sorted(map(re.escape, names.DATASETS.values()), key=len, reverse=True))})(?![\w+-])"
)


def told(study: Study, drawing: Drawing) -> Drawing:
    """`drawing` as one of the miniature."""
    panels = [
        replace(
            panel,
            title=PAPERS.sub(r"\1 stand-in", panel.title, count=1).replace("(mean of ", "("),
            series=[replace(each, label=each.label.replace(SERIES, WORD)) for each in panel.series],
        )
        for panel in drawing.panels
    ]
    laws = {series.law for panel in panels for series in panel.series if series.law is not None}
    named = any(PAPERS.search(word) for panel in drawing.panels for word in _words(panel))
    about = f"{MODELS}{STAND_INS if named else ''}."
    return replace(drawing, panels=panels, note=" ".join(filter(None, (about, drawing.note, _flat(study, laws)))))


def _words(panel: Panel) -> list[str]:
    """Its title and the names of its rows, where it has any."""
    return [panel.title, *(str(name) for series in panel.series for name in series.y)]


def _flat(study: Study, drawn: set[str]) -> str:
    """How many of the laws do not show that the error falls at all."""
    laws = [study.laws[law] for law in drawn]
    flat = [law for law in laws if law["intervals"]["alpha"] is None or law["intervals"]["alpha"][1] >= 0]
    if not flat:
        return ""
    level = f"{100 * laws[0]['level']:g} %"
    return (
        f"In {len(flat)} of {len(laws)} laws the {level} interval of the exponent does not lie below zero, so that no "
        "fall of the error is shown."
    )
