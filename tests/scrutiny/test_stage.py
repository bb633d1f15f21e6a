"""The stage on another study: what it lacks is skipped with a reason, and damage is told in a sentence."""

import shutil

import pytest

from reprolib import scrutiny
from reprolib.errors import ReproError
from reprolib.params import Params
from reprolib.provenance import records
from reprolib.study import Study


def test_a_study_without_clip_has_its_frontiers_and_says_why_it_has_no_slopes(toy: Study, knobs: Params) -> None:
    assert scrutiny.run(toy.tree, knobs, "toy") == list(scrutiny.PARTS)
    assert toy.scrutiny["frontiers"]["rows"]
    assert toy.scrutiny["slopes"]["rows"] == []
    reasons = [each["reason"] for each in toy.scrutiny["slopes"]["skipped"]]
    assert "the study has 0 CLIP runs of ImageNet; 3 are needed" in reasons
    assert "the study has 0 OpenCLIP runs of VTAB; 3 are needed" in reasons


def test_a_study_without_larger_models_has_no_forecasts(toy: Study, knobs: Params) -> None:
    scrutiny.run(toy.tree, knobs, "toy")
    assert toy.scrutiny["forecasts"]["rows"] == []
    reasons = [each["reason"] for each in toy.scrutiny["forecasts"]["skipped"]]
    assert reasons[0] == "the study has no model beyond a ladder of its own that is measured by ImageNet"
    assert len(reasons) == 8


def test_two_data_sets_and_one_budget_are_no_ladder_to_find_bottlenecks_on(toy: Study, knobs: Params) -> None:
    scrutiny.run(toy.tree, knobs, "toy")
    record = toy.scrutiny["bottlenecks"]
    assert record["rows"] == []
    assert "the study has no ladder of more than 2 models" in record["skipped"][0]["reason"]


def test_matched_differences_of_the_toys_data_sets_take_all_its_models(toy: Study, knobs: Params) -> None:
    scrutiny.run(toy.tree, knobs, "toy")
    (matched,) = (each for each in toy.scrutiny["pretraining"]["differences"] if each["design"] == "matched")
    assert (matched["first"], matched["second"], matched["n_points"]) == ("1M", "4M", [3, 3])


def test_two_runs_give_the_same_bytes(toy: Study, knobs: Params) -> None:
    folder = toy.tree.scrutiny("toy")
    scrutiny.run(toy.tree, knobs, "toy")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    scrutiny.run(toy.tree, knobs, "toy")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_the_records_name_what_they_were_made_of(toy: Study, knobs: Params) -> None:
    scrutiny.run(toy.tree, knobs, "toy")
    stamp = records.read(toy.tree.scrutiny("toy") / "slopes.json", "scrutiny")["provenance"]
    assert set(stamp["inputs"]) == {"results/toy/evals"}
    assert stamp["seed"] == knobs.fit.seed
    assert stamp["stage"] == "scrutinize"


def test_a_study_without_evaluations_is_one_sentence(toy: Study, knobs: Params) -> None:
    shutil.rmtree(toy.tree.evals("toy"))
    with pytest.raises(ReproError, match="study 'toy' has no evaluations; run `dvc repro` first"):
        scrutiny.run(toy.tree, knobs, "toy")


def test_a_study_without_any_of_the_errors_is_one_sentence_and_nothing_is_written(toy: Study, knobs: Params) -> None:
    for path in list(toy.tree.evals("toy").iterdir())[2:]:
        path.unlink()
    with pytest.raises(ReproError, match="has none of the zero-shot results that "):
        scrutiny.run(toy.tree, knobs, "toy")
    assert not toy.tree.scrutiny("toy").exists()


def test_an_edited_record_is_refused_by_name(toy: Study, knobs: Params) -> None:
    scrutiny.run(toy.tree, knobs, "toy")
    path = toy.tree.scrutiny("toy") / "frontiers.json"
    path.write_text(path.read_text().replace("pareto", "hull", 1))
    with pytest.raises(ReproError, match=r"frontiers\.json was changed after it was made"):
        _ = Study(toy.tree, "toy").scrutiny
