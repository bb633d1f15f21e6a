"""Does the claim survive: CLIP's exponent minus OpenCLIP's, per error, under every choice that could have been made.

A difference below zero says that CLIP's error falls the more steeply. The designs are OpenCLIP's frontier by each rule,
and *matched* ones: only the runs whose architecture and scale of samples seen are CLIP's own, for each pre-training set
by itself. CLIP has three ViTs, so its own law has one degree of freedom, and no design changes that.

A frontier is judged twice. `given`: the points are taken as given, by Welch's t from least squares. `chosen_again`: the
standard error of OpenCLIP's exponent is that of resamples of its runs that choose the frontier anew, with as many
degrees of freedom as there are runs less two. Neither is right beyond doubt: the first ignores that the points were
chosen, the second takes a designed grid of runs for a random sample. A claim survives a design if both exclude zero.

What another test set of the same size would have changed is a question of its own (`test_noise`), and the easier one.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from reprolib import laws
from reprolib.laws.comparison import compare
from reprolib.laws.differences import standard_error, welch
from reprolib.scrutiny import measures, procedures
from reprolib.scrutiny.measures import LEAST, MEASURES, Measure
from reprolib.scrutiny.procedures import ALL, BINS, POWER, RULES, Workshop

if TYPE_CHECKING:
    from reprolib.laws.differences import Welch
    from reprolib.laws.pairs import Difference
    from reprolib.study import Study

MATCHED = "matched"
SERIES = ("OpenCLIP", "CLIP")
"""In this order a difference is CLIP's exponent less OpenCLIP's."""
SURVIVES, DEPENDS, OPEN, FAILS = "yes", "depends", "no", "reversed"
WORDS = {
    SURVIVES: "the interval excludes zero on the side that the paper claims",
    DEPENDS: "it does so or not with the way in which the choice of the frontier is counted",
    OPEN: "the interval holds zero",
    FAILS: "the interval excludes zero on the other side",
}


def build(study: Study, work: Workshop) -> dict[str, Any]:
    """The content of the record."""
    made: list[dict[str, Any]] = []
    skipped: list[dict[str, Any]] = []
    for measure in MEASURES:
        ours, theirs = measures.openclip(study, measure), measures.clip(study, measure)
        for rows, series in ((ours, "OpenCLIP"), (theirs, "CLIP")):
            if len(rows) < LEAST:
                skipped.append(measures.lacking(measure, len(rows), series))
        if min(len(ours), len(theirs)) < LEAST:
            continue
        made += [_frontier(measure, ours, theirs, rule, work) for rule in RULES]
        for data in measures.by_data(ours):
            row = _matched(measure, ours[ours["pretrain_data"] == data], theirs, data, work)
            if row is None:
                skipped.append({**measure.key(), "data": data, "reason": f"fewer than {LEAST} runs have a counterpart"})
            else:
                made.append(row)
    return {"words": WORDS, "rows": made, "skipped": skipped}


def _frontier(measure: Measure, ours: pd.DataFrame, theirs: pd.DataFrame, rule: str, work: Workshop) -> dict[str, Any]:
    points = laws.frontier(ours["gmacs_total"], ours["error"], procedures.rule_of(rule, work.settings))
    chosen = ours.iloc[list(points.winners)].assign(gmacs_total=points.x)
    both = pd.concat([chosen, theirs], ignore_index=True)
    pair = _compared(both, work, method="delta").pairs[0]
    row = _told(measure, rule, pair, both) | {"chosen_again": None}
    if rule != ALL:
        row["chosen_again"] = _judged(measure, _again(pair, ours, rule, work))
    row["survives"] = _word([row["given"], row["chosen_again"]])
    row["test_noise"] = _noise(measure, pair, both, work) if rule == BINS else None
    return row


def _matched(
    measure: Measure, ours: pd.DataFrame, theirs: pd.DataFrame, data: str, work: Workshop
) -> dict[str, Any] | None:
    both = pd.concat([ours, theirs], ignore_index=True)
    found = [pair for pair in _compared(both, work, match=["model", "budget"]).pairs if pair.design == MATCHED]
    if not found or min(map(len, found[0].rows)) < LEAST:
        return None
    row = _told(measure, MATCHED, found[0], both) | {"data": data, "chosen_again": None, "test_noise": None}
    row["runs"] = {name: list(both["run"].iloc[list(rows)]) for name, rows in zip(SERIES, found[0].rows, strict=True)}
    row["survives"] = _word([row["given"]])
    return row


def _compared(both: pd.DataFrame, work: Workshop, **options: Any) -> Any:
    settings = {"loss": "log", "level": work.settings.level, "seed": work.settings.seed, **options}
    return compare(both, POWER, "gmacs_total", "error", by="series", series=SERIES, **{"method": "delta"} | settings)


def _told(measure: Measure, design: str, pair: Difference, both: pd.DataFrame) -> dict[str, Any]:
    return {
        **measure.key(),
        "claimed": measure.steeper,
        "design": design,
        "data": "",
        "exponents": dict(zip(SERIES, pair.values, strict=True)),
        "difference": pair.value,
        "n_points": dict(zip(SERIES, (fit.n_points for fit in pair.fits), strict=True)),
        "dof": dict(zip(SERIES, (fit.dof for fit in pair.fits), strict=True)),
        "given": _judged(measure, pair.welch),
        "crossing": pair.crossing.sentence,
    }


def _again(pair: Difference, ours: pd.DataFrame, rule: str, work: Workshop) -> Welch | None:
    """Welch's t with OpenCLIP's standard error from resamples of runs, the frontier chosen again in each."""
    law = work.fit(ours, rule, POWER, "pairs")
    clip = standard_error(pair.fits[1], "c")
    if law.draws is None or clip is None:
        return None
    # From the middle of the resamples: a few of nearly one compute have slopes without any limit.
    low, high = np.quantile(law.draws[:, law.free.index("c")], [0.158655, 0.841345])
    dof = len(ours) - len(law.free)
    error = float(high - low) / 2 * float(np.sqrt(len(ours) / dof))
    return welch(pair.value, (error, clip), (dof, pair.fits[1].dof), work.settings.level)


def _judged(measure: Measure, test: Welch | None) -> dict[str, Any] | None:
    """A test as a record tells it, with the word for what it means to the claim."""
    if test is None:
        return None
    low, high = test.interval
    side = 1 if measure.steeper == "OpenCLIP" else -1
    word = OPEN if low <= 0 <= high else SURVIVES if side * (low + high) > 0 else FAILS
    return {"interval": [low, high], "dof": test.dof, "p": test.p, "errors": list(test.errors), "survives": word}


def _word(judged: list[dict[str, Any] | None]) -> str | None:
    words = {each["survives"] for each in judged if each is not None}
    return None if not words else words.pop() if len(words) == 1 else DEPENDS


def _noise(measure: Measure, pair: Difference, both: pd.DataFrame, work: Workshop) -> dict[str, Any]:
    """The difference's interval from the binomial noise of the test set alone, to first order, with the same points."""
    if both["n_test"].isna().any():
        reason = f"{measure.title} is a mean over test sets, whose noise the study does not tell"
        return {"n_test": None, "interval": None, "reason": reason}
    variance = sum(_noise_of_slope(both.iloc[list(rows)]) for rows in pair.rows)
    half = NormalDist().inv_cdf(0.5 + work.settings.level / 2) * math.sqrt(variance)
    return {
        "n_test": sorted({int(number) for number in both["n_test"]}),
        "interval": [pair.value - half, pair.value + half],
        "reason": "",
    }


def _noise_of_slope(rows: pd.DataFrame) -> float:
    """The variance of a least-squares slope in logarithms whose errors are binomial shares of the test set."""
    x, y, n = (rows[name].to_numpy(dtype=float) for name in ("gmacs_total", "error", "n_test"))
    u = np.log(x) - np.log(x).mean()
    relative = (1 - y) / (n * y)  # of log y
    return float((u**2 * relative).sum() / (u**2).sum() ** 2)
