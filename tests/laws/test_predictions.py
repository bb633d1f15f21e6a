"""Bands: those of other libraries, wider for a new run than for the law, and alike whichever way they are made."""

from typing import Any

import numpy as np
import pytest
import scipy.stats
from samples import floor, power, surface
from scipy.optimize import approx_fprime

from reprolib import laws
from reprolib.laws import FORMS, Fit
from reprolib.laws.predictions import gradient

PLACES = np.array([1e10, 1e12, 1e14])


def of(form: str = "power", table: Any = None, **settings: Any) -> Fit:
    return laws.fit(power() if table is None else table, form, "gflops", "error", **settings)


def test_the_band_of_the_linear_loss_is_that_of_the_delta_method() -> None:
    fit = of("power-floor", floor(), method="delta")
    a, c, _ = fit.params.values()
    slopes = np.stack([PLACES**c, a * PLACES**c * np.log(PLACES), np.ones(3)], axis=1)
    variance = np.einsum("mi,ij,mj->m", slopes, fit.covariance, slopes)
    half = scipy.stats.t.ppf(0.975, 26) * np.sqrt(np.array([variance, variance + fit.spread**2]))
    assert np.array(fit.interval(PLACES, new=False)) == pytest.approx(fit.predict(PLACES) + np.outer([-1, 1], half[0]))
    assert np.array(fit.interval(PLACES)) == pytest.approx(fit.predict(PLACES) + np.outer([-1, 1], half[1]))


@pytest.mark.parametrize(
    "name", ["power", "power-floor", "shifted-power-floor", "m3", "bnsl1", "sigmoid", "chinchilla"]
)
def test_the_gradient_is_the_slope_of_the_law_by_each_parameter(name: str) -> None:
    form = FORMS[name]
    table = surface() if name == "chinchilla" else floor()
    x = (table["N"] / 1e9, table["D"] / 1e9) if name == "chinchilla" else (table["gflops"] / 1e12,)
    fit = laws.fit(None, form, x, table["loss" if name == "chinchilla" else "error"], method="delta")
    at = np.array([fit.params[parameter] for parameter in fit.free])
    point = tuple(np.array([1.7]) for _ in form.inputs)

    def law(values: np.ndarray) -> float:
        return float(form.values(point, {**fit.params, **dict(zip(fit.free, values, strict=True))})[0])

    assert gradient(fit, point)[0] == pytest.approx(
        approx_fprime(at, law, 1e-7 * np.abs(at) + 1e-12), rel=1e-3, abs=1e-6
    )


@pytest.mark.parametrize(
    "settings",
    [
        {"method": "delta"},
        {"method": "pairs", "bootstrap": 500},
        {"method": "parametric", "bootstrap": 500},
        {"loss": "huber", "bootstrap": 500},
        {"loss": "asymmetric", "bootstrap": 500},
    ],
    ids=lambda settings: "-".join(map(str, settings.values())),
)
def test_a_new_run_is_less_certain_than_the_law(settings: dict[str, Any]) -> None:
    fit = of(**settings)
    mean, new = fit.interval(PLACES, new=False), fit.interval(PLACES)
    assert (new[0] < mean[0]).all()
    assert (mean[0] < mean[1]).all()
    assert (mean[1] < new[1]).all()


@pytest.mark.parametrize("method", ["pairs", "residual", "parametric"])
def test_resampled_bands_come_to_those_of_the_delta_method(method: str) -> None:
    """On 300 runs, to 15 % of the width."""
    table = power(300)
    delta, drawn = (
        of(table=table, loss="log", method="delta"),
        of(table=table, loss="log", method=method, bootstrap=2000),
    )
    for new in (True, False):
        low, high = np.log(delta.interval(PLACES, new=new))
        got = np.log(drawn.interval(PLACES, new=new))
        assert (np.abs(got - [low, high]) < 0.15 * (high - low)).all()


def test_in_a_small_sample_a_resampled_band_reaches_as_far_as_students_t() -> None:
    """With 6 runs the normal's 1.96 in place of t's 2.78 would be a third too narrow."""
    table = power(6, seed=3)
    delta = of(table=table, loss="log", method="delta")
    drawn = of(table=table, loss="log", method="parametric", bootstrap=4000)
    for place in PLACES:
        wide, other = (np.ptp(np.log(fit.interval(place))) for fit in (delta, drawn))
        assert other == pytest.approx(wide, rel=0.12)


def test_the_noise_of_a_new_run_is_not_widened_twice() -> None:
    """Pairs are read further out because their laws scatter too little; the noise that is added does not."""
    table = power(10)
    delta = of(table=table, loss="log", method="delta")
    drawn = of(table=table, loss="log", bootstrap=4000)
    wide, other = (np.ptp(np.log(fit.interval(3e11))) for fit in (delta, drawn))
    assert other == pytest.approx(wide, rel=0.06)


def test_the_band_of_a_robust_loss_spreads_as_its_residuals_do() -> None:
    """One run of ten is far off: nine tenths of the band's draws of noise stay as narrow as the rest."""
    table = power(40, noise=0.01)
    table["error"][::10] *= 1.5
    fit = of(table=table, loss="huber", bootstrap=500)
    narrow, wide = (np.ptp(np.log(fit.interval(1e12, level=level))) for level in (0.7, 0.95))
    assert narrow < 0.06
    assert wide > 0.3


def test_the_band_of_a_resampled_fit_is_drawn_from_its_seed() -> None:
    one, again, other = (of(bootstrap=200, seed=seed).interval(1e13) for seed in (1, 1, 2))
    assert one == again
    assert one != other


def test_bands_at_other_levels_nest() -> None:
    for settings in ({"method": "delta"}, {"bootstrap": 1000}):
        fit = of(**settings)  # type: ignore[arg-type]
        ends = [fit.interval(1e13, level=level) for level in (0.95, 0.8, 0.5)]
        lows, highs = zip(*ends, strict=True)
        assert list(lows) == sorted(lows)
        assert list(highs) == sorted(highs, reverse=True)


def test_far_from_the_data_the_band_of_the_law_widens() -> None:
    fit = of(method="delta", loss="log")
    widths = [np.ptp(np.log(fit.interval(10.0**power, new=False))) for power in (11.5, 13, 15, 18)]
    assert widths == sorted(widths)
    assert widths[3] > 3 * widths[0]
