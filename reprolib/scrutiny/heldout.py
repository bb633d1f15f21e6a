"""Which procedure predicts runs that it was not fitted to: the largest run, and each size from everything below it.

Both forms are tried on the largest run. The smaller sizes are predicted by power laws alone: below them stand too few
points for a floor. A frontier law is about the best that compute can buy, so it is scored on runs of the frontier only;
a law through all runs is scored on all. Where the largest run is on the frontier, all procedures face one question.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reprolib.laws.heldout import holdout
from reprolib.scrutiny import measures, procedures
from reprolib.scrutiny.measures import MEASURES, Measure
from reprolib.scrutiny.procedures import FLOOR, POWER, RULES, Workshop

if TYPE_CHECKING:
    import pandas as pd

    from reprolib.laws.scores import Score
    from reprolib.study import Study

NEEDED = 5
"""Runs below the one held out, with which a law with a floor has two degrees of freedom."""
LARGEST, ROLLING = "largest", "rolling"
FORMS = {LARGEST: (POWER, FLOOR), ROLLING: (POWER,)}
SCHEMES = {LARGEST: "the largest run", ROLLING: "each size from all smaller ones"}


def build(study: Study, work: Workshop) -> dict[str, Any]:
    """The content of the record."""
    made: list[dict[str, Any]] = []
    chosen: list[dict[str, Any]] = []
    skipped: list[dict[str, Any]] = []
    for measure in MEASURES:
        rows = measures.openclip(study, measure)
        if rows["gmacs_total"].nunique() <= NEEDED:
            skipped.append(measures.lacking(measure, len(rows), "OpenCLIP", NEEDED + 1))
            continue
        for scheme in SCHEMES:
            scores, choice = _scheme(measure, rows, scheme, work)
            made += scores
            chosen.append(choice)
    return {"schemes": SCHEMES, "rows": made, "chosen": chosen, "skipped": skipped}


def _scheme(
    measure: Measure, rows: pd.DataFrame, scheme: str, work: Workshop
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    labels = {str(procedures.rule_of(rule, work.settings)): rule for rule in RULES}
    found = holdout(
        rows, list(FORMS[scheme]), "gmacs_total", "error", frontiers=list(labels), scheme=scheme,
        loss="log", method="delta", level=work.settings.level, seed=work.settings.seed,
    )  # fmt: skip
    best = found.chosen
    choice = {
        **measure.key(),
        "scheme": scheme,
        "form": None if best is None else best.form,
        "rule": None if best is None else labels[best.frontier],
        "compared": found.compared,
        "reason": found.reason,
    }
    return [_told(measure, scheme, score, labels[score.frontier], rows) for score in found.scores], choice


def _told(measure: Measure, scheme: str, score: Score, rule: str, rows: pd.DataFrame) -> dict[str, Any]:
    return {
        **measure.key(),
        "scheme": scheme,
        "form": score.form,
        "rule": rule,
        "n": len(score.points),
        "log_rmse": score.log_rmse,
        "log_bias": score.bias,
        "error_pp": None if score.mean_absolute_error is None else 100 * score.mean_absolute_error,
        "bias_pp": None if score.bias_y is None else 100 * score.bias_y,
        "inside": score.inside,
        "runs": [rows["run"].iloc[point.row] for point in score.points],
        "failures": [failure.sentence for failure in score.failures],
    }
