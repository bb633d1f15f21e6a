"""Laws and series as small tables, for reading in a notebook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from reprolib.explore.points import Fitted
    from reprolib.study import Study


def laws(study: Study, figure: str) -> pd.DataFrame:
    """The law records that `figure` draws, a row each."""
    rows = [_row(law) for law in study.laws.values() if figure in law["figures"]]
    return pd.DataFrame(rows, columns=list(rows[0]) if rows else None).set_index(
        ["task", "data set", "metric", "series"]
    )


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
            params = {"beta": one.law.beta, "alpha": one.law.alpha}
            row |= {"points": str(one.law.n), **_coefficients(params, one.law.intervals, one.law.level)}
            row |= {"RMSE (decades)": f"{one.law.rmse_log10:.3g}"}
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
