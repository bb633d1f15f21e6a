"""Verdicts on findings follow from the intervals of both studies and from nothing else."""

import math

import pytest

from reprolib.explore import findings
from reprolib.explore.findings import CONTRARY, OPEN, REPRODUCES, Number
from reprolib.paths import Tree
from reprolib.study import Study


def number(low: float, high: float) -> Number:
    return Number((low + high) / 2, (low, high), "a test")


@pytest.mark.parametrize(
    ("paper", "miniature", "expected"),
    [
        (number(-0.2, -0.1), number(-0.9, -0.01), REPRODUCES),
        (number(0.1, 0.2), number(0.001, 0.002), REPRODUCES),
        (number(-0.2, -0.1), number(0.1, 0.2), CONTRARY),
        (number(-0.2, -0.1), number(-0.2, 0.1), OPEN),
        (number(-0.2, 0.1), number(-0.2, -0.1), OPEN),
        (number(-0.2, -0.1), Number(-0.5, None, "a test"), OPEN),
        (number(-0.2, -0.1), None, OPEN),
    ],
)
def test_only_two_intervals_on_one_side_of_zero_reproduce(
    paper: Number, miniature: Number | None, expected: str
) -> None:
    assert findings.verdict(paper, miniature) == expected


def test_a_number_is_told_with_its_interval_or_that_there_is_none() -> None:
    assert str(number(-0.2, -0.1)) == "-0.150 [-0.200, -0.100]"
    assert str(Number(0.5, None, "a test")) == "+0.500 no interval"


def test_the_mean_gain_over_models_has_students_interval() -> None:
    found = findings._mean([0.1, 0.2, 0.3])
    half = 4.302652729911275 * 0.1 / math.sqrt(3)
    assert found.value == pytest.approx(0.2)
    assert found.interval == pytest.approx((0.2 - half, 0.2 + half))


def test_the_papers_findings_are_those_of_its_records(repository: Tree) -> None:
    study = Study(repository, "published")
    found = findings.numbers(study)
    assert len(found) >= len(findings.LAWS) + 4
    law = study.laws["zero-shot.imagenet1k.acc1.openclip"]
    exponent = found[f"ImageNet, zero-shot: {findings.FALLS}"]
    assert (exponent.value, list(exponent.interval or ())) == (law["params"]["alpha"], law["intervals"]["alpha"])
    shifted = found["shifted sets are harder than ImageNet: gain"]
    assert shifted.sign == 1


def test_extra_fine_tuning_is_compared_on_the_same_tower_at_the_same_size(repository: Tree) -> None:
    found = findings._of_extra_fine_tuning(Study(repository, "published"))
    table_9 = {"B/16 384": (87.17, 86.53), "B/32 224": (83.30, 82.58), "H/14 224": (88.25, 87.59)}
    table_9 |= {"L/14 224": (87.89, 87.30), "L/14 336": (88.17, 87.78)}
    assert found == pytest.approx([(extra - plain) / 100 for extra, plain in table_9.values()])


def test_a_study_beside_itself_contradicts_nothing(repository: Tree) -> None:
    study = Study(repository, "published")
    assert set(findings.table(study, study)["verdict"]) <= {REPRODUCES, OPEN}
