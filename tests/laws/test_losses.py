"""Losses: what a residual costs, the slope and the curvature of that, the way to a kink, and the settings."""

import dataclasses
import itertools
from typing import Any

import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st

from reprolib.laws import LawError
from reprolib.laws.losses import KINK, SMOOTHEST, Loss, loss_of

SMOOTH = [
    loss_of("linear"),
    loss_of("log"),
    loss_of("huber", delta=0.3),
    loss_of("asymmetric", factor=4),
    dataclasses.replace(loss_of("quantile", quantile=0.2), delta=0.3),
]
RESIDUALS = st.floats(-2, 2).filter(lambda r: min(abs(abs(r) - 0.3), abs(r)) > 1e-3)


def at(function: Any, residual: float) -> float:
    return float(function(np.array([residual]))[0])


@given(RESIDUALS)
def test_each_loss_costs_what_its_definition_says(r: float) -> None:
    assert at(loss_of("linear").rho, r) == pytest.approx(r**2)
    assert at(loss_of("log").rho, r) == pytest.approx(r**2)
    assert at(loss_of("huber", delta=0.3).rho, r) == pytest.approx(scipy.special.huber(0.3, r))
    assert at(loss_of("asymmetric", factor=4).rho, r) == pytest.approx((4 if r < 0 else 1) * r**2)
    assert at(loss_of("quantile", quantile=0.2).rho, r) == pytest.approx(max(0.2 * r, -0.8 * r))


@pytest.mark.parametrize("loss", SMOOTH, ids=lambda loss: f"{loss.name}")
@given(r=RESIDUALS)
def test_pull_is_the_slope_over_the_residual(loss: Loss, r: float) -> None:
    step = 1e-5
    slope = (at(loss.rho, r + step) - at(loss.rho, r - step)) / (2 * step)
    assert at(loss.pull, r) * r == pytest.approx(slope, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("loss", SMOOTH, ids=lambda loss: f"{loss.name}")
@given(r=RESIDUALS)
def test_curvature_is_the_second_derivative(loss: Loss, r: float) -> None:
    step = 1e-4
    bend = (at(loss.rho, r + step) - 2 * at(loss.rho, r) + at(loss.rho, r - step)) / step**2
    assert at(loss.curvature, r) == pytest.approx(bend, rel=1e-5, abs=1e-6)


def test_the_smoothed_quantile_loss_tends_to_the_sharp_one() -> None:
    sharp = loss_of("quantile", quantile=0.3)
    residuals = np.linspace(-1, 1, 41)
    for delta in (1e-1, 1e-3, 1e-6):
        smooth = dataclasses.replace(sharp, delta=delta).rho(residuals)
        assert np.abs(smooth - sharp.rho(residuals)).max() <= delta / 2


def test_the_quantile_loss_is_least_at_the_quantile() -> None:
    """Three of ten points below: any constant between the third and the fourth is as good, every other worse."""
    values = np.arange(10.0)
    loss = loss_of("quantile", quantile=0.3)
    cost = {level: loss.rho(values - level).sum() for level in (1.9, 2.0, 2.5, 3.0, 3.1)}
    assert cost[2.0] == pytest.approx(cost[3.0]) == pytest.approx(cost[2.5])
    assert min(cost[1.9], cost[3.1]) > cost[2.5]


@pytest.mark.parametrize(
    ("loss", "last"), [(loss_of("huber"), 1e-3), (loss_of("huber", delta=1e-2), 1e-2), (loss_of("quantile"), KINK)]
)
def test_a_loss_with_kinks_is_approached_in_steps_of_ten(loss: Loss, last: float) -> None:
    deltas = [stage.delta or 0.0 for stage in loss.stages()]
    assert deltas[0] == SMOOTHEST
    assert deltas[-1] == last
    assert [one / other for one, other in itertools.pairwise(deltas)] == pytest.approx([10.0] * (len(deltas) - 1))
    assert {dataclasses.replace(stage, delta=None) for stage in loss.stages()} == {
        dataclasses.replace(loss, delta=None)
    }


@pytest.mark.parametrize("loss", [loss_of("linear"), loss_of("asymmetric"), loss_of("huber", delta=5.0)])
def test_a_loss_without_sharp_kinks_needs_no_stages(loss: Loss) -> None:
    assert loss.stages() == [loss]


def test_names_settings_and_sentences() -> None:
    assert [loss_of(name).sentence for name in ("linear", "log", "huber", "asymmetric", "quantile")] == [
        "sum of squared residuals of y",
        "sum of squared residuals of log y",
        "sum of Huber's function of the residuals of log y with delta = 0.001",
        "sum of squared residuals of log y, those of points below the law 10 times",
        "sum of the quantile loss at 0.1 of the residuals of log y",
    ]
    assert [loss_of(name).squares for name in ("linear", "log", "huber", "asymmetric", "quantile")] == [
        True,
        True,
        False,
        False,
        False,
    ]
    own = Loss("huber", log=False, delta=0.5)
    assert loss_of(own) is own
    assert own.sentence == "sum of Huber's function of the residuals of y with delta = 0.5"


@pytest.mark.parametrize(
    ("name", "settings", "sentence"),
    [
        ("l1", {}, r"^loss 'l1' is not known; expected linear, log, huber, asymmetric or quantile$"),
        ("log", {"delta": 0.1}, r"^delta is given with loss 'log'; it belongs to loss 'huber'$"),
        ("huber", {"quantile": 0.1}, r"^quantile is given with loss 'huber'; it belongs to loss 'quantile'$"),
        ("quantile", {"factor": 2.0}, r"^factor is given with loss 'quantile'; it belongs to loss 'asymmetric'$"),
        ("huber", {"delta": 0.0}, r"^delta is 0\.0; it must lie between 0 and inf$"),
        ("huber", {"delta": float("nan")}, r"^delta is nan; it must lie between 0 and inf$"),
        ("asymmetric", {"factor": -1.0}, r"^factor is -1\.0; it must lie between 0 and inf$"),
        ("quantile", {"quantile": 1.0}, r"^quantile is 1\.0; it must lie between 0 and 1$"),
    ],
)
def test_impossible_settings_are_refused(name: str, settings: dict[str, float], sentence: str) -> None:
    with pytest.raises(LawError, match=sentence):
        loss_of(name, **settings)
