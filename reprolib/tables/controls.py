"""Tables 12 to 15: control experiments on batch size, data, repetition and sampling."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from reprolib.data import facts
from reprolib.names import model as model_name
from reprolib.tables.frame import Table, table
from reprolib.tables.spec import TableSpec

if TYPE_CHECKING:
    from reprolib.study import Study

TITLES = {
    "table12": "Control: batch size",
    "table13": "Control: a subset of LAION-2B in place of LAION-400M",
    "table14": "Control: trial to trial",
    "table15": "Control: resampling against full shuffling",
}


def control(study: Study, number: str) -> Table:
    """Zero-shot ImageNet accuracy in percent of each setting in Table `number`."""
    rows = [row for row in facts.read(study.tree, facts.Control) if row.table == number]
    return table(
        ("Model", "Setting"),
        [(model_name(row.model), row.setting[0].upper() + row.setting[1:]) for row in rows],
        [("ImageNet",)],
        lambda i, _: rows[i].acc1_percent,
        ".2f",
    )


SPECS = {
    identifier: TableSpec(
        title=title,
        caption="Zero-shot top-1 accuracy on ImageNet in percent, 13B samples seen",
        origin="transcribed",
        reads=("controls.csv",),
        build=partial(control, number=identifier.removeprefix("table")),
        note="The paper's own table is the only source of these numbers: the checkpoints and logs were not released",
    )
    for identifier, title in TITLES.items()
}
