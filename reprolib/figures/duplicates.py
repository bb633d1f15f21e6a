"""Fig. 7: the paper shows pictures of duplicates; they are not public, so the numbers of Table 3 stand in their place.

Reads paper/published/duplicates.csv and evaluation_datasets.csv; the same for every study.
"""

from __future__ import annotations

from pathlib import Path

from reprolib.data import facts
from reprolib.figures import style
from reprolib.figures.panel import Drawing, Panel, Series
from reprolib.paths import Tree
from reprolib.study import Study

# Table 3 counts whole data sets that Table 26 lists under the names of their VTAB versions.
DISPLAY = {"cifar10": "CIFAR-10", "cifar100": "CIFAR-100"}


def inputs(tree: Tree, study: str) -> list[Path]:
    """What this figure is drawn from."""
    return [tree.published / f"{row.file}.csv" for row in (facts.Duplicates, facts.EvaluationDataset, facts.Source)]


def compose(study: Study, figure: str) -> Drawing:
    """Fig. 7 as numbers: test sets by falling overlap."""
    titles = {row.dataset: row.title for row in facts.read(study.tree, facts.EvaluationDataset)}
    overlaps = sorted(facts.read(study.tree, facts.Duplicates), key=lambda row: -row.overlap_percent)
    bars = Series(
        name="Overlap with LAION-400M",
        kind="bar",
        x=[row.overlap_percent for row in overlaps],
        y=[titles.get(row.dataset, DISPLAY.get(row.dataset, row.dataset)) for row in overlaps],
    )
    panel = Panel(
        "overlap",
        "Test images also in LAION-400M",
        "Share of the test set (%)",
        "",
        "linear",
        "linear",
        [bars],
    )
    note = (
        "The paper shows pictures of such duplicates here. Pictures not public: not checkable here. Bars: the numbers "
        "of Table 3, exact matches of a perceptual hash."
    )
    nothing = style.Encoding({}, {}, {})
    return Drawing([panel], nothing, note, columns=1, width=style.COLUMN_WIDTH, panel_height=2.1)
