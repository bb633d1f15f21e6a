"""MetaCLIP's, OpenCLIP's and OpenAI's models on one axis of compute, with the laws of Fig. 1 and MetaCLIP's own.

Reads results/<study>/evals and laws (for the points of Fig. 1 and the encoding) and the record `metaclip` of
results/<study>/scrutiny, which holds MetaCLIP's points, the laws and their bands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reprolib import names
from reprolib.errors import ReproError
from reprolib.figures import scaling, style
from reprolib.figures.panel import Drawing, Kind, Panel, Series
from reprolib.figures.scaling import Quantity

if TYPE_CHECKING:
    from reprolib.paths import Tree
    from reprolib.study import Study

Row = Mapping[str, Any]
MARKERS = {"MetaCLIP-400M": "D", "MetaCLIP-1B": "v", "MetaCLIP-2.5B": "P"}
BUDGET = "13B"
"""What is nearest to the samples that MetaCLIP's models have seen."""
BIGGEST = "ViT-G-14"
"""Among MetaCLIP's models, and none of the paper's."""
PAPERS = {"OpenCLIP": "bins", "CLIP": "all"}
LAWS = {**dict.fromkeys(MARKERS, "all"), **PAPERS}
"""By whose models, and the rule of the points; in the order of the legend, where the long names share a column."""
BANDS = ("OpenCLIP", "MetaCLIP-2.5B")
"""Of laws with more than three points; of three the band would cover the panel."""


def inputs(tree: Tree, study: str) -> list[Path]:
    """What this figure is drawn from."""
    return [tree.evals(study), tree.laws(study), tree.scrutiny(study)]


def compose(study: Study, figure: str) -> Drawing:
    """The figure as numbers."""
    record = study.scrutiny.get("metaclip", {"rows": []})
    if not record["rows"]:
        raise ReproError(f"study '{study.name}' has no models of MetaCLIP in its scrutiny, so there is nothing to draw")
    plain = style.encode(study.results, models=(BIGGEST,))
    encoding = replace(plain, markers={**plain.markers, **MARKERS})
    measured = dict.fromkeys((row["dataset"], row["metric"]) for row in record["rows"])
    panels = [_panel(study, record, dataset, metric) for dataset, metric in measured]
    note = (
        f"Bands: where the law lies with {100 * record['level']:g} % confidence, for OpenCLIP with the frontier chosen "
        "again in each resample; laws of three models are too uncertain to have one drawn. Lines are dashed beyond "
        "their own models. Open markers: OpenCLIP. MetaCLIP: after 12.8B samples."
    )
    return Drawing(panels, encoding, note, columns=2, width=style.FULL_WIDTH, panel_height=3.0)


def _panel(study: Study, record: Row, dataset: str, metric: str) -> Panel:
    def about(row: Row) -> bool:
        return bool((row["dataset"], row["metric"]) == (dataset, metric))

    quantity = Quantity("zero-shot", dataset, metric, names.measured(dataset, metric))
    table = study.select(**quantity.condition())
    papers = {
        name: scaling.points(
            name, scaling.rows_of(table, scaling.law_of(study, quantity, name)), hollow=name == "OpenCLIP"
        )
        for name in PAPERS
    }
    beside = [row for row in record["rows"] if about(row) and (row["law"], row["rule"]) == ("OpenCLIP", "bins")]
    series = [*papers.values(), _points(beside)]
    laws = {law["series"]: law for law in record["laws"] if about(law) and LAWS[law["series"]] == law["rule"]}
    for name in LAWS:
        series += _lines(laws[name], max(papers[name].x) if name in papers else None)
    return Panel(quantity.key, quantity.title, scaling.COMPUTE, scaling.ACCURACY_ERROR, "log", "log", series)


def _points(rows: list[Row]) -> Series:
    """MetaCLIP's models, which the record holds beside CLIP's."""
    own = [row for row in rows if row["pretrain_data"] in MARKERS]
    return Series(
        name="MetaCLIP",
        kind="points",
        x=[row["gmacs_total"] for row in own],
        y=[100 - row["measured"] for row in own],
        runs=[f"{row['model']} {row['pretrain_data']}" for row in own],
        models=[row["model"] for row in own],
        data=[row["pretrain_data"] for row in own],
        budgets=[BUDGET for _ in own],
    )


def _lines(law: Row, end: float | None) -> list[Series]:
    """A law up to the largest of its models, and dashed beyond; both with the band, where it has one."""
    curve = law["curve"]
    label = f"{law['series']}: $C^{{{law['params']['alpha']:.3f}}}$"
    last = len(curve["x"]) if end is None else sum(x <= end for x in curve["x"])
    spans: dict[Kind, slice] = {"line": slice(0, last), "dashed": slice(last - 1, None)}
    return [
        Series(
            name=law["series"],
            kind=kind,
            x=curve["x"][span],
            y=_errors(curve["y"][span]),
            low=_errors(curve["low"][span]) if law["series"] in BANDS else [],
            high=_errors(curve["high"][span]) if law["series"] in BANDS else [],
            label=label if kind == "line" else "",
        )
        for kind, span in spans.items()
        if len(curve["x"][span]) > 1
    ]


def _errors(fractions: list[float | None]) -> list[Any]:
    """In percent; None stays."""
    return [None if each is None else 100 * each for each in fractions]
