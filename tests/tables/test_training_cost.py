"""What the training of the miniature took is in the paper's own tables and figure, from the records of runs alone."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from reprolib import figures, tables
from reprolib.errors import ReproError
from reprolib.paths import Tree
from reprolib.provenance import records
from reprolib.study import Study


@pytest.fixture(scope="module")
def made(repository: Tree, tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """A tree with the records of the runs of `mini` and what they took, no more, and what is made of them."""
    tree = Tree(tmp_path_factory.mktemp("resources"))
    for path in (repository.runs("mini"), repository.resources("mini"), repository.published):
        shutil.copytree(path, tree.root / path.relative_to(repository.root))
    shutil.copy(repository.root / "requirements.lock", tree.root)
    tables.run(tree, "mini", ["table18", "table25"], tree.tables("mini"))
    figures.draw(tree, "mini", "fig6", tree.figures("mini"))
    return tree


def table(tree: Tree, name: str) -> dict[str, Any]:
    return records.read(tree.tables("mini") / f"{name}.json", "table")


def test_table_18_has_a_row_a_run_and_adds_them_up_in_units_of_a_miniature(made: Tree) -> None:
    found, took = table(made, "table18"), Study(made, "mini").resources.values()
    assert found["columns"][4:] == ["Processes", "Seconds", "Process-seconds", "Wh"]
    assert len(found["rows"]) == len(took) + 1
    seconds, watt_hours = (found["columns"].index(name) for name in ("Process-seconds", "Wh"))
    *_, total = found["values"]
    assert total[seconds] == pytest.approx(3600 * sum(each["device_hours"] for each in took))
    assert total[watt_hours] == pytest.approx(1000 * sum(each["energy_kwh"] for each in took))
    assert "not a measurement" in found["note"]


def test_runs_that_differ_in_a_setting_only_are_told_apart(made: Tree) -> None:
    rows = table(made, "table18")["rows"]
    assert {"ViT-atto/8, 10k, 12k", "ViT-atto/8, 10k, 12k, global batch 128", "ViT-atto/8, 10k, 12k, seed 1"} <= set(
        rows
    )


def test_table_25_has_each_model_that_was_trained_by_rising_cost(made: Tree) -> None:
    found = table(made, "table25")
    assert found["rows"] == [f"ViT-{name}/8" for name in ("zepto", "atto", "femto", "pico", "nano")]
    cost = [row[found["columns"].index("GMAC")] for row in found["values"]]
    assert cost == sorted(cost)
    assert found["values"][0][:5] == [32, 32, 64, 3, 2]


def test_figure_6_shows_each_run_over_its_processes(made: Tree) -> None:
    total, each = records.read(made.figures("mini") / "fig6.json", "figure")["panels"]
    assert total["x_label"].startswith("Processes")
    (series,), (alone,) = total["series"], each["series"]
    study = Study(made, "mini")
    runs, took = study.runs, study.resources
    assert sorted(series["runs"]) == sorted(runs)
    for name, x, y, y_each in zip(series["runs"], series["x"], series["y"], alone["y"], strict=True):
        assert x == runs[name]["config"]["devices"]
        assert y == pytest.approx(took[name]["samples_per_second"], rel=1e-9)
        assert y_each == pytest.approx(y / x, rel=1e-9)
    assert set(series["x"]) == {1, 2}


def test_a_run_of_which_nothing_says_what_it_took_is_named(made: Tree, tmp_path: Path) -> None:
    shutil.copytree(made.root, tmp_path, dirs_exist_ok=True)
    (lost,) = Tree(tmp_path).resources("mini").rglob("ViT-zepto-8_10k_6k_processes1.json")
    lost.unlink()
    with pytest.raises(ReproError, match=r"no record of what ViT-zepto-8_10k_6k_processes1 took; run `reprolib train"):
        _ = Study(Tree(tmp_path), "mini").resources


def test_the_committed_ones_are_those_that_the_records_give(made: Tree, repository: Tree) -> None:
    for name in ("table18", "table25"):
        path = Path(f"{name}.csv")
        assert (repository.tables("mini") / path).read_text() == (made.tables("mini") / path).read_text()
