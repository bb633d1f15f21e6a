"""Points of a fit: what a table may be, and one sentence for each way in which it cannot be fitted.

Not `test_points.py`, which explore has: without packages every test module needs a name of its own.
"""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from samples import power

from reprolib import laws
from reprolib.laws import FORMS, LawError
from reprolib.laws.points import gather

NAN, INF = float("nan"), float("inf")
POSITIVE = "every value must be above zero, because logarithms are taken"
X, Y = [1.0, 10.0, 100.0, 1000.0], [0.4, 0.3, 0.2, 0.1]


def refused(data: Any = None, x: Any = X, y: Any = Y, form: str = "power", **settings: Any) -> str:
    with pytest.raises(LawError) as caught:
        laws.fit(data, form, x, y, **settings)
    return str(caught.value)


# what a table may be


def test_a_frame_a_dict_and_bare_values_give_one_fit() -> None:
    table = power()
    frame = pd.DataFrame(table, index=range(100, 129))
    fits = [
        laws.fit(frame, "power", "gflops", "error"),
        laws.fit(table, "power", "gflops", "error"),
        laws.fit(None, "power", table["gflops"], table["error"]),
        laws.fit(frame, "power", ["gflops"], frame["error"]),
        laws.fit(None, "power", list(table["gflops"]), tuple(table["error"])),
    ]
    assert len({fit.to_json() for fit in fits}) == 1
    assert fits[0].points == tuple(range(29))


def test_two_inputs_are_named_in_one_text_or_one_by_one() -> None:
    table = {"N": [1, 2, 4, 8], "D": [3, 9, 3, 9], "L": [4, 3, 2, 1]}
    asked: list[Any] = ["N,D", " N , D ", ["N", "D"], (table["N"], "D"), [np.array(table["N"]), table["D"]]]
    for x in asked:
        made = gather(table, FORMS["chinchilla"], x, "L", log=False)
        assert [each.tolist() for each in made.inputs] == [[1, 2, 4, 8], [3, 9, 3, 9]]


def test_whole_numbers_and_booleans_count_as_numbers() -> None:
    made = gather({"x": [1, 2, 4], "y": [True, False, True]}, FORMS["sigmoid"], "x", "y", log=False)
    assert made.y.tolist() == [1, 0, 1]


def test_clusters_are_counted_from_zero_whatever_they_are_called() -> None:
    made = gather(None, FORMS["power"], X, Y, log=False, cluster=["b", "a", "b", "c"])
    assert made.clusters is not None
    assert made.clusters.tolist() == [1, 0, 1, 2]


def test_binomial_noise_is_that_of_a_share_of_test_samples() -> None:
    """sqrt(p (1 - p) / m), with half a success and one sample added to p so that a share of 0 is not exact."""
    made = gather({"n": [10_000] * 4}, FORMS["power"], X, Y, log=False, noise="binomial:n")
    assert made.noise == pytest.approx(np.sqrt(np.array(Y) * (1 - np.array(Y)) / 10_000), rel=1e-3)
    certain = gather({"n": [50] * 4}, FORMS["sigmoid"], X, [0, 0.5, 1, 1], log=False, noise="binomial:n")
    assert certain.noise is not None
    assert certain.noise[0] == pytest.approx(np.sqrt(0.5 / 51 * 50.5 / 51 / 50))
    assert (certain.noise > 0).all()


# what cannot be fitted


@pytest.mark.parametrize(
    ("x", "y", "sentence"),
    [
        ([1, NAN, 3, 4], Y, "x holds nan at row 1; every value must be finite"),
        (X, [0.4, 0.3, 0.2, INF], "y holds inf at row 3; every value must be finite"),
        ([1, 2, -INF, 4], Y, "x holds -inf at row 2; every value must be finite"),
        ([0, 2, 3, 4], Y, f"x holds 0 at row 0; {POSITIVE}"),
        (
            X,
            [0.4, -0.3, 0.2, 0.1],
            f"y holds -0.3 at row 1; {POSITIVE}",
        ),
        ([5, 5, 5, 5], Y, "all 4 values of x are 5; a law needs different ones"),
        (X, [0.2] * 4, "y is constant: all 4 values are 0.2, so there is nothing to explain"),
        ([], [], "there are no rows; give at least as many as the form has parameters"),
        (np.ones((2, 2)), Y, "x has 2 dimensions; give one flat sequence"),
        (X, [Y, Y], "y has 2 dimensions; give one flat sequence"),
        (5, Y, "x has 0 dimensions; give one flat sequence"),
        (X, Y[:3], "x has length 4 and y has length 3; give one y for each row"),
        ("gflops", Y, "x is the column 'gflops', but there is no data; give data or the values themselves"),
    ],
)
def test_bad_values_are_told_in_one_sentence(x: Any, y: Any, sentence: str) -> None:
    assert refused(x=x, y=y) == sentence


def test_the_sentence_names_the_column_and_the_error_its_row() -> None:
    with pytest.raises(LawError) as caught:
        laws.fit({"gflops": X, "top1": [0.4, NAN, 0.2, 0.1]}, "power", "gflops", "top1")
    assert str(caught.value) == "y (column top1) holds nan at row 1; every value must be finite"
    assert caught.value.position == 1


def test_a_column_that_does_not_exist_is_told_beside_those_that_do() -> None:
    table = {"gflops": X, "top1": Y}
    assert refused(table, "flops", "top1") == "x is the column 'flops', which the data lack; they have gflops, top1"
    assert refused(pd.DataFrame(table), "gflops", "acc").startswith("y is the column 'acc', which the data lack")
    for setting in ("weights", "noise", "cluster"):
        told = refused(table, "gflops", "top1", **{setting: "none"})
        assert told == f"{setting} is the column 'none', which the data lack; they have gflops, top1"
    assert "noise is the column 'm', which the data lack" in refused(table, "gflops", "top1", noise="binomial:m")
    assert "by is the column 'who', which the data lack" in refused(table, "gflops", "top1", by="who", share=["c"])


def test_words_are_not_numbers() -> None:
    table = pd.DataFrame({"gflops": X, "top1": ["0.4", "good", "0.2", "0.1"]})
    told = refused(table, "gflops", "top1")
    assert told.startswith("y (column top1) holds something that is not a number (")
    assert "good" in told


def test_the_number_of_columns_must_be_that_of_the_inputs() -> None:
    assert refused(x="a", form="chinchilla") == "form chinchilla needs the columns N,D as x; 1 came"
    assert refused(x="a,b") == "form power needs the columns x as x; 2 came"


def test_an_input_of_two_that_does_not_vary_is_named() -> None:
    assert refused(x=[X, [3.0] * 4], form="chinchilla") == "all 4 values of D are 3; a law needs different ones"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"weights": [1, 1, -1, 1]}, "weights holds -1 at row 2; every value must be zero or more"),
        ({"weights": [0, 0, 0, 0]}, "all weights are zero; at least one point must count"),
        ({"weights": [1, 1]}, "weights has length 2 and y has length 4; give one for each row"),
        ({"noise": [1, 1, 1, 0]}, "noise holds 0 at row 3; every value must be above zero"),
        ({"noise": [1, NAN, 1, 1]}, "noise holds nan at row 1; every value must be finite"),
        ({"cluster": [1, 1, 1, 1]}, "every row is in one cluster; a cluster bootstrap needs at least two"),
        ({"cluster": [1, 2]}, "cluster has length 2 and y has length 4; give one for each row"),
    ],
)
def test_bad_settings_of_rows_are_told_in_one_sentence(settings: dict[str, Any], sentence: str) -> None:
    assert refused(**settings) == sentence


def test_binomial_noise_needs_shares_and_test_samples() -> None:
    assert refused({"m": [100, 0, 100, 100]}, noise="binomial:m").startswith(
        "the number of test samples holds 0 at row 1"
    )
    percent = refused({"m": [100] * 4}, y=[40, 30, 20, 10], noise="binomial:m")
    assert percent == "y holds 40 at row 0; every value must be a share between 0 and 1, because its noise is binomial"


@pytest.mark.parametrize(
    ("pin", "sentence"),
    [
        ({"k": 1.0}, "pin names 'k'; form power-floor has a, c, d"),
        ({"c": 0.5}, "pin puts c at 0.5; it must lie between -10 and 0"),
        ({"a": NAN}, "pin puts a at nan; it must lie between 0 and inf"),
        ({"a": INF}, "pin puts a at inf; it must lie between 0 and inf"),
        ({"d": 0.3}, "the floor d is held at 0.3 or above, but the smallest y is 0.1; a floor must lie below the data"),
    ],
)
def test_a_pin_outside_of_the_law_or_the_data_is_told(pin: dict[str, float], sentence: str) -> None:
    assert refused(form="power-floor", pin=pin) == sentence


@pytest.mark.parametrize(
    ("bounds", "sentence"),
    [
        ({"k": (0, 1)}, "bounds names 'k'; form power-floor has a, c, d"),
        ({"c": (-1, 3)}, "bounds puts c at 3; it must lie between -10 and 0"),
        ({"d": (-1, 3)}, "bounds puts d at -1; it must lie between 0 and inf"),
        ({"d": (0.2, 0.1)}, "bounds of d are 0.2 and 0.1; the first must be the lower one"),
        ({"d": (NAN, 0.1)}, "bounds of d are nan and 0.1; the first must be the lower one"),
        (
            {"d": (0.2, 0.5)},
            "the floor d is held at 0.2 or above, but the smallest y is 0.1; a floor must lie below the data",
        ),
    ],
)
def test_bounds_outside_of_the_law_or_the_data_are_told(bounds: Any, sentence: str) -> None:
    assert refused(form="power-floor", bounds=bounds) == sentence


def test_a_floor_above_the_data_is_told_of_a_joint_fit_too() -> None:
    told = refused(form="power-floor", by=["a", "a", "b", "b"], share=["c"], pin={"d": 0.3})
    assert told.startswith("the floor d is held at 0.3 or above")
