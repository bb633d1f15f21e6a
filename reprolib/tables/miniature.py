"""What a table of another study than the paper's says of itself: that it is a miniature, and which set is whose.

A study whose models are trained here goes by the paper's names of data sets, so that its tables are those of the paper.
Its results say in the column `source` what was measured in truth.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reprolib import names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reprolib.study import Study
    from reprolib.tables.frame import Table

SHARDS = "shards/"
MODELS = (
    "Models and data are not the paper's: the models are this repository's own small ones, trained and tested on drawn "
    "pictographs"
)
OPENCLIP = {"OpenCLIP": "these models"}
"""The series that all models trained here belong to."""


def told(study: Study, about: Mapping[str, Any], made: Table, *, evaluated: bool) -> dict[str, Any]:
    """`about` with a title and a note that say so.

    Args:
        study: Whose table it is.
        about: What the table would say of itself.
        made: The table.
        evaluated: Whether it reads results on data sets, so that names of data sets stand for others.
    """
    text = "\n".join([about["title"], about["caption"], about["note"], *made.row_names, *made.column_names])
    places = {**OPENCLIP, **(stand_ins(study) if evaluated else {})}
    stand = ", ".join(f"{here} for {name}" for name, here in places.items() if _in(name, text))
    note = ". ".join(filter(None, (about["note"], MODELS, f"Here stand, as Table 26 tells: {stand}" if stand else "")))
    return {**about, "title": f"Miniature: {about['title']}", "note": note}


def stand_ins(study: Study) -> dict[str, str]:
    """What was measured under each name of the paper: by `ImageNet` `pictographs-1k`, by `VTAB+` `mean of 22 sets`."""
    measured = study.results[study.results["source"].str.match(f"{SHARDS}|mean of ")]
    sources = measured.drop_duplicates("dataset").set_index("dataset")["source"]
    return {
        name: sources[dataset].removeprefix(SHARDS).removesuffix("-test").replace("task-", "task ")
        for dataset, name in names.DATASETS.items()
        if dataset in sources
    }


def _in(name: str, text: str) -> bool:
    """Whether `text` names the data set, and not another whose name begins alike."""
    return re.search(rf"(?<!\w){re.escape(name)}(?![\w+-])", text) is not None
