"""Verification of a study that is trained here, from its records alone: what a clone without data can check."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import trained_toy
from trained_toy import BASE, LARGEST, STUDY, resealed

from reprolib import files, params, verify
from reprolib.errors import ReproError
from reprolib.paths import Tree
from reprolib.verify import items, report, spread


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """Read it only."""
    return trained_toy.tree(tmp_path_factory.mktemp("toy"))


@pytest.fixture
def tree(whole: Tree, tmp_path: Path) -> Tree:
    """A copy to tamper with."""
    shutil.copytree(whole.root, tmp_path / "copy")
    return Tree(tmp_path / "copy")


def run(tree: Tree, *names: str, tier: int = 0) -> dict[str, Any]:
    """The records of the items of the study by id."""
    record = verify.run(tree, params.load(tree), list(names), tier, None if names else STUDY)
    return {item["id"]: item for item in record["items"]}


def told(tree: Tree) -> str:
    """What tier 0 says of the records; it is expected to find a fault."""
    item = run(tree, "mini-files")["mini-files"]
    assert item["verdict"] == "differs"
    assert not item["expected"]
    return " ".join(claim["explanation"] for claim in item["claims"])


def test_records_that_agree_are_exact_though_the_data_are_not_there(whole: Tree) -> None:
    """The stamps of the runs name shards, which a clone does not have."""
    before = files.sha256(whole.root)
    assert run(whole)["mini-files"]["verdict"] == "exact"
    assert files.sha256(whole.root) == before


def test_data_that_are_there_must_be_those_of_the_stamp(tree: Tree) -> None:
    files.write(tree.shards(STUDY) / "pool" / "manifest.json", "{}")
    assert "its input data/mini/shards/pool has changed since it was made" in told(tree)


def test_a_value_that_was_edited_is_named(tree: Tree) -> None:
    path = tree.evals(STUDY) / f"{BASE}.json"
    path.write_text(path.read_text().replace('"value": 0.1,', '"value": 0.2,', 1))
    assert f"results/mini/evals/{BASE}.json was changed after it was made" in told(tree)


def test_a_value_that_was_edited_and_sealed_again_does_not_fit_the_learning_curve(tree: Tree) -> None:
    resealed(tree.evals(STUDY) / f"{BASE}.json", lambda record: record["results"][0].update(value=0.2))
    assert f"learning/{BASE}.csv ends with accuracy 0.1, but the evaluation has 0.2" in told(tree)


def test_a_run_that_is_not_the_evaluated_one_is_named(tree: Tree) -> None:
    resealed(tree.evals(STUDY) / f"{LARGEST}.json", lambda record: record.update(samples_seen=25000))
    assert f"evals/{LARGEST}.json says samples_seen 25000, but the record of the run says 24576" in told(tree)


@pytest.mark.parametrize("part", [f"evals/{BASE}.json", f"learning/{BASE}.csv", f"curves/ladder/{BASE}.csv"])
def test_a_run_without_its_evaluation_or_a_curve_is_named(tree: Tree, part: str) -> None:
    (tree.results(STUDY) / part).unlink()
    assert f"runs/ladder/{BASE}.json is without results/mini/{part}" in told(tree)


def test_an_evaluation_of_a_run_that_is_no_more_is_named(tree: Tree) -> None:
    (tree.runs(STUDY) / "ladder" / f"{LARGEST}.json").unlink()
    assert f"evals/{LARGEST}.json is of a run that has no record" in told(tree)


def test_runs_of_another_format_are_told_once(tree: Tree) -> None:
    for path in tree.runs(STUDY).rglob("*.json"):
        resealed(path, lambda record: record["provenance"].update(format=record["provenance"]["format"] + 1))
    assert told(tree).count("it has format") == 1


def test_items_begin_with_the_name_of_the_study_and_stand_behind_those_of_the_paper(whole: Tree) -> None:
    settings = params.load(whole)
    own = items.of_study(whole, settings, STUDY)
    assert own == ["mini-files", "mini-laws", "mini-scrutiny", "mini-evals", "mini-cell"]
    assert items.studies(whole, settings) == ["published", STUDY]
    assert items.place("published", "C55") < items.place(STUDY, "mini-files") < items.place(STUDY, "mini-fig2")
    assert items.place(STUDY, "mini-fig2") < items.place(STUDY, "mini-fig10")


def test_figures_and_tables_of_the_study_are_those_listed_and_those_there(tree: Tree) -> None:
    settings = params.load(tree)
    fig2 = params.FigureItem(study=STUDY, figure="fig2", family="linear_probe")
    listed = settings.model_copy(update={"figures": {"mini-fig2": fig2}})
    files.write(tree.tables(STUDY) / "table25.json", "{}")
    assert items.of_study(tree, listed, STUDY)[1:3] == ["mini-fig2", "mini-table25"]
    done = verify.run(tree, listed, ["mini-fig2"], 1)["items"][0]
    assert done["verdict"] == "not checkable here"
    assert done["message"] == "paper/figures/mini/fig2.json is not there; `dvc repro` makes it."


def test_an_unknown_study_or_item_is_refused_with_those_there_are(whole: Tree) -> None:
    with pytest.raises(ReproError, match="no study 'laion' to verify; use one of published, mini"):
        verify.run(whole, params.load(whole), [], 0, "laion")
    with pytest.raises(ReproError, match=r"no item 'mini-evil' to verify; did you mean .*mini-evals"):
        run(whole, "mini-evil")


def test_a_study_beside_the_pipeline_is_verified_once_it_has_results_and_held_against_the_same_spread(
    tree: Tree,
) -> None:
    settings = params.load(tree)
    shutil.copytree(tree.results(STUDY), tree.results("curation"))
    for path in (tree.runs("curation") / "controls").glob("*.json"):
        path.unlink()
    assert items.studies(tree, settings) == ["published", STUDY, "curation"]
    assert spread.nearest(tree, settings, "curation") == spread.measured(tree, STUDY)
    done = verify.run(tree, settings, ["curation-cell"], 4)["items"][0]
    assert done["message"].endswith("`make curation` makes them.")


def test_what_takes_a_higher_tier_says_which(whole: Tree) -> None:
    assert "mini-cell" not in run(whole, tier=2)
    with pytest.raises(ReproError, match="mini-evals has nothing to check at tier 2; use `--tier 3`"):
        run(whole, "mini-evals", tier=2)


def test_a_clone_without_data_cannot_be_checked_further_and_says_what_makes_them(whole: Tree) -> None:
    done = run(whole, tier=4)
    for name in ("mini-evals", "mini-cell", "mini-laws", "mini-scrutiny"):
        assert (done[name]["verdict"], done[name]["expected"]) == ("not checkable here", True)
    assert "`dvc repro shard` makes them" in done["mini-evals"]["message"]
    assert "`dvc repro shard` makes them" in done["mini-cell"]["message"]
    assert done["mini-evals"]["command"] == "reprolib verify mini-evals --tier 3"
    assert [claim["id"] for claim in done["mini-evals"]["claims"]] == [f"mini-evals.{LARGEST}"]
    assert [claim["id"] for claim in done["mini-cell"]["claims"]] == [f"mini-cell.{BASE}"]


def test_before_anything_is_trained_nothing_of_it_is_a_fault(tree: Tree) -> None:
    shutil.rmtree(tree.results(STUDY))
    done = run(tree, tier=4)
    assert {item["verdict"] for item in done.values()} == {"not checkable here"}
    assert all(item["expected"] for item in done.values())


def test_verdicts_are_recorded_with_the_study_and_the_pipeline_keeps_no_higher_tier(tree: Tree) -> None:
    settings = params.load(tree)
    for tier in (0, 4):
        found = verify.run(tree, settings, [], tier, STUDY)
        verify.record(tree, found)
        merged = report.keep(tree, found)
    assert merged["studies"] == [STUDY]
    kept = files.read_json(tree.results(STUDY) / "verdicts.json")
    assert list(kept) == [item["id"] for item in merged["items"]] == items.of_study(tree, settings, STUDY)
    lines = (tree.report / "verdicts.csv").read_text().splitlines()
    assert any(line.startswith("mini-files,mini-files.pairs,exact") for line in lines)
    assert not any(line.startswith(("mini-evals", "mini-cell")) for line in lines)


def test_the_report_has_a_section_of_the_study(whole: Tree) -> None:
    page = report.render(whole, verify.run(whole, params.load(whole), [], 4, STUDY))
    assert "Study “mini”, trained here" in page
    section = page[page.index('id="chapter-mini"') :]
    assert '<article id="mini-evals"' in section
    assert "Committed" in section
    assert "The paper says" not in section
