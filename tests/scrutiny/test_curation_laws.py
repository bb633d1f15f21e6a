"""Choices of pairs whose errors follow a formula: a planted offset is found as one, a planted exponent as one."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import toy_curation

from reprolib import scrutiny
from reprolib.laws.comparison import compare
from reprolib.params import Params
from reprolib.paths import Tree
from reprolib.provenance import records
from reprolib.scrutiny import bottlenecks, curation, forecasts, measures, paired
from reprolib.scrutiny.measures import Measure
from reprolib.scrutiny.procedures import POWER, Workshop
from reprolib.study import Study

EVERY = [(each.dataset, each.metric) for each in curation.MEASURES]
IMAGENET, TAIL = Measure("imagenet1k"), "imagenet1k-tail"
LEVEL = 0.95
COMPUTE = np.geomspace(10, 200, 6)


@pytest.fixture(scope="module")
def choices(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return toy_curation.write(Tree(Path(tmp_path_factory.mktemp("curation"))))


@pytest.fixture(scope="module")
def found(choices: Study, knobs: Params) -> dict[str, Any]:
    return curation.build(choices, Workshop(knobs.fit))


def row(record: dict[str, Any], part: str, **conditions: Any) -> dict[str, Any]:
    """The one row with these values."""
    (one,) = (each for each in record[part] if all(each[key] == value for key, value in conditions.items()))
    return dict(one)


def holds(interval: list[float], value: float) -> bool:
    return interval[0] <= value <= interval[1]


@pytest.mark.parametrize(("dataset", "metric"), EVERY)
def test_a_planted_offset_is_found_as_an_offset(found: dict[str, Any], dataset: str, metric: str) -> None:
    made = row(found, "rows", dataset=dataset, metric=metric, first="raw", second="balanced")
    planted = (toy_curation.TAIL if dataset == TAIL else toy_curation.FACTORS)["balanced"]
    assert (made["moves"], made["way"], made["cells"]) == ("offset", "lower", 6)
    assert made["ratio"] == pytest.approx(planted, rel=0.002)
    assert holds(made["ratio_interval"], planted)
    assert holds(made["interval"], 0)
    assert made["points"] < 0
    assert "only the offset is seen to move, lower" in made["statement"]


@pytest.mark.parametrize(("dataset", "metric"), EVERY)
@pytest.mark.parametrize("first", ["raw", "random"])
def test_a_planted_exponent_is_found_as_an_exponent(
    found: dict[str, Any], dataset: str, metric: str, first: str
) -> None:
    made = row(found, "rows", dataset=dataset, metric=metric, first=first, second="score")
    assert (made["moves"], made["way"]) == ("exponent", "steeper")
    assert made["difference"] == pytest.approx(toy_curation.EXPONENTS["score"], abs=0.003)
    assert "the exponent moves, steeper" in made["statement"]


@pytest.mark.parametrize(("dataset", "metric"), EVERY)
def test_a_choice_that_changes_nothing_is_told_apart_by_neither(
    found: dict[str, Any], dataset: str, metric: str
) -> None:
    made = row(found, "rows", dataset=dataset, metric=metric, first="raw", second="basic")
    assert (made["moves"], made["way"]) == ("neither", "")
    assert holds(made["interval"], 0)
    assert holds(made["ratio_interval"], 1)
    assert holds(made["compute_interval"], 1)


def test_a_worse_choice_is_worth_less_compute(found: dict[str, Any]) -> None:
    made = row(found, "rows", dataset="imagenet1k", first="raw", second="random")
    assert (made["moves"], made["way"]) == ("offset", "higher")
    worth = toy_curation.FACTORS["random"] ** (1 / toy_curation.ALPHA)
    assert made["compute"] == pytest.approx(worth, rel=0.05)
    assert made["compute_interval"][0] < made["compute"] < made["compute_interval"][1] < 1


def test_only_choices_of_its_size_stand_beside_the_random_one(found: dict[str, Any]) -> None:
    beside = {(each["first"], each["second"]) for each in found["rows"]}
    against = {"random", "basic", "score", "balanced"}
    assert beside == {("raw", name) for name in against} | {("random", "score"), ("random", "balanced")}
    assert found["subsets"][0]["name"] == "raw"
    assert found["chance"] == pytest.approx(0.05 * len(found["rows"]))


def test_a_choice_of_nearly_the_size_of_the_random_one_counts_as_equal_and_a_larger_one_does_not() -> None:
    sizes = {"raw": 1000, "random": 100, "score": 101, "balanced": 110}
    subsets = [{"name": name, "method": name, "size": size} for name, size in sizes.items()]
    beside = [("raw", "random"), ("raw", "score"), ("raw", "balanced"), ("random", "score")]
    assert curation._compared(subsets) == beside


def test_every_choice_with_runs_enough_has_a_law(found: dict[str, Any]) -> None:
    assert {each["data"] for each in found["laws"]} == {"raw", "random", "basic", "score", "balanced"}
    for each in found["laws"]:
        planted = toy_curation.ALPHA + toy_curation.EXPONENTS.get(each["data"], 0)
        assert holds(each["intervals"]["alpha"], planted)
        assert (each["falls"], each["n_points"]) == (True, 6)
    reasons = {each["data"]: each["reason"] for each in found["skipped"] if each["dataset"] == "imagenet1k"}
    assert set(reasons) == {"balanced-t80", "balanced-t320"}
    assert reasons["balanced-t80"].endswith("1 OpenCLIP (on balanced-t80) runs of ImageNet; 3 are needed")


def test_the_difference_is_that_of_two_laws_and_surer_than_without_the_pairs(
    found: dict[str, Any], choices: Study
) -> None:
    rows = measures.openclip(choices, IMAGENET)
    (both,) = compare(
        rows, POWER, "gmacs_total", "error", by="pretrain_data", series=["raw", "balanced"],
        loss="log", method="delta", level=LEVEL,
    ).pairs  # fmt: skip
    made = row(found, "rows", dataset="imagenet1k", first="raw", second="balanced")
    assert made["difference"] == pytest.approx(both.value, rel=1e-6)
    assert both.interval is not None
    assert made["interval"][1] - made["interval"][0] < 0.2 * (both.interval[1] - both.interval[0])


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """Of six cells with something peculiar to each, and runs that scatter."""
    draw = np.random.default_rng(0)
    inside = np.zeros(3)
    trials = 1500
    for _ in range(trials):
        peculiar = draw.normal(0, 0.005, 6)
        first, second = (
            scale * COMPUTE**-0.05 * np.exp(peculiar + draw.normal(0, 0.01, 6)) for scale in (0.9, 0.9 * 0.97)
        )
        made = paired.pair(COMPUTE, first, second)
        worth = paired.worth(made, LEVEL)
        factor = 0.97 ** (1 / -0.05)
        ends = (-math.inf, math.inf) if worth is None else (worth[1][0] or 0.0, worth[1][1] or math.inf)
        inside += [
            holds(list(made.slope.interval(LEVEL)), 0),
            holds(list(made.offset.interval(LEVEL)), math.log(0.97)),
            holds(list(ends), factor),
        ]
    assert (abs(inside[:2] / trials - LEVEL) < 0.02).all()
    # With the fewer degrees of freedom of the two, Fieller's interval is a little too wide.
    assert LEVEL - 0.02 < inside[2] / trials < 1


def test_where_the_error_does_not_fall_no_compute_is_worth_anything() -> None:
    wobble = np.array([0.01, -0.01, 0.02, -0.02, 0.01, -0.01])
    flat = paired.pair(COMPUTE, 0.9 + wobble, 0.85 + wobble)
    assert paired.worth(flat, LEVEL) is None
    assert paired.worth(paired.pair(COMPUTE, 0.5 * COMPUTE**0.1, 0.4 * COMPUTE**0.1), LEVEL) is None


def test_equal_errors_leave_nothing_to_tell() -> None:
    same = paired.pair(COMPUTE, COMPUTE**-0.1, COMPUTE**-0.1)
    assert (same.slope.value, same.offset.value, same.offset.p) == (0, 0, 1)
    assert paired.worth(same, LEVEL) == (1, [1, 1])


def test_rows_by_t_rise_with_t_and_end_with_the_whole_pool(found: dict[str, Any]) -> None:
    rows = [each for each in found["t"] if each["dataset"] == TAIL]
    assert [each["data"] for each in rows] == ["balanced", "balanced-t80", "balanced-t320", "raw", "random"]
    assert [each["t"] for each in rows] == [26.7, 80.0, 320.0, None, None]
    assert {(each["model"], each["budget"]) for each in rows} == {toy_curation.LAST}
    assert [each["size"] for each in rows] == [10209, 19047, 30118, 51200, 10240]
    assert rows[0]["tail_share"] == 0.136
    errors = [each["error"] for each in rows[:4]]
    assert errors == sorted(errors)
    for each in rows:
        assert each["interval"] == pytest.approx([each["error"] - 1.5, each["error"] + 1.5])


def test_the_effect_of_the_smallest_t_has_both_runs_intervals_in_its_own(found: dict[str, Any]) -> None:
    made = row(found, "effects", dataset=TAIL, first="raw")
    own, whole = (row(found, "t", dataset=TAIL, data=data)["error"] for data in ("balanced", "raw"))
    half = 1.5 * math.sqrt(2)
    assert made["difference"] == pytest.approx(own - whole)
    assert made["test_interval"] == pytest.approx([own - whole - half, own - whole + half])
    assert made["statement"].endswith(": less.")


def test_the_luck_of_two_runs_is_found_again_from_the_cells() -> None:
    """Runs that scatter by one percent differ by the square root of two percent, whatever their exponents."""
    draw = np.random.default_rng(1)
    x = np.geomspace(10, 200, 40)
    pairs = [
        paired.pair(x, x**-0.05 * np.exp(draw.normal(0, 0.01, 40)), x**exponent * np.exp(draw.normal(0, 0.01, 40)))
        for exponent in np.linspace(-0.2, 0, 20)
    ]
    sure = 2.02  # Student's with 38 degrees of freedom
    assert paired.luck(pairs, LEVEL) == pytest.approx(sure * 0.01 * math.sqrt(2), rel=0.05)


def test_an_effect_within_the_luck_of_two_runs_is_not_told_apart() -> None:
    rows = [
        {"method": method, "data": method, "error": error, "interval": None, "t": 20.0, "model": "m", "budget": "b"}
        for method, error in (("balanced", 50.0), ("raw", 51.0), ("random", 60.0))
    ]
    whole, beside = curation._effects(IMAGENET, rows, luck=0.1)
    assert whole["interval"] == pytest.approx([-1 - 0.1 * math.sqrt(50 * 51), -1 + 0.1 * math.sqrt(50 * 51)])
    assert whole["test_interval"] is None
    assert whole["statement"].endswith("not told apart.")
    assert beside["statement"].endswith("less.")


def test_a_run_that_is_missing_leaves_its_cell_out_of_the_comparison_alone(tmp_path: Path, knobs: Params) -> None:
    study = toy_curation.write(Tree(tmp_path))
    (study.tree.evals(study.name) / "ViT-one-8_balanced_12k.json").unlink()
    record = curation.build(study, Workshop(knobs.fit))
    assert row(record, "rows", dataset=TAIL, first="raw", second="balanced")["cells"] == 5
    assert row(record, "rows", dataset=TAIL, first="raw", second="score")["cells"] == 6
    assert row(record, "laws", dataset=TAIL, data="balanced")["n_points"] == 5


def test_a_study_without_choices_says_so(toy: Study, knobs: Params) -> None:
    record = curation.build(toy, Workshop(knobs.fit))
    assert record["rows"] == []
    assert record["skipped"][0]["reason"].startswith("the study has no curation.json")


def test_parts_that_need_a_whole_ladder_leave_this_study_out(choices: Study, knobs: Params) -> None:
    for part in (bottlenecks, forecasts):
        record = part.build(choices, Workshop(knobs.fit))
        assert record["rows"] == []
        assert "ladder" in record["skipped"][0]["reason"]


def test_the_stage_writes_the_record_and_names_the_cards_among_its_inputs(facts_tree: Tree, knobs: Params) -> None:
    study = toy_curation.write(facts_tree)
    for path in facts_tree.evals(study.name).iterdir():
        evaluation = records.read(path, "evaluation")
        kept = [each for each in evaluation["results"] if each["dataset"] == TAIL]  # of which no other part knows
        content = {key: value for key, value in evaluation.items() if key not in ("kind", "seal", "provenance")}
        records.write(path, "evaluation", {**content, "results": kept}, toy_curation.STAMP)
    assert scrutiny.run(facts_tree, knobs, study.name)[-1] == "curation"
    record = study.scrutiny["curation"]
    assert {each["dataset"] for each in record["rows"]} == {TAIL}
    assert set(record["provenance"]["inputs"]) == {"results/curation/evals", "results/curation/curation.json"}
    assert study.scrutiny["frontiers"]["rows"] == []
