"""Fig. 8: the laws of Fig. 1 drawn on beyond the trained models, with predictions for larger models and budgets.

Reads results/<study>/evals and laws, and paper/published/architectures.csv for the compute of models that were not
trained. Predictions stand at the paper's nominal budgets (Table 4, `reprolib.budgets`).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from reprolib import names
from reprolib.budgets import nominal_compute
from reprolib.data import facts
from reprolib.figures import scaling, style
from reprolib.figures.panel import Callout, Drawing, Panel, Series
from reprolib.figures.scaling import Quantity
from reprolib.figures.zero_shot import COCO, IMAGENET, RECALL
from reprolib.paths import Tree
from reprolib.study import Study

# Model, budget, and where its name stands: printed points from the marker.
PREDICTIONS = (
    ("ViT-g-14", "34B", -7, -4),
    ("ViT-H-14", "68B", 6, 9),
    ("ViT-G-14", "34B", -7, -7),
    ("ViT-g-14", "68B", 6, 9),
    ("ViT-G-14", "68B", -7, -5),
)
ROOM = 2.5
"""How far beyond the last prediction the law is drawn; the names need the space."""
DATA = "LAION-2B"
"""What the predictions suppose the models are trained on."""


def inputs(tree: Tree, study: str) -> list[Path]:
    """What this figure is drawn from."""
    return [
        tree.evals(study),
        tree.laws(study),
        tree.published / f"{facts.Architecture.file}.csv",
        tree.published / f"{facts.Source.file}.csv",
    ]


def compose(study: Study, figure: str) -> Drawing:
    """Fig. 8 as numbers."""
    models, budgets = zip(*((model, budget) for model, budget, _, _ in PREDICTIONS), strict=True)
    encoding = style.encode(study.results, models=models, budgets=budgets)
    note = (
        "Open markers: predictions at nominal budgets; the law is dashed beyond the trained models. ViT-g/14 68B, "
        "which the paper lists in Table 4 only, is marked too."
    )
    panels = [_panel(study, quantity) for quantity in (IMAGENET, COCO)]
    return Drawing(panels, encoding, note, columns=2, width=style.FULL_WIDTH, panel_height=2.3)


def _panel(study: Study, quantity: Quantity) -> Panel:
    y_label = scaling.RECALL_ERROR if quantity.metric == RECALL else scaling.ACCURACY_ERROR
    panel = scaling.panel(study, quantity, series=("OpenCLIP",), y_label=y_label)
    law = scaling.law_of(study, quantity, "OpenCLIP")
    gmacs = {row.model: row.gmacs for row in facts.read(study.tree, facts.Architecture)}
    compute = [nominal_compute(gmacs[model], budget) for model, budget, _, _ in PREDICTIONS]
    error = [scaling.predict(law, value) for value in compute]
    predicted = Series(
        name="Predicted",
        kind="points",
        x=compute,
        y=error,
        law=law["id"],
        models=[model for model, _, _, _ in PREDICTIONS],
        data=[DATA for _ in PREDICTIONS],
        budgets=[budget for _, budget, _, _ in PREDICTIONS],
        hollow=True,
    )
    measured_up_to = max(x for series in panel.series if series.kind == "points" for x in series.x)
    beyond = scaling.line(law, (measured_up_to, ROOM * max(compute)), dashed=True)
    callouts = [
        Callout(x, y, f"{names.model(model).removeprefix('ViT-')} {budget}", dx, dy)
        for x, y, (model, budget, dx, dy) in zip(compute, error, PREDICTIONS, strict=True)
    ]
    return replace(panel, series=[*panel.series, beyond, predicted], callouts=callouts)
