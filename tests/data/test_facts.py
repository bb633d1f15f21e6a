"""The tables of facts: each read strictly, each kind of broken cell named."""

import csv
import io
from collections.abc import Callable

import pytest

from reprolib.data import facts
from reprolib.data.rows import Row, parse
from reprolib.errors import ReproError
from reprolib.paths import Tree

Cells = list[list[str]]


def edit(tree: Tree, table: str, change: Callable[[Cells], None]) -> None:
    path = tree.published / f"{table}.csv"
    cells = list(csv.reader(io.StringIO(path.read_text())))
    change(cells)
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(cells)
    path.write_text(text.getvalue())


def put(line: int, column: str, value: str) -> Callable[[Cells], None]:
    def change(cells: Cells) -> None:
        cells[line - 1][cells[0].index(column)] = value

    return change


def test_every_table_of_the_repository_reads_and_every_file_has_a_model(repository: Tree) -> None:
    tables = facts.read_all(repository)
    assert set(tables) == {path.stem for path in repository.published.glob("*.csv")}
    assert all(tables.values())
    assert len(tables["zero_shot"]) == 3712


@pytest.mark.parametrize(
    ("row", "line", "column", "value", "says"),
    [
        (facts.ZeroShot, 2, "value", "0,594", "plain number"),
        (facts.ZeroShot, 3, "value", "1.2", "less than or equal to 1"),
        (facts.ZeroShot, 4, "value", "nan", "plain number"),
        (facts.ZeroShot, 5, "value", "", "plain number"),
        (facts.ZeroShot, 6, "value", " 0.5", "plain number"),
        (facts.ZeroShot, 7, "budget", "14B", "'3B', '13B' or '34B'"),
        (facts.ZeroShot, 8, "pretrain_data", "LAION-5B", "'LAION-80M'"),
        (facts.ZeroShot, 9, "metric", "top1", "'acc1'"),
        (facts.ZeroShot, 10, "samples_seen", "0", "greater than 0"),
        (facts.ZeroShot, 11, "gmacs_total", "-1", "greater than 0"),
        (facts.ZeroShot, 12, "run", "../ViT", "pattern"),
        (facts.Duplicates, 2, "overlap_percent", "101", "less than or equal to 100"),
        (facts.EvaluationDataset, 2, "vtab_plus", "maybe", "'yes' or 'no'"),
        (facts.TrainingRun, 3, "gpus", "12.5", "integer"),
        (facts.Hardware, 3, "value", "", "at least 1 character"),
        (facts.Hardware, 3, "source", "hearsay", "sources.csv lists no such source"),
    ],
)
def test_a_bad_cell_is_named_by_file_line_column_and_value(
    facts_tree: Tree, row: type[Row], line: int, column: str, value: str, says: str
) -> None:
    edit(facts_tree, row.file, put(line, column, value))
    with pytest.raises(ReproError) as caught:
        facts.read(facts_tree, row)
    message = str(caught.value)
    assert f"paper/published/{row.file}.csv line {line}, column '{column}'" in message
    assert f"(got {value!r})" in message
    assert says in message
    assert "\n" not in message


def test_a_line_is_counted_as_an_editor_counts_it(facts_tree: Tree) -> None:
    edit(facts_tree, "hardware", put(3, "value", "two\nlines"))
    edit(facts_tree, "hardware", put(5, "source", "hearsay"))
    with pytest.raises(ReproError, match="line 6, column 'source'"):
        facts.read(facts_tree, facts.Hardware)


def test_a_missing_column_is_named(facts_tree: Tree) -> None:
    edit(facts_tree, "hardware", lambda cells: [row.pop(1) for row in cells] and None)
    with pytest.raises(ReproError, match=r"hardware\.csv line 1: the header lacks \['value'\]"):
        facts.read(facts_tree, facts.Hardware)


def test_an_unknown_column_is_named(facts_tree: Tree) -> None:
    edit(facts_tree, "hardware", lambda cells: [row.append("unit") for row in cells] and None)
    with pytest.raises(ReproError, match=r"hardware\.csv line 1: the header has unknown \['unit'\]"):
        facts.read(facts_tree, facts.Hardware)


def test_a_column_that_stands_twice_is_refused(facts_tree: Tree) -> None:
    edit(facts_tree, "hardware", lambda cells: [row.append(row[1]) for row in cells] and None)
    with pytest.raises(ReproError, match=r"hardware\.csv line 1: the header repeats"):
        facts.read(facts_tree, facts.Hardware)


def test_a_short_line_is_named(facts_tree: Tree) -> None:
    edit(facts_tree, "hardware", lambda cells: cells[3].pop() and None)
    with pytest.raises(ReproError, match=r"hardware\.csv line 4: 3 cells were expected, but 2 came"):
        facts.read(facts_tree, facts.Hardware)


def test_an_open_quote_is_named(facts_tree: Tree) -> None:
    path = facts_tree.published / "hardware.csv"
    path.write_text(path.read_text() + '"network,fast')
    with pytest.raises(ReproError, match=r"hardware\.csv line 13 is not CSV"):
        facts.read(facts_tree, facts.Hardware)


def test_a_row_that_stands_twice_is_named_with_both_lines(facts_tree: Tree) -> None:
    edit(facts_tree, "hardware", lambda cells: cells.append(cells[2]))
    with pytest.raises(ReproError, match=r"line 13, columns item: .* stood in line 3 already"):
        facts.read(facts_tree, facts.Hardware)


def test_a_missing_table_is_named(facts_tree: Tree) -> None:
    (facts_tree.published / "hardware.csv").unlink()
    with pytest.raises(ReproError, match=r"cannot read .*hardware\.csv"):
        facts.read_all(facts_tree)


def test_a_table_without_a_model_is_refused(facts_tree: Tree) -> None:
    (facts_tree.published / "rumours.csv").write_text("item,source\n")
    with pytest.raises(ReproError, match=r"paper/published/rumours\.csv is no table of facts"):
        facts.read_all(facts_tree)


def test_parsing_does_not_ask_for_sources_where_none_are_given() -> None:
    assert parse(facts.Hardware, "item,value,source\nCPU,fast,hearsay\n", "a text")[0].id == ("CPU",)


def test_the_order_of_columns_does_not_matter(facts_tree: Tree) -> None:
    before = facts.read(facts_tree, facts.Hardware)
    edit(facts_tree, "hardware", lambda cells: [row.reverse() for row in cells] and None)
    assert facts.read(facts_tree, facts.Hardware) == before


def test_every_source_is_used(repository: Tree) -> None:
    tables = facts.read_all(repository)
    used = {row.source for name, rows in tables.items() if name != "sources" for row in rows}
    assert {row.source for row in tables["sources"]} == used


def test_columns_stand_in_the_file_in_the_order_of_the_model(repository: Tree) -> None:
    for name in set(facts.TABLES) - {"sources"}:
        header = (repository.published / f"{name}.csv").read_text().splitlines()[0]
        assert header.split(",") == facts.TABLES[name].columns()
