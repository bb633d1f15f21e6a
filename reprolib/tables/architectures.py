"""Table 25: the architectures of the ladder and of its extrapolation."""

from __future__ import annotations

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


def architectures(study: Study) -> Table:
    """Widths, depths and cost; activations in whole millions, parameters to three digits, as printed."""
    sizes = {row.model: row for row in facts.read(study.tree, facts.Architecture)}
    depths = facts.read(study.tree, facts.ArchitectureDepth)
    values = [
        (
            size.image_width,
            size.text_width,
            size.embed_dim,
            depth.image_depth,
            depth.text_depth,
            size.macts,
            size.mparams,
            size.gmacs,
        )
        for depth in depths
        for size in [sizes[depth.model]]
    ]
    return table(
        ("Model",),
        [(model_name(depth.model),) for depth in depths],
        [(name,) for name in COLUMNS],
        lambda i, j: values[i][j],
        _show,
    )


def _show(_: int, j: int, number: Number) -> str:
    if COLUMNS[j] == "GMAC":
        return f"{number:.2f}"
    return f"{float(f'{number:.3g}') if COLUMNS[j] == 'Parameters (M)' else number:.0f}"


SPECS = {
    "table25": TableSpec(
        title="Architectures",
        caption="Widths, joint embedding and depths of the two towers; activations and parameters in millions and "
        "forward GMACs per image-text pair, both towers together",
        origin="mixed",
        reads=("architectures.csv", "architecture_depths.csv"),
        build=architectures,
        note="The depths are the paper's own; the rest is the released architecture file",
    )
}
