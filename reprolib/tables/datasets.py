"""Tables 2, 3 and 26: what the models were trained and tested on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from reprolib import names
from reprolib.data import facts
from reprolib.errors import ReproError
from reprolib.tables.frame import Table, Value, table
from reprolib.tables.miniature import SHARDS
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


def own_subsets(study: Study) -> Table:
    """Table 2 of a study trained here: the pairs of each of its pre-training sets."""
    pairs = study.data["subsets"]
    return _listed(pairs, {"Image-text pairs": lambda name: pairs[name]}, ",d")


def own_duplicates(study: Study) -> Table:
    """Table 3 of a study trained here: share of test images whose hash an image of the pool has, or nearly has."""
    sets, near = study.data["sets"], study.data["near_duplicates"][NEAR]

    def share(name: str, bits: int) -> float:
        return float(100 * near[name][bits] / sets[name]["count"])

    columns: Columns = {
        "Overlap (%)": lambda name: share(name, 0),
        f"Within {BITS} bits (%)": lambda name: share(name, BITS),
    }
    return _listed(near, columns, ".2f")


def own_evaluation(study: Study) -> Table:
    """Table 26 of a study trained here: what stands for which set of the paper, and under which name in the tables."""
    sets = study.data["sets"]
    called: dict[str, dict[str, None]] = {}
    for row in study.results.drop_duplicates(["dataset", "source"]).itertuples():
        called.setdefault(row.source.removeprefix(SHARDS), {})[names.dataset(row.dataset)] = None
    columns: Columns = {
        "In the tables": lambda name: ", ".join(called[name]),
        "Stands for": lambda name: sets[name]["stands for"],
        "Shift from training": lambda name: sets[name]["shift"],
        "Test size": lambda name: sets[name]["count"],
        "Classes": lambda name: sets[name].get("classes"),
    }
    return _listed([name for name in sets if name in called], columns, "d")


Columns = dict[str, Callable[[str], Value]]


def _listed(shards: Iterable[str], columns: Columns, show: str) -> Table:
    """A row for each of our own data sets; of a task, which has a training part too, it is the test part."""
    sets, cells = list(shards), list(columns.values())
    labels = [(name.removeprefix("task-").removesuffix("-test"),) for name in sets]
    return table(("Data set",), labels, [(name,) for name in columns], lambda i, j: cells[j](sets[i]), show)


NEAR = "images with one in the pool within 0, 1, … bits"
"""As the record of the data names it."""
BITS = 4
"""Of the 64 of a hash: how many may differ in the second column."""
ONLY_SOURCE = "The paper's own table is the only source of these numbers"
SPECS = {
    "table2": TableSpec(
        title="Pre-training data sets",
        caption="Number of English image-text pairs in public and private data sets",
        origin="transcribed",
        reads=("pretraining_datasets.csv",),
        build=pretraining,
        note=f"{ONLY_SOURCE}; the text gives another size of LAION-400M",
        elsewhere=TableSpec(
            title="Pre-training data sets",
            caption="Number of image-text pairs in each subset of the pool",
            origin="recomputed",
            reads=("data.json",),
            build=own_subsets,
            note="The subsets are nested; one that is named apart shares nothing with those of its size or below",
        ),
    ),
    "table3": TableSpec(
        title="Test images that are also in LAION-400M",
        caption="Share of each test set, found by equality of a perceptual hash",
        origin="transcribed",
        reads=("duplicates.csv", "evaluation_datasets.csv"),
        build=duplicates,
        note=f"{ONLY_SOURCE}: the lists of duplicates were not released",
        elsewhere=TableSpec(
            title="Test images that are also in the training pool",
            caption="Share of each test set for which some image of the whole pool has the same perceptual hash, and "
            f"for which one differs in at most {BITS} of its 64 bits",
            origin="recomputed",
            reads=("data.json",),
            build=own_duplicates,
            note="Small drawings of one thing often have one hash, so the shares are upper bounds for those of copies",
        ),
    ),
    "table26": TableSpec(
        title="Evaluation data sets",
        caption="Number of test samples and of classes; the sets with an abbreviation make up VTAB+",
        origin="transcribed",
        reads=("evaluation_datasets.csv",),
        build=evaluation,
        note=ONLY_SOURCE,
        elsewhere=TableSpec(
            title="Evaluation data sets",
            caption="The set of the paper that each stands for, the name that its results have in the other tables, "
            "how its pictures differ from those of training, and the number of test samples and of classes",
            origin="recomputed",
            reads=("data.json", "evals"),
            build=own_evaluation,
        ),
    ),
}
