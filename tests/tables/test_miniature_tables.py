"""The paper's tables of a study whose models are trained here, from its own results; each says what it is."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import toy_miniature
from toy_study import STAMP, add_run

from reprolib import tables
from reprolib.errors import ReproError
from reprolib.paths import Tree
from reprolib.provenance import records
from reprolib.study import Study
from reprolib.tables.frame import LackingError

Made = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def miniature(repository: Tree, tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """A tree with nothing but the lock and the study; no fact of the paper."""
    tree = Tree(tmp_path_factory.mktemp("miniature"))
    tree.lock.write_text(repository.lock.read_text())
    toy_miniature.write(tree)
    return tree


@pytest.fixture(scope="module")
def folder(miniature: Tree) -> Path:
    out = miniature.root / "out"
    tables.run(miniature, "toy", None, out)
    return out


@pytest.fixture(scope="module")
def own(folder: Path) -> Made:
    """The record of every table of the toy by id."""
    return {path.stem: records.read(path, "table") for path in folder.glob("*.json")}


def column(record: dict[str, Any], name: str) -> dict[str, str]:
    """The cells of a column by row."""
    at = record["columns"].index(name)
    return {row: cells[at] for row, cells in zip(record["rows"], record["cells"], strict=True)}


def test_every_table_of_the_paper_exists(own: Made) -> None:
    assert set(own) == {f"table{number}" for number in range(1, 27)}


def test_each_says_in_every_text_that_it_is_the_miniature(own: Made, folder: Path) -> None:
    for name, record in own.items():
        assert record["title"].startswith("Miniature: ")
        assert "this repository's own small ones, trained and tested on drawn pictographs" in record["note"]
        assert "Miniature: " in (folder / f"{name}.tex").read_text().split("\n", 1)[1]
        assert "Miniature: " in (folder / f"{name}.html").read_text()


def test_no_published_table_says_so(made: Made) -> None:
    assert not [name for name, record in made.items() if "iniature" in record["title"] + record["note"]]


def test_a_note_says_what_stands_for_the_sets_that_the_table_names_and_for_no_other(own: Made) -> None:
    assert own["table19"]["note"].endswith("Here stand, as Table 26 tells: pictographs-1k for ImageNet")
    assert own["table22"]["note"].endswith("Here stand, as Table 26 tells: retrieval-coco for COCO")
    for part in ("pictographs-1k for ImageNet", "retrieval-coco for COCO", "mean of 2 sets for VTAB+"):
        assert part in own["table1"]["note"]
    assert "Table 26" not in own["table18"]["note"]


def test_none_claims_to_be_transcribed_or_reads_a_fact_of_the_paper(own: Made) -> None:
    for name, record in own.items():
        assert record["origin"] == "recomputed", name
        assert all(path.startswith("results/toy/") for path in record["provenance"]["inputs"]), name


def test_table_1_has_the_largest_run_of_each_of_the_three_largest_models(own: Made) -> None:
    assert own["table1"]["rows"] == ["ViT-tiny/8, 51k, 29k", "ViT-small/8, 51k, 29k", "ViT-large/8, 51k, 29k"]
    assert list(column(own["table1"], "ImageNet").values()) == ["16.0", "20.0", "25.0"]


def test_tables_2_and_3_are_of_the_record_of_the_data(own: Made) -> None:
    assert column(own["table2"], "Image-text pairs") == {"2k": "2,048", "51k": "51,200", "2k-apart": "2,048"}
    assert column(own["table3"], "Overlap (%)") == {"pictographs-1k": "1.50", "colour": "0.00"}
    assert column(own["table3"], "Within 4 bits (%)") == {"pictographs-1k": "5.00", "colour": "4.00"}


def test_table_26_says_what_each_test_set_stands_for_and_is_called(own: Made) -> None:
    record = own["table26"]
    assert column(record, "In the tables") == {
        "pictographs-1k": "ImageNet",
        "retrieval-coco": "COCO",
        "colour": "colour",
    }
    assert list(column(record, "Stands for").values()) == ["ImageNet-1k", "MS-COCO", "EuroSAT"]
    assert list(column(record, "Classes").values()) == ["16", "", "4"]


def test_table_4_shows_what_was_measured_and_the_law_elsewhere(own: Made) -> None:
    record = own["table4"]
    assert record["rows"] == ["ViT-small/8", "ViT-large/8"]
    assert record["columns"][:3] == ["ImageNet, 7k", "ImageNet, 29k", "ImageNet, 2 x 29k"]
    assert record["measured"] == [[0, 1], [0, 4], [1, 1], [1, 4]]
    assert record["cells"][1][1] == "25.00"
    twice = 100 * (1 - 0.95 * (2.0 * 2 * 28672) ** -0.02)
    assert record["values"][1][2] == pytest.approx(twice)


def test_table_5_has_both_protocols_side_by_side(own: Made) -> None:
    record = own["table5"]
    assert len(record["rows"]) == 4
    assert column(record, "Ours ImageNet 10-shot")["ViT-large/8, 51k, 29k"] == "35.00"
    published = column(record, "As published ImageNet 10-shot")
    assert published.pop("ViT-large/8, 51k, 29k") == "25.00"
    assert set(published.values()) == {""}


def test_tables_6_to_8_have_the_tasks_of_the_study(own: Made, miniature: Tree) -> None:
    assert Study(miniature, "toy").eight_tasks == ["chess", "colour"]
    assert own["table6"]["columns"] == own["table8"]["columns"] == ["ImageNet", "chess", "colour"]
    assert own["table7"]["columns"] == ["chess", "colour"]
    assert [own[f"table{number}"]["cells"][0][-1] for number in (6, 7, 8)] == ["25.00", "35.00", "45.00"]


def test_table_9_has_each_tower_with_extra_fine_tuning_and_without(own: Made) -> None:
    assert column(own["table9"], "ImageNet") == {
        "ViT-large/8, 51k, 29k, none": "25.00",
        "ViT-large/8, 51k, 29k, ImageNet-12k": "35.00",
    }


def test_tables_10_and_11_have_the_settings_of_each_recipe(own: Made) -> None:
    assert column(own["table11"], "ImageNet-12k") == {"Epochs": "2", "Batch size": "32"}
    assert column(own["table10"], "ImageNet") == {"Epochs": "4", "Batch size": "128", "Steps": ""}
    assert column(own["table10"], "Eight tasks") == {"Epochs": "", "Batch size": "64", "Steps": "240"}


def test_a_control_stands_below_its_run_of_the_ladder(own: Made) -> None:
    assert column(own["table12"], "ImageNet") == {
        "ViT-tiny/8, Global batch 64": "10.00",
        "ViT-tiny/8, Global batch 128": "11.00",
    }
    assert column(own["table12"], "ImageNet, interval")["ViT-tiny/8, Global batch 128"] == "[6.00, 16.00]"
    assert column(own["table13"], "COCO") == {
        "ViT-tiny/8, Trained on 2k": "5.00",
        "ViT-tiny/8, Trained on 2k-apart": "4.00",
    }


def test_trials_have_their_standard_deviation_and_range(own: Made) -> None:
    found = column(own["table14"], "ImageNet")
    assert [found[f"ViT-tiny/8, Seed {seed}"] for seed in range(3)] == ["10.00", "12.00", "13.00"]
    assert found["ViT-tiny/8, Standard deviation"] == "1.53"
    assert found["ViT-tiny/8, Range"] == "3.00"


def test_resampling_is_compared_with_every_trial_of_full_shuffling(own: Made) -> None:
    found = column(own["table15"], "ImageNet")
    assert found["ViT-tiny/8, Resampling (with replacement)"] == "9.00"
    assert [found[f"ViT-tiny/8, Full shuffling, seed {seed}"] for seed in range(3)] == ["10.00", "12.00", "13.00"]


def test_table_17_lists_what_was_measured_and_then_the_average(own: Made) -> None:
    assert own["table17"]["rows"] == ["ImageNet", "colour", "VTAB+ (Avg.)"]
    assert column(own["table17"], "ViT-large/8, 29k")["colour"] == "45.00"


def test_a_part_that_the_scrutiny_lacks_is_passed_over(toy: Tree) -> None:
    records.write(toy.scrutiny("toy") / "frontiers.json", "scrutiny", {"rows": []}, STAMP)  # a part without an answer
    assert tables.run(toy, "toy", None, toy.root / "out") == ["table19"]
    with pytest.raises(LackingError, match=r"has no results/toy/scrutiny/slopes.json"):
        tables.run(toy, "toy", ["table-survives"], toy.root / "out")


def test_a_study_without_a_model_beyond_its_ladder_extrapolates_to_none(facts_tree: Tree) -> None:
    add_run(facts_tree, "a", "tiny", "world-2k", "4k", 0.1)
    records.write(facts_tree.laws("toy") / "law.json", "law", {"params": {}}, STAMP)
    with pytest.raises(LackingError, match=r"study 'toy' has no model beyond its ladder"):
        tables.run(facts_tree, "toy", ["table4"], facts_tree.root / "out")


def test_a_study_without_a_kind_of_control_has_no_table_of_it(facts_tree: Tree) -> None:
    toy_miniature.write(facts_tree)
    for folder in (facts_tree.evals("toy"), facts_tree.runs("toy") / "group"):
        (folder / "ViT-tiny-8_2k_7k_resampled.json").unlink()
    with pytest.raises(LackingError, match=r"no run that differs from its ladder in resample alone"):
        tables.run(facts_tree, "toy", ["table15"], facts_tree.root / "out")


def test_scrutiny_of_a_miniature_says_what_stands_for_openclip_and_for_the_sets(
    facts_tree: Tree, repository: Tree
) -> None:
    toy_miniature.write(facts_tree)
    shutil.copytree(repository.scrutiny("published"), facts_tree.scrutiny("toy"))
    tables.run(facts_tree, "toy", ["table-exponents"], facts_tree.root / "out")
    note = records.read(facts_tree.root / "out" / "table-exponents.json", "table")["note"]
    assert "these models for OpenCLIP, pictographs-1k for ImageNet" in note


def test_a_control_without_a_base_is_named(facts_tree: Tree) -> None:
    toy_miniature.write(facts_tree)
    (facts_tree.evals("toy") / f"{toy_miniature.CELL}.json").unlink()
    with pytest.raises(
        ReproError, match=r"the control '.*batch128' should have a run of the ladder .* ViT-tiny-8, 2k, 7k"
    ):
        tables.run(facts_tree, "toy", ["table12"], facts_tree.root / "out")
