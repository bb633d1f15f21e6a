"""The fit stage: every law that the paper draws, by the paper's procedures, for one study.

Reads results/<study>/evals. Writes one record per law to results/<study>/laws and the exponents of Fig. 1 to
results/<study>/summary.json (`dvc metrics show` prints it). Run it with `reprolib fit <study>`.

Every law is E = beta * C^alpha: E is the error as a fraction (1 - value), C the pre-training compute in GMAC (forward
GMACs of both towers times samples seen). `reprolib.lawspecs` lists them; a study that lacks a task has no laws of it.
The paper prints the coefficients of Figs. 1 to 3 only. Its points and coefficients for Figs. 4, 5 and 9 to 12 were
never released, so there the choice of points is ours.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reprolib import files, precision, provenance
from reprolib.errors import ReproError
from reprolib.laws import Frontier, LawError, Rule
from reprolib.laws import fit as fit_law
from reprolib.laws import frontier as frontier_of
from reprolib.lawspecs import Choice, LawSpec, Series, laws_of
from reprolib.provenance import records
from reprolib.study import Study

if TYPE_CHECKING:
    import pandas as pd

    from reprolib import laws
    from reprolib.params import Fit, Params
    from reprolib.paths import Tree

FEWEST = 3
"""A line through two points fits them without error and says nothing of how far to trust it."""
SYMBOLS = {"a": "beta", "c": "alpha"}
"""The paper's symbols for the parameters of the power law."""


@dataclass(frozen=True)
class Made:
    """What the stage computes, unrounded."""

    laws: dict[str, dict[str, Any]]
    """The content of each law's record, by its id."""
    summary: dict[str, Any]


def run(tree: Tree, params: Params, study: str) -> list[str]:
    """Fit the laws of `study` and write their records and the summary; the ids of the laws.

    Raises:
        ReproError: As `compute`.
    """
    subject = Study(tree, study)
    stamp = provenance.take(
        tree,
        inputs=[subject.evaluations],
        stage="fit",
        settings=params.fit.model_dump(),
        reason="least squares on a few points needs no accelerator",
    )
    made = compute(subject, params)
    records.write_all(tree.laws(study), "law", made.laws, stamp.confirm())
    files.write_json(tree.results(study) / "summary.json", precision.quantised("summary", made.summary))
    return [*made.laws]


def compute(study: Study, params: Params) -> Made:
    """Fit the laws of a study; nothing is written.

    Raises:
        ReproError: The study has no evaluations, or none that a law is about or enough for, or a law cannot be fitted.
    """
    measured = _rows_of(study.results)
    about = {
        spec: rows
        for spec in laws_of(study)
        if (rows := measured.get((spec.task, spec.dataset, spec.shots, spec.metric))) is not None
        and _in(spec.series, rows).any()
    }
    if not about:
        raise ReproError(
            f"no law of reprolib.lawspecs is about a task, data set and series of study '{study.name}'; "
            f"check {study.evaluations} or add the laws there"
        )
    # A study may have tuned a model or two; where no law has runs enough, the first one says so.
    enough = {spec: rows for spec, rows in about.items() if _in(spec.series, rows).sum() >= FEWEST} or about
    found = {
        spec: _content(study.name, spec, _fitted(spec, rows, params.fit), params.fit) for spec, rows in enough.items()
    }
    left_out = [spec.id for spec in about if spec not in found]
    return Made({spec.id: content for spec, content in found.items()}, _summary(found, left_out))


def _rows_of(results: pd.DataFrame) -> dict[tuple[str, ...], pd.DataFrame]:
    """The rows of each (task, dataset, shots, metric), by compute."""
    ordered = results.sort_values(["gmacs_total", "run"])
    return dict(iter(ordered.groupby(["task", "dataset", "shots", "metric"])))


def _in(series: Series, rows: pd.DataFrame) -> pd.Series[bool]:
    named = rows["model"].str.fullmatch(series.models) & rows["run"].str.fullmatch(series.runs)
    return (rows["series"] == series.of) & named


def _selected(spec: LawSpec, rows: pd.DataFrame) -> tuple[pd.DataFrame, list[dict[str, str]]]:
    """The rows of the runs that the law is about, and the other runs of its series with the reason."""
    member = _in(spec.series, rows)
    others = rows[(rows["series"] == spec.series.of) & ~member]
    dropped = [{"run": run, "reason": f"the series takes {spec.series.takes}"} for run in others["run"]]
    if spec.choice is not Choice.BEST:
        return rows[member], dropped
    best, beaten = _best_of_each_cell(rows[member])
    return best, dropped + beaten


def _best_of_each_cell(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[dict[str, str]]]:
    cell = ["model", "pretrain_data", "budget"]
    best = rows.sort_values("value", ascending=False, kind="stable").drop_duplicates(cell)
    beaten = rows.drop(best.index).merge(best, on=cell, suffixes=("", "_best"))
    reason = "{run_best} has the same model, data and budget and does better"
    dropped = [{"run": row["run"], "reason": reason.format(**row)} for row in beaten.to_dict("records")]
    return rows[rows.index.isin(best.index)], dropped


@dataclass(frozen=True)
class _Fitted:
    """A law with the points it went through: run, compute in GMAC, error as a fraction."""

    law: laws.Fit
    points: list[tuple[str, float, float]]
    dropped: list[dict[str, str]]
    frontier: Frontier | None = None


def _fitted(spec: LawSpec, rows: pd.DataFrame, settings: Fit) -> _Fitted:
    rows, dropped = _selected(spec, rows)
    runs, compute, error = list(rows["run"]), list(rows["gmacs_total"]), [1 - value for value in rows["value"]]
    try:
        law = power_law(compute, error, rule_for(spec.choice, settings), settings)
        if spec.choice is not Choice.FRONTIER:
            return _Fitted(law, list(zip(runs, compute, error, strict=True)), dropped)
        frontier = frontier_of(compute, error, rule_for(spec.choice, settings))
    except LawError as fault:
        culprit = "" if fault.position is None else f" (run {runs[fault.position]})"
        raise ReproError(
            f"law {spec.id} cannot be fitted: {fault}{culprit}, where x is compute in GMAC and y the error 1 - value; "
            f"check the {spec.task} results of the {spec.series.of} runs"
        ) from fault
    for lost, won in zip(frontier.dropped, frontier.beaten_by, strict=True):
        dropped.append({"run": runs[lost], "reason": f"{runs[won]} has the smallest error of its bin"})
    kept = [runs[row] for row in frontier.winners]
    return _Fitted(law, list(zip(kept, frontier.x, frontier.y, strict=True)), dropped, frontier)


def rule_for(choice: Choice, settings: Fit) -> Rule:
    """The rule by which `choice` takes its points from the runs that it is about."""
    if choice is Choice.FRONTIER:
        return Rule("bins", bins=settings.bins, margin=settings.margin)
    return Rule("none")


def power_law(
    compute: Sequence[float], error: Sequence[float], rule: Rule, settings: Fit, *, resampled: bool = True
) -> laws.Fit:
    """The paper's law, least squares in logarithms.

    Its intervals are Student's t where all points are taken. A frontier is chosen again in every resample; without
    `resampled` its interval leaves the selection out.

    Raises:
        LawError: No law can be fitted to them.
    """
    if len(compute) < FEWEST:
        raise LawError(f"the number of points is {len(compute)}; at least {FEWEST} are needed")
    resamples = settings.bootstrap if resampled and rule.name != "none" else 0
    return fit_law(
        None, "power", compute, error, loss="log", frontier=rule, bootstrap=resamples,
        method="pairs" if resamples else "delta", level=settings.level, seed=settings.seed,
    )  # fmt: skip


def told(law: laws.Fit) -> dict[str, Any]:
    """A power law as a record tells it: in the paper's symbols, with residuals in decades."""
    decades = math.log(10)
    return {
        "form": law.form.name,
        "formula": "E = beta * C^alpha",
        "params": {SYMBOLS[name]: value for name, value in law.params.items()},
        "units": {"beta": "error at 1 GMAC, as a fraction", "alpha": "dimensionless"},
        "intervals": {SYMBOLS[name]: interval for name, interval in law.intervals.items()},
        "notes": {SYMBOLS[name]: note for name, note in law.notes.items()},
        "level": law.level,
        "interval_method": law.interval_method,
        "n_points": law.n_points,
        "dof": law.dof,
        "status": law.status,
        "objective": law.objective / decades**2,
        "objective_name": "sum of squared residuals of log10 y",
        "rmse_log10": law.rmse / decades,
    }


def _content(study: str, spec: LawSpec, fitted: _Fitted, settings: Fit) -> dict[str, Any]:
    """The content of a law's record."""
    law, frontier = fitted.law, fitted.frontier
    clause = spec.choice.value.format(bins=settings.bins, margin=settings.margin)
    return {
        "id": spec.id,
        "study": study,
        "task": spec.task,
        "dataset": spec.dataset,
        "shots": spec.shots,
        "metric": spec.metric,
        "series": spec.series.name,
        "figures": list(spec.figures),
        "printed": spec.printed,
        "procedure": f"{spec.series.takes}: {clause}; unweighted least squares in log10-log10",
        **told(law),
        "points": [{"run": run, "x": x, "y": y} for run, x, y in fitted.points],
        "dropped": fitted.dropped,
        "edges": frontier.edges if frontier else None,
        "status": law.status + _about_empty(frontier),
        "held_out": None,
    }


def _about_empty(frontier: Frontier | None) -> str:
    if frontier is None or not frontier.empty:
        return ""
    return f"; without a run and so skipped: bin {', '.join(str(number) for number in frontier.empty)}"


def _summary(found: dict[LawSpec, dict[str, Any]], left_out: list[str]) -> dict[str, Any]:
    """What `dvc metrics show` has room for: how many laws there are, and the exponents of Fig. 1.

    With them the laws that are left out, having fewer than `FEWEST` runs.
    """
    alpha: dict[str, dict[str, float]] = {}
    for spec, record in found.items():
        if "fig1" in spec.figures:
            alpha.setdefault(spec.dataset, {})[spec.series.name] = record["params"]["alpha"]
    return {"laws": len(found), "alpha": alpha, **({"too few runs": left_out} if left_out else {})}
