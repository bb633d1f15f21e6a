"""Figs. 1 and 12: zero-shot error against compute, classification and image retrieval.

Reads results/<study>/evals and laws. Fig. 1 is the paper's (Sec. 4.1, 4.2). Fig. 12 adds OpenAI's ResNets; the paper's
own numbers for them are not public, so the open_clip documentation stands in.
"""

from __future__ import annotations

from pathlib import Path

from reprolib.figures import scaling, style
from reprolib.figures.panel import Drawing, Panel
from reprolib.figures.scaling import Quantity
from reprolib.paths import Tree
from reprolib.study import PUBLISHED, Study

TASK = "zero-shot"
RECALL = "image_retrieval_recall@5"
IMAGENET = Quantity(TASK, "imagenet1k", "acc1", "ImageNet")
COCO = Quantity(TASK, "mscoco_captions", RECALL, "MS-COCO image retrieval")
QUANTITIES = (
    IMAGENET,
    Quantity(TASK, "imagenet_robustness", "acc1", "ImageNet robustness (mean of 5 sets)"),
    COCO,
    Quantity(TASK, "flickr30k", RECALL, "Flickr30K image retrieval"),
)
NOTES = {
    "fig1": "OpenCLIP: the smallest error in each of five equal bins of compute, placed at the bin's centre. CLIP: its "
    "three models. Lines are dashed outside the range of their own models.",
    "fig12": "ResNets: the paper's own numbers are not public, so the open_clip documentation's stand in; RN50x64 is "
    "left out, as public sources disagree on its compute. Lines with ResNets are our own fit; the paper's "
    "coefficients were not released.",
}
FRONTIER = "Line: through the smallest error in each of five equal bins of compute, placed at the bin's centre."
OWN_NOTES = {
    "fig1": FRONTIER,
    "fig12": f"{FRONTIER} The paper's figure adds OpenAI's ResNets, which this study has not.",
}
RESNETS = ("OpenCLIP", "CLIP", "CLIP ResNet", "CLIP ResNet and ViT")


def inputs(tree: Tree, study: str) -> list[Path]:
    """What these figures are drawn from."""
    return [tree.evals(study), tree.laws(study)]


def compose(study: Study, figure: str) -> Drawing:
    """Fig. 1 or 12 as numbers."""
    if figure == "fig12":
        panels = [_panel(study, quantity, RESNETS, beyond=False) for quantity in (IMAGENET, COCO)]
    else:
        panels = [_panel(study, quantity, scaling.SERIES, beyond=True) for quantity in QUANTITIES]
    note = NOTES[figure] if study.name == PUBLISHED else OWN_NOTES[figure]
    return Drawing(panels, style.encode(study.results), note, columns=2, width=style.FULL_WIDTH, panel_height=2.15)


def _panel(study: Study, quantity: Quantity, series: tuple[str, ...], *, beyond: bool) -> Panel:
    y_label = scaling.RECALL_ERROR if quantity.metric == RECALL else scaling.ACCURACY_ERROR
    return scaling.panel(study, quantity, series=series, y_label=y_label, beyond=beyond)
