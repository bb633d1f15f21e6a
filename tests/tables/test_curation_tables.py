"""The tables of curation show the record of the scrutiny, on a study whose answers are known."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import toy_curation

from reprolib import params, tables
from reprolib.paths import Tree
from reprolib.provenance import records
from reprolib.study import Study
from reprolib.tables.frame import LackingError

Made = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def curated(repository: Tree, tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """A tree with the toy study and its scrutiny."""
    root = tmp_path_factory.mktemp("curation")
    for name in ("params.yaml", "requirements.lock"):
        shutil.copy(repository.root / name, root / name)
    tree = Tree(root)
    toy_curation.write(tree)
    toy_curation.scrutinize(tree, params.load(tree).fit)
    return tree


@pytest.fixture(scope="module")
def shown(curated: Tree) -> Made:
    """Both tables."""
    out = curated.tables(toy_curation.NAME)
    tables.run(curated, toy_curation.NAME, [*tables.OF_CURATION], out)
    return {name: records.read(out / f"{name}.json", "table") for name in tables.OF_CURATION}


def cells(record: dict[str, Any], row: str) -> dict[str, str]:
    return dict(zip(record["columns"], record["cells"][record["rows"].index(row)], strict=True))


def test_each_error_has_the_whole_pool_and_every_comparison(shown: Made) -> None:
    rows = shown["table-curation"]["rows"]
    assert len(rows) == 7 * (1 + 6)
    assert rows[:7] == [
        "ImageNet, raw",
        *(f"ImageNet, {name}, raw" for name in ("balanced", "random", "basic", "score")),
        *(f"ImageNet, {name}, random" for name in ("balanced", "score")),
    ]


def test_what_is_planted_is_what_moves(shown: Made) -> None:
    moves = {
        row.removeprefix("VTAB+, "): cells(shown["table-curation"], row)["Moves"]
        for row in shown["table-curation"]["rows"]
        if row.startswith("VTAB+, ")
    }
    assert moves == {
        "raw": "",
        "balanced, raw": "offset lower",
        "random, raw": "offset higher",
        "basic, raw": "neither",
        "score, raw": "exponent steeper",
        "balanced, random": "offset lower",
        "score, random": "exponent steeper",
    }


def test_cells_are_those_of_the_record(shown: Made, curated: Tree) -> None:
    record = Study(curated, toy_curation.NAME).scrutiny["curation"]
    key = {"dataset": "imagenet1k-tail", "first": "raw", "second": "balanced"}
    (row,) = (each for each in record["rows"] if key.items() <= each.items())
    found = cells(shown["table-curation"], "ImageNet, tail classes, balanced, raw")
    assert found["Less the other's"] == f"{row['difference']:z.3f}"
    assert found["Factor on the error"] == f"{row['ratio']:.3f}"
    assert found["Interval of the factor"] == "[{:.3f}, {:.3f}]".format(*row["ratio_interval"])
    assert found["Factor of compute"] == f"{row['compute']:.2f}"
    assert cells(shown["table-curation"], "ImageNet, tail classes, raw")["Factor on the error"] == ""


def test_t_stands_beside_size_tail_and_errors_and_below_is_what_it_changes(shown: Made, curated: Tree) -> None:
    record = shown["table-curation-t"]
    assert record["rows"] == [
        *("balanced", "balanced-t80", "balanced-t320", "raw", "random"),
        *("balanced less raw", "balanced less random"),
    ]
    found = cells(record, "balanced")
    assert (found["t"], found["Number"], found["Tail share (%)"]) == ("26.7", "10,209", "13.60")
    assert cells(record, "raw")["t"] == "none"
    tail = "ImageNet, tail classes, Error (%)"
    less = float(found[tail]) - float(cells(record, "raw")[tail])
    assert float(cells(record, "balanced less raw")[tail]) == pytest.approx(less, abs=0.011)
    assert "The model is ViT-three/8 at 25k samples seen" in record["note"]
    assert tables.OF_CURATION["table-curation-t"].build(Study(curated, toy_curation.NAME)).rules == {5}


def test_a_study_of_choices_has_these_tables_and_the_papers_own_has_not(
    curated: Tree, tmp_path: Path, repository: Tree
) -> None:
    assert set(tables.OF_CURATION) <= set(tables.run(curated, toy_curation.NAME, None, tmp_path / "all"))
    assert not set(tables.OF_CURATION) & set(tables.TABLES)
    for name in tables.OF_CURATION:
        with pytest.raises(LackingError, match="study 'published' is not trained on several choices of pairs"):
            tables.run(repository, "published", [name], tmp_path / "none")


def test_both_say_that_they_are_of_the_miniature(shown: Made) -> None:
    for record in shown.values():
        assert record["title"].startswith("Miniature: ")
        assert "toy for ImageNet" in record["note"]
