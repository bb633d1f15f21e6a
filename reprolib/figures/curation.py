"""What the choice of training pairs does to the laws: four errors against compute, a law a choice, and two against t.

Reads results/<study>/evals (for the points and the encoding) and the record `curation` of results/<study>/scrutiny,
which holds the laws and the effect of t. Here colour is the choice of pairs and shape the architecture.
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
    panels = [_against_compute(study, record, measured) for measured in DRAWN]
    panels += [_against_t(record, measured) for measured in BY_T]
    return Drawing(panels, _encoding(study, record), _note(record), 2, width=style.FULL_WIDTH, panel_height=2.15)


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
    formula = f"$E = {scaling.factor(params['beta'])}\\,C^{{{params['alpha']:.3f}}}$"
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
    callouts = [Callout(x[-1], y[-1], "no limit", -6, 8)] if by_method[RAW] else []
    title = f"{names.measured(dataset, metric)}, by t"
    return Panel(f"t.{dataset}.{metric}", title, LIMIT, scaling.ACCURACY_ERROR, "log", "log", series, callouts)


def _end(row: Row, which: int) -> float | None:
    return None if row["interval"] is None else float(row["interval"][which])


def _note(record: Row) -> str:
    level, laws = f"{100 * record['level']:g} %", [law for each in DRAWN for law in _about(record["laws"], each)]
    flat = sum(not law["falls"] for law in laws)
    rows = [row for each in DRAWN for row in _about(record["rows"], each)]
    moves = {kind: sum(row["moves"] == kind for row in rows) for kind in ("exponent", "offset", "neither")}
    runs = "" if not record["t"] else f"By t: {names.model(record['t'][0]['model'])} at {record['t'][0]['budget']}, "
    told = (
        f"A law has {laws[0]['n_points']} runs, and so a wide interval: of the {len(laws)} that are drawn {flat} are "
        f"not shown to fall at all. Of the {len(rows)} comparisons of two choices on the same cells, {moves['exponent']} "
        f"show a change of the exponent, {moves['offset']} of the offset alone, {moves['neither']} neither "
        f"({level} intervals). "
    )
    by_t = f"{runs}bars from the test images alone; no limit is the whole pool, at the count of the commonest entry."
    return told + (by_t if record["t"] else "")
