"""Softmax regression reaches the one minimum there is, whatever the rows are like."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from probe_data import features
from scipy.optimize import minimize

from reprolib.evaluate import softmax
from reprolib.evaluate.softmax import Linear, Regression


def objective(
    x: torch.Tensor, labels: np.ndarray, found: Linear, strength: float
) -> tuple[float, torch.Tensor, torch.Tensor]:
    """The loss as the module states it, and its gradient by weights and bias, by automatic differentiation."""
    weights, bias = (each.clone().requires_grad_() for each in (found.weights, found.bias))
    spread = (x - x.mean(0)).square().sum() / len(x)
    loss = torch.nn.functional.cross_entropy(x @ weights.T + bias, torch.from_numpy(labels))
    loss = loss + strength / 2 * spread * weights.square().sum()
    return (loss.item(), *torch.autograd.grad(loss, (weights, bias)))


@pytest.mark.parametrize(("rows", "width", "classes"), [(60, 5, 3), (12, 20, 4), (200, 16, 2)])
@pytest.mark.parametrize("strength", [1.0, 1e-2, 1e-4])
def test_the_gradient_of_the_stated_loss_is_zero(rows: int, width: int, classes: int, strength: float) -> None:
    x, labels = features(rows, width, classes)
    found = Regression(x, torch.from_numpy(labels), classes).solved(strength)
    _, by_weights, by_bias = objective(x.double(), labels, found, strength)
    assert max(by_weights.abs().max(), by_bias.abs().max()) < 1e-8


def test_it_is_the_minimum_that_scipy_finds() -> None:
    x, labels = features(40, 4, 3)
    found = Regression(x, torch.from_numpy(labels), 3).solved(1e-2)
    x = x.double()

    def value(flat: np.ndarray) -> tuple[float, np.ndarray]:
        point = torch.from_numpy(flat).view(3, 5)
        loss, *slopes = objective(x, labels, Linear(point[:, :4], point[:, 4], 0.0), 1e-2)
        return loss, torch.column_stack(slopes).numpy().ravel()

    reference = minimize(value, np.zeros(15), jac=True, method="BFGS", options={"gtol": 1e-9}).x.reshape(3, 5)
    assert np.allclose(found.weights, reference[:, :4], atol=1e-6)
    logits = x.numpy() @ reference[:, :4].T + reference[:, 4]
    assert np.allclose(found.logits(x).log_softmax(1), torch.from_numpy(logits).log_softmax(1), atol=1e-7)


def test_the_way_there_does_not_matter() -> None:
    x, labels = features(90, 10, 3)
    regression = Regression(x, torch.from_numpy(labels), 3)
    cold = regression.solved(1e-4, tolerance=1e-11)
    warm = regression.solved(1e-4, start=regression.solved(1.0, tolerance=1e-2), tolerance=1e-11)
    assert torch.allclose(cold.logits(x), warm.logits(x), atol=1e-7)


@pytest.mark.parametrize("strength", [1.0, 1e-3, 1e-6])
def test_the_order_of_the_rows_does_not_matter(strength: float) -> None:
    x, labels = features(100, 12, 4)
    order = np.random.default_rng(0).permutation(100)
    one = Regression(x, torch.from_numpy(labels), 4).solved(strength)
    other = Regression(x[order], torch.from_numpy(labels[order]), 4).solved(strength)
    assert torch.allclose(one.logits(x).softmax(1), other.logits(x).softmax(1), rtol=0, atol=1e-8)


@given(st.floats(1e-3, 1e3), st.floats(-5, 5))
@settings(max_examples=20, deadline=None)
def test_scale_and_place_of_the_features_do_not_matter(scale: float, shift: float) -> None:
    x, labels = features(50, 6, 3)
    x = x.double()
    one, other = (
        Regression(each, torch.from_numpy(labels), 3).solved(1e-3).logits(each).log_softmax(1)
        for each in (x, scale * (x + shift))
    )
    assert torch.allclose(one, other, atol=1e-5)


def test_a_search_that_rounding_ends_has_come_as_near_as_it_can() -> None:
    x, labels = features(40, 5, 4)
    found = Regression(x, torch.from_numpy(labels), 4).solved(1e-2, tolerance=0.0)
    assert found.gradient < 1e-13
    assert max(found.weights.sum(0).abs().max(), found.bias.sum().abs()) < 1e-12


def test_the_same_call_gives_the_same_bits() -> None:
    x, labels = features(100, 12, 4)
    one, other = (Regression(x, torch.from_numpy(labels), 4).solved(1e-3) for _ in range(2))
    assert torch.equal(one.weights, other.weights)
    assert torch.equal(one.bias, other.bias)


def test_blocks_of_rows_give_what_all_rows_give(monkeypatch: pytest.MonkeyPatch) -> None:
    x, labels = features(100, 12, 4)
    whole = Regression(x, torch.from_numpy(labels), 4).solved(1e-3)
    monkeypatch.setattr(softmax, "BLOCK", 4 * 7)
    parts = Regression(x, torch.from_numpy(labels), 4).solved(1e-3)
    assert torch.allclose(whole.logits(x), parts.logits(x), atol=1e-6)


def test_a_part_of_the_rows_is_fitted_as_if_it_were_all_but_for_the_unit_of_the_strength() -> None:
    x, labels = features(80, 6, 3)
    part = torch.arange(0, 80, 2) + torch.arange(40) % 2
    all_, alone = x.double(), x[part].double()
    unit = [((each - each.mean(0)).square().sum() / len(each)).item() for each in (all_, alone)]
    one = Regression(x, torch.from_numpy(labels), 3).solved(1e-2, part)
    other = Regression(alone, torch.from_numpy(labels)[part], 3).solved(1e-2 * unit[0] / unit[1])
    assert torch.allclose(one.logits(x), other.logits(x), atol=1e-5)


@pytest.mark.parametrize("strength", [1.0, 1e-3, 1e-6])
@pytest.mark.parametrize(
    "case", ["one row a class", "constant", "far apart", "one class", "absent class", "twice", "one row"]
)
def test_degenerate_rows_give_a_finite_classifier(case: str, strength: float) -> None:
    x, labels = features(30, 8, 3)
    if case == "one row a class":
        x, labels = x[:3], labels[:3]
    elif case == "constant":
        x = torch.ones_like(x)
    elif case == "far apart":
        x, labels = features(30, 8, 3, apart=100.0)
    elif case == "one class":
        labels = np.zeros_like(labels)
    elif case == "absent class":
        x, labels = x[labels != 1], labels[labels != 1]
    elif case == "twice":
        x, labels = x.repeat(2, 1), np.concatenate([labels, (labels + 1) % 3])
    else:
        x, labels = x[:1], labels[:1]
    found = Regression(x, torch.from_numpy(labels), 3).solved(strength)
    present = np.unique(labels)
    assert found.weights.isfinite().all()
    assert found.bias[present].isfinite().all()
    assert found.gradient < 1e-7
    logits = found.logits(x)
    assert not logits.isnan().any()
    assert set(logits.argmax(1).tolist()) <= set(present)
    assert all(found.bias[each] == -math.inf for each in {0, 1, 2} - set(present))


def test_without_any_information_the_shares_of_the_classes_are_predicted() -> None:
    found = Regression(torch.ones(10, 4), torch.tensor([0] * 7 + [1] * 2 + [2]), 3).solved(1e-3)
    assert torch.allclose(found.logits(torch.ones(1, 4)).softmax(1), torch.tensor([[0.7, 0.2, 0.1]]).double())
