"""Five tables of our own: what the scrutiny (`reprolib.scrutiny`) says of the paper's claims about slopes.

Each shows one record of results/<study>/scrutiny. An interval that cannot be trusted is a dash here; why, the record
tells. Exponents are those of E = beta C^alpha, so the more negative one is the steeper.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reprolib import names
from reprolib.names import FORMS, RULES
from reprolib.tables.frame import LackingError, Table, Value, table
from reprolib.tables.spec import TableSpec

if TYPE_CHECKING:
    from reprolib.study import Study

Row = Mapping[str, Any]
Found = dict[tuple[str, ...], float | None]
NONE = ""
"""An interval that cannot be trusted, and a cell that does not apply, are empty and shown as a dash."""
SCORED = (
    ("bins", "power"),
    ("pareto", "power"),
    ("pareto", "power-floor"),
    ("hull", "power"),
    ("hull", "power-floor"),
    ("all", "power"),
)
"""The procedures in the table of held-out errors; a floor under five bins or all runs comes out as none."""
NO_TRUST = "A dash stands where no interval can be trusted, for which the record has the reason, or none applies"


def survives(study: Study) -> Table:
    """CLIP's exponent less OpenCLIP's for every error and design, with the verdict."""
    rows = _rows(study, "slopes")
    columns: dict[str, Callable[[Row], Value]] = {
        "OpenCLIP": lambda row: f"{row['exponents']['OpenCLIP']:.3f} ({_sample(row, 'OpenCLIP')})",
        "CLIP": lambda row: f"{row['exponents']['CLIP']:.3f} ({_sample(row, 'CLIP')})",
        "Difference": lambda row: row["difference"],
        "Interval": lambda row: _interval(row["given"]),
        "Welch dof": lambda row: f"{row['given']['dof']:.1f}" if row["given"] else NONE,
        "p": lambda row: f"{row['given']['p']:.3f}" if row["given"] else NONE,
        "Frontier chosen again": lambda row: _interval(row["chosen_again"]) if row["chosen_again"] else "",
        "Steeper, by the paper": lambda row: row["claimed"],
        "Survives": lambda row: row["survives"],
    }
    labels = [(_measure(row), " on ".join(filter(None, (RULES[row["design"]], row["data"])))) for row in rows]
    return _listed(("Error", "OpenCLIP's points"), labels, rows, columns, ".3f")


def _sample(row: Row, series: str) -> str:
    return f"{row['n_points'][series]}, {row['dof'][series]}"


def frontiers(study: Study) -> Table:
    """Exponent and floor of every rule and form."""
    rows = _rows(study, "frontiers")
    columns: dict[str, Callable[[Row], Value]] = {
        "Points": lambda row: str(row["n_points"]),
        "Exponent": lambda row: row["params"]["alpha"],
        "Its interval": lambda row: _ends(row["intervals"]["alpha"]),
        "Floor (%)": lambda row: f"{100 * row['params']['floor']:.1f}" if "floor" in row["params"] else "",
        "Interval of the floor (%)": lambda row: (
            _ends(row["intervals"]["floor"], 1, 100) if "floor" in row["params"] else ""
        ),
        "Resamples without floor": lambda row: (
            f"{100 * row['resampled']['without_floor']:.0f} %" if "resampled" in row else ""
        ),
        "RMSE of log E": lambda row: f"{row['rmse']:.4f}",
    }
    labels = [(_measure(row), RULES[row["rule"]], FORMS[row["form"]]) for row in rows]
    return _listed(("Error", "Frontier", "Form"), labels, rows, columns, ".3f")


def exponents(study: Study) -> Table:
    """The exponent by pre-training set, and the matched differences of each pair of sets."""
    rows = _rows(study, "pretraining")
    apart = [row for row in study.scrutiny["pretraining"]["differences"] if row["design"] == "matched"]
    laws = {(_measure(row), row["data"]): row for row in rows}
    pairs = {(_measure(row), f"{row['second']} less {row['first']}"): row for row in apart}
    errors = list(dict.fromkeys(error for error, _ in laws))
    columns = list(dict.fromkeys([(data, part) for _, data in laws for part in ("Exponent", "Interval")]))
    columns += dict.fromkeys([(pair, part) for _, pair in pairs for part in ("Difference", "Interval")])

    def cell(i: int, j: int) -> Value:
        name, part = columns[j]
        found = laws.get((errors[i], name)) or pairs.get((errors[i], name))
        if found is None:
            return None
        if part == "Interval":
            return _ends(found["intervals"]["alpha"] if "intervals" in found else found["interval"])
        value: float = found["params"]["alpha"] if "params" in found else found["difference"]
        return value

    return table(("Error",), [(error,) for error in errors], columns, cell, ".3f")


def heldout(study: Study) -> Table:
    """Errors in pp of each procedure on runs that it was not fitted to, and the one with the smallest log error."""
    rows = _rows(study, "heldout")
    record = study.scrutiny["heldout"]
    found: Found = {(row["scheme"], _measure(row), row["rule"], row["form"]): row["error_pp"] for row in rows}
    chosen = {(row["scheme"], _measure(row)): row for row in record["chosen"]}
    labels = [(scheme, error) for scheme in record["schemes"] for there, error in chosen if there == scheme]
    procedures = [(RULES[rule], FORMS[form]) for rule, form in SCORED]

    def cell(i: int, j: int) -> Value:
        scheme, error = labels[i]
        if error == MEAN:
            return _mean(found, scheme, [name for there, name in chosen if there == scheme], j)
        if j == len(SCORED):
            best = chosen[labels[i]]
            return NONE if best["rule"] is None else names.procedure(best["rule"], best["form"])
        value: float | None = found.get((scheme, error, *SCORED[j]))
        return value

    labels = [
        label
        for scheme in record["schemes"]
        for label in [*(each for each in labels if each[0] == scheme), (scheme, MEAN)]
    ]
    columns = [*procedures, ("", "Chosen by log error")]
    made = table(("Held out", "Error"), labels, columns, cell, ".2f")
    titles = [(record["schemes"][scheme], error) for scheme, error in labels]
    return Table(made.row_levels, titles, made.columns, made.cells, made.values)


MEAN = "Mean of those that all predict"


def _mean(found: Found, scheme: str, errors: Sequence[str], j: int) -> float | None:
    """Over the errors that every procedure with any score in this scheme predicts, so that means compare."""
    used = [each for each in SCORED if any(found.get((scheme, error, *each)) is not None for error in errors)]
    common = [error for error in errors if all(found.get((scheme, error, *each)) is not None for each in used)]
    if j >= len(SCORED) or SCORED[j] not in used or not common:
        return None
    return sum(float(found[scheme, error, *SCORED[j]] or 0) for error in common) / len(common)


def forecast(study: Study) -> Table:
    """Each procedure's prediction for the models trained later, with its interval, beside what was measured."""
    rows = sorted(_rows(study, "forecasts"), key=lambda row: row["gmacs_total"])
    rows = [row for measure in dict.fromkeys(map(_measure, rows)) for row in rows if _measure(row) == measure]
    columns: dict[str, Callable[[Row], Value]] = {
        "Predicted (%)": lambda row: row["predicted"],
        "Prediction interval": lambda row: _ends(row["interval"], 2),
        "Measured (%)": lambda row: row["measured"],
        "Predicted less measured (pp)": lambda row: row["error_pp"],
        "Inside": lambda row: NONE if row["inside"] is None else "yes" if row["inside"] else "no",
    }
    labels = [
        (_measure(row), names.model(row["checkpoint"].split()[0]), names.procedure(row["rule"], row["form"]))
        for row in rows
    ]
    return _listed(("Score", "Model", "Procedure"), labels, rows, columns, ".2f")


def _rows(study: Study, part: str) -> list[Row]:
    """The rows of a part's record.

    Raises:
        LackingError: There are none, or the study has no such part.
    """
    if part not in study.scrutiny:
        raise LackingError(f"study '{study.name}' has no results/{study.name}/scrutiny/{part}.json to show")
    rows: list[Row] = study.scrutiny[part]["rows"]
    if not rows:
        raise LackingError(f"study '{study.name}' has no rows in its scrutiny of {part}; its record says why")
    return rows


def _measure(row: Row) -> str:
    return names.measured(row["dataset"], row["metric"])


def _interval(judged: Row | None) -> str:
    return NONE if judged is None else _ends(judged["interval"])


def _ends(interval: Sequence[float] | None, digits: int = 3, factor: float = 1) -> str:
    if interval is None:
        return NONE
    low, high = (f"{factor * end:.{digits}f}" for end in interval)
    return f"[{low}, {high}]"


def _listed(
    levels: tuple[str, ...],
    labels: Sequence[tuple[str, ...]],
    rows: Sequence[Row],
    columns: Mapping[str, Callable[[Row], Value]],
    show: str,
) -> Table:
    """A row for each row of the record, a column for each function."""
    cells = list(columns.values())
    return table(levels, labels, [(name,) for name in columns], lambda i, j: cells[j](rows[i]), show)


_SPECS = {
    "table-survives": TableSpec(
        title="Do the claims about slopes survive",
        caption="Exponent of CLIP less that of OpenCLIP, below zero where CLIP is the steeper, with 95 % intervals by "
        "Welch's t; in brackets the number of points and the degrees of freedom. Yes: the interval excludes zero on "
        "the side that the paper claims, for a frontier with its points given and chosen again in each resample; "
        "depends: in one of the two ways only",
        origin="recomputed",
        reads=("scrutiny",),
        build=survives,
        note="CLIP has three models, so its own law has one degree of freedom in every row. Matched rows keep the runs "
        "of CLIP's architectures and scale of samples seen",
    ),
    "table-frontiers": TableSpec(
        title="Other frontiers and forms",
        caption="Laws of OpenCLIP's zero-shot errors by frontier and form with 95 % intervals: of a power law from "
        "resamples that choose the frontier again, of a floor from its profile with the points given, of a shifted "
        "law by the delta method",
        origin="recomputed",
        reads=("scrutiny",),
        build=frontiers,
        note=f"{NO_TRUST}. A floor whose interval begins at zero is not established. The points of a frontier, and "
        "of a hull most of all, are chosen for lying below the others and scatter less than runs do: profiles are "
        "too narrow",
    ),
    "table-exponents": TableSpec(
        title="The exponent by pre-training data",
        caption="Exponents of power laws through all OpenCLIP runs on one pre-training set, and the differences over "
        "the runs that two sets have in common (architecture and samples seen), with 95 % intervals by Student's and "
        "Welch's t",
        origin="recomputed",
        reads=("scrutiny",),
        build=exponents,
    ),
    "table-heldout": TableSpec(
        title="Errors on held-out runs",
        caption="Mean absolute error in percentage points on runs that the law was not fitted to; a frontier law is "
        "scored on runs of the frontier, a law through all runs on all",
        origin="recomputed",
        reads=("scrutiny",),
        build=heldout,
        note="A dash stands where the held-out run is not on the frontier, or where the form was not tried",
    ),
    "table-forecast": TableSpec(
        title="The extrapolations against models trained later",
        caption="Accuracy or recall predicted from the paper's runs for one new run at the later model's compute, with "
        "95 % prediction intervals, and what was measured",
        origin="recomputed",
        reads=("scrutiny",),
        build=forecast,
        note="An interval is for one new run that scatters about the law as its points do. "
        "The later models were trained by other recipes than the ladder: a miss tells of recipe and law together",
    ),
}
SPECS = {name: replace(spec, elsewhere=replace(spec, reads=(*spec.reads, "evals"))) for name, spec in _SPECS.items()}
"""What stands for the paper's data sets elsewhere, and so in the notes, only evaluations tell."""
