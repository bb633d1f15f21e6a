"""The files of a table: sealed, stamped, and readable back."""

import hashlib
from pathlib import Path

import pytest

from reprolib import files, records, stamps, tables
from reprolib.paths import Tree


@pytest.mark.parametrize("name", tables.TABLES)
def test_the_stamp_reads_back_alike_from_all_four_files(name: str, published_tables: Path) -> None:
    found = [stamps.read(published_tables / f"{name}.{suffix}") for suffix in ("json", "tex", "html", "csv")]
    assert found[0]["settings"] == {"study": "published", "table": name}
    assert all(stamp == found[0] for stamp in found)


@pytest.mark.parametrize("name", tables.TABLES)
def test_the_stamp_names_what_the_table_reads(name: str, repository: Tree, published_tables: Path) -> None:
    stamp = stamps.read(published_tables / f"{name}.json")
    assert stamp["inputs"]
    assert stamp["inputs"] == {path: files.sha256(repository.root / path) for path in stamp["inputs"]}
    facts = {Path(path).name for path in stamp["inputs"] if path.endswith(".csv")}
    assert facts == {read for read in tables.TABLES[name].reads if read.endswith(".csv")} | (
        {"sources.csv"} if facts else set()
    )
    assert "reprolib/tables/render.py" in stamp["code"]
    assert stamp["device"]["reason"]


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


def test_other_facts_give_another_stamp(facts_tree: Tree) -> None:
    out = facts_tree.root / "out"
    tables.run(facts_tree, "published", ["table3"], out)
    before = stamps.read(out / "table3.tex")
    path = facts_tree.published / "duplicates.csv"
    path.write_text(path.read_text().replace("5.15", "5.16"))
    tables.run(facts_tree, "published", ["table3"], out)
    after = stamps.read(out / "table3.tex")
    assert [name for name in after["inputs"] if after["inputs"][name] != before["inputs"][name]] == [
        "paper/published/duplicates.csv"
    ]
    assert "5.16" in (out / "table3.csv").read_text()
