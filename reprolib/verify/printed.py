"""Recompute functions that hold whole tables against the cells as printed (`paper/published/printed_cells.csv`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprolib.data.facts import PrintedCell
from reprolib.errors import ReproError
from reprolib.verify.measured import run_id
from reprolib.verify.registry import Ours, recomputes

if TYPE_CHECKING:
    from reprolib.verify.bench import Bench


@recomputes
def printed_cells(bench: Bench, table: int, columns: list[str] | None = None) -> list[Ours]:
    """Every printed cell of a table (of some columns only, if given) from the table made again.

    Raises:
        ReproError: The table made again lacks a row or column that the paper prints.
    """
    made = bench.table(f"table{table}")
    ours = []
    for cell in printed(bench, str(table)):
        if columns is not None and cell.column not in columns:
            continue
        if cell.row not in made["rows"] or cell.column not in made["columns"]:
            raise ReproError(
                f"table{table} has no cell '{cell.row}' × '{cell.column}' although the paper prints one; "
                f"check reprolib/tables or paper/published/printed_cells.csv"
            )
        value = made["values"][made["rows"].index(cell.row)][made["columns"].index(cell.column)]
        ours.append(Ours(f"{cell.row} × {cell.column}", float("nan") if value is None else value, cell.printed))
    return ours


@recomputes
def unprinted_grid(bench: Bench, table: str, dataset: str, metric: str) -> list[Ours]:
    """A grid that stands in the LaTeX source only: rows `model, budget`, columns pre-training data, in percent."""
    ours = []
    for cell in printed(bench, table):
        model, budget = cell.row.split(", ")
        run = run_id(bench, f"{model.replace('/', '-')} {cell.column} {budget}")
        ours.append(Ours(f"{cell.row} × {cell.column}", bench.percent(run, dataset, metric), cell.printed))
    return ours


def printed(bench: Bench, table: str) -> list[PrintedCell]:
    """The printed cells of a table.

    Raises:
        ReproError: The facts hold none.
    """
    cells = [cell for cell in bench.facts(PrintedCell) if cell.table == table]
    if not cells:
        raise ReproError(
            f"paper/published/printed_cells.csv holds no cells of table {table}; check the claim's argument"
        )
    return cells
