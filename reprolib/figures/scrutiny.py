"""Figures of our own: what the scrutiny says of slopes, frontiers, pre-training data, bottlenecks and extrapolations.

Reads results/<study>/evals (for points and the encoding) and scrutiny, whose records hold every number drawn here.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reprolib import names
from reprolib.errors import ReproError
from reprolib.figures import scaling, style
from reprolib.figures.panel import Drawing, Panel, Series
from reprolib.paths import Tree
from reprolib.study import PUBLISHED, Study

Row = Mapping[str, Any]
DESIGNS = ("bins", "pareto", "all", "matched")
"""Of the many designs in the record those that a reader asks for first; the table has all."""
MATCHED_ON = "LAION-400M"
"""The set of the size of CLIP's own."""
SCORE = "Top-1 accuracy or recall@5 (%)"
EXTRAPOLATED = (("imagenet1k", "acc1"), ("mscoco_captions", "image_retrieval_recall@5"))
GROWING = {
    "samples by data": ("Samples seen, by data", "as training goes on, on {0} less that on {1}"),
    "model by data": ("Model size, by data", "as models grow, on {0} less that on {1}"),
    "samples by model": ("Samples seen, by model", "as training goes on, of {0} less that of {1}"),
}
LINES = (("bins", "power", "five bins"), ("pareto", "power", "true Pareto"), ("pareto", "power-floor", "with floor"))


def inputs(tree: Tree, study: str) -> list[Path]:
    """What these figures are drawn from."""
    return [tree.evals(study), tree.scrutiny(study)]


def compose(study: Study, figure: str) -> Drawing:
    """One of them as numbers."""
    return {
        "fig-survives": _survives,
        "fig-frontiers": _frontiers,
        "fig-exponents": _exponents,
        "fig-bottlenecks": _bottlenecks,
        "fig-forecast": _forecast,
    }[figure](study)


def _rows(study: Study, part: str) -> list[Row]:
    rows: list[Row] = study.scrutiny[part]["rows"]
    if not rows:
        raise ReproError(f"study '{study.name}' has no rows in its scrutiny of {part}, so there is nothing to draw")
    return rows


def _level(study: Study, part: str) -> str:
    return f"{100 * study.scrutiny[part]['level']:g} %"


def _measure(row: Row) -> str:
    return names.measured(row["dataset"], row["metric"])


def _interval(name: str, found: list[tuple[str, float, Any]], *, label: str, hollow: bool = False) -> Series:
    """A series of intervals from (row, value, [low, high] or None)."""
    return Series(
        name=name,
        kind="interval",
        x=[value for _, value, _ in found],
        y=[row for row, _, _ in found],
        low=[None if pair is None else pair[0] for _, _, pair in found],
        high=[None if pair is None else pair[1] for _, _, pair in found],
        label=label,
        hollow=hollow,
    )


def _survives(study: Study) -> Drawing:
    rows = _rows(study, "slopes")
    series = []
    for design in DESIGNS:
        chosen = [row for row in rows if row["design"] == design and row["data"] in ("", MATCHED_ON)]
        title = names.RULES[design]
        given = [(_measure(row), row["difference"], _ends(row["given"])) for row in chosen]
        resampled = [row for row in chosen if row["chosen_again"]]
        again = [(_measure(row), row["difference"], _ends(row["chosen_again"])) for row in resampled]
        label = f"{title} on {MATCHED_ON}" if design == "matched" else f"{title}, points given" if again else title
        series += [_interval(title, given, label=label)] if given else []
        series += [_interval(title, again, label=f"{title}, frontier chosen again", hollow=True)] if again else []
    label = "Exponent of CLIP minus that of OpenCLIP (below zero: CLIP's error falls more steeply)"
    panel = Panel("difference", "Difference of exponents", label, "", "linear", "linear", series, marked=0.0)
    note = (
        f"{_level(study, 'slopes')} intervals by Welch's t. The paper states that CLIP is the "
        "steeper in classification (the upper four) and OpenCLIP in retrieval (the lower four): a claim survives where "
        "an interval lies wholly on that side of zero. CLIP has three models everywhere."
    )
    return Drawing([panel], style.encode(study.results), note, columns=1, width=style.FULL_WIDTH, panel_height=4.6)


def _ends(judged: Row | None) -> Any:
    return None if judged is None else judged["interval"]


def _frontiers(study: Study) -> Drawing:
    rows = _rows(study, "frontiers")
    curved = [row for row in rows if "curve" in row]
    fitted = {(row["dataset"], row["metric"]) for row in curved if (row["rule"], row["form"]) == ("pareto", "power")}
    drawn = [row for row in curved if (row["dataset"], row["metric"]) in fitted]
    if not drawn:
        raise ReproError(f"study '{study.name}' has no law with a band in its scrutiny of frontiers; run it again")
    panels = []
    for dataset, metric in dict.fromkeys((row["dataset"], row["metric"]) for row in drawn):
        of_measure = [row for row in drawn if (row["dataset"], row["metric"]) == (dataset, metric)]
        mine = {(row["rule"], row["form"]): row for row in of_measure}
        best = set(mine["pareto", "power"]["runs"])
        table = study.select(task="zero-shot", dataset=dataset, metric=metric, series="OpenCLIP")
        table = table.sort_values(["gmacs_total", "run"])
        on = table["run"].isin(best)
        series = [
            scaling.points("OpenCLIP", rows, hollow=hollow)
            for rows, hollow in ((table[on], False), (table[~on], True))
            if len(rows)
        ]
        series += [_line(mine[rule, form], name) for rule, form, name in LINES if (rule, form) in mine]
        y_label = scaling.ACCURACY_ERROR if metric == "acc1" else scaling.RECALL_ERROR
        key, title = f"zero-shot.{dataset}.{metric}", names.measured(dataset, metric)
        panels.append(Panel(key, title, scaling.COMPUTE, y_label, "log", "log", series))
    note = (
        "Open markers: runs that another of less compute beats, so that they are not on the true Pareto frontier. "
        f"Bands: where the law lies with {_level(study, 'frontiers')} confidence, from resamples that choose the "
        "frontier again. A floor of 0 makes the law with floor the power law."
    )
    return Drawing(panels, style.encode(study.results), note, columns=2, width=style.FULL_WIDTH, panel_height=2.6)


def _line(row: Row, name: str) -> Series:
    curve, params = row["curve"], row["params"]
    floor = f"{params['floor']:.2f} + " if "floor" in params else ""
    formula = f"$E = {floor}{scaling.factor(params['beta'])}\\,C^{{{params['alpha']:.3f}}}$"
    band = {end: [None if y is None else 100 * y for y in curve[end]] for end in ("low", "high")}
    return Series(
        name=name,
        kind="line",
        x=curve["x"],
        y=[100 * y for y in curve["y"]],
        low=band["low"],
        high=band["high"],
        label=f"{names.procedure(row['rule'], row['form'])}: {formula}",
    )


def _exponents(study: Study) -> Drawing:
    rows = _rows(study, "pretraining")
    apart = [row for row in study.scrutiny["pretraining"]["differences"] if row["design"] == "matched"]
    by_data = [
        _interval(
            data,
            [(_measure(row), row["params"]["alpha"], row["intervals"]["alpha"]) for row in rows if row["data"] == data],
            label=data,
        )
        for data in dict.fromkeys(row["data"] for row in rows)
    ]
    label = "Exponent (all runs on the set)"
    panels = [Panel("exponents", "Exponent", label, "", "linear", "linear", by_data, marked=0.0)]
    pairs = list(dict.fromkeys((row["first"], row["second"]) for row in apart))
    differences = [
        _interval(
            f"{second} − {first}",
            [
                (_measure(row), row["difference"], row["interval"])
                for row in apart
                if (row["first"], row["second"]) == (first, second)
            ],
            label=f"{second} minus {first}",
        )
        for first, second in pairs
    ]
    if differences:
        label = "Difference of exponents (matched runs)"
        panels.append(Panel("differences", "Difference", label, "", "linear", "linear", differences, marked=0.0))
    note = (
        f"{_level(study, 'pretraining')} intervals by Student's and Welch's t. Matched: the runs whose architecture "
        "and samples seen both sets have. No frontier is taken, so these are not the exponents of Fig. 1."
    )
    return Drawing(panels, style.encode(study.results), note, columns=2, width=style.FULL_WIDTH, panel_height=4.0)


def _bottlenecks(study: Study) -> Drawing:
    rows = _rows(study, "bottlenecks")
    label = "Difference of exponents"
    panels, told = [], []
    for question, (title, words) in GROWING.items():
        found = [row for row in rows if row["question"] == question]
        differences = [(_measure(row), row["difference"], row["interval"]) for row in found]
        series = [_interval("difference", differences, label="")]
        panels.append(Panel(question.replace(" ", "-"), title, label, "", "linear", "linear", series, marked=0.0))
        told.append(words.format(*map(names.model, found[0]["ends"])))
    note = (
        f"From left to right, the exponent {'; '.join(told)}. Above zero the error falls less steeply "
        f"at the first: a bottleneck. "
        f"{_level(study, 'bottlenecks')} intervals by Welch's t, from the runs of the three smaller models."
    )
    return Drawing(panels, style.encode(study.results), note, columns=3, width=style.FULL_WIDTH, panel_height=1.6)


def _forecast(study: Study) -> Drawing:
    rows = [row for row in _rows(study, "forecasts") if (row["dataset"], row["metric"]) in EXTRAPOLATED]
    panels = []
    for dataset, metric in dict.fromkeys((row["dataset"], row["metric"]) for row in rows):
        mine = [row for row in rows if (row["dataset"], row["metric"]) == (dataset, metric)]
        for checkpoint in dict.fromkeys(row["checkpoint"] for row in mine):
            found = [row for row in mine if row["checkpoint"] == checkpoint]
            what = names.measured(dataset, metric)
            series = [
                _interval(
                    "with floor" if row["form"] != "power" else names.RULES[row["rule"]],
                    [(names.procedure(row["rule"], row["form"]), row["predicted"], row["interval"])],
                    label="",
                )
                for row in found
            ]
            model = names.model(checkpoint.split()[0])
            # Beside a stand-in there is no room for the whole of it.
            title = f"{what}, {model if study.name == PUBLISHED else model.removeprefix('ViT-')}"
            key = f"{dataset}.{metric}.{checkpoint.split()[0]}"
            panels.append(Panel(key, title, SCORE, "", "linear", "linear", series, marked=found[0]["measured"]))
    whose, recipe = (
        ("the paper's runs", "The later models were trained by other recipes than the ladder.")
        if study.name == PUBLISHED
        else ("the runs of the ladder's smaller models", "The larger models were trained by the same recipe.")
    )
    note = (
        f"Points: predicted from {whose}, with {_level(study, 'forecasts')} intervals for one new run. "
        f"Dashed: measured. {recipe}"
    )
    if any(row["interval"] is None for row in rows):
        note += " A point without a line: its frontier has too few points in some resamples for an interval."
    return Drawing(panels, style.encode(study.results), note, columns=2, width=style.FULL_WIDTH, panel_height=1.25)
