"""Rows of the results table: means of independent sets, and the classes that training shows most and least."""

from pathlib import Path

import numpy as np
import pytest
import small

from reprolib.evaluate import encoder, measured, sets, suite
from reprolib.evaluate.suite import Probed, Suite
from reprolib.results import Result


def row(hits: int, n: int) -> Result:
    return measured.of_hits("zero-shot", "any", np.arange(n) < hits, "test")


def test_an_accuracy_has_wilsons_interval() -> None:
    found = row(3, 10)
    assert found.value == 0.3
    assert found.interval == pytest.approx((0.1078, 0.6032), abs=1e-4)


def test_a_mean_weighs_sets_alike_and_its_interval_is_that_of_independent_sets() -> None:
    one, other = row(50, 100), row(900, 1000)
    found = measured.mean("zero-shot", "both", [one, other])
    assert found.value == pytest.approx(0.7)
    error = np.sqrt(0.5 * 0.5 / 100 + 0.9 * 0.1 / 1000) / 2
    assert found.interval == pytest.approx((0.7 - 1.96 * error, 0.7 + 1.96 * error), abs=1e-4)
    assert found.n_test is None


def test_the_interval_of_a_mean_covers_it_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    truth = np.array([0.2, 0.5, 0.7])
    covered = 0
    for _ in range(400):
        rows = [measured.of_hits("t", "d", rng.random(200) < share, "s") for share in truth]
        low, high = measured.mean("t", "m", rows).interval or (1.0, 0.0)
        covered += low <= truth.mean() <= high
    assert 0.91 < covered / 400 < 0.985


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> tuple[encoder.Encoder, Suite, Path]:
    """An untrained model and a suite of one class set, its shifts, retrieval and a task."""
    folder = tmp_path_factory.mktemp("suite")
    names = {suite.CLASS_SET: "pictographs-1k", **suite.SHIFTED, **suite.RETRIEVAL}
    opened = {name: sets.read(small.stored(folder / name, shards, 128)) for name, shards in names.items()}
    task = Probed(*(sets.read(small.stored(folder / part, f"task-colour-{part}", 24)) for part in ("train", "test")))
    made = Suite({**opened, suite.vtab("colour"): task.test}, {}, {"colour": task}, task.train)
    checkpoint = encoder.load(small.MODEL, small.weights(folder / "weights.safetensors"))
    return checkpoint, made, folder / "cache"


def test_head_and_tail_are_the_first_quarter_and_the_last_half_of_the_classes(
    tiny: tuple[encoder.Encoder, Suite, Path],
) -> None:
    kept: dict[str, object] = {}
    rows = measured.zero_shot_of_all(*tiny, keep=kept.__setitem__)
    found = {found.dataset: found for found in rows if found.metric == "acc1"}
    assert (found["imagenet1k-head"].n_test, found["imagenet1k-tail"].n_test) == (32, 64)
    both = found["imagenet1k-head"].value * 32 + found["imagenet1k-tail"].value * 64
    assert both <= found["imagenet1k"].value * 128 + 1e-9
    assert kept.keys() == tiny[1].zero_shot.keys()


def test_means_are_over_the_five_shifts_over_the_tasks_and_over_all_class_sets(
    tiny: tuple[encoder.Encoder, Suite, Path],
) -> None:
    rows = measured.zero_shot_of_all(*tiny, keep=lambda name, found: None)
    value = {found.dataset: found.value for found in rows if found.metric == "acc1"}
    assert value["imagenet_robustness"] == pytest.approx(np.mean([value[name] for name in suite.SHIFTED]))
    assert value["vtab"] == value["vtab/colour"]
    assert value["vtab+"] == pytest.approx(
        np.mean([value[name] for name in ("imagenet1k", *suite.SHIFTED, "vtab/colour")])
    )


def test_a_control_is_measured_on_the_class_set_and_in_retrieval_only(
    tiny: tuple[encoder.Encoder, Suite, Path],
) -> None:
    rows = measured.control(*tiny, keep=lambda name, found: None)
    assert {found.task for found in rows} == {"control"}
    assert {found.dataset.removesuffix("-head").removesuffix("-tail") for found in rows} == {
        "imagenet1k",
        "mscoco_captions",
        "flickr30k",
    }
