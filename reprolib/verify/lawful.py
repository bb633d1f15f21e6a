"""Recompute functions over fitted laws: parameters, predictions, slopes compared.

E = beta C^alpha with E the error as a fraction and C the compute in GMAC. Predictions are put at the paper's nominal
numbers of samples seen (`reprolib.budgets`) and given in percent, as accuracy unless `quantity` is `error`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reprolib import names
from reprolib.budgets import nominal_compute
from reprolib.data.facts import Architecture, LaterModel, PrintedCoefficient
from reprolib.verify.measured import run_id
from reprolib.verify.registry import Ours, recomputes

if TYPE_CHECKING:
    from reprolib.verify.bench import Bench


@recomputes
def law_parameters(bench: Bench, laws: list[str], parameter: str) -> list[Ours]:
    """One parameter of each law."""
    return [Ours(_named(bench, law, parameter), bench.law(law)["params"][parameter]) for law in laws]


@recomputes
def predictions(bench: Bench, law: str, cells: list[list[str]], quantity: str = "accuracy") -> list[Ours]:
    """What a law predicts for (model, budget), in percent."""
    made = []
    for model, budget in cells:
        error = 100 * predicted(bench.law(law), nominal_compute(gmacs(bench, model), budget))
        label = f"{names.model(model)}, {budget}: {_measured(bench, law)}{' error' if quantity == 'error' else ''}"
        made.append(Ours(label, error if quantity == "error" else 100 - error))
    return made


@recomputes
def predicted_gains(bench: Bench, law: str, cells: list[list[str]]) -> list[Ours]:
    """Predicted accuracy of (model, budget) minus the measured one of a run, in pp; cells are (model, budget, run)."""
    made = []
    for model, budget, run in cells:
        record = bench.law(law)
        accuracy = 100 - 100 * predicted(record, nominal_compute(gmacs(bench, model), budget))
        measured = bench.percent(run_id(bench, run), record["dataset"], record["metric"])
        label = f"{names.model(model)}, {budget} over {names.run(run)}: {_measured(bench, law)}"
        made.append(Ours(label, accuracy - measured))
    return made


@recomputes
def forecast_errors(bench: Bench, law: str) -> list[Ours]:
    """Distance in pp of the predicted accuracy from the measured one, of the models trained after the paper."""
    record = bench.law(law)
    return [
        Ours(
            f"{names.model(row.checkpoint)}, distance from the forecast",
            abs(100 - 100 * predicted(record, row.gmacs_total) - row.measured_percent),
        )
        for row in bench.facts(LaterModel)
        if (row.dataset, row.metric) == (record["dataset"], record["metric"])
    ]


@recomputes
def slope_differences(bench: Bench, pairs: list[list[str]]) -> list[Ours]:
    """alpha of the first law of a pair minus that of the second; below zero where the first falls more steeply."""
    return [
        Ours(
            f"{names.law(bench.law(first))} against {bench.law(second)['series']}",
            slope(bench, first) - slope(bench, second),
        )
        for first, second in pairs
    ]


@recomputes
def steeper_laws(bench: Bench, pattern: str, datasets: list[str]) -> list[Ours]:
    """On how many datasets CLIP's law is steeper; `pattern` is a law id with {dataset} and {series} in it."""
    steeper = [
        dataset
        for dataset in datasets
        if slope(bench, pattern.format(dataset=dataset, series="clip"))
        < slope(bench, pattern.format(dataset=dataset, series="openclip"))
    ]
    return [Ours(f"steeper for CLIP on {', '.join(map(names.dataset, steeper))}", len(steeper))]


@recomputes
def caption_procedure(bench: Bench, figure: str) -> list[Ours]:
    """The OpenCLIP coefficients of a linear-probe figure by the procedure of its caption: the frontier of Fig. 1."""
    from reprolib import fit
    from reprolib.lawspecs import Choice

    made = []
    for row in bench.facts(PrintedCoefficient):
        if row.figure == figure and row.series == "OpenCLIP":
            points = bench.law(law_id(row))["points"]
            compute, error = [point["x"] for point in points], [point["y"] for point in points]
            knobs = bench.params.fit
            rule = fit.rule_for(Choice.FRONTIER, knobs)
            fitted = fit.told(fit.power_law(compute, error, rule, knobs, resampled=False))
            ours = fitted["params"][row.parameter]
            made.append(Ours(_named(bench, law_id(row), row.parameter), ours, row.printed))
    return made


@recomputes
def printed_coefficients(bench: Bench, figure: str) -> list[Ours]:
    """Every coefficient in a figure's legend (`printed_coefficients.csv`) from the law of that panel and series."""
    return [
        Ours(_named(bench, law_id(row), row.parameter), bench.law(law_id(row))["params"][row.parameter], row.printed)
        for row in bench.facts(PrintedCoefficient)
        if row.figure == figure
    ]


def law_id(row: PrintedCoefficient) -> str:
    """The law whose coefficient a row of `printed_coefficients.csv` prints."""
    parts = [row.task, row.dataset.replace("/", "-"), row.metric, row.shots, row.series.lower().replace(" ", "-")]
    return ".".join(part for part in parts if part)


def predicted(record: dict[str, Any], compute: float) -> float:
    """The error, as a fraction, that a law record predicts at `compute` GMAC."""
    beta, alpha = record["params"]["beta"], record["params"]["alpha"]
    return float(beta * compute**alpha)


def slope(bench: Bench, law: str) -> float:
    """The exponent of a law."""
    return float(bench.law(law)["params"]["alpha"])


def gmacs(bench: Bench, model: str) -> float:
    """Forward GMACs per sample of a model, both towers."""
    return next(row.gmacs for row in bench.facts(Architecture) if row.model == model)


def _named(bench: Bench, law: str, parameter: str) -> str:
    return f"{names.law(bench.law(law))}: {names.GREEK.get(parameter, parameter)}"


def _measured(bench: Bench, law: str) -> str:
    record = bench.law(law)
    return names.measured(record["dataset"], record["metric"])
