"""Figs. 2 and 3: linear probes on ImageNet, CIFAR-100 (10, 25 and all images per class) and VTAB (mean of its tasks).

Reads results/<study>/evals and laws. The paper's captions promise a frontier; the released code fits every model, among
them one that it does not draw and that Table 5 does not list. Here that model is drawn as an open marker.
"""

from __future__ import annotations

from pathlib import Path

from reprolib import names
from reprolib.figures import scaling, style
from reprolib.figures.panel import Drawing, Panel
from reprolib.figures.scaling import Quantity
from reprolib.paths import Tree
from reprolib.study import PUBLISHED, Study

TASK = "linear-probe"
SHOTS = {"10": "10-shot", "25": "25-shot", "full": "full data"}
DATASETS = {"imagenet1k": "ImageNet", "cifar100": "CIFAR-100"}
VTAB = ("vtab-linear-probe", "full")
OWN = "Lines: least squares over all models shown. The probes' strength is chosen on held-back training images."
LISTED = "OpenCLIP, Table 5 only"
"""The series of the laws that leave out the model which the paper's figures hide."""


def inputs(tree: Tree, study: str) -> list[Path]:
    """What these figures are drawn from."""
    return [tree.evals(study), tree.laws(study)]


def compose(study: Study, figure: str) -> Drawing:
    """Fig. 2 or 3 as numbers."""
    grid = [
        Quantity(TASK, dataset, "acc1", f"{title}, {shown}", shots)
        for dataset, title in DATASETS.items()
        for shots, shown in SHOTS.items()
    ]
    panels = [_panel(study, quantity) for quantity in ([_vtab(study)] if figure == "fig3" else grid)]
    single = len(panels) == 1
    return Drawing(
        panels,
        style.encode(study.results),
        _note(panels) if study.name == PUBLISHED else OWN,
        columns=1 if single else 3,
        width=style.COLUMN_WIDTH if single else style.FULL_WIDTH,
        panel_height=2.1 if single else 1.75,
    )


def _vtab(study: Study) -> Quantity:
    dataset, shots = VTAB
    probed = study.select(task=TASK, shots=shots)["dataset"]
    number = probed[probed.str.startswith("vtab/")].nunique()
    return Quantity(TASK, dataset, "acc1", f"VTAB (mean of {number} tasks)", shots)


def _panel(study: Study, quantity: Quantity) -> Panel:
    fitted, listed = (
        {point["run"] for point in scaling.law_of(study, quantity, name)["points"]} if name in _series(study) else set()
        for name in ("OpenCLIP", LISTED)
    )
    return scaling.panel(
        study,
        quantity,
        x_label="Total compute (GMAC)",
        y_label=scaling.ACCURACY_ERROR,
        hollow=frozenset(fitted - listed) if listed else frozenset(),
    )


def _series(study: Study) -> set[str]:
    return {law["series"] for law in study.laws.values()}


def _note(panels: list[Panel]) -> str:
    note = "Lines: least squares over all models shown, not a frontier as the paper's captions say."
    hidden = sorted(
        {names.model(model) for panel in panels for part in panel.series if part.hollow for model in part.models}
    )
    if hidden:
        note += (
            f" Open marker: {', '.join(hidden)}, in the paper's fit but neither drawn in its figure nor "
            "listed in its Table 5."
        )
    return note
