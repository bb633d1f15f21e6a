"""Table 18: hyper-parameters and cost of every training run, and what all of them cost together."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reprolib.tables.frame import Number, Table, table
from reprolib.tables.select import RUN_LEVELS, data_size, run_label, size
from reprolib.tables.spec import TableSpec

if TYPE_CHECKING:
    from reprolib.study import Study

SETTINGS = {
    "Batch per GPU": "local_batch",
    "Batch": "global_batch",
    "Learning rate": "learning_rate",
    "Warm-up steps": "warmup_steps",
    "GPUs": "gpus",
}
COSTS = {"Hours": "hours", "GPU-hours": "gpu_hours", "MWh": "energy_mwh"}
SUMMED = ("GPU-hours", "MWh")
FORMATS = {"Learning rate": "g", "MWh": ".2f"}


def resources(study: Study) -> Table:
    """One row per run record and the total of GPU hours and energy."""
    columns = [*SETTINGS, *COSTS]
    records = sorted(study.runs.values(), key=_order)
    total = {name: math.fsum(record[COSTS[name]] for record in records) for name in SUMMED}

    def cell(i: int, j: int) -> Number | None:
        name = columns[j]
        if i == len(records):
            return total.get(name)
        number: Number = records[i]["config"][SETTINGS[name]] if name in SETTINGS else records[i][COSTS[name]]
        return number

    made = table(
        RUN_LEVELS,
        [*(run_label(record["model"], record["pretrain_data"], record["budget"]) for record in records), TOTAL],
        [(name,) for name in columns],
        cell,
        lambda _, j, number: format(number, FORMATS.get(columns[j], ".0f")),
    )
    watts = 1e6 * total["MWh"] / total["GPU-hours"]
    return replace(
        made,
        rules=frozenset({len(records)}),
        note=f"Energy is GPU hours times a constant {watts:.0f} W, not a measurement",
    )


TOTAL = ("Total", "", "")


def _order(record: dict[str, Any]) -> tuple[Any, ...]:
    return (
        record["gmacs_per_sample"],
        record["model"],
        data_size(record["pretrain_data"]),
        record["pretrain_data"],
        size(record["budget"]),
        record["run"],
    )


SPECS = {
    "table18": TableSpec(
        title="Hyper-parameters and cost of pre-training",
        caption="Batch sizes, learning rate, warm-up, number of GPUs, wall-clock hours, GPU hours and energy of "
        "every run",
        origin="recomputed",
        reads=("runs",),
        build=resources,
        note="Hours are samples seen over the recorded throughput",
    )
}
