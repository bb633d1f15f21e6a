"""The four result files that the authors released, fetched and held against the embedded facts, cell by cell.

Reads: the files of `params.download`, over the network, and their tables in paper/published. Writes, below a folder of
the caller's choice: released/*.csv, the files as they came, and tables/*.csv, the same laid out as paper/published is.
Run: `reprolib download published --from upstream`.

The rule of conversion: a run is its file's name without `.pt`, and OpenAI's models, which share one name, become
`<architecture>_openai`; data sets of pre-training get their full name; a wide table becomes long, without its empty
cells; numbers take their shortest form; rows are sorted, models by size and data by amount.
"""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from reprolib import files
from reprolib.data import facts, fetch
from reprolib.data.rows import PLAIN_NUMBER, Budget, Metric, Row, parse
from reprolib.errors import ReproError
from reprolib.params import Params
from reprolib.paths import Tree

Cells = dict[str, str]
MODELS = ("ViT-B-32", "ViT-B-16", "ViT-L-14", "ViT-H-14", "ViT-g-14")
DATA = ("CLIP-WIT", "LAION-80M", "LAION-400M", "LAION-2B")
BUDGETS = get_args(Budget)
METRICS = get_args(Metric)


@dataclass(frozen=True)
class Difference:
    """A cell in which embedded facts and released file disagree; `column` is `row` where a whole row is absent."""

    file: str
    row: tuple[Any, ...]
    column: str
    embedded: Any
    upstream: Any

    def text(self) -> str:
        """The difference as a sentence."""
        return (
            f"paper/published/{self.file}.csv, row {', '.join(map(str, self.row))}, column {self.column}: "
            f"embedded {self.embedded!r}, released {self.upstream!r}"
        )


@dataclass(frozen=True)
class Agreement:
    """How far the embedded tables agree with the released files."""

    rows: dict[str, int]
    """Rows of each table, as released."""
    cells: dict[str, int]
    """Cells of each table that were compared; keys and sources do not count."""
    differences: list[Difference]

    def text(self) -> str:
        """A line per table, then a line per difference."""
        lines = []
        for file, rows in self.rows.items():
            differ = sum(difference.file == file for difference in self.differences)
            verdict = f"{differ} differ from the released file" if differ else "all agree with the released file"
            lines.append(f"{file}.csv: {rows} rows, {self.cells[file]} cells compared, {verdict}")
        return "\n".join(lines + [difference.text() for difference in self.differences])


@dataclass(frozen=True)
class Conversion:
    """How a released file becomes a table of facts: one row, or several, per line."""

    released: str
    row: type[Row]
    source: str
    columns: dict[str, str]
    """The released column of each column of ours that is merely renamed."""
    convert: Callable[[Cells, Cells], Iterator[Cells]]
    """From a released line and its renamed cells to rows."""
    order: Callable[[Cells], tuple[Any, ...]]


def run(tree: Tree, params: Params, to: Path, progress: fetch.Progress | None = None) -> Agreement:
    """Fetch the released files into `to`, normalise them and compare them with the tables in `tree`.

    Differences are returned, not raised.

    Raises:
        ReproError: A file cannot be fetched or is not laid out as expected, or an embedded table is broken.
    """
    settings = params.download
    expected = sorted(conversion.released for conversion in CONVERSIONS)
    if sorted(settings.files) != expected:
        raise ReproError(
            f"params.yaml: download.files should list {', '.join(expected)}, but lists "
            f"{', '.join(sorted(settings.files)) or 'nothing'}; mend it"
        )
    limits = fetch.Limits(
        connect_timeout_s=settings.connect_timeout_s,
        read_timeout_s=settings.read_timeout_s,
        deadline_s=settings.deadline_s,
        attempts=settings.attempts,
    )
    for name, released in settings.files.items():
        url = f"{settings.repository}/{released.commit}/{name}"
        fetch.file(url, to / "released" / name, released.sha256, limits, progress)
    normalise(to)
    return compare(tree, to)


def normalise(to: Path) -> None:
    """Write `to`/tables/*.csv from `to`/released/*.csv."""
    for conversion in CONVERSIONS:
        lines = _lines(to / "released" / conversion.released, conversion.columns)
        rows = [cells for line, renamed in lines for cells in conversion.convert(line, renamed)]
        text = io.StringIO()
        writer = csv.DictWriter(text, conversion.row.columns(), lineterminator="\n")
        writer.writeheader()
        writer.writerows({**cells, "source": conversion.source} for cells in sorted(rows, key=conversion.order))
        files.write(to / "tables" / f"{conversion.row.file}.csv", text.getvalue())


def compare(tree: Tree, to: Path) -> Agreement:
    """Hold paper/published in `tree` against `to`/tables: numbers as numbers, text as text."""
    rows: dict[str, int] = {}
    cells: dict[str, int] = {}
    differences: list[Difference] = []
    for conversion in CONVERSIONS:
        name, row = conversion.row.file, conversion.row
        path = to / "tables" / f"{name}.csv"
        released = {fact.id: fact for fact in parse(row, files.read_text(path), str(path))}
        embedded = {fact.id: fact for fact in facts.read(tree, row)}
        both = [key for key in embedded if key in released]
        columns = [column for column in row.columns() if column not in (*row.key, "source")]
        rows[name], cells[name] = len(released), len(both) * len(columns)
        differences += [Difference(name, key, "row", "absent", "present") for key in released if key not in embedded]
        differences += [Difference(name, key, "row", "present", "absent") for key in embedded if key not in released]
        differences += [
            Difference(name, key, column, ours, theirs)
            for key in both
            for column in columns
            if (ours := getattr(embedded[key], column)) != (theirs := getattr(released[key], column))
        ]
    return Agreement(rows, cells, differences)


def _lines(path: Path, columns: dict[str, str]) -> list[tuple[Cells, Cells]]:
    """Each released line, with its numbers in shortest form, and the cells that only need another name."""
    reader = csv.DictReader(io.StringIO(files.read_text(path)), restval="")
    missing = sorted(set(columns.values()) - set(reader.fieldnames or []))
    if missing:
        raise ReproError(f"{path} lacks the column {missing[0]}; use the commit and hash that params.yaml came with")
    lines = [{column: _shortest(cell) for column, cell in line.items()} for line in reader]
    return [(line, {ours: line[theirs] for ours, theirs in columns.items()}) for line in lines]


def _shortest(cell: str) -> str:
    """The shortest text that reads back as the same number (`2.0` becomes `2`); text as it is."""
    return repr(float(cell)).removesuffix(".0") if PLAIN_NUMBER.fullmatch(cell) else cell


def _zero_shot(line: Cells, renamed: Cells) -> Iterator[Cells]:
    shared = {**renamed, "run": _run(line["name"], line["arch"])}
    for metric in METRICS:
        if line.get(metric):
            yield {**shared, "metric": metric, "value": line[metric]}


def _named(line: Cells, renamed: Cells) -> Iterator[Cells]:
    yield {**renamed, "run": _run(line["name"], line.get("arch", ""))}


def _trained(line: Cells, renamed: Cells) -> Iterator[Cells]:
    for cells in _named(line, renamed):
        yield {**cells, "pretrain_data": f"LAION-{renamed['pretrain_data']}"}


def _as_it_is(line: Cells, renamed: Cells) -> Iterator[Cells]:
    yield renamed


def _run(name: str, model: str) -> str:
    return f"{model}_openai" if name == "openai" else name.removesuffix(".pt")


def _by_model(cells: Cells) -> tuple[Any, ...]:
    ranks = ((MODELS, "model"), (DATA, "pretrain_data"), (BUDGETS, "budget"))
    run = [names.index(cells[column]) if cells[column] in names else len(names) for names, column in ranks]
    return (*run, cells.get("dataset", ""), METRICS.index(cells["metric"]) if "metric" in cells else 0)


def _by_epoch(cells: Cells) -> tuple[Any, ...]:
    return cells["run"], float(cells["epoch"])


def _as_released(cells: Cells) -> tuple[Any, ...]:
    return ()


CONVERSIONS = (
    Conversion(
        released="zeroshot_results.csv",
        row=facts.ZeroShot,
        source="laion-zeroshot",
        columns={
            "run": "name",
            "model": "arch",
            "pretrain_data": "upstream_dataset",
            "budget": "samples_seen_pretty",
            "samples_seen": "samples_seen",
            "gmacs_per_sample": "gmacs",
            "gmacs_total": "gmacs_total",
            "dataset": "downstream_dataset",
        },
        convert=_zero_shot,
        order=_by_model,
    ),
    Conversion(
        released="imagenet_zeroshot_learning_curves.csv",
        row=facts.LearningCurve,
        source="laion-curves",
        columns={
            "run": "name",
            "epoch": "epoch",
            "acc1": "imagenet-zeroshot-val-top1",
            "acc5": "imagenet-zeroshot-val-top5",
        },
        convert=_named,
        order=_by_epoch,
    ),
    Conversion(
        released="trained_models_info.csv",
        row=facts.TrainingRun,
        source="laion-runs",
        columns={
            "run": "name",
            "model": "arch",
            "pretrain_data": "data",
            "budget": "samples_seen_pretty",
            "learning_rate": "lr",
            "warmup_steps": "warmup",
            "epochs": "epochs",
            "samples_per_epoch": "samples_per_epoch",
            "gpus": "gpus",
            "local_batch": "local_bs",
            "samples_per_second": "samples_per_sec",
            "checkpoint_url": "url",
            "details_url": "detailed_training_info",
        },
        convert=_trained,
        order=_by_model,
    ),
    Conversion(
        released="arch_info.csv",
        row=facts.Architecture,
        source="laion-architectures",
        columns={column: column for column in facts.Architecture.columns() if column != "source"},
        convert=_as_it_is,
        order=_as_released,
    ),
)
