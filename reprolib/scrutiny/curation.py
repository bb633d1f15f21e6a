"""What the choice of training pairs does to the laws: the exponent, or only the offset; head and tail; the effect of t.

For a study with results/<study>/curation.json, which `reprolib.curate.stage` writes: its models are one ladder trained
on several choices of pairs from one pool. `laws` has a power law for each choice through all of its runs. `rows` set
each choice beside the whole pool, and those of the size of the random choice beside that one too, which is the fairer
comparison: at equal samples seen a smaller set is seen more often. They are judged by cells
(`reprolib.scrutiny.paired`) and not by Welch's t of two fits, as in `pretraining`, which leaves in what is peculiar to
a cell.

The exponent moves if the interval of the difference excludes zero. If it does not, and that of the offset does, only
the offset is seen to move; with few cells that leaves room for a change of the exponent as large as its interval. No
interval is corrected for the number of comparisons (`chance` says how many would exclude zero by luck).

`t` has the errors of the one model that is trained for several t, each a single run with the interval of its test
images, and `effects` what the strongest balancing changes, with an interval for the luck of two runs. There the whole
pool stands for balancing without a limit, which it is up to the captions that match no entry.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from reprolib import names
from reprolib.laws import LawError
from reprolib.provenance import records
from reprolib.scrutiny import measures, paired
from reprolib.scrutiny.measures import IMAGE, LEAST, Measure
from reprolib.scrutiny.paired import Paired
from reprolib.scrutiny.procedures import ALL, POWER, Workshop, told

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from reprolib.study import Study

Row = dict[str, Any]
FILE = "curation.json"
MEASURES = (
    Measure("imagenet1k"),
    Measure("imagenet1k-head"),
    Measure("imagenet1k-tail"),
    Measure("imagenet_robustness"),
    Measure("mscoco_captions", IMAGE),
    Measure("flickr30k", IMAGE),
    Measure("vtab+"),
)
RAW, RANDOM = "raw", "random"
"""Methods of `reprolib.curate.selection` that have a part of their own here."""
ALIKE = 0.02
"""By which share sizes may differ and count as equal: balancing draws, so it meets its size in the mean."""
EXPONENT, OFFSET, NEITHER = "exponent", "offset", "neither"
WORDS = {
    EXPONENT: "the exponent moves",
    OFFSET: "only the offset is seen to move",
    NEITHER: "neither exponent nor offset is told apart",
}
WAYS = {EXPONENT: ("steeper", "flatter"), OFFSET: ("lower", "higher"), NEITHER: ("", "")}
"""How the second error lies to the first where the number is below zero, and where it is above."""


def record_of(study: Study) -> Path:
    """Where the cards of a study's subsets stand, if it has any."""
    return study.tree.results(study.name) / FILE


def build(study: Study, work: Workshop) -> dict[str, Any]:
    """The content of the record."""
    if not record_of(study).is_file():
        reason = f"the study has no {FILE}: its models are not trained on several choices from one pool"
        return {"rows": [], "skipped": [{"reason": reason}]}
    subsets = _subsets(records.read(record_of(study), "curation")["subsets"])
    made: dict[str, list[Row]] = {"rows": [], "laws": [], "t": [], "effects": [], "skipped": []}
    for measure in MEASURES:
        runs = measures.openclip(study, measure)
        for subset in subsets:
            try:
                made["laws"].append(_law(measure, runs, subset["name"], work))
            except LawError as error:
                made["skipped"].append({**measure.key(), "data": subset["name"], "reason": str(error)})
        pairs = _pairs(runs, _compared(subsets))
        made["rows"] += [_told(measure, *both, found, work.settings.level) for both, found in pairs.items()]
        rows = _by_t(measure, runs, subsets)
        made["t"] += rows
        if rows and pairs:
            made["effects"] += _effects(measure, rows, paired.luck([*pairs.values()], work.settings.level))
    chance = (1 - work.settings.level) * len(made["rows"])
    return {"words": WORDS, "subsets": subsets, **made, "chance": chance}


def _subsets(cards: Mapping[str, Mapping[str, Any]]) -> list[Row]:
    """What the laws and the effect of t are told by, the whole pool first."""
    return [
        {
            "name": name,
            "method": each["method"],
            "size": each["card"]["samples"],
            "t": each.get("t"),
            "tail_share": each["card"]["tail"]["after"],
            "most": each["card"]["head"][0]["before"],
        }
        for name, each in sorted(cards.items(), key=lambda item: item[1]["method"] != RAW)
    ]


def _compared(subsets: Sequence[Row]) -> list[tuple[str, str]]:
    """Each choice beside the whole pool, and beside the random one if it is as large."""
    others = [each for each in subsets if each["method"] != RAW]
    return [
        (first["name"], each["name"])
        for first in subsets
        if first["method"] in (RAW, RANDOM)
        for each in others
        if each is not first and (first["method"] == RAW or abs(each["size"] / first["size"] - 1) < ALIKE)
    ]


def _law(measure: Measure, runs: pd.DataFrame, data: str, work: Workshop) -> Row:
    rows = runs[runs["pretrain_data"] == data]
    if rows["gmacs_total"].nunique() < LEAST:
        raise LawError(measures.lacking(measure, len(rows), f"OpenCLIP (on {data})")["reason"])
    law = told(work.fit(rows, ALL, POWER, "delta"))
    alpha, interval = law["params"]["alpha"], law["intervals"]["alpha"]
    falls = interval is not None and interval[1] < 0
    return {
        **measure.key(),
        "data": data,
        **law,
        "falls": falls,
        "statement": f"{measure.title} on {data}: {'falls' if falls else 'does not fall beyond doubt'} "
        f"(exponent {alpha:.3f} {_ends(interval)}, {law['n_points']} runs).",
    }


def _pairs(runs: pd.DataFrame, compared: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Paired]:
    """Each two choices on the cells that both have; none where these are too few."""
    error, compute = (
        runs.pivot_table(index=["model", "budget"], columns="pretrain_data", values=values)
        for values in ("error", "gmacs_total")
    )
    found = {}
    for first, second in compared:
        if {first, second} <= set(error.columns):
            cells = error[[first, second]].dropna()
            x = compute.loc[cells.index, first].to_numpy(float)
            if len(set(x)) >= paired.NEEDED:
                found[first, second] = paired.pair(x, cells[first].to_numpy(float), cells[second].to_numpy(float))
    return found


def _told(measure: Measure, first: str, second: str, found: Paired, level: float) -> Row:
    slope, offset = found.slope.interval(level), found.offset.interval(level)
    verdict = EXPONENT if slope[0] > 0 or slope[1] < 0 else OFFSET if offset[0] > 0 or offset[1] < 0 else NEITHER
    way = WAYS[verdict][(found.slope if verdict == EXPONENT else found.offset).value > 0]
    ratio, ratios = math.exp(found.offset.value), [math.exp(end) for end in offset]
    compute = paired.worth(found, level)
    return {
        **measure.key(),
        "first": first,
        "second": second,
        "cells": found.cells,
        "difference": found.slope.value,
        "interval": list(slope),
        "dof": found.slope.dof,
        "p": found.slope.p,
        "ratio": ratio,
        "ratio_interval": ratios,
        "ratio_p": found.offset.p,
        "points": 100 * found.points.value,
        "points_interval": [100 * end for end in found.points.interval(level)],
        "common": found.common.value,
        "common_interval": list(found.common.interval(level)),
        "compute": None if compute is None else compute[0],
        "compute_interval": None if compute is None else compute[1],
        "moves": verdict,
        "way": way,
        "statement": f"{measure.title}: {second} against {first}, {', '.join(filter(None, (WORDS[verdict], way)))}: "
        f"over {found.cells} cells the error is {ratio:.3f} {_ends(ratios)} times as large{_worth(compute)}, the "
        f"exponents differ by {found.slope.value:z.3f} {_ends(slope)}.",
    }


def _worth(compute: tuple[float, Sequence[float | None]] | None) -> str:
    return "" if compute is None else f", as with {compute[0]:.2f} {_ends(compute[1], 2)} times the compute"


def _ends(interval: Sequence[float | None] | None, digits: int = 3) -> str:
    """Both ends; one that the data do not give is an ellipsis."""
    if interval is None:
        return "without an interval"
    low, high = ("…" if end is None else f"{end:z.{digits}f}" for end in interval)
    return f"[{low}, {high}]"


def _by_t(measure: Measure, runs: pd.DataFrame, subsets: Sequence[Row]) -> list[Row]:
    """The balanced choices by t, the whole pool and the random choice, in the cell that is trained on all of them."""
    balanced = sorted((each for each in subsets if each["t"] is not None), key=lambda each: each["t"])
    whole = [each for each in subsets if each["method"] in (RAW, RANDOM)]
    shown = [*balanced, *whole]
    data = runs.groupby(["model", "budget"])["pretrain_data"].agg(set)
    cells = [cell for cell, there in data.items() if {each["name"] for each in shown} <= there]
    if len(balanced) < 2 or not cells:
        return []
    model, budget = cells[-1]
    cell = runs[(runs["model"] == model) & (runs["budget"] == budget)].set_index("pretrain_data")
    return [_at(measure, cell.loc[each["name"]], each) for each in shown]


def _at(measure: Measure, run: pd.Series[Any], subset: Row) -> Row:
    interval = run["interval"]
    return {
        **measure.key(),
        "data": subset["name"],
        **{key: subset[key] for key in ("method", "t", "size", "tail_share")},
        **{key: run[key] for key in ("run", "model", "budget")},
        "error": 100 * run["error"],
        "interval": None if interval is None else [100 * (1 - end) for end in reversed(interval)],
    }


def _effects(measure: Measure, rows: Sequence[Row], luck: float) -> list[Row]:
    """The error at the smallest t less that on the whole pool, and less that on the random choice.

    Each is of two single runs, so its interval is made of the luck of two runs as all cells tell it. That of the test
    images alone is by square and add (Newcombe, Stat. Med. 17, 1998, 873).
    """
    own, found = rows[0], []
    for first in (each for each in rows if each["method"] in (RAW, RANDOM)):
        difference = own["error"] - first["error"]
        half = luck * math.sqrt(own["error"] * first["error"])
        interval = [difference - half, difference + half]
        word = "less" if interval[1] < 0 else "more" if interval[0] > 0 else "not told apart"
        found.append(
            {
                **measure.key(),
                "first": first["data"],
                "second": own["data"],
                "difference": difference,
                "interval": interval,
                "test_interval": _of_the_test(own, first),
                "statement": f"{measure.title} of {names.model(own['model'])} at {own['budget']}: the error on "
                f"{own['data']} (t = {own['t']:.0f}) less that on {first['data']} is {difference:z.1f} points "
                f"{_ends(interval, 1)}: {word}.",
            }
        )
    return found


def _of_the_test(own: Row, first: Row) -> list[float] | None:
    """The interval of a difference of two errors with intervals; too wide, as both are of the same images."""
    if own["interval"] is None or first["interval"] is None:
        return None
    (low, high), (least, most) = own["interval"], first["interval"]
    return [
        own["error"] - first["error"] - math.hypot(own["error"] - low, most - first["error"]),
        own["error"] - first["error"] + math.hypot(high - own["error"], first["error"] - least),
    ]
