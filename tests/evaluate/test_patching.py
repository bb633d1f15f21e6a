"""Mixing weights is exact at both ends, and the share is chosen within what the class set may lose."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tuning_data import images, model

from reprolib.errors import ReproError
from reprolib.evaluate import patching, tuning
from reprolib.evaluate.patching import Sweep, choose, mixed

VALUES = st.lists(st.floats(-1e6, 1e6, width=32), min_size=4, max_size=4)


def found(**accuracies: list[int]) -> Sweep:
    """A sweep over 1,000 images a set with so many hits at shares 0, 0.5 and 1."""
    hits = {name: np.arange(1000) < np.array(counts)[:, None] for name, counts in accuracies.items()}
    return Sweep((0.0, 0.5, 1.0), hits)


@given(VALUES, VALUES)
def test_the_ends_are_the_inputs(one: list[float], other: list[float]) -> None:
    a, b = ({"w": torch.tensor(each)} for each in (one, other))
    assert torch.equal(mixed(a, b, 0.0)["w"], a["w"])
    assert torch.equal(mixed(a, b, 1.0)["w"], b["w"])


@given(VALUES, VALUES, st.sampled_from(patching.SHARES))
def test_between_them_is_the_weighted_mean(one: list[float], other: list[float], share: float) -> None:
    a, b = (torch.tensor(each) for each in (one, other))
    middle = ((1 - share) * a.double() + share * b.double()).float()
    assert torch.allclose(mixed({"w": a}, {"w": b}, share)["w"], middle, rtol=1e-6, atol=0.5)


def test_tensors_of_whole_numbers_are_those_of_the_zero_shot_model() -> None:
    a, b = ({"w": torch.zeros(2), "n": torch.tensor(value), "m": torch.tensor([value > 3])} for value in (3, 9))
    between = mixed(a, b, 0.9)
    assert between["n"] == 3
    assert not between["m"]


@pytest.mark.parametrize(
    ("other", "came"),
    [({"w": torch.zeros(3)}, r"'w' is \(2,\) and \(3,\)"), ({}, r"'w' is \(2,\) and nothing"),
     ({"w": torch.zeros(2), "v": torch.zeros(1)}, r"'v' is nothing and \(1,\)")],
)  # fmt: skip
def test_checkpoints_of_two_models_are_refused(other: dict[str, torch.Tensor], came: str) -> None:
    with pytest.raises(ReproError, match=f"same names and shapes, but {came}; take"):
        mixed({"w": torch.zeros(2)}, other, 0.5)


def test_a_sweep_has_both_models_at_its_ends_and_changes_neither() -> None:
    one, other = model(0), model(1)
    sets = [images("four", 4), images("two", 2)]
    swept = patching.sweep(one, other, sets, (0.0, 0.3, 1.0))
    for each in sets:
        for end, clip in ((0, model(0)), (-1, model(1))):
            assert np.array_equal(swept.hits[each.name][end], tuning.hits(tuning.zero_shot(clip, each.zero_shot), each))
        assert swept.accuracy(each.name).tolist() == swept.hits[each.name].mean(1).tolist()
    for clip, fresh in ((one, model(0)), (other, model(1))):
        assert all(
            torch.equal(*each) for each in zip(clip.state_dict().values(), fresh.state_dict().values(), strict=True)
        )


def test_a_sweep_keeps_the_temperature_of_the_zero_shot_model() -> None:
    one, other = model(0), model(1)
    with torch.no_grad():
        other.logit_scale.fill_(4.0)
    sets = [images("four", 4)]
    one_temperature = patching.sweep(one, model(1), sets).hits["four"]
    assert np.array_equal(patching.sweep(one, other, sets).hits["four"], one_temperature)


def test_the_best_mean_over_the_tasks_is_taken() -> None:
    assert choose(found(base=[500, 500, 500], a=[100, 600, 300], b=[100, 200, 300]), "base") == 0.5


def test_what_the_class_set_may_lose_is_one_point_and_no_row_more() -> None:
    tasks = {"a": [100, 200, 300]}
    assert choose(found(base=[600, 595, 590], **tasks), "base") == 1.0
    assert choose(found(base=[600, 595, 589], **tasks), "base") == 0.5
    assert choose(found(base=[600, 500, 400], **tasks), "base") == 0.0
    assert choose(found(base=[600, 500, 400], **tasks), "base", loss=0.1) == 0.5


def test_of_equal_means_the_least_share_is_taken() -> None:
    assert choose(found(base=[500] * 3, a=[100, 300, 300], b=[100, 100, 100]), "base") == 0.5


@pytest.mark.parametrize(
    "sweep", [found(base=[1, 1, 1]), found(a=[1, 1, 1], b=[1, 1, 1])], ids=["no task", "no class set"]
)
def test_a_sweep_that_lacks_something_is_refused(sweep: Sweep) -> None:
    with pytest.raises(ReproError, match="should have share 0, the class set 'base' and a task"):
        choose(sweep, "base")


def test_a_sweep_without_the_zero_shot_model_is_refused() -> None:
    whole = found(base=[1, 1, 1], a=[1, 1, 1])
    with pytest.raises(ReproError, match=r"but it has shares 0\.5, 1\.0 of base, a"):
        choose(Sweep((0.5, 1.0), {name: hits[1:] for name, hits in whole.hits.items()}), "base")
