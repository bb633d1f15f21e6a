"""`reprolib laws`: fit, compare and hold out scaling laws on any CSV or Parquet, inside or outside of this project."""

# ruff: noqa: T201 # the command line is where printing belongs
from __future__ import annotations

import contextlib
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reprolib.errors import ReproError

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer(
    help="Fit, compare and hold out scaling laws on any CSV or Parquet.", no_args_is_help=True, rich_markup_mode=None
)

FORMS = "power, power-floor, shifted-power-floor, chinchilla, overtraining, m1 to m4, bnsl1, bnsl2 or sigmoid"


class LossName(StrEnum):
    """The losses by name."""

    LINEAR = "linear"
    LOG = "log"
    HUBER = "huber"
    ASYMMETRIC = "asymmetric"
    QUANTILE = "quantile"


Data = Annotated[Path, typer.Argument(help="A CSV (.csv, .csv.gz, .tsv) or Parquet file (.parquet).")]
X = Annotated[str, typer.Option("--x", help="The column of x; for two inputs both, for instance N,D.")]
Y = Annotated[str, typer.Option("--y", help="The column to be explained.")]
Out = Annotated[Path, typer.Option("--json", help="Where the result goes, as JSON.")]
Where = Annotated[str | None, typer.Option(help="Rows to take, as a pandas query: \"series == 'a'\".")]
Loss = Annotated[LossName, typer.Option(help="Least squares in y or in log y, or a robust loss in log y.")]
Delta = Annotated[float | None, typer.Option(help="Of the Huber loss, in log y; default 1e-3.")]
Factor = Annotated[float | None, typer.Option(help="Asymmetric: how many times points below the law count.")]
Quantile = Annotated[float | None, typer.Option(help="Quantile: the share of points below the law.")]
Frontier = Annotated[
    str, typer.Option(help="none, bins:5, geometric:27, pareto, hull or quantile:5:0.25: which rows are taken.")
]
Pin = Annotated[list[str] | None, typer.Option(help="A parameter that is given, for instance d=0; repeatable.")]
Bootstrap = Annotated[int, typer.Option(min=0, help="Resamples for the intervals; 0 for none.")]
Method = Annotated[str, typer.Option(help="auto, delta, profile, pairs, residual, parametric, cluster or noise.")]
Cluster = Annotated[str | None, typer.Option(help="A column: rows with one value are resampled together.")]
Level = Annotated[float, typer.Option(help="The confidence level.")]
Seed = Annotated[int, typer.Option(min=0, help="What resamples are drawn from.")]


@app.command()
def fit(
    data: Data,
    form: Annotated[str, typer.Option(help=f"The law: {FORMS}.")],
    x: X,
    y: Y,
    out: Out,
    where: Where = None,
    loss: Loss = LossName.LINEAR,
    delta: Delta = None,
    factor: Factor = None,
    quantile: Quantile = None,
    frontier: Frontier = "none",
    weights: Annotated[str | None, typer.Option(help="A column: how many points a row counts for.")] = None,
    noise: Annotated[
        str | None, typer.Option(help="A column with the known standard deviation of y, or binomial:COLUMN.")
    ] = None,
    pin: Pin = None,
    by: Annotated[str | None, typer.Option(help="With --share: the column that says which series a row is in.")] = None,
    share: Annotated[str | None, typer.Option(help="Parameters that all series share, for instance c,d.")] = None,
    bootstrap: Bootstrap = 0,
    method: Method = "auto",
    cluster: Cluster = None,
    level: Level = 0.95,
    seed: Seed = 0,
    predict: Annotated[
        str | None, typer.Option(help="Values of x, comma-separated; two inputs with a colon: 1e9:2e10,1e10:2e11.")
    ] = None,
) -> None:
    """Fit a law: parameters with intervals, the search's account, and predictions for new runs."""
    table = _read(data, where)
    with _told(table):
        from reprolib import laws

        fitted = laws.fit(
            table, form, x, y, loss=loss.value, delta=delta, factor=factor, quantile=quantile, frontier=frontier,
            weights=weights, noise=noise, pin=_pins(pin), by=by, share=_names(share),
            bootstrap=bootstrap, method=method, cluster=cluster, level=level, seed=seed,
        )  # fmt: skip
        fitted = fitted.renumbered(list(table.index))
        places = _places(predict, len(fitted.form.inputs))
        _write(out, fitted.to_json(predictions=[fitted.forecast(*place) for place in places]))
    print(fitted.summary())
    for place in places:
        told = fitted.forecast(*place)
        interval = "no interval" if told["low"] is None else f"[{told['low']:.6g}, {told['high']:.6g}] for a new run"
        print(f"  at {', '.join(f'{value:g}' for value in place)}: {told['value']:.6g} {interval}")


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",")) if text else ()


@app.command()
def compare(
    data: Data,
    by: Annotated[str, typer.Option(help="The column that says which series a row is in.")],
    form: Annotated[str, typer.Option(help=f"The law: {FORMS}.")],
    x: X,
    y: Y,
    out: Out,
    where: Where = None,
    series: Annotated[str | None, typer.Option(help="The series, in the order of the difference: a,b.")] = None,
    match: Annotated[str | None, typer.Option(help="Columns: compare also rows with one key in both series.")] = None,
    parameter: Annotated[str | None, typer.Option(help="What is compared; default the form's exponent.")] = None,
    loss: Loss = LossName.LINEAR,
    delta: Delta = None,
    frontier: Frontier = "none",
    pin: Pin = None,
    bootstrap: Bootstrap = 0,
    method: Method = "auto",
    cluster: Cluster = None,
    level: Level = 0.95,
    seed: Seed = 0,
) -> None:
    """Compare the laws of several series: differences of exponents, crossing points, matched and unmatched."""
    table = _read(data, where)
    with _told(table):
        from reprolib import laws

        found = laws.compare(
            table, form, x, y, by=by, series=series.split(",") if series else None, match=match, parameter=parameter,
            frontier=frontier, seed=seed, loss=loss.value, delta=delta, pin=_pins(pin), bootstrap=bootstrap,
            method=method, cluster=cluster, level=level,
        ).renumbered(list(table.index))  # fmt: skip
        _write(out, found.to_json())
    print(found.summary())


@app.command()
def holdout(
    data: Data,
    forms: Annotated[str, typer.Option(help="The laws, comma-separated: power,power-floor.")],
    x: X,
    y: Y,
    out: Out,
    where: Where = None,
    above: Annotated[float | None, typer.Option(help="Hold out all rows from this x on.")] = None,
    largest: Annotated[int | None, typer.Option(min=1, help="Hold out so many of the largest; default 1.")] = None,
    scheme: Annotated[
        str | None, typer.Option(help="largest, above, rolling or leave-one-out; default by what is given.")
    ] = None,
    along: Annotated[str | None, typer.Option(help="The column that rows are ordered by; default x.")] = None,
    frontiers: Annotated[str, typer.Option(help="Frontier rules to try with each law: none,bins:5,pareto.")] = "none",
    loss: Loss = LossName.LINEAR,
    delta: Delta = None,
    pin: Pin = None,
    bootstrap: Bootstrap = 0,
    level: Level = 0.95,
    seed: Seed = 0,
) -> None:
    """Score laws on rows that they were not fitted to, and choose one by that."""
    table = _read(data, where)
    with _told(table):
        from reprolib import laws

        found = laws.holdout(
            table, forms, x, y, frontiers=frontiers, scheme=scheme or ("largest" if above is None else "above"),
            above=above, largest=largest, along=along, seed=seed, loss=loss.value, delta=delta, pin=_pins(pin),
            bootstrap=bootstrap, level=level,
        ).renumbered(list(table.index))  # fmt: skip
        _write(out, found.to_json())
    print(found.summary())


def _pins(pin: list[str] | None) -> dict[str, float]:
    made = {}
    for text in pin or []:
        name, _, value = text.partition("=")
        try:
            made[name.strip()] = float(value)
        except ValueError:
            raise ReproError(f"--pin is '{text}'; expected a parameter and a number, for instance d=0") from None
    return made


def _places(predict: str | None, inputs: int) -> list[tuple[float, ...]]:
    if predict is None:
        return []
    made = []
    for text in predict.split(","):
        try:
            place = tuple(float(part) for part in text.split(":"))
        except ValueError:
            raise ReproError(f"--predict holds '{text}'; expected numbers, for instance 1e12,2e12") from None
        if len(place) != inputs or not all(abs(value) < float("inf") for value in place):
            raise ReproError(f"--predict holds '{text}'; the law takes {inputs} finite input(s), joined by a colon")
        made.append(place)
    return made


def _read(path: Path, where: str | None) -> pd.DataFrame:
    """The table, its index the row's number in the file from 0."""
    import pandas as pd

    names = "".join(path.suffixes[-2:]).lower()
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            table = pd.read_parquet(path).reset_index(drop=True)
        elif ".csv" in names or ".tsv" in names:
            table = pd.read_csv(path, sep="\t" if ".tsv" in names else ",")
        else:
            raise ReproError(f"{path} is neither .csv, .tsv nor .parquet; convert it or rename it to what it is")
    except FileNotFoundError as error:
        raise ReproError(f"{path} does not exist; give a CSV or Parquet file") from error
    except (ValueError, OSError) as error:
        why = _short(error)
        raise ReproError(f"{path} cannot be read ({why}); give a CSV with a header line, or Parquet") from error
    if where is None:
        return table
    try:
        found = table.query(where, engine="python", local_dict={}, global_dict={})
    except Exception as error:  # the query is the user's text: pandas raises nearly anything
        raise ReproError(
            f'--where is "{where}", which is no query on the columns {", ".join(map(str, table))} ({_short(error)})'
        ) from error
    if found.empty:
        raise ReproError(f'--where is "{where}", which none of the {len(table)} rows of {path} meets')
    return found


def _short(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def _write(out: Path, text: str) -> None:
    from reprolib import files

    files.write(out, text)


@contextlib.contextmanager
def _told(table: pd.DataFrame) -> Iterator[None]:
    """Tell a `LawError` as the command line tells all errors, with the row's number in the file."""
    from reprolib.laws import LawError

    try:
        yield
    except LawError as error:
        moved = error.position is not None and table.index[error.position] != error.position
        where = f" (row {table.index[error.position]} of the file)" if moved else ""
        raise ReproError(f"{error}{where}") from error
