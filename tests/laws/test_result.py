"""A `Fit`: it cannot be changed, predicts, is read by people, and goes to JSON and back without loss."""

import dataclasses
import json
from typing import Any

import numpy as np
import pytest
from samples import LOGARITHM, floor, pick, power, surface

from reprolib import laws
from reprolib.laws import Fit, LawError


def of(form: str = "power", table: Any = None, **settings: Any) -> Fit:
    return laws.fit(power() if table is None else table, form, "gflops", "error", **{"method": "delta", **settings})


def every_method() -> dict[str, Fit]:
    clusters, boot = np.arange(29) // 3, {"bootstrap": 100}
    noise = 0.02 * floor()["error"]
    return {
        "delta": of("power-floor", floor()),
        "profile": of("power-floor", floor(), method="profile"),
        "pairs": of("power-floor", floor(), method="pairs", **boot),
        "residual": of("power-floor", floor(), method="residual", **boot),
        "parametric": of("power-floor", floor(), method="parametric", **boot),
        "cluster": of("power-floor", floor(), method="cluster", cluster=clusters, **boot),
        "noise": of("power-floor", floor(), method="noise", noise=noise, **boot),
        "frontier": of(loss="log", frontier="bins:5", method="auto", **boot),
        "robust": of(loss="huber", method="auto", **boot),
        "robust without": of(loss="quantile"),
        "asymmetric": of(loss="asymmetric"),
        "exact": of("power-floor", pick(floor(), [0, 1, 2])),
        "one dof": of(table=pick(power(), [0, 1, 2]), loss="log", method="profile"),
        "far out": of(table=pick(power(), [0, 1, 2]), loss="log", level=0.9999),
        "at a bound": of("power-floor", bounds={"d": (0, 0.01)}, method="profile"),
        "flat": of("power-floor", pin={"c": 0.0}),
        "surface": laws.fit(surface(), "chinchilla", "N,D", "loss", loss="log", method="delta"),
        "all pinned": of(pin={"a": 5.0, "c": -0.1}),
    }


FITS = every_method()


@pytest.mark.parametrize("name", FITS)
def test_json_gives_back_the_fit_to_the_last_bit(name: str) -> None:
    fit = FITS[name]
    text = fit.to_json(predictions=[fit.forecast(*([1e9] * len(fit.form.inputs)))])
    again = Fit.from_json(text)
    assert again.to_json() == fit.to_json()
    places = [np.array([3e9, 1e13])] * len(fit.form.inputs)
    for level in (0.5, 0.95):
        assert np.array_equal(again.interval(*places, level=level), fit.interval(*places, level=level), equal_nan=True)
    assert np.array_equal(again.predict(*places), fit.predict(*places))
    assert again.summary() == fit.summary()


@pytest.mark.parametrize("name", FITS)
def test_json_is_strict_and_holds_what_a_reader_without_python_needs(name: str) -> None:
    """No NaN or infinity, in any state that a fit can be in."""
    fit = FITS[name]
    forecast = fit.forecast(*([1e9] * len(fit.form.inputs)))

    def fail(constant: str) -> None:
        pytest.fail(f"{constant} is no JSON")

    record = json.loads(fit.to_json(predictions=[forecast]), parse_constant=fail)
    assert set(record) >= {
        "form", "params", "intervals", "objective", "rmse", "n_points", "points", "status", "basins", "predictions"
    }  # fmt: skip
    assert record["params"] == dict(fit.params)
    assert record["points"] == list(fit.points)
    assert len(record["points"]) == record["n_points"] == len(record["residuals"])
    assert set(record["predictions"][0]) >= {"x", "value", "low", "high"}
    for interval in record["intervals"].values():
        assert interval is None or interval[0] <= interval[1]


@pytest.mark.parametrize("name", FITS)
def test_a_parameter_without_an_interval_has_a_note_that_says_why(name: str) -> None:
    fit = FITS[name]
    for parameter, interval in fit.intervals.items():
        assert interval is not None or len(fit.notes[parameter]) > 20


def test_json_has_one_line_for_each_entry() -> None:
    text = FITS["pairs"].to_json()
    assert len(text.splitlines()) == len(json.loads(text)) + 2


def test_a_fit_cannot_be_changed() -> None:
    fit = FITS["pairs"]
    with pytest.raises(dataclasses.FrozenInstanceError):
        fit.rmse = 0.0  # type: ignore[misc]
    with pytest.raises(TypeError):
        fit.params["c"] = 0.0  # type: ignore[index]
    with pytest.raises(TypeError):
        fit.intervals["c"] = None  # type: ignore[index]
    assert fit.draws is not None
    assert fit.covariance is not None
    for array in (fit.draws, fit.covariance, Fit.from_json(fit.to_json()).draws):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 0.0  # type: ignore[index]


def test_two_fits_of_the_same_data_are_equal_and_of_other_data_are_not() -> None:
    assert of() == of()
    assert of() != of(table=power(seed=1))


# predictions


def test_predictions_have_the_shape_of_what_was_asked() -> None:
    fit = of()
    assert fit.predict(1e12).shape == ()
    assert fit.predict([[1e12, 2e12, 3e12]]).shape == (1, 3)
    low, high = fit.interval(np.ones((2, 3)) * 1e12)
    assert low.shape == high.shape == (2, 3)
    both = FITS["surface"].predict(np.array([[1e8], [1e9]]), np.array([1e10, 1e11, 1e12]))
    assert both.shape == (2, 3)
    assert both[1, 2] == FITS["surface"].predict(1e9, 1e12)


def test_the_law_is_what_its_formula_says() -> None:
    fit = FITS["delta"]
    a, c, d = fit.params.values()
    assert fit.form.formula == "y = a * x**c + d"
    assert fit.predict(3e11) == pytest.approx(a * 3e11**c + d, rel=1e-12)


def test_a_forecast_tells_the_law_and_a_new_run_apart() -> None:
    told = FITS["delta"].forecast(1e13)
    assert told["x"] == 1e13
    assert told["low"] < told["mean_low"] < told["value"] < told["mean_high"] < told["high"]
    assert FITS["surface"].forecast(1e9, 1e11)["x"] == [1e9, 1e11]
    unknown = FITS["exact"].forecast(1e13)
    assert (unknown["low"], unknown["high"], unknown["mean_low"], unknown["mean_high"]) == (None,) * 4


def test_a_prediction_needs_the_inputs_of_the_form() -> None:
    with pytest.raises(LawError, match=r"^form power predicts from x; 2 came$"):
        of().predict(1.0, 2.0)
    with pytest.raises(LawError, match=r"^form chinchilla predicts from N, D; 1 came$"):
        FITS["surface"].interval(1e9)


@pytest.mark.parametrize("x", [0.0, -1.0, float("nan")])
def test_a_prediction_where_the_law_has_no_value_is_refused(x: float) -> None:
    with pytest.raises(LawError, match=rf"^x holds {x:g}; form power predicts where it is above zero$"):
        of().interval([1.0, x])


@pytest.mark.parametrize("level", [0, 1, 95, float("nan")])
def test_a_level_that_is_no_probability_is_refused(level: float) -> None:
    with pytest.raises(LawError, match=rf"^level is {level}; it must lie between 0 and 1$"):
        of().interval(1e12, level=level)


# reading it


def test_the_summary_tells_the_law_the_estimates_their_intervals_and_the_status() -> None:
    fit = of(pin={"c": -0.11}, loss="log", level=0.9)
    low, high = fit.intervals["a"] or (0, 0)
    assert fit.summary().splitlines() == [
        "power: y = a * x**c",
        "  29 points, sum of squared residuals of log y",
        f"         a = {fit.params['a']:.6g}  90 % [{low:.6g}, {high:.6g}]",
        "         c = -0.11 (pinned)",
        "  delta method with Student's t, 28 degrees of freedom",
        "  status: converged",
    ]


def test_the_summary_says_why_there_is_no_interval() -> None:
    assert "no interval (3 points fix 3 parameters exactly and leave no error to judge by)" in FITS["exact"].summary()


def test_renumbered_rows_are_called_by_their_new_numbers() -> None:
    fit = of(loss="log", frontier="pareto")
    moved = fit.renumbered(range(100, 129))
    assert moved.points == tuple(row + 100 for row in fit.points)
    assert moved.dropped == tuple(row + 100 for row in fit.dropped)
    assert sorted(fit.points + fit.dropped) == list(range(29))
    assert moved.params == fit.params


# from JSON


def test_a_form_of_ones_own_is_given_again_to_read_its_json() -> None:
    fit = laws.fit(power(), LOGARITHM, "gflops", "error", bootstrap=100)
    again = Fit.from_json(fit.to_json(), form=LOGARITHM)
    assert again == fit
    assert np.array_equal(again.interval(1e13), fit.interval(1e13))
    with pytest.raises(LawError, match=r"^form 'log' is not known"):
        Fit.from_json(fit.to_json())


def test_a_fit_is_not_read_as_one_of_another_form() -> None:
    with pytest.raises(LawError, match=r"^the text is a fit of a, c; form log has a, b$"):
        Fit.from_json(of().to_json(), form=LOGARITHM)


@pytest.mark.parametrize("text", ["", "{}", "[]", "nonsense", '{"form": "power"}'])
def test_a_text_that_is_no_fit_is_told_in_one_sentence(text: str) -> None:
    with pytest.raises(LawError, match=r"^the text is no fit that `to_json` wrote \(.*\); give its unchanged JSON$"):
        Fit.from_json(text)
