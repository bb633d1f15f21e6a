"""Comparisons of series: known crossings, Welch and Fieller against SciPy, matched designs by hand, invariances."""

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from reprolib.laws import LawError, form_of
from reprolib.laws.comparison import compare
from reprolib.laws.crossings import fieller
from reprolib.laws.differences import Scatter, of_resamples, welch
from reprolib.laws.pairs import Comparison

QUICK: Any = {"loss": "log", "method": "delta"}
"""Intervals of the single fits by the delta method: their profiles are not what is tested here."""


def two(n: int = 12, m: int = 9, seed: int = 0, noise: float = 0.05, slopes: tuple[float, float] = (-0.1, -0.3)) -> Any:
    """n rows of `old` and m of `new`, power laws in x that are equal at x = 1e3, in one table."""
    rng = np.random.default_rng(seed)
    x = np.concatenate([np.geomspace(1, 1e5, n), np.geomspace(10, 1e4, m)])
    slope = np.repeat(slopes, [n, m])
    y = 0.5 * (x / 1e3) ** slope * np.exp(noise * rng.standard_normal(n + m))
    return {"x": x, "y": y, "series": np.repeat(["old", "new"], [n, m]), "key": np.arange(n + m)}


def line(table: Any, series: str) -> Any:
    rows = table["series"] == series
    return scipy.stats.linregress(np.log(table["x"][rows]), np.log(table["y"][rows]))


def quick(table: Any, **more: Any) -> Comparison:
    return compare(table, "power", "x", "y", by="series", **{**QUICK, **more})


def test_exact_laws_cross_where_they_were_made_to() -> None:
    pair = quick(two(noise=0), series=("old", "new")).pairs[0]
    assert pair.value == pytest.approx(-0.2, rel=1e-9)
    assert pair.crossing.x == pytest.approx(1e3, rel=1e-9)
    assert pair.crossing.inside
    assert pair.crossing.others == ()


def test_a_crossing_beyond_the_data_of_one_series_is_called_outside() -> None:
    table = two(noise=0.001)
    rows = (table["series"] == "old") | (table["x"] < 500)
    assert quick({name: values[rows] for name, values in table.items()}).pairs[0].crossing.inside is False


def test_laws_that_meet_only_far_away_have_no_crossing() -> None:
    table = two(noise=0.001, slopes=(-0.1, -0.12))
    table["y"] = np.where(table["series"] == "new", 2, 1) * table["y"]
    crossing = quick(table).pairs[0].crossing
    assert crossing.x is None
    assert crossing.interval is None
    assert "do not cross between 0.01 and 1e+07" in crossing.sentence


def test_differences_are_second_minus_first_as_given_or_else_sorted() -> None:
    table = two()
    given_order, by_name = quick(table, series=("old", "new")).pairs[0], quick(table).pairs[0]
    assert (given_order.first, given_order.second, by_name.first, by_name.second) == ("old", "new", "new", "old")
    assert given_order.value == given_order.values[1] - given_order.values[0] < 0
    assert by_name.value == -given_order.value
    assert by_name.interval == pytest.approx([-end for end in reversed(given_order.interval or ())])
    assert by_name.crossing.x == pytest.approx(given_order.crossing.x, rel=1e-12)


@pytest.mark.parametrize(("n", "m"), [(12, 9), (5, 3), (3, 3)])
def test_welch_agrees_with_scipy(n: int, m: int) -> None:
    table = two(n, m)
    pair = quick(table, series=("old", "new")).pairs[0]
    old, new = line(table, "old"), line(table, "new")
    # SciPy takes means: one of k = dof + 1 values with this deviation has the slope's standard error and dof.
    sizes = (n - 1, m - 1)
    t, p = scipy.stats.ttest_ind_from_stats(
        new.slope, new.stderr * sizes[1] ** 0.5, sizes[1], old.slope, old.stderr * sizes[0] ** 0.5, sizes[0],
        equal_var=False,
    )  # fmt: skip
    test = pair.welch
    assert test is not None
    assert (test.t, test.p) == pytest.approx((t, p), rel=1e-6)
    assert pair.value == pytest.approx(new.slope - old.slope, rel=1e-9)
    reach = scipy.stats.t.ppf(0.975, test.dof) * math.hypot(new.stderr, old.stderr)
    assert pair.interval == pytest.approx((pair.value - reach, pair.value + reach), rel=1e-6)
    assert test.dofs == (n - 2, m - 2)
    assert pair.method == "welch"


def test_three_points_print_their_size_and_that_welch_is_rough() -> None:
    told = quick(two(9, 3)).summary()
    assert "new -0.2" in told
    assert "n = 3, dof = 1" in told
    assert "n = 9, dof = 7" in told
    assert "Welch's degrees of freedom are a rough device" in told
    assert "rough device" not in quick(two(9, 4)).summary()


def test_the_verdict_is_that_of_the_interval() -> None:
    clear, unclear = quick(two(noise=0.02)).pairs[0], quick(two(noise=0.02, slopes=(-0.1, -0.1), seed=1)).pairs[0]
    assert (clear.excludes_zero, clear.verdict) == (True, "the interval excludes zero")
    assert (unclear.excludes_zero, unclear.verdict) == (False, "the interval does not exclude zero")


def test_laws_without_any_residual_differ_without_error() -> None:
    test = welch(0.5, (0.0, 0.0), (3, 4), 0.95)
    assert (test.interval, test.t, test.p) == ((0.5, 0.5), None, None)


def test_two_points_leave_no_verdict_and_say_why() -> None:
    pair = quick(two(9, 2), series=("old", "new")).pairs[0]
    assert pair.interval is None
    assert pair.verdict == "there is no interval, so no verdict"
    assert pair.notes == ("Welch's t needs a standard error of c, which new lacks: no degree of freedom is left",)


def test_ends_of_fiellers_interval_are_where_welchs_t_of_the_laws_reaches_its_threshold() -> None:
    table = two(noise=0.05)
    pair = quick(table, series=("old", "new")).pairs[0]
    assert pair.welch is not None
    assert pair.crossing.interval is not None
    reach = scipy.stats.t.ppf(0.975, pair.welch.dof)
    for x in pair.crossing.interval:
        gap, variance = 0.0, 0.0
        for series, sign in (("old", -1), ("new", 1)):
            u = np.log(table["x"][table["series"] == series])
            fitted = line(table, series)
            gap += sign * (fitted.intercept + fitted.slope * np.log(x))
            variance += fitted.stderr**2 * (((u - u.mean()) ** 2).sum() / len(u) + (np.log(x) - u.mean()) ** 2)
        assert abs(gap) / variance**0.5 == pytest.approx(reach, rel=1e-6)


def test_a_crossing_has_no_ends_where_the_slopes_are_not_told_apart() -> None:
    """A gap of the levels that is clear at the data leaves a stretch out; without it nothing is left out."""
    table = two(noise=0.05, slopes=(-0.1, -0.11), seed=4)
    table["y"] = np.where(table["series"] == "new", 1.2, 1) * table["y"]
    apart = quick(table, series=("old", "new")).pairs[0]
    assert apart.excludes_zero is False
    assert apart.crossing.x is not None
    assert apart.crossing.interval is None
    assert "has no end: the slopes are not told apart" in apart.crossing.sentence
    alike = quick(two(noise=0.3, slopes=(-0.1, -0.1), seed=3)).pairs[0]
    assert alike.crossing.x is not None
    assert alike.crossing.interval is None
    assert "is the whole line" in alike.crossing.sentence


def test_fiellers_set_holds_the_crossing_as_often_as_it_says() -> None:
    """80 % sets of 1000 pairs of lines with unlike noise: within four binomial standard deviations (0.0126 each)."""
    rng = np.random.default_rng(0)
    truth, caught = 1.5, 0
    for _ in range(1000):
        lines, spreads, dofs = [], [], []
        for size, slope, noise in ((8, -0.2, 0.3), (6, 0.3, 0.8)):
            u = np.linspace(-2, 3, size)
            design = np.stack([np.ones(size), u], axis=1)
            v = slope * (u - truth) + noise * rng.standard_normal(size)
            found, squares, _, _ = np.linalg.lstsq(design, v, rcond=None)
            lines.append(found)
            spreads.append(np.linalg.inv(design.T @ design) * squares[0] / (size - 2))
            dofs.append(size - 2)
        line_, inside = lines[1] - lines[0], False
        ends = fieller(line_, (spreads[0], spreads[1]), (dofs[0], dofs[1]), 0.8)
        if isinstance(ends, tuple):
            inside = ends[0] <= truth <= ends[1]
        elif ends == "line":
            inside = True
        else:  # all but a stretch, which holds no crossing: there the lines are told apart
            row = np.array([1, truth])
            dof = welch(0, tuple(np.sqrt([s[1, 1] for s in spreads])), (dofs[0], dofs[1]), 0.8).dof
            inside = abs(row @ line_) <= scipy.stats.t.ppf(0.9, dof) * (row @ (spreads[0] + spreads[1]) @ row) ** 0.5
        caught += inside
    assert abs(caught / 1000 - 0.8) < 0.05


def test_matched_designs_take_the_keys_that_both_series_have() -> None:
    table = two(8, 6)
    table["model"] = np.array([*"abcdefgh", *"cdefgz"])
    table["samples"] = np.array([1] * 8 + [1, 1, 1, 1, 2, 1])
    result = quick(table, series=("old", "new"), match="model,samples")
    plain, matched = result.pairs
    assert (plain.design, matched.design) == ("all rows", "matched")
    assert plain.left_out == ((), ())
    assert matched.rows == ((2, 3, 4, 5), (8, 9, 10, 11))
    assert matched.left_out == ((0, 1, 6, 7), (12, 13))
    by_hand = quick({name: values[[2, 3, 4, 5, 8, 9, 10, 11]] for name, values in table.items()}, series=("old", "new"))
    assert matched.interval == pytest.approx(by_hand.pairs[0].interval, rel=1e-9)
    assert matched.interval != pytest.approx(plain.interval, rel=1e-3)
    assert matched.fits[1].points == (8, 9, 10, 11)
    assert result.fits["new"].points == (8, 9, 10, 11, 12, 13)
    assert "left out of new: rows 12, 13" in result.summary()


def test_a_matched_design_without_counterparts_is_told_and_the_other_stands() -> None:
    result = quick(two(), match="key")
    assert [pair.design for pair in result.pairs] == ["all rows"]
    assert "matched: not possible: series new: no row has a counterpart in the other series" in result.notes[0]


def test_every_pair_of_three_series_is_compared() -> None:
    table = two(9, 9)
    table["series"] = np.array(["b", "c", "a"] * 6)
    assert [(pair.first, pair.second) for pair in quick(table).pairs] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert [pair.second for pair in quick(table, series=("c", "a")).pairs] == ["a"]


def test_resampled_differences_lie_near_welchs_and_keep_it_beside() -> None:
    table = two(30, 25, noise=0.1)
    pair = compare(table, "power", "x", "y", by="series", loss="log", bootstrap=2000).pairs[0]
    assert pair.method == "resamples"
    assert pair.welch is not None
    assert pair.interval == pytest.approx(pair.welch.interval, abs=0.25 * (pair.welch.interval[1] - pair.value))
    assert pair.crossing.share == 1
    assert pair.crossing.interval is not None
    assert pair.crossing.interval[0] < 1e3 < pair.crossing.interval[1]


def test_series_with_the_same_rows_are_resampled_independently() -> None:
    table = two(20, 20)
    for name in ("x", "y"):
        table[name][20:] = table[name][:20]
    one, two_ = compare(table, "power", "x", "y", by="series", loss="log", bootstrap=1000).pairs[0].fits
    assert one.params == two_.params
    assert one.draws is not None
    assert two_.draws is not None
    assert abs(np.corrcoef(one.draws[:, 1], two_.draws[:, 1])[0, 1]) < 0.12


def test_a_series_too_small_for_a_bootstrap_leaves_the_interval_to_welch() -> None:
    pair = compare(two(20, 3), "power", "x", "y", by="series", loss="log", bootstrap=200).pairs[0]
    assert pair.method == "welch"
    assert pair.interval == (pair.welch.interval if pair.welch else None)
    assert "new is too small for a bootstrap, so no interval is from resamples" in pair.notes


def test_intervals_of_resampled_differences_cover_the_truth_as_often_as_they_say() -> None:
    """90 % intervals of slopes from 12 and 9 points, resampled by rows, 400 times: not below 0.85 (s.d. 0.015)."""
    rng = np.random.default_rng(0)
    caught = 0
    for _ in range(400):
        apart, scatters = [], []
        for size, noise in ((12, 1.0), (9, 0.4)):
            u = rng.uniform(0, 4, size)
            v = noise * rng.standard_normal(size)
            w = rng.multinomial(size, np.full(size, 1 / size), size=600)
            middle = (w @ u) / size
            centred = u - middle[:, None]
            apart.append((w * centred * v).sum(1) / np.maximum((w * centred**2).sum(1), 1e-9))
            scatters.append(Scatter((size - 2) / size, size - 2))
        interval = of_resamples(apart[1] - apart[0], (apart[0], apart[1]), (scatters[0], scatters[1]), 0.9)
        assert interval is not None
        caught += interval[0] <= 0 <= interval[1]
    assert 0.85 < caught / 400 < 0.97


def test_laws_with_floors_cross_by_their_resamples() -> None:
    rng = np.random.default_rng(0)
    x = np.tile(np.geomspace(1, 1e4, 20), 2)
    series = np.repeat(["flat", "steep"], 20)
    y = np.where(series == "flat", 0.5 * x**-0.1 + 0.1, 1.2 * x**-0.3 + 0.05) * np.exp(0.01 * rng.standard_normal(40))
    table = {"x": x, "y": y, "series": series}
    form = compare(table, "power-floor", "x", "y", by="series", loss="log", bootstrap=1000)
    truth = next(
        x for x in np.geomspace(1, 1e4, 100_000) if 1.2 * x**-0.3 + 0.05 < 0.5 * x**-0.1 + 0.1
    )  # fmt: skip
    crossing = form.pairs[0].crossing
    assert crossing.method == "resamples"
    assert crossing.interval is not None
    assert crossing.interval[0] < truth < crossing.interval[1] < 10 * truth
    unsure = compare(table, "power-floor", "x", "y", by="series", **QUICK).pairs[0].crossing
    assert unsure.x == pytest.approx(crossing.x, rel=1e-6)
    assert unsure.interval is None
    assert "needs a bootstrap" in unsure.sentence


def test_resamples_that_do_not_cross_leave_no_interval() -> None:
    table = two(20, 20, noise=0.1, slopes=(-0.1, -0.105), seed=1)
    table["y"] = np.where(table["series"] == "new", 1.03, 1) * table["y"]
    crossing = compare(table, "power", "x", "y", by="series", loss="log", bootstrap=500).pairs[0].crossing
    assert crossing.share is not None
    assert crossing.share < 0.97
    assert crossing.interval is None
    assert "of the resamples do" in crossing.sentence


def test_another_parameter_can_be_compared() -> None:
    pair = quick(two(), parameter="a", series=("old", "new")).pairs[0]
    assert pair.parameter == "a"
    assert pair.values == (pair.fits[0].params["a"], pair.fits[1].params["a"])


def test_frontiers_are_chosen_in_each_series() -> None:
    table = two(20, 20)
    result = quick(table, frontier="bins:5")
    assert all(fit.n_points == 5 for fit in result.fits.values())
    assert all(table["series"][row] == "new" for row in (*result.fits["new"].points, *result.fits["new"].dropped))
    assert "Welch's t takes the frontiers as given and leaves their selection out" in result.pairs[0].notes


def test_each_series_can_have_its_own_frontier() -> None:
    pair = quick(two(20, 3), frontier={"old": "bins:5", "new": "none"}, series=("old", "new")).pairs[0]
    assert [fit.n_points for fit in pair.fits] == [5, 3]
    assert pair.notes[-1] == (
        "the series have different frontiers, old bins:5:0.1 and new none, which may be part of the difference"
    )


def test_clusters_of_each_series_are_resampled() -> None:
    table = two(30, 30, noise=0.1)
    result = compare(table, "power", "x", "y", by="series", loss="log", bootstrap=500, cluster=np.arange(60) // 3)
    assert [fit.sample for fit in result.pairs[0].fits] == [10, 10]
    assert result.pairs[0].method == "resamples"


def test_values_in_place_of_columns_are_split_with_their_rows() -> None:
    table = two()
    weights = np.linspace(1, 2, len(table["x"]))
    named = quick({**table, "w": weights}, weights="w")
    bare = compare(None, "power", table["x"], table["y"], by=table["series"], weights=weights, **QUICK)
    assert bare.pairs[0].interval == named.pairs[0].interval
    assert bare.pairs[0].interval != quick(table).pairs[0].interval


def test_json_holds_the_result_and_no_nan() -> None:
    result = quick(two(9, 3), match="key")
    record = json.loads(result.to_json())
    assert record["convention"] == "second minus first"
    assert record["pairs"][0]["interval"] == list(result.pairs[0].interval or ())
    assert record["pairs"][0]["welch"]["dofs"] == [1, 7]
    assert record["pairs"][0]["crossing"]["x"] == result.pairs[0].crossing.x
    assert set(record["fits"]) == {"old", "new"}
    assert json.loads(quick(two(9, 2)).to_json())["pairs"][0]["interval"] is None
    assert json.loads(quick(two(noise=0)).to_json())["pairs"][0]["difference"] == pytest.approx(0.2)


def test_rows_can_be_called_by_other_numbers() -> None:
    table = two(4, 4)
    table["model"] = np.array([*"abcd", *"bcde"])
    result = quick(table, match="model").renumbered(range(100, 108))
    assert result.pairs[1].rows == ((104, 105, 106), (101, 102, 103))
    assert result.pairs[1].left_out == ((107,), (100,))
    assert result.fits["old"].points == (100, 101, 102, 103)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"by": "group"}, "by is the column 'group', which the data lack; they have x, y, series, key"),
        ({"match": "size"}, "match is the column 'size', which the data lack"),
        ({"series": ("old", "newer")}, "series names 'newer', which by lacks; it has new, old"),
        ({"series": ("old",)}, "there is one series, 'old'; a comparison needs at least two"),
        ({"by": np.repeat("a", 21)}, "there is one series, 'a'; a comparison needs at least two"),
        ({"by": ["a", "b"]}, "by has length 2 and y has length 21"),
        ({"parameter": "d"}, "parameter is 'd'; form power has a, c"),
        ({"pin": {"c": -0.2}}, "c is pinned at -0.2 in every series"),
        ({"bootstrap": 50}, "bootstrap is 50; give 0 for none or at least 100 resamples"),
        ({"by": np.array([*"a" * 20, "b"])}, "series b: "),
        ({"frontier": "best"}, "rule 'best' is not known"),
        ({"frontier": {"old": "pareto"}}, "frontier has no rule for series new; it has them for old"),
    ],
)
def test_errors_say_what_is_wrong(change: Any, told: str) -> None:
    with pytest.raises(LawError) as caught:
        compare(two(), "power", "x", "y", **{"by": "series", "loss": "log", **change})
    assert told in str(caught.value)


def test_a_form_without_exponent_asks_for_a_parameter() -> None:
    form = replace(form_of("power"), exponent="")
    with pytest.raises(LawError, match=r"form power has no exponent to compare; name one .* with parameter: a, c"):
        compare(two(), form, "x", "y", by="series")


def test_bad_values_are_told_by_their_row_in_the_whole_table() -> None:
    table = two()
    table["y"][15] = -1
    with pytest.raises(LawError, match="at row 15") as caught:
        quick(table)
    assert caught.value.position == 15


@settings(max_examples=12)
@given(st.floats(1e-6, 1e6), st.integers(0, 50))
def test_another_unit_of_x_moves_the_crossing_and_keeps_the_difference(unit: float, seed: int) -> None:
    table = two(seed=seed)
    one, other = quick(table).pairs[0], quick({**table, "x": table["x"] * unit}).pairs[0]
    assert other.value == pytest.approx(one.value, rel=1e-6)
    assert other.interval == pytest.approx(one.interval, rel=1e-5, abs=1e-9)
    assert other.crossing.x == pytest.approx((one.crossing.x or math.nan) * unit, rel=1e-6)
    assert (other.crossing.interval is None) == (one.crossing.interval is None)
    if one.crossing.interval is not None:
        assert other.crossing.interval == pytest.approx([end * unit for end in one.crossing.interval], rel=1e-4)


@settings(max_examples=12)
@given(st.permutations(range(21)), st.integers(0, 50))
def test_the_order_of_the_rows_does_not_matter(order: list[int], seed: int) -> None:
    table = two(seed=seed)
    one, other = quick(table).pairs[0], quick({name: values[order] for name, values in table.items()}).pairs[0]
    assert other.value == pytest.approx(one.value, rel=1e-7)
    assert other.interval == pytest.approx(one.interval, rel=1e-6)
    assert {order[row] for row in other.rows[0]} == set(one.rows[0])
