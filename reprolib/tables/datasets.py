"""Tables 2, 3 and 26: what the models were trained and tested on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprolib.data import facts
from reprolib.errors import ReproError
from reprolib.tables.frame import Table, Value, table
from reprolib.tables.spec import TableSpec

if TYPE_CHECKING:
    from reprolib.study import Study


def pretraining(study: Study) -> Table:
    """Table 2: the size of pre-training sets, as printed."""
    rows = [row for row in facts.read(study.tree, facts.PretrainingDataset) if row.table == "2"]
    values = [(row.access, row.english_pairs) for row in rows]
    columns = [("Access",), ("English image-text pairs",)]
    return table(("Data set",), [(row.dataset,) for row in rows], columns, lambda i, j: values[i][j], "")


def duplicates(study: Study) -> Table:
    """Table 3: share of test images with a duplicate in LAION-400M, in percent."""
    titles = _titles(study)
    rows = facts.read(study.tree, facts.Duplicates)
    labels = [(_title(titles, row.dataset),) for row in rows]
    return table(("Data set",), labels, [("Overlap (%)",)], lambda i, _: rows[i].overlap_percent, ".2f")


def evaluation(study: Study) -> Table:
    """Table 26: the evaluation sets with test size and number of classes."""
    rows = facts.read(study.tree, facts.EvaluationDataset)
    values: list[tuple[Value, ...]] = [(row.abbreviation or None, row.test_size, row.classes) for row in rows]
    columns = [("Abbreviation",), ("Test size",), ("Classes",)]
    return table(("Data set",), [(row.title,) for row in rows], columns, lambda i, j: values[i][j], "d")


def _titles(study: Study) -> dict[str, str]:
    return {row.dataset: row.title for row in facts.read(study.tree, facts.EvaluationDataset)}


def _title(titles: dict[str, str], dataset: str) -> str:
    # Some sets go by their VTAB name in Table 26 alone.
    for name in (dataset, f"vtab/{dataset}"):
        if name in titles:
            return titles[name]
    raise ReproError(f"paper/published/evaluation_datasets.csv has no '{dataset}', which duplicates.csv names; add it")


ONLY_SOURCE = "The paper's own table is the only source of these numbers"
SPECS = {
    "table2": TableSpec(
        title="Pre-training data sets",
        caption="Number of English image-text pairs in public and private data sets",
        origin="transcribed",
        reads=("pretraining_datasets.csv",),
        build=pretraining,
        note=f"{ONLY_SOURCE}; the text gives another size of LAION-400M",
    ),
    "table3": TableSpec(
        title="Test images that are also in LAION-400M",
        caption="Share of each test set, found by equality of a perceptual hash",
        origin="transcribed",
        reads=("duplicates.csv", "evaluation_datasets.csv"),
        build=duplicates,
        note=f"{ONLY_SOURCE}: the lists of duplicates were not released",
    ),
    "table26": TableSpec(
        title="Evaluation data sets",
        caption="Number of test samples and of classes; the sets with an abbreviation make up VTAB+",
        origin="transcribed",
        reads=("evaluation_datasets.csv",),
        build=evaluation,
        note=ONLY_SOURCE,
    ),
}
