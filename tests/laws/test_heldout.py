"""Held-out scores: the true form wins, overfitting loses, splits and scores by hand, frontiers without leaks."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprolib.laws import Form, LawError, Parameter, Rule, fit, frontier
from reprolib.laws.heldout import holdout
from reprolib.laws.scores import Holdout, Score

THREE = "power,power-floor,shifted-power-floor"


def floored(n: int = 24, noise: float = 0.01, seed: int = 0, floor: float = 0.3) -> Any:
    """n rows of a power law with a floor, with log-normal noise."""
    rng = np.random.default_rng(seed)
    x = np.geomspace(1, 1e4, n)
    return {"x": x, "y": (0.7 * x**-0.4 + floor) * np.exp(noise * rng.standard_normal(n))}


def score_of(result: Holdout, form: str, frontier: str = "none") -> Score:
    return next(score for score in result.scores if (score.form, score.frontier) == (form, frontier))


def logged(data: Any, forms: Any = "power,power-floor", **more: Any) -> Holdout:
    return holdout(data, forms, "x", "y", loss="log", **more)


def test_the_true_form_wins_and_exceeds_the_standard_error() -> None:
    result = logged(floored(), THREE, above=100)
    assert result.chosen is not None
    assert result.chosen.form == "power-floor"
    assert score_of(result, "power").log_rmse > 5 * result.chosen.log_rmse
    pair = logged(floored(), above=100)
    assert pair.margin is not None
    assert pair.margin_error is not None
    assert pair.margin > pair.margin_error > 0
    assert "exceeds the standard error of this difference" in pair.reason


def test_a_form_that_fits_better_but_forecasts_worse_is_not_chosen() -> None:
    data = floored(14, noise=0.1, floor=0.0, seed=4)
    cut = data["x"] < 100
    trained = {name: values[cut] for name, values in data.items()}
    inside = {form: fit(trained, form, "x", "y", loss="log", method="delta").rmse for form in ("power", "bnsl1")}
    assert inside["bnsl1"] < 0.8 * inside["power"]
    result = logged(data, "bnsl1,power", above=100)
    assert result.chosen is not None
    assert result.chosen.form == "power"


def test_equal_forecasts_go_to_the_form_with_fewer_parameters() -> None:
    result = logged(floored(noise=0, floor=0.0), "shifted-power-floor,power-floor,power", largest=3)
    assert result.chosen is not None
    assert result.chosen.form == "power"
    assert "power-floor predicts the same, with no fewer parameters" in result.reason


def test_forms_that_cannot_be_told_apart_are_called_so() -> None:
    result = logged(floored(12, noise=0.1, floor=0.01), scheme="leave-one-out")
    assert result.margin is not None
    assert result.margin_error is not None
    assert result.margin <= result.margin_error
    assert "the two are not told apart" in result.reason


def test_leave_one_out_is_what_it_is_by_hand() -> None:
    data = floored(8, noise=0.05)
    score = logged(data, "power", scheme="leave-one-out").scores[0]
    errors = []
    for row in range(8):
        slope, intercept = np.polyfit(np.log(np.delete(data["x"], row)), np.log(np.delete(data["y"], row)), 1)
        errors.append(intercept + slope * np.log(data["x"][row]) - np.log(data["y"][row]))
    raw = data["y"] * np.expm1(errors)
    assert [point.log_error for point in score.points] == pytest.approx(errors, rel=1e-6)
    assert [point.row for point in score.points] == list(range(8))
    assert score.log_rmse == pytest.approx(np.sqrt(np.mean(np.square(errors))), rel=1e-6)
    assert score.bias == pytest.approx(np.mean(errors), rel=1e-5, abs=1e-9)
    assert score.bias_y == pytest.approx(raw.mean(), rel=1e-5)
    assert score.mean_absolute_error == pytest.approx(np.abs(raw).mean(), rel=1e-6)


def test_the_standard_error_of_a_log_rmse_is_that_of_a_root_of_a_mean() -> None:
    """Against the scatter of log-RMSE over resamples of the held-out rows."""
    score = logged(floored(60, noise=0.1), "power", scheme="leave-one-out").scores[0]
    squares = np.array([point.log_error for point in score.points], dtype=float) ** 2
    rng = np.random.default_rng(0)
    seen = np.sqrt(rng.choice(squares, (4000, len(squares))).mean(axis=1)).std()
    assert score.standard_error == pytest.approx(seen, rel=0.1)


def test_rolling_predicts_each_size_from_everything_below_it() -> None:
    data = {"x": np.array([1.0, 2, 2, 4, 4, 8, 16]), "y": np.array([0.9, 0.8, 0.7, 0.65, 0.6, 0.5, 0.45])}
    score = logged(data, "power", scheme="rolling").scores[0]
    assert [(point.split, point.row) for point in score.points] == [
        ("rows below 4", 3), ("rows below 4", 4), ("rows below 8", 5), ("rows below 16", 6),
    ]  # fmt: skip
    slope, intercept = np.polyfit(np.log(data["x"][:5]), np.log(data["y"][:5]), 1)
    assert score.points[2].predicted == pytest.approx(np.exp(intercept + slope * np.log(8)), rel=1e-7)
    assert [failure.split for failure in score.failures] == ["rows below 2"]
    assert "all 1 values of x are 1" in score.failures[0].why


def test_forms_are_ranked_on_the_rows_that_all_of_them_predict() -> None:
    result = logged(floored(9, noise=0.05), THREE, scheme="rolling")
    sizes = {score.form: len(score.points) for score in result.scores}
    assert sizes == {"power": 6, "power-floor": 5, "shifted-power-floor": 4}
    assert result.compared == 4
    assert "(on the 4 that all scored combinations predict)" in result.reason
    power = score_of(result, "power")
    common = [point.log_error for point in power.points][2:]
    assert power.common_log_rmse == pytest.approx(np.sqrt(np.mean(np.square(np.array(common, dtype=float)))))


def test_a_fit_without_a_degree_of_freedom_is_not_scored() -> None:
    result = logged(floored(4, noise=0.05), largest=1)
    assert score_of(result, "power-floor").log_rmse is None
    assert "goes through its 3 points exactly" in score_of(result, "power-floor").failures[0].why
    assert result.chosen is score_of(result, "power")
    assert "the only combination that could be scored" in result.reason


def test_too_few_points_after_the_cut_are_told_and_not_dropped() -> None:
    result = logged(floored(6), THREE, largest=3)
    score = score_of(result, "shifted-power-floor")
    assert score.log_rmse is None
    assert "form shifted-power-floor has 4 parameters to fit and the number of points is 3" in score.failures[0].why
    assert "shifted-power-floor: not scored" in result.summary()
    none = logged(floored(4), largest=3)
    assert none.chosen is None
    assert none.reason == "no combination could be scored, so none is chosen"


def test_a_law_below_zero_has_no_log_error_and_is_told() -> None:
    data = {"x": np.array([1.0, 2, 3, 4, 9]), "y": np.array([4.0, 3.1, 1.9, 1.0, 0.5])}
    result = holdout(data, [straight(), "power"], "x", "y", above=9)
    assert score_of(result, "straight").log_rmse is None
    assert score_of(result, "straight").failures[0].row == 4
    assert "which has no logarithm" in score_of(result, "straight").failures[0].sentence
    assert result.chosen is score_of(result, "power")


def straight() -> Form:
    return Form(
        name="straight",
        formula="y = a - b * x",
        inputs=("x",),
        parameters=(Parameter("a", "y at x = 0", "y"), Parameter("b", "the fall per x", "y / x")),
        linear=("a", "b"),
        columns=lambda x: (1.0 + 0 * x, -x),
    )


def test_the_largest_and_all_that_equal_it_are_held_out() -> None:
    data = floored(10)
    data["x"][6:9] = data["x"][6]
    result = logged(data, "power", largest=2)
    assert sorted(point.row for point in result.scores[0].points) == [6, 7, 8, 9]
    assert result.scheme == "the 2 largest rows are held out, with 2 more of the same size"
    assert logged(data, "power").scheme == "the largest row is held out"


def starved(seed: int = 0) -> Any:
    """Rows on a power law and, at the same x, rows that lack data and lie 30 % to 60 % above it."""
    rng = np.random.default_rng(seed)
    x = np.repeat(np.geomspace(1, 1e4, 16), 2)
    above = np.where(np.arange(32) % 2, rng.uniform(1.3, 1.6, 32), 1.0)
    return {"x": x, "y": 0.7 * x**-0.2 * above * np.exp(0.005 * rng.standard_normal(32))}


def test_frontier_laws_are_scored_on_frontier_rows_alone_and_win_there() -> None:
    data = starved()
    result = logged(data, "power", frontiers=("none", "pareto"), above=100)
    assert [(score.form, score.frontier) for score in result.scores] == [("power", "none"), ("power", "pareto")]
    winners = set(frontier(data["x"], data["y"], "pareto").winners)
    held = {row for row in range(32) if data["x"][row] >= 100}
    assert {point.row for point in score_of(result, "power", "pareto").points} == winners & held
    assert {point.row for point in score_of(result, "power").points} == held
    assert result.chosen is score_of(result, "power", "pareto")
    assert result.compared == len(winners & held)
    assert "only held-out rows on the frontier of all data are scored" in result.summary()
    every = logged(data, "power", frontiers=("none", "pareto"), above=100, score="all")
    assert {point.row for point in score_of(every, "power", "pareto").points} == held
    assert every.chosen is score_of(every, "power")


def test_the_training_frontier_never_sees_a_held_out_row() -> None:
    """A held-out row far below all others would make any frontier that knew it another one."""
    data = starved()
    known = logged(data, "power", frontiers="bins:4", above=1000, score="all").scores[0]
    data["y"][-2:] *= 0.1
    assert [
        point.predicted for point in logged(data, "power", frontiers="bins:4", above=1000, score="all").scores[0].points
    ] == [point.predicted for point in known.points]


def test_a_frontier_without_a_held_out_row_is_told() -> None:
    data = starved()
    data["y"][-2:] = 1.0
    result = logged(data, "power", frontiers=("none", Rule("pareto")))
    assert score_of(result, "power", "pareto").log_rmse is None
    assert "no row that is held out is on the frontier of all data" in result.summary()
    assert result.chosen is score_of(result, "power")


def test_prediction_intervals_hold_as_many_rows_as_they_say() -> None:
    """80 % intervals of the next of 10 rows, 500 times: within four binomial standard deviations (0.018 each)."""
    inside = 0.0
    for seed in range(500):
        inside += logged(floored(10, 0.1, seed, 0.0), "power", level=0.8).scores[0].inside or 0.0
    assert abs(inside / 500 - 0.8) < 0.072


def test_two_inputs_are_ordered_along_a_column() -> None:
    rng = np.random.default_rng(0)
    N, D = 10 ** rng.uniform(7, 10, 40), 10 ** rng.uniform(9, 11, 40)
    data = {"N": N, "D": D, "L": 1.7 + 400 * N**-0.34 + 410 * D**-0.28, "C": 6 * N * D}
    result = holdout(data, "chinchilla", "N,D", "L", loss="log", along="C", largest=5)
    assert {point.row for point in result.scores[0].points} == set(np.argsort(data["C"])[-5:].tolist())
    assert result.scores[0].log_rmse == pytest.approx(0, abs=1e-6)
    with pytest.raises(LawError, match="say with along which column orders the rows"):
        holdout(data, "chinchilla", "N,D", "L")


def test_pins_hold_for_the_forms_that_have_the_parameter() -> None:
    pinned = logged(floored(), pin={"d": 0.3}, above=1000)
    assert score_of(pinned, "power-floor").parameters == 2
    assert score_of(pinned, "power").points == score_of(logged(floored(), above=1000), "power").points
    with pytest.raises(LawError, match="pin names 'e', which none of the forms power, power-floor has"):
        logged(floored(), pin={"e": 0.3})


def test_json_holds_the_scores_and_the_choice() -> None:
    result = logged(floored(), THREE, largest=4)
    record = json.loads(result.to_json())
    assert [score["form"] for score in record["forms"]] == THREE.split(",")
    assert record["forms"][1]["log_rmse"] == result.scores[1].log_rmse
    assert record["forms"][0]["points"][0]["predicted"] == result.scores[0].points[0].predicted
    assert record["chosen"] == {"form": "power-floor", "frontier": "none"}
    assert record["reason"] == result.reason
    assert json.loads(logged(floored(4), largest=3).to_json())["chosen"] is None


def test_rows_can_be_called_by_other_numbers() -> None:
    result = logged(floored(5, 0.05), "power,shifted-power-floor", scheme="leave-one-out")
    moved = result.renumbered(range(10, 15))
    assert [point.row for point in moved.scores[0].points] == [10, 11, 12, 13, 14]
    assert [failure.row for failure in moved.scores[1].failures] == [10, 11, 12, 13, 14]
    assert moved.reason == result.reason


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"scheme": "half"}, "scheme 'half' is not known; expected one of above, largest, rolling, leave-one-out"),
        ({"scheme": "above"}, "scheme 'above' needs the threshold; give above"),
        ({"above": 10, "largest": 2}, "above and largest both say what is held out"),
        ({"above": 10, "scheme": "rolling"}, "above and scheme 'rolling' both say what is held out"),
        ({"above": 1e9}, "no row stands at 1e+09 or above; the largest is 10000"),
        ({"above": 0.5}, "every row stands at 0.5 or above, so none is left to fit to; the smallest is 1"),
        ({"largest": 24}, "largest is 24; it must lie between 1 and 23"),
        ({"largest": 0}, "largest is 0; it must lie between 1 and 23"),
        ({"score": "some"}, "score is 'some'; expected frontier or all"),
        ({"forms": []}, "forms and frontiers must each name at least one"),
        ({"forms": "power,line"}, "form 'line' is not known"),
        ({"frontiers": "best"}, "rule 'best' is not known"),
        ({"x": "z"}, "x is the column 'z', which the data lack"),
        ({"along": [1.0]}, "along has length 1 and y has length 24"),
    ],
)
def test_errors_say_what_is_wrong(change: Any, told: str) -> None:
    settings_: Any = {"forms": "power", "x": "x", "y": "y", **change}
    with pytest.raises(LawError) as caught:
        holdout(floored(), settings_.pop("forms"), settings_.pop("x"), settings_.pop("y"), **settings_)
    assert told in str(caught.value)


@settings(max_examples=8)
@given(st.permutations(range(12)), st.integers(0, 50), st.floats(1e-3, 1e3))
def test_neither_units_nor_the_order_of_rows_change_a_score(order: list[int], seed: int, unit: float) -> None:
    data = floored(12, 0.05, seed)
    one = logged(data, largest=4)
    other = logged({"x": unit * data["x"][order], "y": data["y"][order]}, largest=4)
    for before, after in zip(one.scores, other.scores, strict=True):
        assert after.log_rmse == pytest.approx(before.log_rmse, rel=1e-4)
        assert {order[point.row] for point in after.points} == {point.row for point in before.points}
    assert one.chosen is not None
    assert other.chosen is not None
    assert other.chosen.form == one.chosen.form
