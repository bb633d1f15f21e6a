"""Figs. 4, 5, 9, 10 and 11: error after fine-tuning, and of the same models before it, against pre-training compute.

Reads results/<study>/evals and laws. The paper's points and coefficients for these figures were never released: the
points are those of its Tables 6 to 9, the lines our own fits.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from reprolib import names
from reprolib.figures import scaling, style
from reprolib.figures.panel import Drawing
from reprolib.figures.scaling import Quantity
from reprolib.paths import Tree
from reprolib.study import PUBLISHED, Study

FOUR_SETS = {"imagenet1k": "ImageNet", "imagenet-robustness-4": "ImageNet robustness (mean of 4 sets)"}
MEAN = {"eight-task-mean": "Mean of 8 jointly tuned tasks"}
OWN = "Points: all models that were tuned. Lines: least squares through all of them."


@dataclass(frozen=True)
class Layout:
    """One figure of this family."""

    task: str
    datasets: dict[str, str]
    """Panel titles by data set, before those of the eight tasks."""
    each_task: bool
    """Whether each of the eight tasks has a panel."""
    note: str
    """Which points of the paper these are."""
    columns: int
    panel_height: float


LAYOUTS = {
    "fig4": Layout(
        "imagenet-fine-tune",
        FOUR_SETS,
        False,
        "Points: the rows of Table 9 at 224 px without extra fine-tuning data; robustness is the mean of V2, A, R and "
        "Sketch, because the paper does not say which sets its mean takes.",
        columns=2,
        panel_height=2.15,
    ),
    "fig5": Layout(
        "eight-task-joint", MEAN, False, "Points: the means over the rows of Table 7.", columns=1, panel_height=2.1
    ),
    **{
        figure: Layout(
            task,
            {"imagenet1k": "ImageNet"} if with_imagenet else {},
            True,
            f"Points: the rows of Table {table}.",
            columns=3,
            panel_height=1.6,
        )
        for figure, task, with_imagenet, table in (
            ("fig9", "eight-task-zero-shot", True, 6),
            ("fig10", "eight-task-joint", False, 7),
            ("fig11", "eight-task-patched", True, 8),
        )
    },
}


def inputs(tree: Tree, study: str) -> list[Path]:
    """What these figures are drawn from."""
    return [tree.evals(study), tree.laws(study)]


def compose(study: Study, figure: str) -> Drawing:
    """Fig. 4, 5, 9, 10 or 11 as numbers."""
    layout = LAYOUTS[figure]
    tasks = study.eight_tasks if layout.each_task else []
    # A task that is not the paper's has a plain word for its name.
    titles = {**layout.datasets, **{name: names.DATASETS.get(name, name.capitalize()) for name in tasks}}
    panels = [
        scaling.panel(
            study,
            Quantity(layout.task, dataset, "acc1", title),
            x_label="Pre-training compute (GMAC)",
            y_label=scaling.ACCURACY_ERROR,
        )
        for dataset, title in titles.items()
    ]
    return Drawing(
        panels,
        style.encode(study.results),
        f"{scaling.OWN_FIT} {layout.note}" if study.name == PUBLISHED else OWN,
        columns=layout.columns,
        width=style.COLUMN_WIDTH if layout.columns == 1 else style.FULL_WIDTH,
        panel_height=layout.panel_height,
    )
