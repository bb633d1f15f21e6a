"""The nominal budgets against the facts that they come from."""

import csv

import pytest

from reprolib.budgets import LAION_80M, LAION_400M, NOMINAL_SAMPLES, nominal_compute
from reprolib.errors import ReproError
from reprolib.paths import Tree


def test_an_epoch_is_as_long_as_in_the_training_runs(repository: Tree) -> None:
    with (repository.published / "training_runs.csv").open() as stream:
        epochs = {(row["pretrain_data"], int(row["samples_per_epoch"])) for row in csv.DictReader(stream)}
    assert {("LAION-80M", LAION_80M), ("LAION-400M", LAION_400M)} <= epochs


@pytest.mark.parametrize(("budget", "billions"), [("3B", 2.560), ("13B", 13.03), ("34B", 34.22), ("68B", 68.43)])
def test_a_budget_is_the_number_that_the_extrapolations_use(budget: str, billions: float) -> None:
    assert NOMINAL_SAMPLES[budget] / 1e9 == pytest.approx(billions, abs=0.005)


def test_compute_is_gmacs_per_sample_times_samples() -> None:
    assert nominal_compute(190.97, "34B") == pytest.approx(6.53421e12, rel=1e-6)


def test_an_unknown_budget_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ReproError, match=r"^there is no budget '1B'; use one of 3B, 13B, 34B, 68B$"):
        nominal_compute(7.4, "1B")
