"""The files of a table: sealed, stamped, and readable back."""

import hashlib
from pathlib import Path

import pytest

from reprolib import files, precision, tables
from reprolib.paths import Tree
from reprolib.provenance import carried, records
from reprolib.study import Study
from reprolib.verify import again


@pytest.mark.parametrize("name", tables.TABLES)
def test_latex_and_html_carry_the_id_of_the_record(name: str, published_tables: Path) -> None:
    record = records.read(published_tables / f"{name}.json", "table")
    assert {carried.read(published_tables / f"{name}.{suffix}") for suffix in ("tex", "html")} == {record["record_id"]}
    assert record["provenance"]["settings"] == {"study": "published", "table": name}


@pytest.mark.parametrize("name", tables.TABLES)
def test_the_stamp_names_what_the_table_reads(name: str, repository: Tree, published_tables: Path) -> None:
    stamp = records.read(published_tables / f"{name}.json", "table")["provenance"]
    assert stamp["inputs"]
    assert stamp["inputs"] == {path: files.sha256(repository.root / path) for path in stamp["inputs"]}
    facts = {Path(path).name for path in stamp["inputs"] if path.endswith(".csv")}
    assert facts == {read for read in tables.TABLES[name].reads if read.endswith(".csv")} | (
        {"sources.csv"} if facts else set()
    )
    assert stamp["device"]["reason"]


def test_the_records_are_what_is_computed_without_writing(repository: Tree, published_tables: Path) -> None:
    study = Study(repository, "published")
    for name in tables.TABLES:
        written = again.content(published_tables / f"{name}.json", "table")
        assert precision.same("table", written, tables.record_of(study, name)), name


@pytest.mark.parametrize("name", tables.TABLES)
def test_the_record_holds_the_hash_of_each_file(name: str, published_tables: Path) -> None:
    record = records.read(published_tables / f"{name}.json", "table")
    assert record["files"] == {
        f"{name}.{suffix}": hashlib.sha256((published_tables / f"{name}.{suffix}").read_bytes()).hexdigest()
        for suffix in ("csv", "tex", "html")
    }


@pytest.mark.parametrize("name", tables.TABLES)
def test_cells_and_values_have_the_shape_of_the_labels(name: str, published_tables: Path) -> None:
    record = records.read(published_tables / f"{name}.json", "table")
    for content in (record["cells"], record["values"]):
        assert [len(row) for row in content] == [len(record["columns"])] * len(record["rows"])
    assert len(set(record["rows"])) == len(record["rows"])
    assert len(set(record["columns"])) == len(record["columns"])


def test_other_facts_give_another_stamp_and_id(facts_tree: Tree) -> None:
    out = facts_tree.root / "out"
    tables.run(facts_tree, "published", ["table3"], out)
    before = records.read(out / "table3.json", "table")
    path = facts_tree.published / "duplicates.csv"
    path.write_text(path.read_text().replace("5.15", "5.16"))
    tables.run(facts_tree, "published", ["table3"], out)
    after = records.read(out / "table3.json", "table")
    inputs = after["provenance"]["inputs"]
    assert [name for name in inputs if inputs[name] != before["provenance"]["inputs"][name]] == [
        "paper/published/duplicates.csv"
    ]
    assert carried.read(out / "table3.tex") == after["record_id"] != before["record_id"]
