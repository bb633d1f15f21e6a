"""Table 18: hyper-parameters and cost of every training run, and what all of them cost together."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reprolib.tables.frame import Label, Number, Table, table
from reprolib.tables.select import RUN_LEVELS, data_size, run_label, size
from reprolib.tables.spec import TableSpec

if TYPE_CHECKING:
    from reprolib.study import Study

SMALL = 100.0
"""Below so many kilowatt hours in all, energy is given in watt hours and time in seconds."""
SUMMED = ("device_hours", "energy_kwh")
TOTAL = "Total"


def resources(study: Study) -> Table:
    """One row per run and the total of device hours and energy; on CPUs a device is a process."""
    records = sorted(({**study.resources[name], **run} for name, run in study.runs.items()), key=_order)
    small = math.fsum(record["energy_kwh"] for record in records) < SMALL
    columns = _columns(records[0]["device"]["kind"], small)
    summed = [name for name, (key, _, _) in columns.items() if key in SUMMED]
    controlled = any(record.get("changes") for record in records)

    def label(record: dict[str, Any]) -> Label:
        changes = [f"{key} {value}".replace("_", " ") for key, value in record.get("changes", {}).items()]
        return (*run_label(record["model"], record["pretrain_data"], record["budget"]), *_only(controlled, changes))

    def cell(i: int, j: int) -> Number | None:
        name = list(columns)[j]
        key, factor, _ = columns[name]
        if i == len(records):
            return math.fsum(record[key] * factor for record in records) if name in summed else None
        number: Number = records[i]["config"][key] if key in records[i]["config"] else records[i][key] * factor
        return number

    made = table(
        (*RUN_LEVELS, *_only(controlled, ["Changed"])),
        [*(label(record) for record in records), (TOTAL, "", "", *_only(controlled, []))],
        [(name,) for name in columns],
        cell,
        lambda _, j, number: format(number, columns[list(columns)[j]][2]),
    )
    watts = {record["device"]["watts"] for record in records}
    power = " or ".join(f"{value:g}" for value in sorted(watts))
    return replace(
        made,
        rules=frozenset({len(records)}),
        note=f"Energy is {records[0]['device']['kind']} hours times a constant {power} W, not a measurement",
    )


def _columns(kind: str, small: bool) -> dict[str, tuple[str, float, str]]:
    """By column: the key in the records of a run or its settings, the factor to the column's unit, and the format."""
    time, factor = ("seconds", 3600.0) if small else ("hours", 1.0)
    return {
        f"Batch per {kind}": ("local_batch", 1, ".0f"),
        "Batch": ("global_batch", 1, ".0f"),
        "Learning rate": ("learning_rate", 1, "g"),
        "Warm-up steps": ("warmup_steps", 1, ".0f"),
        "Processes" if kind == "process" else f"{kind}s": ("devices", 1, ".0f"),
        time.capitalize(): ("hours", factor, ".0f"),
        f"{kind[0].upper()}{kind[1:]}-{time}": ("device_hours", factor, ".0f"),
        "Wh" if small else "MWh": ("energy_kwh", 1e3 if small else 1e-3, ".2f"),
    }


def _only(controlled: bool, words: list[str]) -> tuple[str, ...]:
    """A further level of the label, where some run differs from the rest in more than the three that all have."""
    return (", ".join(words),) if controlled else ()


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
        caption="Batch sizes, learning rate, warm-up, number of devices, wall-clock time, device time and energy of "
        "every run",
        origin="recomputed",
        reads=("runs", "resources"),
        build=resources,
        note="Time is samples seen over the recorded throughput",
    )
}
