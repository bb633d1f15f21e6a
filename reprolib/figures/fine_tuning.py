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
from reprolib.study import Study

TASKS = {
    name: names.dataset(name) for name in ("cars", "dtd", "eurosat", "gtsrb", "mnist", "resisc45", "sun397", "svhn")
}
WITH_IMAGENET = {"imagenet1k": "ImageNet", **TASKS}


@dataclass(frozen=True)
class Layout:
    """One figure of this family."""

    task: str
    datasets: dict[str, str]
    """Panel titles by data set."""
    note: str
    """Which points these are."""
    columns: int
    panel_height: float


LAYOUTS = {
    "fig4": Layout(
        "imagenet-fine-tune",
        {"imagenet1k": "ImageNet", "imagenet-robustness-4": "ImageNet robustness (mean of 4 sets)"},
        "Points: the rows of Table 9 at 224 px without extra fine-tuning data; robustness is the mean of V2, A, R and "
        "Sketch, because the paper does not say which sets its mean takes.",
        columns=2,
        panel_height=2.15,
    ),
    "fig5": Layout(
        "eight-task-joint",
        {"eight-task-mean": "Mean of 8 jointly tuned tasks"},
        "Points: the means over the rows of Table 7.",
        columns=1,
        panel_height=2.1,
    ),
    "fig9": Layout("eight-task-zero-shot", WITH_IMAGENET, "Points: the rows of Table 6.", columns=3, panel_height=1.6),
    "fig10": Layout("eight-task-joint", TASKS, "Points: the rows of Table 7.", columns=3, panel_height=1.6),
    "fig11": Layout("eight-task-patched", WITH_IMAGENET, "Points: the rows of Table 8.", columns=3, panel_height=1.6),
}


def inputs(tree: Tree, study: str) -> list[Path]:
    """What these figures are drawn from."""
    return [tree.evals(study), tree.laws(study)]


def compose(study: Study, figure: str) -> Drawing:
    """Fig. 4, 5, 9, 10 or 11 as numbers."""
    layout = LAYOUTS[figure]
    panels = [
        scaling.panel(
            study,
            Quantity(layout.task, dataset, "acc1", title),
            x_label="Pre-training compute (GMAC)",
            y_label=scaling.ACCURACY_ERROR,
        )
        for dataset, title in layout.datasets.items()
    ]
    return Drawing(
        panels,
        style.encode(study.results),
        f"{scaling.OWN_FIT} {layout.note}",
        columns=layout.columns,
        width=style.COLUMN_WIDTH if layout.columns == 1 else style.FULL_WIDTH,
        panel_height=layout.panel_height,
    )
