"""The one look of all figures: fonts, sizes, and which colour, shape and size stand for what.

Colour is the architecture, shape the pre-training data, size the samples seen, on every figure but that of curation,
where colour is the data and shape the architecture. The colours are those of Okabe and Ito, which stay apart for
colour-blind readers; lines are black (OpenCLIP), grey (CLIP) or of Paul Tol's muted palette, safe as well, and so never
pass for an architecture. Sizes are inches and points as printed: 7 in is a full page width, 3.4 in one column.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib as mpl

from reprolib import ladder

if TYPE_CHECKING:
    import pandas as pd

FULL_WIDTH = 7.0
COLUMN_WIDTH = 3.4
INK = "#222222"
SOFT = "#595959"
GRID = "#E3E3E3"
TEXT_PT = 7.5
SMALL_PT = 7.0
LAW_PT = 8.0

RC: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": TEXT_PT,
    "mathtext.fontset": "dejavusans",
    "axes.titlesize": 8.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 4.0,
    "axes.labelsize": TEXT_PT,
    "axes.labelpad": 2.5,
    "axes.linewidth": 0.6,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": GRID,
    "grid.linewidth": 0.5,
    "text.color": INK,
    "xtick.labelsize": TEXT_PT,
    "ytick.labelsize": TEXT_PT,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.fontsize": TEXT_PT,
    "legend.frameon": False,
    "figure.dpi": 100,
    "savefig.dpi": 300,
    "savefig.facecolor": "white",
    # Type 42 keeps text searchable in the PDF; outlines make the SVG look the same without the font.
    "pdf.fonttype": 42,
    "svg.fonttype": "path",
}

MODEL_COLOURS = {
    "ViT-B-32": "#0072B2",
    "ViT-B-16": "#E69F00",
    "ViT-B-16-plus-240": "#8B5A00",
    "ViT-L-14": "#009E73",
    "ViT-L-14-336": "#00543D",
    "ViT-H-14": "#D55E00",
    "ViT-g-14": "#CC79A7",
    "ViT-G-14": "#56B4E9",
    "RN50": "#D0D0D0",
    "RN101": "#A3A3A3",
    "RN50x4": "#757575",
    "RN50x16": "#444444",
}
# For the models and data of other studies, in order of their compute and of their size.
OTHER_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#8B5A00", "#999999")
DATA_MARKERS = {"LAION-80M": "^", "LAION-400M": "s", "LAION-2B": "o", "CLIP-WIT": "*"}
OTHER_MARKERS = ("^", "s", "D", "o", "v", "P", "X")
# A star or a triangle of matplotlib covers less paper than a circle of the same nominal size.
MARKER_GAIN = {"*": 2.6, "^": 1.3, "s": 0.85, "D": 0.75, "P": 1.2, "X": 1.1}
SMALLEST, LARGEST = 18.0, 56.0
PLAIN = 26.0
"""The area where size means nothing."""
SERIES_COLOURS = {
    "OpenCLIP": "#000000",
    "CLIP": "#8A8A8A",
    "Ladder alone": "#000000",
    "CLIP ResNet": "#999933",
    "CLIP ResNet and ViT": "#882255",
    # The procedures of the scrutiny: the paper's own is black, as its law of OpenCLIP is.
    "five bins": "#000000",
    "true Pareto": "#332288",
    "with floor": "#AA4499",
    "convex hull": "#661100",
    "all runs": "#44AA99",
    "matched": "#CC6677",
    "LAION-80M": "#F0B775",
    "LAION-400M": "#D98032",
    "LAION-2B": "#8C4510",
    # Choices of pairs from one pool: the two that choose nothing are black and grey, more balancing is darker.
    "raw": "#000000",
    "random": "#8A8A8A",
    "basic": "#999933",
    "score": "#CC6677",
    "balanced": "#332288",
    "balanced-t80": "#6F66B5",
    "balanced-t320": "#ABA6D6",
}
OTHER_SERIES_COLOURS = ("#332288", "#882255", "#44AA99", "#999933")
"""For series unknown here; neither black nor grey, so that none passes for OpenCLIP or CLIP beside it."""


@contextlib.contextmanager
def context(salt: str) -> Iterator[None]:
    """Draw and save in our style, whatever the reader's own matplotlibrc says; `salt` fixes the ids in the SVG."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update({**RC, "svg.hashsalt": salt})
        yield


@dataclass(frozen=True)
class Encoding:
    """What stands for what on a figure: colour of a model, marker of a data set, area (square points) of a budget.

    A figure whose question is what data do gives the data sets the colours, and the models the markers.
    """

    colours: dict[str, str]
    markers: dict[str, str]
    areas: dict[str, float]

    def look(self, model: str, data: str) -> tuple[str, str]:
        """Marker and colour of a run."""
        return self.markers[data if data in self.markers else model], self.colours[
            model if model in self.colours else data
        ]


def encode(results: pd.DataFrame, models: Sequence[str] = (), budgets: Sequence[str] = ()) -> Encoding:
    """The encoding of a study, the same on all its figures, from its whole results table.

    `models` and `budgets` are further ones that a figure shows without results, in rising order; they come last.
    """
    by_compute = results.sort_values(["gmacs_per_sample", "model"])["model"].unique()
    by_samples = results.groupby("budget")["samples_seen"].median().sort_values().index
    steps = max(len(by_samples) - 1, 1)
    return Encoding(
        colours=_assign(dict.fromkeys([*by_compute, *models]), MODEL_COLOURS, OTHER_COLOURS),
        markers=_assign(sorted(results["pretrain_data"].unique(), key=ladder.size), DATA_MARKERS, OTHER_MARKERS),
        areas={
            budget: SMALLEST + (LARGEST - SMALLEST) * rank / steps
            for rank, budget in enumerate(dict.fromkeys([*by_samples, *budgets]))
        },
    )


def series_colour(name: str, position: int) -> str:
    """The colour of a series' line; `position` among the panel's laws decides for a series unknown here."""
    return SERIES_COLOURS.get(name, OTHER_SERIES_COLOURS[position % len(OTHER_SERIES_COLOURS)])


def _assign(names: Collection[str], known: dict[str, str], others: Sequence[str]) -> dict[str, str]:
    new = [name for name in names if name not in known]
    given = {name: others[rank % len(others)] for rank, name in enumerate(new)}
    return {**{name: known[name] for name in known if name in names}, **given}
