"""What a figure shows, as values: a `Drawing` of `Panel`s of `Series`. The sidecar record holds exactly this.

Everything computed is in here already: a family module fills it from a study, `paint.py` only draws it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from reprolib.figures.style import Encoding

Kind = Literal["points", "line", "dashed", "bar", "interval"]
Scale = Literal["linear", "log"]


@dataclass(frozen=True)
class Series:
    """Numbers that belong together, and what they mean. Lists per point have the length of `x`."""

    name: str
    kind: Kind
    """`dashed` is a law outside the range of its points; `bar` and `interval` have names in `y`."""
    x: list[float]
    y: list[float] | list[str]
    runs: list[str] | None = None
    law: str | None = None
    """The id of the law record that a line shows."""
    label: str = ""
    """The entry in the panel's own legend; empty for none."""
    models: list[str] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    """Pre-training data."""
    budgets: list[str] = field(default_factory=list)
    """Samples seen; empty where size means nothing."""
    low: list[float | None] = field(default_factory=list)
    """The lower ends of intervals: in x for the kind `interval`, in y of points and lines; None where there is none."""
    high: list[float | None] = field(default_factory=list)
    hollow: bool = False
    """Drawn as open markers: not measured, or not in the paper's figure."""


@dataclass(frozen=True)
class Callout:
    """A word beside a point; `dx` and `dy` say where, in printed points from it."""

    x: float
    y: float
    text: str
    dx: float
    dy: float


@dataclass(frozen=True)
class Panel:
    """One pair of axes."""

    key: str
    title: str
    x_label: str
    y_label: str
    x_scale: Scale
    y_scale: Scale
    series: list[Series]
    callouts: list[Callout] = field(default_factory=list)
    marked: float | None = None
    """An x that a vertical line marks, beside intervals."""


@dataclass(frozen=True)
class Drawing:
    """A whole figure. Panels fill rows of `columns`; sizes are inches."""

    panels: list[Panel]
    encoding: Encoding
    note: str
    """Printed below the figure: substitutes, own fits, what differs from the paper's figure."""
    columns: int
    width: float
    panel_height: float

    def record(self) -> dict[str, Any]:
        """The content of the sidecar: note, panels and encoding."""
        return {
            "note": self.note,
            "panels": [asdict(panel) for panel in self.panels],
            "encoding": asdict(self.encoding),
        }
