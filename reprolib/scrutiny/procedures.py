"""The procedures that are put beside the paper's: which runs become points, which form goes through them, and the fits.

Everything is least squares in the logarithm of the error, as in the paper. A power law is resampled by runs with the
frontier chosen again in every resample. A law with a floor is profiled, because resamples pile up at a floor of zero,
where percentiles mean little; where a band is drawn it is resampled as well.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from reprolib import laws
from reprolib.fit import rule_for
from reprolib.lawspecs import Choice

if TYPE_CHECKING:
    import pandas as pd

    from reprolib.params import Fit as Settings

POWER, FLOOR, SHIFTED = "power", "power-floor", "shifted-power-floor"
BINS, PARETO, HULL, ALL = "bins", "pareto", "hull", "all"
RULES = (BINS, PARETO, HULL, ALL)
"""The frontiers (`reprolib.names.RULES`); the first is the paper's."""
FORMS = (POWER, FLOOR, SHIFTED)
SYMBOLS = {"a": "beta", "c": "alpha", "d": "floor", "b": "shift"}
"""The paper's symbols, and words for what its law has not."""
FORMULAS = {
    POWER: "E = beta * C^alpha",
    FLOOR: "E = floor + beta * C^alpha",
    SHIFTED: "E = floor + beta * (C + shift)^alpha",
}
CURVE = 41
"""Places at which a drawn law stands; a law with a floor is no straight line."""
CROWDED = 0.01
"""The share of the resamples at a bound from which percentiles are no interval."""


def rule_of(name: str, settings: Settings) -> laws.Rule:
    """The rule of a frontier; the paper's with the study's settings."""
    if name == BINS:
        return rule_for(Choice.FRONTIER, settings)
    return laws.Rule("none" if name == ALL else name)


@dataclass(frozen=True)
class Workshop:
    """The fits of one run of the stage, each made once."""

    settings: Settings
    kept: dict[tuple[Any, ...], laws.Fit] = field(default_factory=dict)

    def fit(self, rows: pd.DataFrame, rule: str, form: str, method: str) -> laws.Fit:
        """A law through the runs in `rows`; `method` makes its intervals (`pairs`, `profile` or `delta`)."""
        first = rows.iloc[0]
        key = (first["dataset"], first["metric"], tuple(rows["run"]), rule, form, method)
        if key not in self.kept:
            self.kept[key] = laws.fit(
                rows, form, "gmacs_total", "error", loss="log", frontier=rule_of(rule, self.settings),
                bootstrap=self.settings.bootstrap if method == "pairs" else 0,
                method=method, level=self.settings.level, seed=self.settings.seed,
            )  # fmt: skip
        return self.kept[key]


def told(law: laws.Fit) -> dict[str, Any]:
    """A fit as a record tells it, in the paper's symbols; an interval that cannot be trusted is None and has a note."""
    intervals: dict[str, Any] = {}
    notes = {SYMBOLS[name]: note for name, note in law.notes.items()}
    for name, interval in law.intervals.items():
        crowded = law.draws is not None and at_bound(law, name) > CROWDED
        intervals[SYMBOLS[name]] = None if interval is None or crowded else list(interval)
    return {
        "params": {SYMBOLS[name]: value for name, value in law.params.items()},
        "intervals": intervals,
        "notes": notes,
        "interval_method": law.interval_method,
        "n_points": law.n_points,
        "dof": law.dof,
        "rmse": law.rmse,
        "status": law.status,
    }


def at_bound(law: laws.Fit, name: str) -> float:
    """The share of the resamples in which a parameter rests at a bound of its form."""
    if law.draws is None:
        return 0.0
    drawn = law.draws[:, law.free.index(name)]
    return float(np.isin(drawn, law.form.bounds(name)).mean())


def curve(law: laws.Fit, low: float, high: float) -> dict[str, Any]:
    """The law between two computes in GMAC, with the band that it lies in and the one for a new run."""
    x = np.geomspace(low, high, CURVE)
    law_low, law_high = law.interval(x, new=False)
    run_low, run_high = law.interval(x)
    lines = {"x": x, "y": law.predict(x), "low": law_low, "high": law_high, "run_low": run_low, "run_high": run_high}
    return {name: [float(value) if np.isfinite(value) else None for value in each] for name, each in lines.items()}
