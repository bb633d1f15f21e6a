"""Which runs stand for the best, and does the error have a floor: the paper's five bins beside three other frontiers.

Each law of OpenCLIP's zero-shot errors is fitted under every rule of `procedures.RULES` and in every form that leaves a
degree of freedom. The exponent of a power law comes with an interval that chooses the frontier again in every resample.
For a floor the profile is the evidence: it tells down to which floor, mostly zero, the fit is hardly worse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reprolib import laws
from reprolib.scrutiny import measures, procedures
from reprolib.scrutiny.measures import IMAGE, Measure
from reprolib.scrutiny.procedures import BINS, FLOOR, FORMS, PARETO, POWER, RULES, SHIFTED, Workshop

if TYPE_CHECKING:
    import pandas as pd

    from reprolib.study import Study

DRAWN = (Measure("imagenet1k"), Measure("mscoco_captions", IMAGE))
"""The panels of the figure: the two errors that the paper extrapolates."""
CURVES = ((BINS, POWER), (PARETO, POWER), (PARETO, FLOOR))
TWICE = 2
"""The shifted form has four parameters; with fewer points than twice that it is no question to put to data."""
METHODS = {POWER: "pairs", FLOOR: "profile", SHIFTED: "delta"}


def build(study: Study, work: Workshop) -> dict[str, Any]:
    """The content of the record."""
    made: list[dict[str, Any]] = []
    skipped: list[dict[str, Any]] = []
    for measure, rows in measures.enough(study, skipped):
        for rule in RULES:
            for form in FORMS:
                try:
                    made.append(_row(measure, rows, rule, form, work))
                except laws.LawError as error:
                    skipped.append({**measure.key(), "rule": rule, "form": form, "reason": str(error)})
    return {"rows": made, "skipped": skipped}


def _row(measure: Measure, rows: pd.DataFrame, rule: str, form: str, work: Workshop) -> dict[str, Any]:
    points = laws.frontier(rows["gmacs_total"], rows["error"], procedures.rule_of(rule, work.settings))
    free = len(laws.form_of(form).names)
    least = TWICE * free if form == SHIFTED else free + 1
    if len(points.x) < least:
        raise laws.LawError(f"{len(points.x)} points are too few for the {free} parameters of form {form}")
    law = work.fit(rows, rule, form, METHODS[form])
    made = {**measure.key(), "rule": rule, "form": form, "formula": procedures.FORMULAS[form], **procedures.told(law)}
    if form == POWER:
        made["runs"] = [rows["run"].iloc[winner] for winner in points.winners]
    if (rule, form) == (PARETO, FLOOR):
        again = work.fit(rows, rule, form, "pairs")
        made["resampled"] = {**procedures.told(again), "without_floor": procedures.at_bound(again, "d")}
    if measure in DRAWN and (rule, form) in CURVES:
        drawn = work.fit(rows, rule, form, "pairs")
        made["curve"] = procedures.curve(drawn, rows["gmacs_total"].min(), rows["gmacs_total"].max())
    return made
