"""Tables 12 to 15: control experiments on batch size, data, repetition and sampling.

The paper's own are facts. A study trained here has runs that differ from one of its ladder, their base, in one setting.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from reprolib.data import facts
from reprolib.errors import ReproError
from reprolib.names import model as model_name
from reprolib.tables.frame import Label, LackingError, Table, Value, table
from reprolib.tables.select import SCORES, select
from reprolib.tables.spec import TableSpec

if TYPE_CHECKING:
    from reprolib.study import Study

TRIALS = "seed"
DATA = "data"
Score = tuple[float, Sequence[float] | None]
"""Percent, and the ends of its interval."""


@dataclass(frozen=True)
class Kind:
    """One kind of control."""

    title: str
    changes: tuple[str, ...]
    """The settings in one of which a run differs from its base."""
    setting: Callable[[Mapping[str, Any]], str]
    """What the table calls a run, from its record."""


def _sampling(run: Mapping[str, Any]) -> str:
    return "Resampling (with replacement)" if run["config"]["resample"] else f"Full shuffling, seed {run['seed']}"


KINDS = {
    "table12": Kind(
        "Control: batch size", ("global_batch",), lambda run: f"Global batch {run['config']['global_batch']}"
    ),
    "table13": Kind(
        "Control: another subset of the same size", (DATA,), lambda run: f"Trained on {run['pretrain_data']}"
    ),
    "table14": Kind("Control: trial to trial", (TRIALS,), lambda run: f"Seed {run['seed']}"),
    "table15": Kind("Control: resampling against full shuffling", ("resample", TRIALS), _sampling),
}
PRINTED_TITLES = {"table13": "Control: a subset of LAION-2B in place of LAION-400M"}


def printed(study: Study, number: str) -> Table:
    """Zero-shot ImageNet accuracy in percent of each setting in Table `number`."""
    rows = [row for row in facts.read(study.tree, facts.Control) if row.table == number]
    return table(
        ("Model", "Setting"),
        [(model_name(row.model), row.setting[0].upper() + row.setting[1:]) for row in rows],
        [("ImageNet",)],
        lambda i, _: rows[i].acc1_percent,
        ".2f",
    )


def compared(study: Study, kind: Kind) -> Table:
    """Each base with its controls of `kind`: scores in percent, with intervals from the test images.

    Under trials alone stand their standard deviation and range, in percentage points.

    Raises:
        LackingError: The study has no run that differs in `kind.changes[0]`.
        ReproError: A control has no base.
    """
    labels: list[Label] = []
    rows: list[dict[str, Value]] = []
    rules: set[int] = set()
    percent = {**_percent(study, "zero-shot"), **_percent(study, "control")}
    for base, controls in _experiments(study, kind).items():
        runs = [base, *controls]
        model = model_name(study.runs[base]["model"])
        labels += [(model, kind.setting(study.runs[run])) for run in runs]
        rows += [_cells(percent[run]) for run in runs]
        if kind.changes == (TRIALS,):
            rules.add(len(rows))
            labels += [(model, "Standard deviation"), (model, "Range")]
            trials = {name: [percent[run][name][0] for run in runs] for name in SCORES}
            rows.append({name: statistics.stdev(values) for name, values in trials.items()})
            rows.append({name: max(values) - min(values) for name, values in trials.items()})
    columns = [name for each in SCORES for name in (each, _interval_of(each))]
    made = table(
        ("Model", "Setting"), labels, [(name,) for name in columns], lambda i, j: rows[i].get(columns[j]), ".2f"
    )
    return replace(made, rules=frozenset(rules))


def _experiments(study: Study, kind: Kind) -> dict[str, list[str]]:
    """Controls by base: of all those that differ in one of `kind.changes`, where one differs in the first of them."""
    ladder = select(study, task="zero-shot").drop_duplicates("run")
    bases = {(row.model, row.pretrain_data, row.budget): row.run for row in ladder.itertuples()}
    found: dict[str, list[str]] = {}
    leading = set()
    for row in select(study, task="control").drop_duplicates("run").itertuples():
        changes = set(study.runs[row.run]["changes"])
        data = row.pretrain_data
        if data not in set(ladder["pretrain_data"]):
            changes, data = changes | {DATA}, _of_same_size(study, data)
        if len(changes) == 1 and changes <= set(kind.changes):
            base = bases.get((row.model, data, row.budget))
            if base is None:
                raise ReproError(
                    f"results/{study.name}/evals: the control '{row.run}' should have a run of the ladder beside it, "
                    f"but none has {row.model}, {data}, {row.budget}; train and evaluate that too"
                )
            found.setdefault(base, []).append(row.run)
            leading |= {base} if kind.changes[0] in changes else set()
    if not leading:
        raise LackingError(f"study '{study.name}' has no run that differs from its ladder in {kind.changes[0]} alone")
    return {base: runs for base, runs in found.items() if base in leading}


def _of_same_size(study: Study, data: str) -> str:
    """The other set that is as large as `data`; itself where there is none."""
    sizes: dict[str, int] = study.data["subsets"]
    return next((name for name, size in sizes.items() if size == sizes[data] and name != data), data)


def _percent(study: Study, task: str) -> dict[str, dict[str, Score]]:
    """By run and score."""
    found: dict[str, dict[str, Score]] = {}
    for name, (dataset, metric) in SCORES.items():
        for row in select(study, task=task, dataset=dataset, metric=metric).itertuples():
            found.setdefault(row.run, {})[name] = (100 * row.value, row.interval)
    return found


def _cells(scores: Mapping[str, Score]) -> dict[str, Value]:
    cells: dict[str, Value] = {}
    for name, (percent, interval) in scores.items():
        cells[name] = percent
        cells[_interval_of(name)] = f"[{100 * interval[0]:.2f}, {100 * interval[1]:.2f}]" if interval else None
    return cells


def _interval_of(score: str) -> str:
    return f"{score}, interval"


def _spec(identifier: str, kind: Kind) -> TableSpec:
    return TableSpec(
        title=PRINTED_TITLES.get(identifier, kind.title),
        caption="Zero-shot top-1 accuracy on ImageNet in percent, 13B samples seen",
        origin="transcribed",
        reads=("controls.csv",),
        build=partial(printed, number=identifier.removeprefix("table")),
        note="The paper's own table is the only source of these numbers: the checkpoints and logs were not released",
        elsewhere=TableSpec(
            title=kind.title,
            caption="Zero-shot top-1 accuracy on ImageNet and image retrieval recall@5 on COCO in percent, with 95 % "
            "intervals from the test images; the first run of a model is the ladder's",
            origin="recomputed",
            reads=("evals", "runs", "data.json"),
            build=partial(compared, kind=kind),
        ),
    )


SPECS = {identifier: _spec(identifier, kind) for identifier, kind in KINDS.items()}
