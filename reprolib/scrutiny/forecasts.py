"""The test that the paper could not make: its extrapolations, with prediction intervals, against models trained later.

Of the study `published` the models are those of `paper/published/later_models.csv`, and the laws are of the paper's 29
runs. The later models were trained by other recipes than the ladder (batch, patch dropout, averaged weights), so a miss
tells of the recipe and the law together. Any other study predicts the models beyond its own ladder (`reprolib.ladder`)
from the runs of the ladder alone; there the recipe is the same.

Every procedure is asked for the error of one new run at the model's compute, a run that scatters about the law as the
law's own points do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from reprolib import ladder
from reprolib.data import facts
from reprolib.scrutiny import measures
from reprolib.scrutiny.measures import MEASURES, Measure
from reprolib.scrutiny.procedures import ALL, BINS, FLOOR, HULL, PARETO, POWER, Workshop
from reprolib.study import PUBLISHED

if TYPE_CHECKING:
    import pandas as pd

    from reprolib.study import Study

PROCEDURES = ((BINS, POWER), (PARETO, POWER), (PARETO, FLOOR), (HULL, POWER), (ALL, POWER))
"""The first is the paper's."""


@dataclass(frozen=True)
class Later:
    """A model that the law has not seen."""

    checkpoint: str
    """Its first word is the model."""
    model: str
    gmacs_total: float
    measured: float
    """Percent."""
    note: str


def build(study: Study, work: Workshop) -> dict[str, Any]:
    """The content of the record."""
    made: list[dict[str, Any]] = []
    skipped: list[dict[str, Any]] = []
    later = _of_facts(study) if study.name == PUBLISHED else {}
    for measure in MEASURES:
        rows = measures.openclip(study, measure)
        if study.name == PUBLISHED:
            found, reason = later.get(measure, []), f"no later model's {measure.title} is among the facts"
        else:
            rows, found = _apart(rows)
            reason = f"the study has no model beyond a ladder of its own that is measured by {measure.title}"
        if found:
            made += [_row(measure, rows, model, rule, form, work) for model in found for rule, form in PROCEDURES]
        else:
            skipped.append({**measure.key(), "reason": reason})
    return {"rows": made, "skipped": skipped}


def _of_facts(study: Study) -> dict[Measure, list[Later]]:
    found: dict[Measure, list[Later]] = {}
    for row in facts.read(study.tree, facts.LaterModel):
        model = Later(row.checkpoint, row.model, row.gmacs_total, row.measured_percent, row.note)
        found.setdefault(Measure(row.dataset, row.metric), []).append(model)
    return found


def _apart(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Later]]:
    """The runs of the ladder, and those of models beyond it; none of these where there is no ladder."""
    if rows.empty:
        return rows, []
    found = ladder.of_runs(rows)
    own = rows["model"].isin(found.models)
    if own.sum() < measures.LEAST:
        return rows, []
    return rows[own].reset_index(drop=True), [
        Later(
            f"{run['model']} {run['pretrain_data']} {run['budget']}",
            run["model"],
            run["gmacs_total"],
            100 * run["value"],
            "a run of this study, by the recipe of its ladder",
        )
        for run in rows[~own].to_dict("records")
    ]


def _row(measure: Measure, rows: pd.DataFrame, model: Later, rule: str, form: str, work: Workshop) -> dict[str, Any]:
    law = work.fit(rows, rule, form, "pairs")
    error = float(law.predict(model.gmacs_total))
    low, high = (float(end) for end in law.interval(model.gmacs_total))
    accuracy = 100 * (1 - error)
    interval = [100 * (1 - high), 100 * (1 - low)] if np.isfinite([low, high]).all() else None
    return {
        **measure.key(),
        "checkpoint": model.checkpoint,
        "model": model.model,
        "gmacs_total": model.gmacs_total,
        "beyond": model.gmacs_total / float(rows["gmacs_total"].max()),
        "rule": rule,
        "form": form,
        "predicted": accuracy,
        "interval": interval,
        "measured": model.measured,
        "error_pp": accuracy - model.measured,
        "inside": None if interval is None else interval[0] <= model.measured <= interval[1],
        "n_points": law.n_points,
        "dof": law.dof,
        "note": model.note,
    }
