"""Which points, which rule, which law: what `explore.ipynb` asks of a study, without its controls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reprolib.errors import ReproError
from reprolib.fit import power_law, rule_for, told
from reprolib.laws import LawError, Rule
from reprolib.lawspecs import Choice

if TYPE_CHECKING:
    import pandas as pd

    from reprolib.params import Fit
    from reprolib.study import Study

FIGURES, ALL, BINS, PARETO = "as in the figures", "all points", "best of each bin", "true Pareto"
RULES = (FIGURES, ALL, BINS, PARETO)
"""Which points of a series a law goes through. As in the figures: the study's own law record. All points: every run.
Best of each bin: the smallest error of each bin, placed at the bin's centre (the paper does so for OpenCLIP in Figs. 1
and 8, with five bins). True Pareto: each run that no run of less or equal compute beats, where it stands."""
COLUMNS = ("task", "dataset", "shots", "metric")
"""What selects one measured quantity, in the order in which a reader chooses."""


@dataclass(frozen=True)
class Fitted:
    """One series of one quantity, and the law through it."""

    series: str
    rows: pd.DataFrame
    """Its runs: the columns of the results table, `error` (a fraction) and `kept`, whether the rule kept the run."""
    rule: str
    law: dict[str, Any] | None
    """As a law record tells it (`reprolib.fit.told`)."""
    why: str
    """How the fit went or, where there is no law, why not; a sentence."""


def values(study: Study, column: str, **given: str) -> list[str]:
    """What `column` of the results table can be, once other columns have the values `given`."""
    return sorted(study.select(**given)[column].unique())


def series(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The series that rows of one quantity fall into: OpenCLIP, also by data, and OpenAI's ViTs (224 px) and ResNets.

    They overlap, and OpenAI's ViT-L-14-336 is in none, as in the paper.
    """
    ours, theirs = rows[rows["series"] == "OpenCLIP"], rows[rows["series"] == "CLIP"]
    by_data = {f"OpenCLIP on {name}": part for name, part in ours.groupby("pretrain_data")}
    found = {
        "OpenCLIP": ours,
        **(by_data if len(by_data) > 1 else {}),
        "CLIP": theirs[theirs["model"].str.fullmatch(r"ViT-\w-\d+")],
        "CLIP ResNet": theirs[theirs["model"].str.startswith("RN")],
    }
    return {name: part for name, part in found.items() if len(part)}


def fit(study: Study, quantity: dict[str, str], names: tuple[str, ...], rule: str, settings: Fit) -> list[Fitted]:
    """A law for each series in `names` that has runs of `quantity` (a value for each of `COLUMNS`).

    A series that no law can be fitted to comes without one and with the reason.

    Raises:
        ReproError: The study has nothing of this quantity, or there is no such rule.
    """
    if rule not in RULES:
        raise ReproError(f"there is no rule '{rule}'; choose one of {', '.join(RULES)}")
    found = series(study.select(**quantity))
    chosen = {name: _with_error(found[name]) for name in names if name in found}
    if rule == FIGURES:
        return [_recorded(study, quantity, name, rows) for name, rows in chosen.items()]
    return [_fitted(name, rows, rule, settings) for name, rows in chosen.items()]


def _with_error(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.sort_values(["gmacs_total", "run"]).reset_index(drop=True)
    return rows.assign(error=1 - rows["value"], kept=True)


def _recorded(study: Study, quantity: dict[str, str], name: str, rows: pd.DataFrame) -> Fitted:
    wanted = {**quantity, "series": name}
    laws = [law for law in study.laws.values() if all(law[key] == value for key, value in wanted.items())]
    if not laws:
        return Fitted(name, rows, FIGURES, None, "no law: the figures have none for this; choose another rule")
    record = laws[0]
    rows = rows.assign(kept=rows["run"].isin([point["run"] for point in record["points"]]))
    return Fitted(name, rows, FIGURES, record, f"{record['procedure']}; {record['status']}")


def _fitted(name: str, rows: pd.DataFrame, rule: str, settings: Fit) -> Fitted:
    chosen = {ALL: Rule("none"), BINS: rule_for(Choice.FRONTIER, settings), PARETO: Rule("pareto")}[rule]
    try:
        law = power_law(list(rows["gmacs_total"]), list(rows["error"]), chosen, settings)
    except LawError as fault:
        return Fitted(name, rows, rule, None, f"no law: {fault}")
    rows["kept"] = [number in law.points for number in range(len(rows))]
    return Fitted(name, rows, rule, told(law), law.status)


@dataclass(frozen=True)
class Standing:
    """Where a model stands against a law. Errors are fractions, compute is in GMAC."""

    compute: float
    measured: float
    predicted: float
    residual: float
    """Measured minus predicted error: above zero the model does worse than the law."""
    needed: float
    """The compute at which the law reaches the measured error."""
    fitted_range: tuple[float, float]
    """The least and the most compute among the runs of the series."""

    def sentence(self) -> str:
        """What this says, to be read."""
        side = "on" if abs(self.residual) < 5e-5 else "above" if self.residual > 0 else "below"
        word = {"on": "as good as", "above": "worse than", "below": "better than"}[side]
        low, high = self.fitted_range
        inside = low <= self.compute <= high
        beyond = "" if inside else f" The law is extrapolated here: its runs span {low:.3g} to {high:.3g} GMAC."
        return (
            f"At {self.compute:.3g} GMAC the law predicts an error of {self.predicted:.2%}; "
            f"measured is {self.measured:.2%}, {self.residual * 100:+.2f} percentage points: {side} the law, "
            f"{word} its series. "
            f"The law reaches this error with {self.needed / self.compute:.2g} times the compute.{beyond}"
        )


def stand(fitted: Fitted, gmacs_per_sample: float, samples_seen: float, accuracy: float) -> Standing:
    """Drop a model onto a law: forward GMACs of both towers per sample, samples seen, measured accuracy (a fraction).

    Raises:
        ReproError: The series has no law, or a number is impossible.
    """
    if fitted.law is None:
        raise ReproError(f"{fitted.series} has no law to compare with ({fitted.why}); choose another series or rule")
    if gmacs_per_sample <= 0 or samples_seen <= 0:
        raise ReproError(f"compute is {gmacs_per_sample} GMAC x {samples_seen} samples; both must be above zero")
    if not 0 <= accuracy < 1:
        raise ReproError(f"the accuracy is {accuracy}; it must be a fraction from 0 to below 1")
    compute = gmacs_per_sample * samples_seen
    measured = 1 - accuracy
    beta, alpha = fitted.law["params"]["beta"], fitted.law["params"]["alpha"]
    predicted = float(beta * compute**alpha)
    return Standing(
        compute=compute,
        measured=measured,
        predicted=predicted,
        residual=measured - predicted,
        needed=float((measured / beta) ** (1 / alpha)),
        fitted_range=(float(fitted.rows["gmacs_total"].min()), float(fitted.rows["gmacs_total"].max())),
    )
