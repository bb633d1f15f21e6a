"""Fig. 7: the paper shows pictures of duplicates; they are not public, so the numbers of Table 3 stand in their place.

Reads paper/published/duplicates.csv and evaluation_datasets.csv; of a study trained here results/<study>/data.json,
where the same perceptual hash was compared.
"""

from __future__ import annotations

from pathlib import Path

from reprolib.data import facts
from reprolib.figures import style
from reprolib.figures.panel import Drawing, Panel, Series
from reprolib.paths import Tree
from reprolib.study import PUBLISHED, Study

# Table 3 counts whole data sets that Table 26 lists under the names of their VTAB versions.
DISPLAY = {"cifar10": "CIFAR-10", "cifar100": "CIFAR-100"}
NOTE = (
    "The paper shows pictures of such duplicates here. Pictures not public: not checkable here. Bars: the numbers "
    "of Table 3, exact matches of a perceptual hash."
)
OWN_NOTE = (
    "Bars: test images whose perceptual hash an image of the training pool has to the bit. Test images are drawn anew, "
    "so a match is a look-alike and no copy: of one object on a plain ground there are few looks."
)
COUNTED = "images with one in the pool within 0, 1, … bits"
OWN_WIDTH, BAR = 4.6, 0.165
"""Inches of another study's figure, and for each of its bars: it has more of them."""


def inputs(tree: Tree, study: str) -> list[Path]:
    """What this figure is drawn from."""
    if study != PUBLISHED:
        return [tree.results(study) / "data.json"]
    return [tree.published / f"{row.file}.csv" for row in (facts.Duplicates, facts.EvaluationDataset, facts.Source)]


def compose(study: Study, figure: str) -> Drawing:
    """Fig. 7 as numbers: test sets by falling overlap."""
    own = study.name == PUBLISHED
    overlaps = sorted(_printed(study) if own else _counted(study), key=lambda pair: -pair[1])
    bars = Series(
        name="Overlap with LAION-400M" if own else "Overlap with the training pool",
        kind="bar",
        x=[percent for _, percent in overlaps],
        y=[title for title, _ in overlaps],
    )
    title = "Test images also in LAION-400M" if own else "Look-alikes in the training pool"
    panel = Panel("overlap", title, "Share of the test set (%)", "", "linear", "linear", [bars])
    nothing = style.Encoding({}, {}, {})
    if own:
        return Drawing([panel], nothing, NOTE, columns=1, width=style.COLUMN_WIDTH, panel_height=2.1)
    return Drawing([panel], nothing, OWN_NOTE, columns=1, width=OWN_WIDTH, panel_height=BAR * len(overlaps))


def _printed(study: Study) -> list[tuple[str, float]]:
    titles = {row.dataset: row.title for row in facts.read(study.tree, facts.EvaluationDataset)}
    return [
        (titles.get(row.dataset, DISPLAY.get(row.dataset, row.dataset)), row.overlap_percent)
        for row in facts.read(study.tree, facts.Duplicates)
    ]


def _counted(study: Study) -> list[tuple[str, float]]:
    """By the shards' own names: they tell more than those of the sets that they stand for."""
    sets, found = study.data["sets"], study.data["near_duplicates"][COUNTED]
    return [
        (name.removeprefix("task-").removesuffix("-test"), 100 * within[0] / sets[name]["count"])
        for name, within in found.items()
    ]
