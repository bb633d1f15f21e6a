"""The panel that most figures are made of: a study's error against compute, and the laws fitted to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reprolib.errors import ReproError
from reprolib.figures.panel import Panel, Series
from reprolib.study import PUBLISHED

if TYPE_CHECKING:
    import pandas as pd

    from reprolib.study import Study

SERIES = ("OpenCLIP", "CLIP")
COMPUTE = "Total compute (GMAC per sample × samples seen)"
PRETRAINING_COMPUTE = "Pre-training compute (GMAC per sample × samples seen)"
ACCURACY_ERROR = "Top-1 error (%)"
RECALL_ERROR = "100 − recall@5 (%)"
OWN_FIT = "Lines and coefficients are our own fit; the paper's coefficients were not released."


@dataclass(frozen=True)
class Quantity:
    """What a panel measures: one cell of the results table's key, and its title."""

    task: str
    dataset: str
    metric: str
    title: str
    shots: str = ""

    def condition(self) -> dict[str, str]:
        """The columns of the results table that select it."""
        return {"task": self.task, "dataset": self.dataset, "metric": self.metric, "shots": self.shots}

    @property
    def key(self) -> str:
        """The panel's key in the record, as in the ids of laws."""
        return ".".join(filter(None, (self.task, self.dataset.replace("/", "-"), self.metric, self.shots)))


def panel(
    study: Study,
    quantity: Quantity,
    *,
    y_label: str,
    x_label: str = COMPUTE,
    series: tuple[str, ...] = SERIES,
    hollow: frozenset[str] = frozenset(),
    beyond: bool = True,
) -> Panel:
    """Points and laws of `quantity`, a law per entry of `series` that the study has models for.

    Args:
        study: The study to draw.
        quantity: What is measured.
        y_label: The label of the axis of errors.
        x_label: The label of the axis of compute; panels with the same one share its range.
        series: Names of the laws, in the order of the legend.
        hollow: Runs to draw as open markers.
        beyond: Draw each law dashed where the others' models go on and its own end.

    Raises:
        ReproError: The study has no such results or lacks a law.
    """
    table = study.select(**quantity.condition())
    has_clip = (table["series"] == "CLIP").any()
    laws = [law_of(study, quantity, name) for name in series if has_clip or not name.startswith("CLIP")]
    shown = [rows_of(table, law) for law in laws]
    low = min(rows["gmacs_total"].min() for rows in shown)
    high = max(rows["gmacs_total"].max() for rows in shown)
    drawn: list[Series] = []
    before: set[str] = set()
    for law, rows in zip(laws, shown, strict=True):
        new = rows[~rows["run"].isin(before)]
        before |= set(new["run"])
        is_hollow = new["run"].isin(hollow)
        drawn += [
            points(law["series"], part, hollow=flag)
            for part, flag in ((new[~is_hollow], False), (new[is_hollow], True))
            if len(part)
        ]
    for law, rows in zip(laws, shown, strict=True):
        own = (rows["gmacs_total"].min(), rows["gmacs_total"].max())
        drawn += lines(law, own, (low, high) if beyond else own)
    return Panel(quantity.key, quantity.title, x_label, y_label, "log", "log", drawn)


def law_of(study: Study, quantity: Quantity, series: str) -> dict[str, Any]:
    """The law record of `quantity` and `series`.

    Raises:
        ReproError: The study has none.
    """
    wanted = {**quantity.condition(), "series": series}
    for law in study.laws.values():
        if all(law[key] == value for key, value in wanted.items()):
            return law
    raise ReproError(
        f"study '{study.name}' has no law of series '{series}' for {quantity.key}; run `reprolib fit {study.name}`"
    )


def rows_of(table: pd.DataFrame, law: dict[str, Any]) -> pd.DataFrame:
    """The rows in a law's view: those fitted and, where a frontier chose them, those that it passed over."""
    runs = {point["run"] for point in law["points"]}
    if law["edges"] is not None:
        runs |= {row["run"] for row in law["dropped"]}
    return table[table["run"].isin(runs)].sort_values(["gmacs_total", "run"])


def points(name: str, rows: pd.DataFrame, *, hollow: bool) -> Series:
    """Rows of the results table as points: compute in GMAC, error in percent."""
    return Series(
        name=name,
        kind="points",
        x=[float(value) for value in rows["gmacs_total"]],
        y=[100 * (1 - float(value)) for value in rows["value"]],
        runs=list(rows["run"]),
        models=list(rows["model"]),
        data=list(rows["pretrain_data"]),
        budgets=list(rows["budget"]),
        hollow=hollow,
    )


def lines(law: dict[str, Any], own: tuple[float, float], whole: tuple[float, float]) -> list[Series]:
    """A law over the range of its `own` points, and dashed where the panel's `whole` range goes beyond it."""
    label = f"{law['series']}: {formula(law)}"
    parts: list[Series] = [line(law, own, label=label)]
    for start, end in ((whole[0], own[0]), (own[1], whole[1])):
        if start < end:
            parts.append(line(law, (start, end), dashed=True))
    return parts


def line(law: dict[str, Any], span: tuple[float, float], *, label: str = "", dashed: bool = False) -> Series:
    """A law between two computes. Its two ends suffice: a power law is straight in log-log."""
    return Series(
        name=law["series"],
        kind="dashed" if dashed else "line",
        x=[float(value) for value in span],
        y=[predict(law, value) for value in span],
        law=law["id"],
        label=label,
    )


def predict(law: dict[str, Any], compute: float) -> float:
    """The error in percent that a law gives at a compute in GMAC."""
    return float(100 * law["params"]["beta"] * compute ** law["params"]["alpha"])


def formula(law: dict[str, Any]) -> str:
    """The law as the paper prints it: E = 5.86 C^-0.11, as mathtext; of another study with a third decimal."""
    decimals = 2 if law["study"] == PUBLISHED else 3
    return f"$E = {factor(law['params']['beta'])}\\,C^{{{law['params']['alpha']:.{decimals}f}}}$"


def factor(beta: float) -> str:
    """A law's beta with two decimals as in the paper, with two digits if it is tiny, as a power of ten if huge."""
    if beta < 1e3:
        return f"{beta:.2f}" if beta >= 0.1 else f"{beta:.2g}"
    mantissa, exponent = f"{beta:.2e}".split("e")
    return f"{mantissa} \\times 10^{{{int(exponent)}}}"
