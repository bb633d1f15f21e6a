"""What the training data are worth: MetaCLIP's models on the compute axis of the first paper, beside its laws.

Neither paper has this comparison. Reads paper/published/{metaclip,metaclip_models,architectures}.csv, facts of the
study `published` alone. Compute is GMAC per sample of the architecture (Table 25 of the first paper) times samples
seen. Two errors are measured alike in both papers: ImageNet, and the mean over its five shifted versions, made here
from cells of MetaCLIP's Table 9.

Each model stands beside the laws of Fig. 1 (`rows`): by how many decades its error differs, and at which multiple of
its compute the law has its error (`factor`, above 1 where the model does better). Each has an interval for the law
itself and one for a single new run, which scatters about the law as the law's own points do. An interval of the factor
is the computes at which the law's band holds the model's error; an end beyond `REACH` decades is null. OpenAI's CLIP
stands beside OpenCLIP's law in the same way. MetaCLIP's sets with three models or more have a law of their own
(`laws`), and its exponent less that of the others, points given (`differences`).
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from reprolib.data import facts, metaclip
from reprolib.laws.differences import standard_error, welch
from reprolib.scrutiny import measures, procedures
from reprolib.scrutiny.measures import LEAST, MEASURES, Measure
from reprolib.scrutiny.procedures import ALL, BINS, PARETO, POWER, Workshop, told

if TYPE_CHECKING:
    from reprolib.laws import Fit
    from reprolib.study import Study

OF_STUDY = "published"
DRAWN = (Measure("imagenet1k"), Measure("imagenet_robustness"))
OPENCLIP, CLIP = "OpenCLIP", "CLIP"
LINES = ((OPENCLIP, BINS), (OPENCLIP, PARETO), (CLIP, ALL))
"""The laws of the first paper: whose, and by which rule its points are chosen. The second is a check of the first."""
BUDGET = "13B"
"""The scale of samples seen that MetaCLIP's runs share with CLIP and with a part of OpenCLIP's ladder."""
MATCHED = ("LAION-400M", "LAION-2B")
"""The sets of OpenCLIP of which some runs have MetaCLIP's architectures and scale of samples seen."""
LATER = "MetaCLIP v1.2"
"""Trained on rewritten captions and for longer than the models of the paper, so it is in no law."""
KINDS = {"law": False, "run": True}
"""Of intervals: where the law lies, and where a new run will."""
REACH, STEP = 6.0, 0.25
"""Decades to each side of the best estimate in which an interval's end is looked for, and the step of the search."""
ROOM = 1.5
"""How far beyond the largest model a law of the first paper is drawn."""


@dataclass(frozen=True)
class Reference:
    """A law of the first paper and the runs that it is fitted to, or that its points were chosen from."""

    series: str
    rule: str
    rows: pd.DataFrame
    law: Fit

    @property
    def largest(self) -> float:
        """The most compute in GMAC of its runs."""
        return float(self.rows["gmacs_total"].max())


def build(study: Study, work: Workshop) -> dict[str, Any]:
    """The content of the record."""
    if study.name != OF_STUDY:
        reason = f"MetaCLIP's models are facts of the papers, so they stand beside the study '{OF_STUDY}' alone"
        return {"rows": [], "skipped": [{"reason": reason}]}
    made: dict[str, list[dict[str, Any]]] = {"rows": [], "laws": [], "differences": []}
    for measure in DRAWN:
        models = trained(study, measure)
        references = _references(study, measure, work)
        end = ROOM * max(float(models["gmacs_total"].max()), *(each.largest for each in references))
        for each in references:
            made["rows"] += [_row(measure, each, model) for model in _beside(each, references, models)]
            made["laws"].append(_law(measure, each.series, each.rule, each.law, each.rows, end))
        own = models[models["pretrain_data"] != LATER]
        for data, rows in own.groupby("pretrain_data", sort=False):
            law = work.fit(rows, ALL, POWER, "delta")
            made["laws"].append(_law(measure, str(data), ALL, law, rows, float(rows["gmacs_total"].max())))
            made["differences"] += _differences(measure, rows, references, work)
    return {**made, "skipped": _skipped()}


def trained(study: Study, measure: Measure) -> pd.DataFrame:
    """MetaCLIP's models by data and compute, with what laws need: compute in GMAC and `error` as a fraction."""
    found = metaclip.scores(facts.read(study.tree, facts.MetaClipScore))
    gmacs = {row.model: row.gmacs for row in facts.read(study.tree, facts.Architecture)}
    rows = []
    for row in facts.read(study.tree, facts.MetaClipModel):
        percent = _percent(found, measure, row.model, row.pretrain_data)
        if percent is not None:
            rows.append(
                {
                    **measure.key(),
                    "run": f"{row.model} {row.pretrain_data}",
                    "model": row.model,
                    "pretrain_data": row.pretrain_data,
                    "budget": BUDGET if row.pretrain_data != LATER else "",
                    "gmacs_total": gmacs[row.model] * row.samples_seen,
                    "error": 1 - percent / 100,
                }
            )
    by_data = list(dict.fromkeys(row["pretrain_data"] for row in rows))
    return pd.DataFrame(sorted(rows, key=lambda row: (by_data.index(row["pretrain_data"]), row["gmacs_total"])))


def _percent(found: metaclip.Scores, measure: Measure, model: str, data: str) -> float | None:
    """The score of a model on one of MetaCLIP's own sets; None of any other, and where it was not measured."""
    if data == LATER:
        return found["README", model, data].get(measure.dataset)
    if ("5", model, data) not in found:
        return None
    if measure.dataset == "imagenet1k":
        return found["5", model, data]["imagenet1k"]
    return metaclip.robustness(found, model, data)


def _references(study: Study, measure: Measure, work: Workshop) -> list[Reference]:
    rows = {OPENCLIP: measures.openclip(study, measure), CLIP: measures.clip(study, measure)}
    return [
        Reference(series, rule, rows[series], work.fit(rows[series], rule, POWER, "delta" if rule == ALL else "pairs"))
        for series, rule in LINES
    ]


def _beside(reference: Reference, references: list[Reference], models: pd.DataFrame) -> list[dict[Any, Any]]:
    """The models that a law is held against: MetaCLIP's, and against OpenCLIP's also CLIP's."""
    theirs = [each.rows for each in references if each.series == CLIP and reference.series != CLIP]
    return [row for rows in (*theirs, models) for row in rows.to_dict("records")]


def _row(measure: Measure, reference: Reference, model: dict[Any, Any]) -> dict[str, Any]:
    law, compute, error = reference.law, float(model["gmacs_total"]), float(model["error"])
    predicted = float(law.predict(compute))
    bands = {kind: tuple(float(end) for end in law.interval(compute, new=new)) for kind, new in KINDS.items()}
    factor = (error / predicted) ** (1 / law.params["c"])
    return {
        **measure.key(),
        "law": reference.series,
        "rule": reference.rule,
        "model": model["model"],
        "pretrain_data": model["pretrain_data"],
        "gmacs_total": compute,
        "beyond": compute / reference.largest,
        "measured": 100 * (1 - error),
        "predicted": 100 * (1 - predicted),
        "predicted_intervals": {kind: [100 * (1 - high), 100 * (1 - low)] for kind, (low, high) in bands.items()},
        "inside": bands["run"][0] <= error <= bands["run"][1],
        "log10_error": math.log10(error / predicted),
        "log10_intervals": {
            kind: [math.log10(error / high), math.log10(error / low)] for kind, (low, high) in bands.items()
        },
        "factor": factor,
        "factor_intervals": {
            kind: [_end(law, error, compute, factor, side, new=new) for side in (-1, 1)] for kind, new in KINDS.items()
        },
    }


def _end(law: Fit, error: float, compute: float, factor: float, side: int, *, new: bool) -> float | None:
    """The multiple of `compute` at which the law's band leaves `error`, below (-1) or above (1) the best estimate."""
    from scipy.optimize import brentq

    def holds(decades: float) -> float:
        """Above zero while the band holds the error. The law falls, so far out its upper edge leaves it first."""
        low, high = (float(end) for end in law.interval(compute * factor * 10 ** (side * decades), new=new))
        return math.log(high / error) if side > 0 else math.log(error / low)

    steps = np.arange(0, REACH + STEP / 2, STEP)
    for start, stop in itertools.pairwise(steps):
        if holds(stop) < 0:
            return float(factor * 10 ** (side * brentq(holds, start, stop)))
    return None


def _law(measure: Measure, series: str, rule: str, law: Fit, rows: pd.DataFrame, end: float) -> dict[str, Any]:
    return {
        **measure.key(),
        "series": series,
        "rule": rule,
        **told(law),
        "curve": procedures.curve(law, float(rows["gmacs_total"].min()), end),
    }


def _differences(
    measure: Measure, rows: pd.DataFrame, references: list[Reference], work: Workshop
) -> list[dict[str, Any]]:
    """The exponent of MetaCLIP's law on one set less that of each other law, and of the runs that both have."""
    whole = work.fit(rows, ALL, POWER, "delta")
    made = []
    for each in references:
        theirs = work.fit(each.rows, each.rule, POWER, "delta")
        made.append(_difference(measure, each.rule, (each.series, theirs), (rows, whole), work))
    ladder, clip = references[0].rows, references[-1].rows
    for name, runs in ((CLIP, clip), *((data, ladder[ladder["pretrain_data"] == data]) for data in MATCHED)):
        both = [_counterparts(runs, rows), _counterparts(rows, runs)]
        if min(map(len, both)) >= LEAST and len(both[0]) + len(both[1]) < len(runs) + len(rows):
            theirs, ours = (work.fit(each, ALL, POWER, "delta") for each in both)
            made.append(_difference(measure, "matched", (name, theirs), (rows, ours), work))
    return made


def _counterparts(rows: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """The rows whose architecture and scale of samples seen are among the others'."""
    cells = set(zip(others["model"], others["budget"], strict=True))
    return rows[[cell in cells for cell in zip(rows["model"], rows["budget"], strict=True)]]


def _difference(
    measure: Measure, design: str, other: tuple[str, Fit], own: tuple[pd.DataFrame, Fit], work: Workshop
) -> dict[str, Any]:
    """MetaCLIP's exponent less the other's, judged by Welch's t from the two fits."""
    (first, theirs), (rows, ours) = other, own
    value = ours.params["c"] - theirs.params["c"]
    errors = standard_error(theirs, "c"), standard_error(ours, "c")
    made = {
        **measure.key(),
        "design": design,
        "first": first,
        "second": str(rows["pretrain_data"].iloc[0]),
        "exponents": [theirs.params["c"], ours.params["c"]],
        "difference": value,
        "n_points": [theirs.n_points, ours.n_points],
        "interval": None,
        "p": None,
        "dof": None,
    }
    if errors[0] is None or errors[1] is None:
        return made
    test = welch(value, (errors[0], errors[1]), (theirs.dof, ours.dof), work.settings.level)
    return {**made, "interval": list(test.interval), "p": test.p, "dof": test.dof}


def _skipped() -> list[dict[str, Any]]:
    reasons = {
        "acc1": "MetaCLIP's tables group and measure its data sets otherwise, so there is no such mean",
        "recall": "MetaCLIP's tables print the mean of recall@1 in both directions, and the laws are of recall@5",
    }
    return [
        {**measure.key(), "reason": reasons["acc1" if measure.metric == "acc1" else "recall"]}
        for measure in MEASURES
        if measure not in DRAWN
    ]
