"""Bottlenecks and forecasts of a ladder whose errors follow a formula, so that the answers are known."""

import math
from pathlib import Path
from typing import Any

import pytest
import toy_ladder

from reprolib import ladder
from reprolib.params import Params
from reprolib.paths import Tree
from reprolib.scrutiny import bottlenecks, forecasts, measures
from reprolib.scrutiny.measures import Measure
from reprolib.scrutiny.procedures import Workshop
from reprolib.study import Study

IMAGENET = Measure("imagenet1k")


@pytest.fixture(scope="module")
def climbing(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The toy ladder, whose error falls with samples the less the fewer data there are."""
    tree = Tree(Path(tmp_path_factory.mktemp("ladder")))
    toy_ladder.write(tree)
    return Study(tree, toy_ladder.NAME)


@pytest.fixture(scope="module")
def found(climbing: Study, knobs: Params) -> dict[str, Any]:
    return bottlenecks.build(climbing, Workshop(knobs.fit))


def of(record: dict[str, Any], question: str) -> dict[str, Any]:
    (row,) = (row for row in record["rows"] if row["dataset"] == "imagenet1k" and row["question"] == question)
    return row


def test_a_bottleneck_that_is_there_is_found_with_its_exponents(found: dict[str, Any]) -> None:
    row = of(found, "samples by data")
    assert row["ends"] == ["2k", "51k"]
    assert row["exponents"] == pytest.approx([-0.02, -0.1], abs=0.004)
    assert row["difference"] == pytest.approx(0.08, abs=0.006)
    assert (row["n_points"], row["dof"]) == ([9, 9], [5, 5])
    assert row["bottleneck"] == "yes"
    assert row["statement"].startswith("ImageNet: training for longer on 2k rather than 51k pays less: a bottleneck")


@pytest.mark.parametrize("question", ["model by data", "samples by model"])
def test_a_bottleneck_that_is_not_there_is_not_found(found: dict[str, Any], question: str) -> None:
    row = of(found, question)
    assert row["interval"][0] < 0 < row["interval"][1]
    assert row["bottleneck"] == "no"


def test_the_ends_the_other_way_round_are_no_bottleneck(climbing: Study, knobs: Params) -> None:
    rows = measures.openclip(climbing, IMAGENET)
    cells = rows[rows["model"].isin(ladder.of_runs(rows).models)]
    row = bottlenecks._row(IMAGENET, "samples by data", cells, ["51k", "2k"], Workshop(knobs.fit))
    assert (row["bottleneck"], row["statement"].count("pays more")) == ("reversed", 1)


def test_a_straight_line_has_no_bend_and_a_parabola_has_its_own() -> None:
    x = [10.0**power for power in range(1, 6)]
    bend, (low, high) = bottlenecks._bend(x, [value**-0.1 for value in x], 0.95)
    assert bend == pytest.approx(0, abs=1e-12)
    assert low <= bend <= high
    bend, _ = bottlenecks._bend(x, [value ** (-0.1 - 0.01 * math.log10(value)) for value in x], 0.95)
    assert bend == pytest.approx(-0.02)


def test_an_error_that_falls_clean_bent_or_not_at_all_is_told_apart(climbing: Study, knobs: Params) -> None:
    rows = measures.openclip(climbing, IMAGENET)
    decades = rows["gmacs_total"].map(math.log10)
    work = Workshop(knobs.fit)

    def verdict(exponent: float, bend: float) -> str:
        made = rows.assign(error=10 ** (exponent * decades + bend * decades**2 / 2 - 0.1))
        (law,) = bottlenecks._fall(IMAGENET, made, work)
        assert law["clean"] in bottlenecks.FALLS
        return str(law["clean"])

    assert verdict(-0.1, 0.0) == "yes"
    assert verdict(-0.01, -0.04) == "bends"
    # One step down among four points of a frontier, three of them nearly level.
    step = {0: 0.9, 3: 0.5, 12: 0.499, 28: 0.498}
    (law,) = bottlenecks._fall(IMAGENET, rows.assign(error=[step.get(i, 0.95) for i in range(len(rows))]), work)
    assert (law["n_points"], law["clean"]) == (4, "no fall")


def test_larger_models_are_predicted_from_the_ladder_alone(climbing: Study, knobs: Params) -> None:
    record = forecasts.build(climbing, Workshop(knobs.fit))
    rows = [row for row in record["rows"] if row["dataset"] == "imagenet1k"]
    assert [row["model"] for row in rows[::5]] == [*toy_ladder.LARGER]
    assert len(rows) == 2 * len(forecasts.PROCEDURES)
    through_all = [row for row in rows if row["rule"] == "all"]
    assert all(row["n_points"] == 27 for row in through_all)
    for row in rows:
        wrong = toy_ladder.error(0.9, toy_ladder.LARGER[row["model"]], "51k", 28000)
        assert row["measured"] == pytest.approx(100 * (1 - wrong))
        assert row["error_pp"] == pytest.approx(row["predicted"] - row["measured"])
        assert row["beyond"] == pytest.approx(toy_ladder.LARGER[row["model"]] / max(toy_ladder.MODELS.values()))


def test_what_the_toy_does_not_measure_is_skipped_by_name(found: dict[str, Any]) -> None:
    reasons = {each["dataset"]: each["reason"] for each in found["skipped"]}
    assert reasons["vtab"] == "the study has 0 OpenCLIP runs of VTAB; 3 are needed"
