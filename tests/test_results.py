"""The results table is validated on write and on read."""

from typing import Any

import pytest
from pydantic import ValidationError

from reprolib import files, results
from reprolib.errors import ReproError
from reprolib.paths import Tree
from reprolib.provenance import records
from reprolib.study import Study, series_of

RESULT = {
    "task": "zero-shot",
    "dataset": "imagenet1k",
    "shots": "",
    "metric": "acc1",
    "value": 0.5,
    "n_test": 50000,
    "source": "test",
}


def evaluation(run: str = "a", **changes: Any) -> results.Evaluation:
    content: dict[str, Any] = {
        "study": "toy",
        "run": run,
        "model": "ViT-B-32",
        "pretrain_data": "LAION-80M",
        "budget": "3B",
        "samples_seen": 10,
        "gmacs_per_sample": 7.4,
        "gmacs_total": 74.0,
        "seed": 0,
        "results": [RESULT],
    }
    return results.Evaluation.model_validate({**content, **changes})


def test_evaluations_become_rows_sorted_by_their_key(facts_tree: Tree) -> None:
    for run in ("b", "a"):
        results.write(facts_tree, evaluation(run), {})
    table = results.load(facts_tree, "toy")
    assert list(table.columns) == results.RUN_COLUMNS + results.RESULT_COLUMNS
    assert list(table["run"]) == ["a", "b"]


@pytest.mark.parametrize("value", [1.2, -0.1, float("nan"), float("inf")])
def test_an_impossible_value_cannot_be_made(value: float) -> None:
    with pytest.raises(ValidationError, match="value"):
        evaluation(results=[{**RESULT, "value": value}])


@pytest.mark.parametrize("run", ["", "../up", "a b", ".hidden"])
def test_a_run_is_named_so_that_it_can_name_a_file(run: str) -> None:
    with pytest.raises(ValidationError, match="run"):
        evaluation(run)


def test_a_key_that_stands_twice_is_named(facts_tree: Tree) -> None:
    results.write(facts_tree, evaluation(results=[RESULT, RESULT]), {})
    with pytest.raises(ReproError, match=r"\('toy', 'a', 'zero-shot', 'imagenet1k', '', 'acc1'\) stands twice"):
        results.load(facts_tree, "toy")


def test_an_impossible_value_in_a_sealed_record_is_named_on_read(facts_tree: Tree) -> None:
    content = evaluation().model_dump()
    content["results"] = [{**RESULT, "value": 50}]
    records.write(facts_tree.evals("toy") / "a.json", "evaluation", content, {})
    with pytest.raises(ReproError, match=r"a\.json: results\.0\.value: input should be less than or equal to 1"):
        results.load(facts_tree, "toy")


def test_a_study_without_results_says_what_to_run(facts_tree: Tree) -> None:
    with pytest.raises(ReproError, match="holds no evaluations; run `reprolib download toy`"):
        results.load(facts_tree, "toy")


def test_a_selection_without_rows_names_its_conditions(facts_tree: Tree) -> None:
    results.write(facts_tree, evaluation(), {})
    with pytest.raises(ReproError, match=r"no results with \{'dataset': 'nosuch'\}"):
        Study(facts_tree, "toy").select(dataset="nosuch")


def test_openai_models_are_the_series_clip() -> None:
    assert [series_of(data) for data in ("CLIP-WIT", "LAION-2B")] == ["CLIP", "OpenCLIP"]


def test_writing_is_stable(facts_tree: Tree) -> None:
    results.write(facts_tree, evaluation(), {"x": 1})
    first = files.sha256(facts_tree.evals("toy"))
    results.write(facts_tree, evaluation(), {"x": 1})
    assert files.sha256(facts_tree.evals("toy")) == first
