"""What the choice of training pairs does to the laws: errors against compute and against t, exponents and offsets.

Reads results/<study>/evals (for the points and the encoding) and the record `curation` of results/<study>/scrutiny,
which holds all else. Here colour is the choice of pairs and shape the architecture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reprolib import names
from reprolib.errors import ReproError
from reprolib.figures import scaling, style
from reprolib.figures.panel import Callout, Drawing, Panel, Series
from reprolib.figures.style import Encoding

if TYPE_CHECKING:
    from reprolib.paths import Tree
    from reprolib.study import Study

Row = Mapping[str, Any]
Measured = tuple[str, str]
RECALL = "image_retrieval_recall@5"
HEAD, TAIL = ("imagenet1k-head", "acc1"), ("imagenet1k-tail", "acc1")
DRAWN: tuple[Measured, ...] = (("imagenet1k", "acc1"), ("mscoco_captions", RECALL), HEAD, TAIL)
BY_T = (HEAD, TAIL)
RAW, RANDOM, BALANCED = "raw", "random", "balanced"
LIMIT = "Limit t of balancing (captions an entry)"


def inputs(tree: Tree, study: str) -> list[Path]:
    """What this figure is drawn from."""
    return [tree.evals(study), tree.scrutiny(study)]


def compose(study: Study, figure: str) -> Drawing:
    """The figure as numbers."""
    record = study.scrutiny.get("curation", {"rows": []})
    if not record["rows"]:
        raise ReproError(f"study '{study.name}' has no choices of pairs in its scrutiny, so there is nothing to draw")
    return _moves(study, record) if figure == "fig-curation-moves" else _laws(study, record)


def _laws(study: Study, record: Row) -> Drawing:
    """Errors against compute, a law a choice, and against t."""
    panels = [_against_compute(study, record, measured) for measured in DRAWN]
    panels += [_against_t(record, measured) for measured in BY_T] if record["t"] else []
    return Drawing(panels, _encoding(study, record), _note(record), 2, width=style.FULL_WIDTH, panel_height=2.1)


def _encoding(study: Study, record: Row) -> Encoding:
    plain = style.encode(study.results)
    choices = [subset["name"] for subset in record["subsets"]]
    return Encoding(
        colours={name: style.series_colour(name, position) for position, name in enumerate(choices)},
        markers=dict(zip(plain.colours, style.OTHER_MARKERS, strict=False)),
        areas=plain.areas,
    )


def _about(rows: Sequence[Row], measured: Measured) -> list[Row]:
    return [row for row in rows if (row["dataset"], row["metric"]) == measured]


def _against_compute(study: Study, record: Row, measured: Measured) -> Panel:
    """The runs of each choice and the law through them."""
    dataset, metric = measured
    table = study.select(task="zero-shot", dataset=dataset, metric=metric).sort_values(["gmacs_total", "run"])
    points, lines = [], []
    for law in _about(record["laws"], measured):
        own = scaling.points(law["data"], table[table["pretrain_data"] == law["data"]], hollow=False)
        points.append(own)
        lines.append(_line(law, [min(own.x), max(own.x)]))
    y_label = scaling.ACCURACY_ERROR if metric == "acc1" else scaling.RECALL_ERROR
    title = names.measured(dataset, metric)
    return Panel(f"zero-shot.{dataset}.{metric}", title, scaling.COMPUTE, y_label, "log", "log", [*points, *lines])


def _line(law: Row, ends: list[float]) -> Series:
    params = law["params"]
    formula = f"${scaling.factor(params['beta'])}\\,C^{{{params['alpha']:.3f}}}$"
    return Series(
        name=law["data"],
        kind="line",
        x=ends,
        y=[100 * params["beta"] * x ** params["alpha"] for x in ends],
        label=f"{law['data']}: {formula}",
    )


def _against_t(record: Row, measured: Measured) -> Panel:
    """The balanced choices of one model by t, the whole pool where a limit no longer binds, random as a level."""
    rows = _about(record["t"], measured)
    dataset, metric = measured
    by_method = {method: [row for row in rows if row["method"] == method] for method in (BALANCED, RAW, RANDOM)}
    unlimited = float(next(subset["most"] for subset in record["subsets"] if subset["method"] == RAW))
    ordered = by_method[BALANCED] + by_method[RAW]
    x = [unlimited if row["t"] is None else row["t"] for row in ordered]
    y = [row["error"] for row in ordered]
    series = [
        Series(
            name=BALANCED,
            kind="points",
            x=x,
            y=y,
            runs=[row["run"] for row in ordered],
            models=[row["model"] for row in ordered],
            data=[row["data"] for row in ordered],
            budgets=[row["budget"] for row in ordered],
            low=[_end(row, 0) for row in ordered],
            high=[_end(row, 1) for row in ordered],
        ),
        Series(name=BALANCED, kind="dashed", x=x, y=y, label="balanced, by t"),
    ]
    series += [
        Series(RANDOM, "line", [x[0], x[-1]], [row["error"]] * 2, label=f"random, {row['size']:,} pairs")
        for row in by_method[RANDOM]
    ]
    # On the side of the last point that the line does not come from.
    callouts = [Callout(x[-1], y[-1], "no limit", -6, 8 if y[-1] > y[-2] else -8)] if by_method[RAW] else []
    title = f"{names.measured(dataset, metric)}, by t"
    return Panel(f"t.{dataset}.{metric}", title, LIMIT, scaling.ACCURACY_ERROR, "log", "log", series, callouts)


def _end(row: Row, which: int) -> float | None:
    return None if row["interval"] is None else float(row["interval"][which])


def _note(record: Row) -> str:
    laws = [law for each in DRAWN for law in _about(record["laws"], each)]
    flat = sum(not law["falls"] for law in laws)
    told = (
        f"Lines: E = β C^α. Each law has {laws[0]['n_points']} runs, and so a wide interval: of the {len(laws)} that "
        f"are drawn, {flat} are not shown to fall at all at {_level(record)}. "
    )
    if not record["t"]:
        return told
    first = record["t"][0]
    return told + (
        f"By t: {names.model(first['model'])} at {first['budget']}, one run each, with {_level(record)} intervals from "
        "the test images alone; no limit is the whole pool, drawn at the count of its commonest entry."
    )


def _level(record: Row) -> str:
    return f"{100 * record['level']:g} %"


def _moves(study: Study, record: Row) -> Drawing:
    """What sets the choices apart, of each error: the difference of exponents, and the offset."""
    pairs = list(dict.fromkeys((row["first"], row["second"]) for row in record["rows"]))
    panels = [
        _differences(record, pairs, "difference", "interval", "Exponent", "Difference of exponents", 0.0),
        _differences(record, pairs, "ratio", "ratio_interval", "Offset", "Factor on the error", 1.0),
    ]
    rows = record["rows"]
    moves = [sum(row["moves"] == kind for row in rows) for kind in ("exponent", "offset", "neither")]
    note = (
        "Each choice against the whole pool, open markers against a random choice of the same size, with "
        f"{_level(record)} intervals by Student's t from {rows[0]['cells']} cells (model and samples seen). "
        f"Below zero the error falls more steeply, below one it is lower. Of {len(rows)} comparisons {moves[0]} "
        f"show a change of the exponent, {moves[1]} of the offset alone and {moves[2]} neither; by chance alone "
        f"{record['chance']:.0f} exponents would."
    )
    return Drawing(panels, _encoding(study, record), note, columns=2, width=style.FULL_WIDTH, panel_height=4.4)


def _differences(
    record: Row, pairs: Sequence[tuple[str, str]], value: str, interval: str, title: str, label: str, nothing: float
) -> Panel:
    series = []
    for first, second in pairs:
        rows = [row for row in record["rows"] if (row["first"], row["second"]) == (first, second)]
        series.append(
            Series(
                name=second,
                kind="interval",
                x=[row[value] for row in rows],
                y=[names.measured(row["dataset"], row["metric"]) for row in rows],
                low=[row[interval][0] for row in rows],
                high=[row[interval][1] for row in rows],
                label=f"{second} vs random" if first == RANDOM else second,
                hollow=first == RANDOM,
            )
        )
    return Panel(value, title, label, "", "linear", "linear", series, marked=nothing)
