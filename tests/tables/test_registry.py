"""The registry and the run: which tables there are, which a study has, and what is said when one cannot be made."""

import shutil
import time
from pathlib import Path

import pytest
from toy_study import add_run

from reprolib import tables
from reprolib.errors import ReproError
from reprolib.paths import Tree
from reprolib.provenance import records
from reprolib.tables.frame import LackingError

METACLIP = [f"table-metaclip{part}" for part in ("", "-ablation", "-compute", "-exponents")]
OWN = [*(f"table-{name}" for name in ("survives", "frontiers", "exponents", "heldout", "forecast")), *METACLIP]


def test_the_registry_holds_the_26_tables_of_the_paper_in_order_and_then_our_own() -> None:
    assert list(tables.TABLES) == [*(f"table{number}" for number in range(1, 27)), *OWN]


def test_every_title_and_caption_is_its_own_sentence_without_a_full_stop() -> None:
    printed = list(tables.TABLES.values())
    for specs in (printed, [spec.elsewhere or spec for spec in printed]):
        titles = [spec.title for spec in specs]
        assert len(set(titles)) == len(titles)
        for spec in specs:
            for text in (spec.title, spec.caption, spec.note):
                assert not text.endswith("."), text


def test_all_published_tables_take_less_than_six_seconds(repository: Tree, tmp_path: Path) -> None:
    start = time.process_time()
    assert tables.run(repository, "published", None, tmp_path) == list(tables.TABLES)
    assert time.process_time() - start < 6


def test_two_runs_give_the_same_bytes(repository: Tree, published_tables: Path, tmp_path: Path) -> None:
    tables.run(repository, "published", None, tmp_path)
    names = sorted(path.name for path in published_tables.iterdir())
    assert len(names) == 4 * len(tables.TABLES)
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    assert all((tmp_path / name).read_bytes() == (published_tables / name).read_bytes() for name in names)


def test_one_table_alone_is_the_same_as_among_all(repository: Tree, published_tables: Path, tmp_path: Path) -> None:
    assert tables.run(repository, "published", ["table4"], tmp_path) == ["table4"]
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (published_tables / path.name).read_bytes()
    assert len(list(tmp_path.iterdir())) == 4


def test_the_committed_tables_are_those_that_the_results_give(repository: Tree, published_tables: Path) -> None:
    for path in published_tables.glob("*.csv"):
        assert (repository.tables("published") / path.name).read_text() == path.read_text(), path.name


def test_the_committed_tables_of_the_miniature_are_those_that_its_results_give(
    repository: Tree, tmp_path: Path
) -> None:
    committed = sorted(repository.tables("mini").glob("*.csv"))
    tables.run(repository, "mini", [path.stem for path in committed], tmp_path)
    assert committed
    for path in committed:
        assert (tmp_path / path.name).read_text() == path.read_text(), path.name


def test_an_unknown_table_is_refused_with_the_list_of_known_ones(facts_tree: Tree) -> None:
    with pytest.raises(ReproError, match=r"there is no table 'table27'; the tables are .*, table26, table-survives, "):
        tables.run(facts_tree, "published", ["table1", "table27"], facts_tree.root / "out")


def test_a_study_without_results_is_told_which_folder_it_needs(facts_tree: Tree) -> None:
    with pytest.raises(
        ReproError, match=r"table19 of study 'published' needs results/published/evals, which is missing"
    ):
        tables.run(facts_tree, "published", ["table19"], facts_tree.root / "out")
    assert not (facts_tree.root / "out").exists()


def test_without_results_the_tables_of_facts_still_exist(facts_tree: Tree) -> None:
    written = tables.run(facts_tree, "published", None, facts_tree.root / "out")
    assert written == [*(f"table{number}" for number in (2, 3, 9, 10, 11, 12, 13, 14, 15, 26)), *METACLIP[:2]]


def test_another_study_has_only_the_tables_that_its_results_fill(toy: Tree) -> None:
    assert tables.run(toy, "toy", None, toy.root / "out") == ["table19"]
    assert {path.stem for path in (toy.root / "out").iterdir()} == {"table19"}


def test_a_table_that_another_study_cannot_fill_is_refused_by_name(toy: Tree) -> None:
    with pytest.raises(LackingError, match=r"study 'toy' has no results with .*flickr30k"):
        tables.run(toy, "toy", ["table23"], toy.root / "out")
    with pytest.raises(LackingError, match=r"study 'toy' has no results with .*linear-probe"):
        tables.run(toy, "toy", ["table5"], toy.root / "out")
    with pytest.raises(LackingError, match=r"study 'toy' has no zero-shot accuracy of a on 'vtab\+' of VTAB\+"):
        tables.run(toy, "toy", ["table17"], toy.root / "out")
    with pytest.raises(ReproError, match=r"table-metaclip is made of the paper's own facts, so study 'toy' has none"):
        tables.run(toy, "toy", ["table-metaclip"], toy.root / "out")
    assert not (toy.root / "out").exists()


def test_a_grid_of_another_study_is_ordered_by_cost_and_averages_seeds(toy: Tree) -> None:
    tables.run(toy, "toy", ["table19"], toy.root / "out")
    record = records.read(toy.root / "out" / "table19.json", "table")
    assert record["rows"] == ["tiny, 4k", "tiny, 16k", "small, 4k", "small, 16k"]
    assert record["columns"] == ["world-2k", "world-10k"]
    assert record["cells"] == [["15.00", ""], ["", "25.00"], ["30.00", ""], ["30.50", ""]]
    assert record["best"] == [[3, 0]]
    assert "means over seeds" in record["note"]


def test_two_runs_that_want_one_cell_are_named(toy: Tree) -> None:
    add_run(toy, "double", "tiny", "world-2k", "4k", 0.5, seed=1)
    with pytest.raises(ReproError, match=r"results/toy/evals: d, double are the same model, data, budget and seed"):
        tables.run(toy, "toy", ["table19"], toy.root / "out")


def test_damaged_results_are_an_error_and_not_a_lack(toy: Tree) -> None:
    path = toy.evals("toy") / "a.json"
    path.write_text(path.read_text().replace("0.25", "0.26"))
    with pytest.raises(ReproError, match=r"a.json was changed after it was made"):
        tables.run(toy, "toy", None, toy.root / "out")


def test_a_changed_result_changes_the_cell(toy: Tree) -> None:
    """The cells come from the results: another value there is another value here."""
    add_run(toy, "a", "tiny", "world-10k", "16k", 0.4)
    tables.run(toy, "toy", ["table19"], toy.root / "out")
    record = records.read(toy.root / "out" / "table19.json", "table")
    assert record["cells"][1] == ["", "40.00"]


def test_a_read_only_folder_is_one_sentence(toy: Tree) -> None:
    shutil.rmtree(toy.root / "out", ignore_errors=True)
    (toy.root / "out").write_text("a file where the folder should be")
    with pytest.raises(ReproError, match=r"cannot write .*out/\.table19\.csv"):
        tables.run(toy, "toy", ["table19"], toy.root / "out")
