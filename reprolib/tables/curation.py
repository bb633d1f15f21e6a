"""Two tables of our own on the choice of training pairs: exponents and offsets of each, and the effect of t.

Both show the record `curation` of the scrutiny of a study that has one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reprolib import names
from reprolib.tables.frame import LackingError, Table, Value, table
from reprolib.tables.spec import TableSpec

if TYPE_CHECKING:
    from reprolib.study import Study

Row = Mapping[str, Any]
BY_T = (
    ("imagenet1k", "acc1"),
    ("imagenet1k-head", "acc1"),
    ("imagenet1k-tail", "acc1"),
    ("mscoco_captions", "image_retrieval_recall@5"),
)
"""The errors beside which t stands."""
LAW: dict[str, Callable[[Row], Value]] = {
    "Exponent": lambda law: law["params"]["alpha"],
    "Its interval": lambda law: _ends(law["intervals"]["alpha"]),
}
PAIR: dict[str, Callable[[Row], Value]] = {
    "Less the other's": lambda row: row["difference"],
    "Interval of the difference": lambda row: _ends(row["interval"]),
    "Factor on the error": lambda row: row["ratio"],
    "Interval of the factor": lambda row: _ends(row["ratio_interval"]),
    "In points": lambda row: f"{row['points']:z.2f} {_ends(row['points_interval'], 2)}",
    "Factor of compute": lambda row: None if row["compute"] is None else f"{row['compute']:.2f}",
    "Interval of the compute": lambda row: _ends(row["compute_interval"], 2),
    "Moves": lambda row: " ".join(filter(None, (row["moves"], row["way"]))),
}
ABOUT: dict[str, Callable[[Row], Value]] = {
    "t": lambda row: "none" if row["t"] is None else f"{row['t']:.1f}",
    "Number": lambda row: f"{row['size']:,}",
    "Tail share (%)": lambda row: 100 * row["tail_share"],
}
ERROR: dict[str, Callable[[Row], Value]] = {
    "Error (%)": lambda row: row["error"] if "error" in row else row["difference"],
    "Interval": lambda row: _ends(row["interval"], 2),
}


def choices(study: Study) -> Table:
    """The law of each choice, and of each two that are compared what sets them apart."""
    record = _record(study)
    laws = {(*_measure(law), law["data"]): law for law in record["laws"]}
    pairs = {(*_measure(row), row["second"], row["first"]): row for row in record["rows"]}
    whole = [each["name"] for each in record["subsets"] if each["method"] == "raw"]
    keys = []
    for measure in dict.fromkeys(key[:2] for key in laws):
        keys += [(*measure, name, "") for name in whole if (*measure, name) in laws]
        keys += [key for key in pairs if key[:2] == measure]
    labels = [(names.measured(dataset, metric), data, against) for dataset, metric, data, against in keys]
    columns = [*LAW, *PAIR]

    def cell(i: int, j: int) -> Value:
        if columns[j] in LAW:
            law = laws.get(keys[i][:3])
            return None if law is None else LAW[columns[j]](law)
        return PAIR[columns[j]](pairs[keys[i]]) if keys[i] in pairs else None

    made = table(("Error", "Pairs", "Against"), labels, [(name,) for name in columns], cell, "z.3f")
    chance = f"Of {len(pairs)} differences of exponents {record['chance']:.0f} would exclude zero by chance"
    return replace(made, note=chance)


def by_t(study: Study) -> Table:
    """The errors of one model by the limit t, beside the whole pool and a random choice, and what the smallest does."""
    record = _record(study)
    if not record["t"]:
        raise LackingError(f"study '{study.name}' has no model that is trained for several t")
    subsets = {row["data"]: row for row in record["t"]}
    found = {(*_measure(row), row["data"]): row for row in record["t"]}
    effects = {(*_measure(row), f"{row['second']} less {row['first']}"): row for row in record["effects"]}
    measures = [each for each in BY_T if any(key[:2] == each for key in found)]
    labels = [*subsets, *dict.fromkeys(key[2] for key in effects)]
    columns = [("", part) for part in ABOUT] + [(names.measured(*each), part) for each in measures for part in ERROR]

    def cell(i: int, j: int) -> Value:
        title, part = columns[j]
        if not title:
            return ABOUT[part](subsets[labels[i]]) if labels[i] in subsets else None
        key = (*measures[(j - len(ABOUT)) // len(ERROR)], labels[i])
        row = found.get(key) or effects.get(key)
        return None if row is None else ERROR[part](row)

    made = table(("Pairs",), [(name,) for name in labels], columns, cell, "z.2f")
    first = record["t"][0]
    about = f"The model is {names.model(first['model'])} at {first['budget']} samples seen"
    return replace(made, note=about, rules=frozenset({len(subsets)}))


def _record(study: Study) -> Row:
    """The record `curation`.

    Raises:
        LackingError: The study has no such record, or it is empty.
    """
    record = study.scrutiny.get("curation", {"rows": []})
    if not record["rows"]:
        raise LackingError(f"study '{study.name}' is not trained on several choices of pairs from one pool")
    return record


def _measure(row: Row) -> tuple[str, str]:
    return row["dataset"], row["metric"]


def _ends(interval: Sequence[float | None] | None, digits: int = 3) -> str:
    """Both ends; one that the data do not give is an ellipsis, and no interval nothing."""
    if interval is None:
        return ""
    low, high = ("…" if end is None else f"{end:z.{digits}f}" for end in interval)
    return f"[{low}, {high}]"


SPECS = {
    "table-curation": TableSpec(
        title="What the choice of training pairs does to the laws",
        caption="Exponents of power laws through all runs on each choice of pairs from one pool, and what sets two "
        "choices apart on the cells (model and samples seen) that both have: the difference of their exponents, and "
        "the offset at a common exponent as a factor on the error, in percentage points, and as the factor of compute "
        "by which the other choice would do as well; 95 % intervals by Student's t, of the factor of compute Fieller's",
        origin="recomputed",
        reads=("scrutiny", "evals"),
        build=choices,
        note="A more negative exponent is the steeper. Only the offset is seen to move where the interval of the "
        "difference holds zero and that of the factor excludes one: a change of the exponent within its interval "
        "cannot be excluded. A dash stands for a factor of compute where the error does not fall beyond doubt. "
        "Intervals hold the luck of single runs, and not that of drawing a subset or of the test images. `score` is "
        "chosen by a model of the ladder on the whole pool",
    ),
    "table-curation-t": TableSpec(
        title="The effect of t",
        caption="Zero-shot errors in percent by the limit t of balancing, with 95 % intervals from the test images, "
        "and below the rule what the smallest t changes, with those for the luck of two runs; the tail share is that "
        "of matches with entries of the tail",
        origin="recomputed",
        reads=("scrutiny", "evals"),
        build=by_t,
        note="One run each, so that the luck of a run comes on top of the intervals from the test images; how much it "
        "is, the scatter of the ratios in all cells tells. The whole pool stands for "
        "balancing without a limit, and has the captions that match no entry as well; the random choice is as large as "
        "that of the smallest t",
    ),
}
