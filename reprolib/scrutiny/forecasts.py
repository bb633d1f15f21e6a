"""The test that the paper could not make: its extrapolations, with prediction intervals, against models trained later.

Reads `paper/published/later_models.csv`, facts of the study `published` alone. Every procedure is fitted to the paper's
29 runs and asked for the error of one new run at the later model's compute, a run that scatters about the law as the
law's own points do. The later models were trained by other
recipes than the ladder (batch, patch dropout, averaged weights), so a miss tells of the recipe and the law together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from reprolib.data import facts
from reprolib.fit import rounded
from reprolib.scrutiny import measures
from reprolib.scrutiny.measures import MEASURES, Measure
from reprolib.scrutiny.procedures import ALL, BINS, FLOOR, HULL, PARETO, POWER, Workshop

if TYPE_CHECKING:
    import pandas as pd

    from reprolib.study import Study

PROCEDURES = ((BINS, POWER), (PARETO, POWER), (PARETO, FLOOR), (HULL, POWER), (ALL, POWER))
"""The first is the paper's."""
OF_STUDY = "published"


def build(study: Study, work: Workshop) -> dict[str, Any]:
    """The content of the record."""
    if study.name != OF_STUDY:
        reason = f"the later models continue the paper's ladder, so they test the study '{OF_STUDY}' alone"
        return {"rows": [], "skipped": [{"reason": reason}]}
    later = facts.read(study.tree, facts.LaterModel)
    made: list[dict[str, Any]] = []
    skipped: list[dict[str, Any]] = []
    for measure in MEASURES:
        found = [row for row in later if (row.dataset, row.metric) == (measure.dataset, measure.metric)]
        if not found:
            skipped.append({**measure.key(), "reason": f"no later model's {measure.title} is among the facts"})
            continue
        rows = measures.openclip(study, measure)
        made += [_row(measure, rows, model, rule, form, work) for model in found for rule, form in PROCEDURES]
    return rounded({"rows": made, "skipped": skipped})


def _row(
    measure: Measure, rows: pd.DataFrame, model: facts.LaterModel, rule: str, form: str, work: Workshop
) -> dict[str, Any]:
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
        "measured": model.measured_percent,
        "error_pp": accuracy - model.measured_percent,
        "inside": None if interval is None else interval[0] <= model.measured_percent <= interval[1],
        "n_points": law.n_points,
        "dof": law.dof,
        "note": model.note,
    }
