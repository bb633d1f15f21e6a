"""The seed spread that a study measured, and how far two trainings may lie apart by it."""

import math
from pathlib import Path

import pytest
import trained_toy
from scipy import stats

from reprolib.paths import Tree
from reprolib.verify import spread

STUDY = trained_toy.STUDY


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return trained_toy.tree(tmp_path)


def test_it_is_the_standard_deviation_of_the_runs_that_differ_in_their_seed_alone(tree: Tree) -> None:
    found = spread.measured(tree, STUDY)
    assert found.runs == (f"{trained_toy.BASE}_seed1", f"{trained_toy.BASE}_seed2", trained_toy.BASE)
    assert found.freedom == 2
    assert found.deviation[spread.HELD_OUT_LOSS] == pytest.approx(0.2)
    assert found.deviation[spread.CLASS_SET] == pytest.approx(0.02)


def test_two_trainings_lie_within_the_allowed_difference_as_often_as_stated(tree: Tree) -> None:
    """By definition of t: the difference of two draws, over an independent s on two degrees of freedom."""
    found = spread.measured(tree, STUDY)
    assert found.multiple == pytest.approx(math.sqrt(2) * 4.30265, rel=1e-5)
    assert found.allowed(spread.CLASS_SET) == pytest.approx(0.02 * found.multiple)
    draws = stats.norm.rvs(size=(200_000, 5), random_state=0)
    apart = abs(draws[:, 0] - draws[:, 1])
    within = apart <= found.multiple * draws[:, 2:].std(axis=1, ddof=1)
    assert within.mean() == pytest.approx(0.95, abs=0.002)


def test_several_repeated_cells_are_pooled(tree: Tree) -> None:
    other = trained_toy.LARGEST
    for number, loss in ((1, 4.3), (2, 4.6)):
        name = f"{other}_seed{number}"
        for old, new in (
            (tree.runs(STUDY) / "ladder" / f"{other}.json", tree.runs(STUDY) / "controls" / f"{name}.json"),
            (tree.evals(STUDY) / f"{other}.json", tree.evals(STUDY) / f"{name}.json"),
        ):
            new.write_bytes(old.read_bytes())
            trained_toy.resealed(new, lambda record, name=name, number=number: record.update(run=name, seed=number))
        trained_toy.resealed(
            tree.runs(STUDY) / "controls" / f"{name}.json",
            lambda record, number=number, loss=loss: record.update(
                changes={"seed": number}, learning_curve=[{"samples_seen": 24576, "loss": loss}]
            ),
        )
    found = spread.measured(tree, STUDY)
    assert found.freedom == 4
    assert found.deviation[spread.HELD_OUT_LOSS] == pytest.approx(math.sqrt((0.2**2 + 0.3**2) / 2))
    assert found.deviation[spread.CLASS_SET] == pytest.approx(0.02 / math.sqrt(2))


def test_without_repeated_runs_nothing_is_allowed_and_that_is_said(tree: Tree) -> None:
    for path in (tree.runs(STUDY) / "controls").glob("*.json"):
        path.unlink()
    found = spread.measured(tree, STUDY)
    assert found.allowed(spread.CLASS_SET) == 0
    assert "No run of this study was repeated" in found.told()
