"""The two pictures of `explore.ipynb`, in the colours and shapes of the paper's figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import cycle
from typing import TYPE_CHECKING, Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from reprolib import names
from reprolib.errors import ReproError
from reprolib.figures import paint, scaling, style
from reprolib.figures.panel import Callout, Drawing, Panel, Series
from reprolib.figures.ticks import log_ticks, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from reprolib.explore.points import Fitted, Standing
    from reprolib.study import Study

YOURS = "your model"
YOUR_COLOUR = "#D00000"
HEIGHT = 3.4
"""Of the axes, in inches."""
DASHES = (":", "--", "-", "-.")
"""Of a learning curve, by the rank of its budget."""


def law_plot(study: Study, quantity: dict[str, str], fitted: list[Fitted], yours: Standing | None = None) -> Figure:
    """Error against compute: each series' runs (hollow where the rule passed them over), its law and `yours`."""
    drawn: list[Series] = []
    for one in fitted:
        shown = {run for series in drawn for run in series.runs or []}
        rows = one.rows[~one.rows["run"].isin(shown)]
        for kept in (False, True):
            part = rows[rows["kept"] == kept]
            drawn += [scaling.points(one.series, part, hollow=not kept)] if len(part) else []
    if yours is not None:
        biggest = study.results.sort_values("samples_seen")["budget"].iloc[-1]
        x, y = [yours.compute], [100 * yours.measured]
        drawn.append(Series(YOURS, "points", x, y, models=[YOURS], data=[YOURS], budgets=[biggest]))
    computes = [x for series in drawn for x in series.x]
    drawn += [line for one in fitted for line in _lines(one, min(computes), max(computes))]
    panel = Panel(
        key="explored",
        title=", ".join(filter(None, quantity.values())),
        x_label=scaling.COMPUTE,
        y_label=f"Error: 100 − {quantity['metric']} (%)",
        x_scale="log",
        y_scale="log",
        series=drawn,
        callouts=[Callout(yours.compute, 100 * yours.measured, YOURS, -6, -9)] if yours else [],
    )
    known = style.encode(study.results)
    encoding = replace(known, colours={**known.colours, YOURS: YOUR_COLOUR}, markers={**known.markers, YOURS: "X"})
    note = "Filled: the runs that the law goes through. Hollow: runs that the rule passed over."
    with style.context(salt="explore"):
        return paint.paint(Drawing([panel], encoding, note, columns=1, width=style.FULL_WIDTH, panel_height=HEIGHT))


def _lines(one: Fitted, low: float, high: float) -> Iterable[Series]:
    """The law over its own runs, and dashed over the rest of the panel."""
    law = one.law
    if law is None:
        return
    own = (one.rows["gmacs_total"].min(), one.rows["gmacs_total"].max())
    label = f"{one.series}: $E = {scaling.factor(law['params']['beta'])}\\,C^{{{law['params']['alpha']:.3f}}}$"
    for start, end in ((low, own[0]), own, (own[1], high)):
        if start < end:
            solid = (start, end) == own
            yield Series(
                name=one.series,
                kind="line" if solid else "dashed",
                x=[float(start), float(end)],
                y=[scaling.predict(law, float(x)) for x in (start, end)],
                law=one.series,
                label=label if solid else "",
            )


def curve_plot(study: Study, runs: Sequence[str]) -> Figure:
    """Zero-shot ImageNet error during the training of `runs`, against the samples seen so far.

    Raises:
        ReproError: A run has no learning curve.
    """
    encoding = style.encode(study.results)
    dashes = dict(zip(encoding.areas, cycle(DASHES), strict=False))
    with style.context(salt="explore"):
        figure = paint.Sheet(figsize=(style.FULL_WIDTH, HEIGHT + 0.4), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots()
        for run in _with_curves(study, runs):
            curve = run["learning_curve"]
            axes.plot(
                [point["samples_seen"] for point in curve],
                [100 * (1 - point["acc1"]) for point in curve],
                color=encoding.colours[run["model"]],
                linestyle=dashes[run["budget"]],
                marker=encoding.markers[run["pretrain_data"]],
                markevery=[-1],
                linewidth=1.2,
                label=f"{names.model(run['model'])}, {run['pretrain_data']}, {run['budget']}",
            )
        axes.set(xscale="log", yscale="log", xlabel="Samples seen so far", ylabel="Error: 100 − acc1 (%)")
        axes.set_title("Learning curves, zero-shot ImageNet")
        ticks = log_ticks(*axes.get_ylim(), HEIGHT, 0.17)
        axes.yaxis.set_major_locator(FixedLocator(ticks))
        axes.yaxis.set_major_formatter(FixedFormatter([text(tick) for tick in ticks]))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.legend(loc="upper right", handlelength=2.6)
        return figure


def with_curves(study: Study) -> list[str]:
    """The runs whose learning curve is known."""
    return [name for name, run in study.runs.items() if run["learning_curve"]]


def _with_curves(study: Study, names: Sequence[str]) -> list[dict[str, Any]]:
    known = with_curves(study)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ReproError(f"study '{study.name}' has no learning curve of '{unknown[0]}'; it has {', '.join(known)}")
    return [study.runs[name] for name in names]
