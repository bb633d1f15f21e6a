"""Does scaling one thing alone stop paying: the paper's bottlenecks (Sec. 4.1), as differences of exponents.

Reads the cells of a study's ladder (`reprolib.ladder`), a run for each model, data set and budget. In three `QUESTIONS`
one thing grows, and its exponent at the small end of a second is compared with that at the large end. The exponent is
the same for all values of the third, which have factors of their own: the runs of a line differ in what grows alone. A
difference above zero says that the error falls the less steeply at the small end, which is a bottleneck.

`laws` says of each error whether it falls along the true Pareto frontier as a clean power law. `bend` is by how much
the exponent changes in a decade of compute, from a parabola in the logarithms; a power law has none. The frontier is
taken as given.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from reprolib import ladder, laws, names
from reprolib.laws.differences import standard_error, welch
from reprolib.laws.quantiles import student
from reprolib.scrutiny import measures
from reprolib.scrutiny.measures import Measure
from reprolib.scrutiny.procedures import PARETO, POWER, Workshop, rule_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from reprolib.study import Study


@dataclass(frozen=True)
class Question:
    """What grows, at both ends of what, for each of what: columns of the results table."""

    grows: str
    ends: str
    each: str
    words: str
    """What is done at the small end, and where it is done at the large one."""


QUESTIONS = {
    "samples by data": Question("samples_seen", "pretrain_data", "model", "training for longer on {} rather than {}"),
    "model by data": Question("gmacs_per_sample", "pretrain_data", "budget", "a larger model on {} rather than {}"),
    "samples by model": Question("samples_seen", "model", "pretrain_data", "training {} for longer rather than {}"),
}
YES, OPEN, REVERSED = "yes", "no", "reversed"
PAYS = {YES: "pays less: a bottleneck", OPEN: "pays as much, as far as these runs tell", REVERSED: "pays more"}
CLEAN, BENT, FLAT = "yes", "bends", "no fall"
FALLS = {
    CLEAN: "falls as a power law, as far as they tell",
    BENT: "falls, but its exponent changes with compute: no clean power law",
    FLAT: "does not fall beyond doubt",
}
STEPS = 2
"""Values that each thing needs for a difference; with two of each no degree of freedom would be left."""
NEEDED = 4
"""Points with which a parabola has a degree of freedom."""


def build(study: Study, work: Workshop) -> dict[str, Any]:
    """The content of the record."""
    made: list[dict[str, Any]] = []
    fall: list[dict[str, Any]] = []
    skipped: list[dict[str, Any]] = []
    for measure, rows in measures.enough(study, skipped):
        fall += _fall(measure, rows, work)
        found = ladder.of_runs(rows)
        cells = rows[rows["model"].isin(found.models)]
        if min(len(found.models), len(found.data), len(found.budgets)) <= STEPS:
            reason = f"the study has no ladder of more than {STEPS} models, data sets and budgets, all with all"
            skipped.append({**measure.key(), "reason": reason})
            continue
        ends = {"pretrain_data": found.data, "model": found.models}
        made += [_row(measure, name, cells, ends[asked.ends], work) for name, asked in QUESTIONS.items()]
    return {"rows": made, "laws": fall, "skipped": skipped}


def _row(measure: Measure, name: str, cells: pd.DataFrame, steps: Sequence[str], work: Workshop) -> dict[str, Any]:
    asked, level = QUESTIONS[name], work.settings.level
    ends = (steps[0], steps[-1])
    small, large = (
        laws.fit(
            cells[cells[asked.ends] == end], POWER, asked.grows, "error", loss="log", by=asked.each, share=("c",),
            method="delta", level=level,
        )
        for end in ends
    )  # fmt: skip
    difference = small.params["c"] - large.params["c"]
    errors = standard_error(small, "c"), standard_error(large, "c")
    interval = None
    if errors[0] is not None and errors[1] is not None:
        interval = welch(difference, (errors[0], errors[1]), (small.dof, large.dof), level).interval
    verdict = OPEN if interval is None or interval[0] <= 0 <= interval[1] else YES if difference > 0 else REVERSED
    words = asked.words.format(*map(names.model, ends))
    return {
        **measure.key(),
        "question": name,
        "ends": list(ends),
        "exponents": [fit.params["c"] for fit in (small, large)],
        "intervals": [fit.intervals["c"] for fit in (small, large)],
        "difference": difference,
        "interval": interval,
        "n_points": [fit.n_points for fit in (small, large)],
        "dof": [fit.dof for fit in (small, large)],
        "bottleneck": verdict,
        "statement": f"{measure.title}: {words} {PAYS[verdict]} (exponents {_pair(small, large)}).",
    }


def _pair(small: laws.Fit, large: laws.Fit) -> str:
    return " and ".join(f"{fit.params['c']:.3f} {_ends(fit.intervals['c'])}" for fit in (small, large))


def _ends(interval: Sequence[float] | None) -> str:
    return "without an interval" if interval is None else f"[{interval[0]:.3f}, {interval[1]:.3f}]"


def _fall(measure: Measure, rows: pd.DataFrame, work: Workshop) -> list[dict[str, Any]]:
    """Whether an error falls along the frontier, and as what; nothing where the frontier is too short to tell."""
    points = laws.frontier(rows["gmacs_total"], rows["error"], rule_of(PARETO, work.settings))
    if len(points.x) < NEEDED:
        return []
    law = laws.fit(None, POWER, points.x, points.y, loss="log", method="delta", level=work.settings.level)
    alpha, interval = law.params["c"], law.intervals["c"]
    bend, bends = _bend(points.x, points.y, work.settings.level)
    falls = interval is not None and interval[1] < 0
    verdict = FLAT if not falls else BENT if bends[0] > 0 or bends[1] < 0 else CLEAN
    return [
        {
            **measure.key(),
            "n_points": law.n_points,
            "alpha": alpha,
            "interval": interval,
            "bend": bend,
            "bend_interval": bends,
            "clean": verdict,
            "statement": f"{measure.title}: the error of the {law.n_points} best runs {FALLS[verdict]} (exponent "
            f"{alpha:.3f} {_ends(interval)}, its change in a decade {bend:.3f} {_ends(bends)}).",
        }
    ]


def _bend(x: Sequence[float], y: Sequence[float], level: float) -> tuple[float, tuple[float, float]]:
    """The change of the exponent in a decade, with Student's interval."""
    u, v = np.log10(x), np.log10(y)
    design = np.vander(u - u.mean(), 3)
    inverse = np.linalg.inv(design.T @ design)
    found = inverse @ design.T @ v
    dof = len(u) - 3
    residual = float(np.square(v - design @ found).sum())
    half = 2 * student(level, dof) * math.sqrt(residual / dof * inverse[0, 0])
    bend = 2 * float(found[0])
    return bend, (bend - half, bend + half)
