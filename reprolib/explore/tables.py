"""Laws and series as small tables, for reading in a notebook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from reprolib import names

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

    from reprolib.explore.points import Fitted
    from reprolib.study import Study


def laws(study: Study, figure: str) -> pd.DataFrame:
    """The law records that `figure` draws, a row each."""
    rows = [_row(law) for law in study.laws.values() if figure in law["figures"]]
    return pd.DataFrame(rows, columns=list(rows[0]) if rows else None).set_index(
        ["task", "data set", "metric", "series"]
    )


def scrutiny(study: Study, table: str) -> Styler:
    """One of our own tables (`survives`, `frontiers`, …) as the study's scrutiny gives it, or why it gives none."""
    from reprolib.tables import entry
    from reprolib.tables.frame import LackingError

    try:
        made = entry(f"table-{table}").of(study).build(study)
    except LackingError as error:
        return pd.DataFrame({"not in this study": [str(error)]}).style
    rows = pd.MultiIndex.from_tuples(made.rows, names=made.row_levels)
    return pd.DataFrame(made.cells, index=rows, columns=made.column_names).style


def survival(study: Study) -> pd.DataFrame:
    """For each claim about slopes in how many designs it survives, in which, and the interval from test-set noise."""
    slopes = study.scrutiny["slopes"]
    rows: dict[str, dict[str, Any]] = {}
    for found in slopes["rows"]:
        row = rows.setdefault(names.measured(found["dataset"], found["metric"]), {"steeper, by the paper": ""})
        row["steeper, by the paper"] = found["claimed"]
        design = " on ".join(filter(None, (names.RULES[found["design"]], found["data"])))
        row.setdefault("survives", []).extend([design] * (found["survives"] == "yes"))
        row["designs"] = row.get("designs", 0) + 1
        if found["test_noise"] is not None:
            ends = found["test_noise"]["interval"]
            row["test set"] = "not known" if ends is None else f"[{ends[0]:.3f}, {ends[1]:.3f}]"
    for row in rows.values():
        under = row.pop("survives")
        row["survives"] = f"{len(under)} of {row.pop('designs')}"
        row["under"] = ", ".join(under) or "none"
    return pd.DataFrame.from_dict(rows, orient="index")


def statements(study: Study, part: str) -> Styler:
    """What a part of the scrutiny says of each error, a sentence a row."""
    record = study.scrutiny[part]
    rows = [*record["rows"], *record.get("laws", [])]
    return pd.DataFrame({"what the runs say": [row["statement"] for row in rows]}).style


def skipped(study: Study) -> pd.DataFrame:
    """What each part of the scrutiny left out, and why, each reason once."""
    rows = [
        {
            "part": part,
            "error": names.measured(entry["dataset"], entry["metric"]) if "dataset" in entry else "",
            **entry,
        }
        for part, record in study.scrutiny.items()
        for entry in record["skipped"]
    ]
    columns = ["part", "error", "rule", "form", "data", "reason"]
    return pd.DataFrame(rows, columns=columns).fillna("").drop_duplicates(ignore_index=True)


def _row(law: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "task": " ".join(filter(None, (law["task"], law["shots"]))),
        "data set": law["dataset"],
        "metric": law["metric"],
        "series": law["series"],
        **_coefficients(law["params"], law["intervals"], law["level"]),
        "points": law["n_points"],
        "RMSE (decades)": f"{law['rmse_log10']:.3g}",
        "printed in the paper": "yes" if law["printed"] else "no",
    }


def fits(fitted: Iterable[Fitted]) -> pd.DataFrame:
    """What was fitted just now, a row for each series."""
    rows = []
    for one in fitted:
        row: dict[str, Any] = {"series": one.series, "runs": len(one.rows)}
        if one.law is not None:
            row |= {"points": str(one.law["n_points"])}
            row |= _coefficients(one.law["params"], one.law["intervals"], one.law["level"])
            row |= {"RMSE (decades)": f"{one.law['rmse_log10']:.3g}"}
        rows.append(row | {"how it went": one.why})
    return pd.DataFrame(rows).fillna("")


def _coefficients(params: Mapping[str, float], intervals: Mapping[str, Any], level: float) -> dict[str, str]:
    """The two coefficients with their intervals; those of beta span decades, so they have digits and not places."""
    shown = {}
    for name, sign, places, format_ in (("beta", "β", 2, ".3g"), ("alpha", "α", 3, ".3f")):
        ends = intervals[name]
        interval = "[not to be given]" if ends is None else f"[{ends[0]:{format_}}, {ends[1]:{format_}}]"
        shown[f"{sign} [{level:.0%} interval]"] = f"{params[name]:.{places}f} {interval}"
    return shown


def drawn(record: Mapping[str, Any]) -> pd.DataFrame:
    """The points that a figure record shows, a row each; `x` and `y` are what the panel says."""
    rows = [
        {"panel": _axes(panel), "series": series["name"], "run": run, "x": x, "y": y}
        for panel in record["panels"]
        for series in panel["series"]
        for run, x, y in zip(series["runs"] or [""] * len(series["x"]), series["x"], series["y"], strict=True)
    ]
    return pd.DataFrame(rows).set_index(["panel", "series", "run"])


def _axes(panel: Mapping[str, Any]) -> str:
    y = f", y: {panel['y_label']}" if panel["y_label"] else ""
    return f"{panel['title']} (x: {panel['x_label']}{y})"
