"""A probe's strength is chosen without the test rows; the paper's protocol is PyTorch's AdamW, selected on them."""

import math

import numpy as np
import pytest
import torch
from probe_data import task

from reprolib.evaluate import as_published, probes, shots
from reprolib.evaluate.softmax import Regression
from reprolib.train.schedules import Cosine


def test_a_probe_learns_what_there_is_to_learn() -> None:
    assert probes.probe(task(200, apart=3.0), seed=0).hits.mean() > 0.9
    assert probes.probe(task(200, apart=0.0), seed=0).hits.mean() < 0.5


def test_the_test_rows_have_no_part_in_the_choice() -> None:
    data = task()
    one = probes.probe(data, seed=0)
    other = probes.probe(data._replace(test=-data.test[:5], test_labels=data.test_labels[:5]), seed=0)
    assert (one.strength, one.tried) == (other.strength, other.tried)


def test_the_strength_taken_has_most_hits_on_the_rows_held_back_and_of_several_the_least_loss() -> None:
    for seed in range(10):
        found = probes.probe(task(), seed=seed)
        best = max(found.tried, key=lambda each: (each.accuracy, -each.loss))
        assert found.strength == best.strength
        assert [each.strength for each in found.tried] == list(probes.STRENGTHS)
        assert (found.rows, found.held_back) == (60, 12)


def test_the_final_classifier_is_fitted_to_all_training_rows() -> None:
    data = task()
    found = probes.probe(data, seed=0)
    alone = Regression(data.train, torch.from_numpy(data.train_labels), 4)
    assert found.gradient <= probes.FINE
    exact, fewer = (alone.solved(found.strength, rows).logits(data.test).numpy() for rows in (None, torch.arange(48)))
    off = np.abs(found.logits - exact).max()
    assert off < 0.05 * np.abs(exact - fewer).max()
    assert np.array_equal(found.logits.argmax(1), exact.argmax(1))


def test_only_the_rows_asked_for_count() -> None:
    data = task()
    rows = shots.few(data.train_labels, 6, content=data.content, seed=0).rows
    spoilt = data.train.clone()
    spoilt[np.setdiff1d(np.arange(60), rows)] = 7.0
    one, other = (probes.probe(data._replace(train=each), rows, seed=0) for each in (data.train, spoilt))
    assert np.array_equal(one.logits, other.logits)


def test_the_same_call_gives_the_same_bits() -> None:
    one, other = (probes.probe(task(), seed=3) for _ in range(2))
    assert np.array_equal(one.logits, other.logits)
    assert one.tried == other.tried
    assert as_published.sweep(task(), seed=3).accuracies == as_published.sweep(task(), seed=3).accuracies


def test_with_one_row_a_class_nothing_is_held_back_and_the_strongest_penalty_is_taken() -> None:
    found = probes.probe(task(), np.arange(4), seed=0)
    assert (found.strength, found.tried, found.held_back) == (probes.STRENGTHS[0], (), 0)
    assert np.isfinite(found.logits).all()


@pytest.mark.parametrize("rows", [np.arange(60)[np.arange(60) % 4 != 2], np.array([0, 4, 8])], ids=["three", "one"])
def test_a_class_without_training_rows_is_never_predicted(rows: np.ndarray) -> None:
    data = task()
    found = probes.probe(data, rows, seed=0)
    absent = np.setdiff1d(np.arange(4), data.train_labels[rows])
    assert np.isneginf(found.logits[:, absent]).all()
    assert not np.isnan(found.logits).any()
    assert not found.hits[np.isin(data.test_labels, absent)].any()


def test_equal_logits_go_to_the_first_class() -> None:
    data = task()
    blind = data._replace(train=torch.ones_like(data.train), test=torch.ones_like(data.test))
    found = probes.probe(blind, seed=0)
    assert np.array_equal(found.hits, data.test_labels == found.logits[0].argmax())


def test_the_sweep_takes_the_maximum_on_the_test_rows() -> None:
    data = task()
    found = as_published.sweep(data, seed=0)
    assert len(found.accuracies) == 9
    assert found.accuracies[found.best] == max(found.accuracies.values()) == found.hits.mean()
    assert np.array_equal(found.logits.argmax(1) == data.test_labels, found.hits)


@pytest.mark.parametrize("rate", [0.1, 0.001])
def test_a_setting_is_what_adamw_of_torch_makes_of_it_though_trained_among_others(rate: float) -> None:
    data = task(300)
    weights = as_published._trained(
        data.train,
        torch.from_numpy(data.train_labels),
        4,
        (0.1, 0.001),
        (3, 5),
        seed=0,
    )[as_published.Setting(rate, 3)]
    model = torch.nn.Linear(12, 4)
    start = as_published._start(4, 12, 0)
    with torch.no_grad():
        model.weight.copy_(start[:, :-1])
        model.bias.copy_(start[:, -1])
    optimiser = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.0)
    schedule = Cosine(rate, 0, 6)
    for step, rows in enumerate(as_published._drawn(0, epoch, 300) for epoch in range(3)):
        for half, some in enumerate((rows[:256], rows[256:])):
            optimiser.param_groups[0]["lr"] = schedule.at(2 * step + half)
            optimiser.zero_grad()
            labels = torch.from_numpy(data.train_labels)[some]
            torch.nn.functional.cross_entropy(model(data.train[some]), labels).backward()
            optimiser.step()
    assert torch.allclose(weights, torch.column_stack([model.weight, model.bias]), atol=1e-5)


def test_the_sweep_starts_within_the_bounds_of_a_linear_layer() -> None:
    start = as_published._start(50, 16, seed=0)
    assert start.abs().max() <= 1 / math.sqrt(16)
    assert abs(start.mean()) < 0.02
    assert abs(start.std() - 1 / math.sqrt(48)) < 0.01
