"""How the exponent depends on the pre-training set: one law per set, and the differences of every pair of sets.

All runs of a set are taken, without a frontier, so that every set is judged on the same kind of points. The matched
differences keep only the runs whose architecture and scale of samples seen both sets have; in the paper these are the
nine cells of the ladder, so that nothing but the data differs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reprolib.laws.comparison import compare
from reprolib.scrutiny import measures
from reprolib.scrutiny.measures import LEAST, MEASURES
from reprolib.scrutiny.procedures import ALL, POWER, Workshop, told

if TYPE_CHECKING:
    import pandas as pd

    from reprolib.laws.pairs import Difference
    from reprolib.scrutiny.measures import Measure
    from reprolib.study import Study


def build(study: Study, work: Workshop) -> dict[str, Any]:
    """The content of the record."""
    made: list[dict[str, Any]] = []
    differences: list[dict[str, Any]] = []
    skipped: list[dict[str, Any]] = []
    for measure in MEASURES:
        rows = measures.openclip(study, measure)
        counts = rows.groupby("pretrain_data")["gmacs_total"].nunique()
        for data, number in counts[counts < LEAST].items():
            skipped.append({**measures.lacking(measure, int(number), f"OpenCLIP (on {data})"), "data": data})
        if counts.empty:
            skipped.append(measures.lacking(measure, 0, "OpenCLIP"))
            continue
        enough = measures.by_data(rows[rows["pretrain_data"].isin(counts[counts >= LEAST].index)])
        for data in enough:
            law = work.fit(rows[rows["pretrain_data"] == data], ALL, POWER, "delta")
            made.append({**measure.key(), "data": data, **told(law)})
        if len(enough) > 1:
            differences += _differences(measure, rows[rows["pretrain_data"].isin(enough)], enough, work)
    return {"rows": made, "differences": differences, "skipped": skipped}


def _differences(measure: Measure, rows: pd.DataFrame, order: list[str], work: Workshop) -> list[dict[str, Any]]:
    found = compare(
        rows, POWER, "gmacs_total", "error", by="pretrain_data", series=order, match=["model", "budget"],
        loss="log", method="delta", level=work.settings.level, seed=work.settings.seed,
    )  # fmt: skip
    return [_told(measure, pair) for pair in found.pairs]


def _told(measure: Measure, pair: Difference) -> dict[str, Any]:
    return {
        **measure.key(),
        "first": pair.first,
        "second": pair.second,
        "design": pair.design,
        "exponents": list(pair.values),
        "difference": pair.value,
        "interval": None if pair.interval is None else list(pair.interval),
        "excludes_zero": pair.excludes_zero,
        "p": None if pair.welch is None else pair.welch.p,
        "dof": None if pair.welch is None else pair.welch.dof,
        "n_points": [fit.n_points for fit in pair.fits],
    }
