"""Fig. 8: the laws of Fig. 1 drawn on beyond the trained models, with predictions for larger models and budgets.

Reads results/<study>/evals and laws, of the paper's study also paper/published/architectures.csv, for the compute of
models that were not trained; its predictions stand at the paper's nominal budgets (Table 4, `reprolib.budgets`). In
another study the law is that of its ladder alone, and the predictions are of its larger models, which were trained at
the largest budget, so they stand beside what was measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reprolib import ladder, names
from reprolib.budgets import nominal_compute
from reprolib.data import facts
from reprolib.errors import ReproError
from reprolib.figures import scaling, style
from reprolib.figures.panel import Callout, Drawing, Panel, Series
from reprolib.figures.scaling import Quantity
from reprolib.figures.zero_shot import COCO, IMAGENET, RECALL
from reprolib.paths import Tree
from reprolib.study import PUBLISHED, Study


@dataclass(frozen=True)
class Prediction:
    """A model at a budget that the law is asked for, and where its name stands: printed points from the marker."""

    model: str
    budget: str
    compute: float
    """GMAC."""
    dx: float
    dy: float


PRINTED = (
    ("ViT-g-14", "34B", -7, -4),
    ("ViT-H-14", "68B", 6, 9),
    ("ViT-G-14", "34B", -7, -7),
    ("ViT-g-14", "68B", 6, 9),
    ("ViT-G-14", "68B", -7, -5),
)
"""The paper's: model, budget, dx, dy."""
LEFT_BELOW, RIGHT_ABOVE = (-7, -6), (6, 8)
ROOM = 2.5
"""How far beyond the last prediction the law is drawn; the names need the space."""
DATA = "LAION-2B"
"""What the paper's predictions suppose the models are trained on."""
NOTE = (
    "Open markers: predictions at nominal budgets; the law is dashed beyond the trained models. ViT-g/14 68B, "
    "which the paper lists in Table 4 only, is marked too."
)
ALONE = "Ladder alone"
OWN_NOTE = (
    "Open markers: predictions by the law of the three smaller models, dashed beyond them, for the two larger ones at "
    "the largest budget and at twice that. Filled beyond the solid line: what they measure at the largest budget."
)


def inputs(tree: Tree, study: str) -> list[Path]:
    """What this figure is drawn from."""
    tables = (facts.Architecture, facts.Source) if study == PUBLISHED else ()
    return [tree.evals(study), tree.laws(study), *(tree.published / f"{row.file}.csv" for row in tables)]


def compose(study: Study, figure: str) -> Drawing:
    """Fig. 8 as numbers."""
    own = study.name == PUBLISHED
    predictions = _printed(study) if own else _beyond(study)
    encoding = style.encode(
        study.results, models=[each.model for each in predictions], budgets=[each.budget for each in predictions]
    )
    data = DATA if own else ladder.of_study(study).data[-1]
    panels = [_panel(study, quantity, "OpenCLIP" if own else ALONE, predictions, data) for quantity in (IMAGENET, COCO)]
    note = NOTE if own else OWN_NOTE
    return Drawing(panels, encoding, note, columns=2, width=style.FULL_WIDTH, panel_height=2.3)


def _printed(study: Study) -> list[Prediction]:
    gmacs = {row.model: row.gmacs for row in facts.read(study.tree, facts.Architecture)}
    return [
        Prediction(model, budget, nominal_compute(gmacs[model], budget), dx, dy) for model, budget, dx, dy in PRINTED
    ]


def _beyond(study: Study) -> list[Prediction]:
    """The models beyond the ladder, at the largest budget and at twice that."""
    found = ladder.of_study(study)
    if not (found.models and found.beyond):
        raise ReproError(f"study '{study.name}' has no model beyond its ladder, so there is nothing to predict")
    runs = study.results.drop_duplicates("run")
    samples = float(runs[runs["budget"] == found.budgets[-1]]["samples_seen"].max())
    gmacs = runs.groupby("model")["gmacs_per_sample"].first()
    largest, twice = found.budgets[-1], f"2 × {found.budgets[-1]}"
    reached = [(model, largest, samples) for model in found.beyond]
    reached += [(model, twice, 2 * samples) for model in found.beyond]
    # The names beside twice the budget keep off those before it; the last one would run out of the panel.
    places = [RIGHT_ABOVE if budget == twice else LEFT_BELOW for _, budget, _ in reached[:-1]] + [LEFT_BELOW]
    return [
        Prediction(model, budget, float(gmacs[model]) * seen, *place)
        for (model, budget, seen), place in zip(reached, places, strict=True)
    ]


def _panel(study: Study, quantity: Quantity, series: str, predictions: Sequence[Prediction], data: str) -> Panel:
    y_label = scaling.RECALL_ERROR if quantity.metric == RECALL else scaling.ACCURACY_ERROR
    panel = scaling.panel(study, quantity, series=(series,), y_label=y_label)
    law = scaling.law_of(study, quantity, series)
    compute = [each.compute for each in predictions]
    error = [scaling.predict(law, value) for value in compute]
    predicted = Series(
        name="Predicted",
        kind="points",
        x=compute,
        y=error,
        law=law["id"],
        models=[each.model for each in predictions],
        data=[data for _ in predictions],
        budgets=[each.budget for each in predictions],
        hollow=True,
    )
    measured_up_to = max(x for series in panel.series if series.kind == "points" for x in series.x)
    beyond = scaling.line(law, (measured_up_to, ROOM * max(compute)), dashed=True)
    callouts = [
        Callout(x, y, f"{names.model(each.model).removeprefix('ViT-')} {each.budget}", each.dx, each.dy)
        for x, y, each in zip(compute, error, predictions, strict=True)
    ]
    measured = _measured(study, quantity, [each.model for each in predictions]) if series == ALONE else []
    return replace(panel, series=[*panel.series, beyond, *measured, predicted], callouts=callouts)


def _measured(study: Study, quantity: Quantity, models: Sequence[str]) -> list[Series]:
    """The runs of the models that the law has not seen."""
    rows = study.select(**quantity.condition())
    return [scaling.points("Measured", rows[rows["model"].isin(models)].sort_values("gmacs_total"), hollow=False)]
