"""Table 25: the architectures of the ladder and of its extrapolation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from reprolib.data import facts
from reprolib.names import model as model_name
from reprolib.tables.frame import Number, Table, table
from reprolib.tables.spec import TableSpec

if TYPE_CHECKING:
    from reprolib.study import Study

COLUMNS = (
    "Image width",
    "Text width",
    "Embedding",
    "Image depth",
    "Text depth",
    "Activations (M)",
    "Parameters (M)",
    "GMAC",
)
COSTS = COLUMNS[-3:]


Row = tuple[float, ...]


def architectures(study: Study, rows_of: Callable[[Study], Mapping[str, Row]]) -> Table:
    """Widths, depths and cost of each model."""
    rows = rows_of(study)
    small = all(row[-1] < 1 for row in rows.values())
    return table(
        ("Model",),
        [(model_name(name),) for name in rows],
        [(name,) for name in COLUMNS],
        lambda i, j: list(rows.values())[i][j],
        lambda _, j, number: _show(COLUMNS[j], number, small),
    )


def _printed(study: Study) -> dict[str, Row]:
    """The paper's, from its facts."""
    sizes = {row.model: row for row in facts.read(study.tree, facts.Architecture)}
    return {
        depth.model: (
            size.image_width,
            size.text_width,
            size.embed_dim,
            depth.image_depth,
            depth.text_depth,
            size.macts,
            size.mparams,
            size.gmacs,
        )
        for depth in facts.read(study.tree, facts.ArchitectureDepth)
        for size in [sizes[depth.model]]
    }


def _trained(study: Study) -> dict[str, Row]:
    """A study's own, from its runs."""
    runs = sorted(study.runs.values(), key=lambda run: run["gmacs_per_sample"])
    keys = ("image_width", "text_width", "embed_dim", "image_depth", "text_depth", "macts", "mparams")
    return {run["model"]: (*(run["architecture"][key] for key in keys), run["gmacs_per_sample"]) for run in runs}


def _show(column: str, number: Number, small: bool) -> str:
    """Activations in whole millions, parameters to three digits, as printed; all costs to three digits if small."""
    if column in COSTS and small:
        return f"{number:.3g}"
    if column == "GMAC":
        return f"{number:.2f}"
    return f"{float(f'{number:.3g}') if column == 'Parameters (M)' else number:.0f}"


TITLE = "Architectures"
CAPTION = (
    "Widths, joint embedding and depths of the two towers; activations and parameters in millions and forward GMACs "
    "per image-text pair, both towers together"
)
SPECS = {
    "table25": TableSpec(
        title=TITLE,
        caption=CAPTION,
        origin="mixed",
        reads=("runs", "architectures.csv", "architecture_depths.csv"),
        build=partial(architectures, rows_of=_printed),
        note="In the paper's own study the depths are the paper's and the rest is the released architecture file",
        elsewhere=TableSpec(
            title=TITLE,
            caption=CAPTION,
            origin="recomputed",
            reads=("runs",),
            build=partial(architectures, rows_of=_trained),
        ),
    )
}
