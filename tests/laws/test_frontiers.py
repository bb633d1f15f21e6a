"""Frontiers: which rows each rule keeps, what it says of the others, and that resamples are treated as samples are."""

import dataclasses

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reprolib.laws.checks import LawError
from reprolib.laws.frontiers import ON_HULL, Frontier, Rule, rule_of, select_many
from reprolib.laws.frontiers import frontier as frontier_of

X = st.floats(1e-3, 1e15)
Y = st.floats(1e-4, 1.0)
FEW_X = st.sampled_from([0.5, 1.0, 2.0, 4.0, 1e3, 3e3, 1e6])
FEW_Y = st.sampled_from([0.1, 0.2, 0.3, 0.9])
Points = list[tuple[float, float]]
RULES = (
    "none", "bins:1:0", "bins:5", "geometric:1", "geometric:6", "pareto", "hull", "quantile:1:1", "quantile:3:0.4"
)  # fmt: skip
ANY_RULE = st.sampled_from(RULES)


def spread(points: Points) -> bool:
    return bool(np.ptp(np.log10([x for x, _ in points])) > 1e-6)


# Values from a small pool meet in ties, values from a range do not.
POINTS = st.one_of(
    st.lists(st.tuples(X, Y), min_size=2, max_size=40),
    st.lists(st.tuples(FEW_X, FEW_Y), min_size=2, max_size=20),
).filter(spread)


def unzip(points: Points) -> tuple[list[float], list[float]]:
    return [x for x, _ in points], [y for _, y in points]


def beaten(frontier: Frontier) -> dict[int, int]:
    return dict(zip(frontier.dropped, frontier.beaten_by, strict=True))


def beats(points: Points, one: int, other: int) -> bool:
    """Whether row `one` is at no larger x and no larger y than row `other`."""
    return points[one][0] <= points[other][0] and points[one][1] <= points[other][1]


# none


def test_without_a_rule_every_row_is_kept_along_x() -> None:
    frontier = frontier_of([100, 1, 10], [3, 1, 2], "none")
    assert (frontier.x, frontier.y) == ((1, 10, 100), (1, 2, 3))
    assert frontier.winners == (1, 2, 0)
    assert (frontier.dropped, frontier.beaten_by, frontier.edges, frontier.empty) == ((), (), (), ())


# bins


def test_each_bin_gives_its_centre_and_its_smallest_y() -> None:
    frontier = frontier_of([1, 3, 10, 30, 100], [5, 4, 3, 2, 1], "bins:2:0")
    assert frontier.edges == pytest.approx((0, 1, 2))
    assert frontier.x == pytest.approx((10**0.5, 10**1.5))
    assert frontier.y == (4, 1)
    assert frontier.winners == (1, 4)


def test_a_row_that_a_bin_drops_is_told_the_winner_of_its_bin() -> None:
    frontier = frontier_of([1, 3, 10, 30, 100], [5, 4, 3, 2, 1], "bins:2:0")
    assert beaten(frontier) == {0: 1, 2: 4, 3: 4}
    assert frontier.empty == ()


def test_a_point_on_an_inner_edge_belongs_to_the_bin_on_its_right() -> None:
    assert frontier_of([1, 10, 100], [3, 1, 2], "bins:2:0").winners == (0, 1)


def test_the_largest_x_belongs_to_the_last_bin_without_a_margin() -> None:
    assert frontier_of([1, 10, 100], [3, 2, 1], "bins:2:0").winners == (0, 2)


def test_the_margin_moves_the_last_edge() -> None:
    assert frontier_of([1, 100], [2, 1], "bins:4:0.4").edges == pytest.approx((0, 0.6, 1.2, 1.8, 2.4))


def test_the_margin_of_the_text_is_that_of_the_paper() -> None:
    assert frontier_of([1, 100], [2, 1], "bins:3").edges == pytest.approx((0, 0.7, 1.4, 2.1))


def test_an_empty_bin_is_skipped_and_named() -> None:
    frontier = frontier_of([1, 2, 1000], [3, 2, 1], "bins:3:0")
    assert frontier.winners == (1, 2)
    assert frontier.empty == (2,)
    assert len(frontier.edges) == 4


def test_one_bin_keeps_the_smallest_y_of_all() -> None:
    frontier = frontier_of([1, 10, 100], [2, 1, 3], "bins:1:0")
    assert (frontier.x, frontier.y, frontier.winners) == ((pytest.approx(10),), (1,), (1,))


@pytest.mark.parametrize("rule", ["bins:2:0", "geometric:2", "quantile:2:0"])
def test_among_equal_y_of_a_bin_the_smaller_x_wins_in_any_order(rule: str) -> None:
    assert frontier_of([2, 1, 100], [7, 7, 1], rule).winners == (1, 2)
    assert frontier_of([1, 2, 100], [7, 7, 1], rule).winners == (0, 2)


@pytest.mark.parametrize("rule", ["bins:2:0", "geometric:2", "pareto", "hull", "quantile:2:0"])
def test_among_equal_points_the_first_row_wins(rule: str) -> None:
    frontier = frontier_of([1, 1, 100], [7, 7, 1], rule)
    assert frontier.winners == (0, 2)
    assert beaten(frontier) == {1: 0}


@given(POINTS, st.integers(1, 12), st.floats(0, 1))
def test_the_edges_of_bins_are_those_of_linspace(points: Points, bins: int, margin: float) -> None:
    """To the last bit: the published numbers were made with it."""
    x, y = unzip(points)
    low, high = np.log10(x).min(), np.log10(x).max()
    assert frontier_of(x, y, Rule("bins", bins, margin)).edges == tuple(np.linspace(low, high + margin, bins + 1))


@given(POINTS, st.integers(1, 12), st.floats(0, 1))
def test_winners_are_the_minima_of_a_partition(points: Points, bins: int, margin: float) -> None:
    x, y = unzip(points)
    frontier = frontier_of(x, y, Rule("bins", bins, margin))
    assert len(frontier.winners) + len(frontier.empty) == bins
    assert all(y[won] <= y[lost] for lost, won in beaten(frontier).items())
    bin_of = np.minimum(np.digitize(np.log10(x), frontier.edges), bins)
    assert [bin_of[row] for row in frontier.winners] == sorted(set(bin_of))
    assert all(bin_of[won] == bin_of[lost] for lost, won in beaten(frontier).items())
    assert min(y) in frontier.y


# geometric


def test_geometric_bins_keep_the_falling_minima_at_their_own_x() -> None:
    """The bins start at 1, 10, 100 and 1000; the third one's minimum, 5, is not below the second one's, 4."""
    frontier = frontier_of([1, 5, 20, 50, 200, 2000, 10_000], [9, 8, 6, 4, 5, 3, 7], "geometric:4")
    assert frontier.edges == pytest.approx((0, 1, 2, 3, 4))
    assert (frontier.x, frontier.y) == ((5, 50, 2000), (8, 4, 3))
    assert frontier.winners == (1, 3, 5)


def test_a_row_that_geometric_bins_drop_is_told_its_bin_or_the_last_point_before_it() -> None:
    frontier = frontier_of([1, 5, 20, 50, 200, 2000, 10_000], [9, 8, 6, 4, 5, 3, 7], "geometric:4")
    assert beaten(frontier) == {0: 1, 2: 3, 4: 3, 6: 5}


def test_the_largest_x_is_kept_beside_its_bin_if_it_is_below_all() -> None:
    """Between 10 and 100 both the bin's own minimum and the largest x stay: the last bin is open at its end."""
    assert frontier_of([1, 30, 60, 100], [9, 5, 6, 4], "geometric:2").winners == (0, 1, 3)
    assert frontier_of([1, 30, 60, 100], [9, 5, 6, 5], "geometric:2").winners == (0, 1)


def test_of_several_rows_at_the_largest_x_the_smallest_y_competes() -> None:
    frontier = frontier_of([1, 100, 100], [9, 4, 3], "geometric:2")
    assert frontier.winners == (0, 2)
    assert beaten(frontier) == {1: 2}


def test_a_geometric_bin_with_nothing_but_the_largest_x_is_empty() -> None:
    assert frontier_of([1, 2, 100], [3, 2, 1], "geometric:2").empty == (2,)


def test_one_geometric_bin_keeps_its_minimum_and_the_largest_x() -> None:
    assert frontier_of([1, 10, 100], [3, 2, 1], "geometric:1").winners == (1, 2)


@given(POINTS, st.integers(1, 30))
def test_geometric_points_fall_along_x_and_reach_the_smallest_y(points: Points, bins: int) -> None:
    x, y = unzip(points)
    frontier = frontier_of(x, y, Rule("geometric", bins))
    assert np.all(np.diff(frontier.x) > 0)
    assert np.all(np.diff(frontier.y) < 0)
    assert frontier.y[-1] == min(y)
    assert all(y[won] <= y[lost] for lost, won in beaten(frontier).items())


@given(POINTS)
def test_very_many_geometric_bins_come_to_the_pareto_rule(points: Points) -> None:
    """With a bin for each x nothing but the strictly falling minima is left."""
    x, y = unzip(points)
    rule = Rule("geometric", 1000)
    distinct = np.unique(np.log10(x))
    assume(len(distinct) < 2 or np.diff(distinct).min() > 1.001 * np.ptp(distinct) / rule.bins)
    assert frontier_of(x, y, rule).winners == frontier_of(x, y, "pareto").winners


# pareto


def test_pareto_keeps_the_rows_that_none_beats() -> None:
    frontier = frontier_of([1, 2, 3, 4, 5], [5, 6, 3, 3, 1], "pareto")
    assert (frontier.x, frontier.y, frontier.winners) == ((1, 3, 5), (5, 3, 1), (0, 2, 4))
    assert beaten(frontier) == {1: 0, 3: 2}
    assert (frontier.edges, frontier.empty) == ((), ())


def test_of_several_rows_at_one_x_pareto_keeps_the_smallest_y() -> None:
    frontier = frontier_of([1, 1, 1, 2], [5, 4, 4, 9], "pareto")
    assert frontier.winners == (1,)
    assert beaten(frontier) == {0: 1, 2: 1, 3: 1}


@given(POINTS)
def test_no_pareto_point_beats_another_and_every_other_row_is_beaten(points: Points) -> None:
    frontier = frontier_of(*unzip(points), "pareto")
    assert not any(beats(points, one, other) for one in frontier.winners for other in frontier.winners if one != other)
    assert all(beats(points, won, lost) for lost, won in beaten(frontier).items())


# hull


def test_the_hull_leaves_out_a_pareto_point_above_the_line_of_its_neighbours() -> None:
    """In log10: (0, 0), (1, -0.1), (2, -1), (3, -1.2); the line from the first to the third is at -0.5 at the second.
    The fifth row is no Pareto point."""
    frontier = frontier_of([1, 10, 100, 1000, 1e4], [1, 10**-0.1, 0.1, 10**-1.2, 0.5], "hull")
    assert frontier.winners == (0, 2, 3)
    assert beaten(frontier) == {1: 0, 4: 3}


def test_the_hull_is_drawn_in_logarithms() -> None:
    """(10, 0.4) is above the straight line from (1, 1) to (100, 0.01) in logarithms, and far below it without."""
    assert frontier_of([1, 10, 100], [1, 0.4, 0.01], "hull").winners == (0, 2)


def test_the_rising_part_of_the_hull_is_left_out() -> None:
    assert frontier_of([1, 10, 100], [1, 0.1, 0.2], "hull").winners == (0, 1)


def test_rows_on_one_power_law_all_lie_on_the_hull() -> None:
    """Rounding must not pick a few of them."""
    x = np.geomspace(1e9, 3e13, 29)
    assert len(frontier_of(x, 5.858 * x**-0.1114, "hull").winners) == 29


def test_two_x_that_are_one_in_logarithms_are_no_division_by_zero() -> None:
    x = [1e15, np.nextafter(1e15, 2e15), 1e16]
    assert np.log10(x[0]) == np.log10(x[1])
    assert frontier_of(x, [3, 2, 1], "hull").winners == (0, 1, 2)


@given(POINTS)
def test_no_row_lies_below_the_hull_and_its_corners_are_pareto_points(points: Points) -> None:
    x, y = unzip(points)
    frontier = frontier_of(x, y, "hull")
    assert set(frontier.winners) <= set(frontier_of(x, y, "pareto").winners)
    log_x, log_y = np.log10(frontier.x), np.log10(frontier.y)
    inside = np.log10(x) >= log_x[0]
    assume(np.all(np.diff(log_x) > 1e-9))  # across less the line is as good as upright
    line = np.interp(np.log10(x), log_x, log_y)
    assert np.all((np.log10(y) - line)[inside] >= -2 * ON_HULL)
    assert np.all(np.diff(frontier.y) < 0)
    assert min(x) == frontier.x[0]
    assert min(y) == frontier.y[-1]


# quantile


def test_a_quantile_is_a_row_at_its_own_x() -> None:
    """Of 5 rows the 0.25 quantile has rank floor(0.25 * 4) = 1, of 2 rows rank floor(0.25) = 0."""
    frontier = frontier_of([1, 2, 3, 4, 5, 90, 100], [50, 10, 40, 20, 30, 7, 6], "quantile:2:0.25")
    assert (frontier.x, frontier.y) == ((4, 100), (20, 6))
    assert frontier.winners == (3, 6)
    assert beaten(frontier) == {0: 3, 1: 3, 2: 3, 4: 3, 5: 6}
    assert frontier.edges == pytest.approx((0, 1, 2))


def test_the_quantiles_0_and_1_are_the_smallest_and_the_largest_y() -> None:
    x, y = [1, 2, 3, 100], [4, 3, 5, 1]
    assert frontier_of(x, y, "quantile:2:0").y == (3, 1)
    assert frontier_of(x, y, "quantile:2:1").y == (5, 1)


def test_a_quantile_skips_and_names_an_empty_bin() -> None:
    frontier = frontier_of([1, 2, 1000], [3, 2, 1], "quantile:3:1")
    assert (frontier.winners, frontier.empty) == ((0, 2), (2,))


@given(POINTS, st.integers(1, 8), st.floats(0, 1))
def test_each_bin_gives_the_lower_quantile_of_numpy(points: Points, bins: int, quantile: float) -> None:
    x, y = map(np.array, unzip(points))
    frontier = frontier_of(x, y, Rule("quantile", bins, quantile=quantile))
    bin_of = np.minimum(np.digitize(np.log10(x), frontier.edges), bins)
    expected = [np.quantile(y[bin_of == number], quantile, method="lower") for number in np.unique(bin_of)]
    assert list(frontier.y) == expected
    assert [bin_of[row] for row in frontier.winners] == list(np.unique(bin_of))


# all rules


@given(POINTS, ANY_RULE)
def test_every_row_is_kept_or_dropped_and_points_rise_in_x(points: Points, rule: str) -> None:
    x, y = unzip(points)
    frontier = frontier_of(x, y, rule)
    assert sorted(frontier.winners + frontier.dropped) == list(range(len(x)))
    assert len(frontier.beaten_by) == len(frontier.dropped)
    assert set(frontier.beaten_by) <= set(frontier.winners)
    assert list(frontier.x) == sorted(frontier.x)
    assert frontier.y == tuple(y[row] for row in frontier.winners)
    if not rule.startswith("bins"):
        assert frontier.x == tuple(x[row] for row in frontier.winners)


@given(POINTS, ANY_RULE, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(points: Points, rule: str, random: object) -> None:
    shuffled = points.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = frontier_of(*unzip(points), rule), frontier_of(*unzip(shuffled), rule)
    assert (one.x, one.y, one.edges) == (other.x, other.y, other.edges)
    assert [points[row] for row in one.winners] == [shuffled[row] for row in other.winners]


@given(POINTS, st.sampled_from(["bins:5", "geometric:6", "pareto", "hull"]))
def test_a_second_copy_of_every_row_changes_no_point(points: Points, rule: str) -> None:
    one, twice = frontier_of(*unzip(points), rule), frontier_of(*unzip(points * 2), rule)
    assert (one.x, one.y, one.winners) == (twice.x, twice.y, twice.winners)


@given(POINTS, ANY_RULE, st.integers(-20, 20), st.integers(-20, 20))
def test_other_units_keep_the_winners(points: Points, rule: str, of_x: int, of_y: int) -> None:
    """Powers of two, which round nothing away: two y that differ must not become one."""
    x, y = (np.array(values) for values in unzip(points))
    one = frontier_of(x, y, rule)
    if one.edges:
        places = (np.log10(x)[:, None] - one.edges[1:-1]) if len(one.edges) > 2 else np.ones((1, 1))
        assume(np.abs(places).min() > 1e-9)  # a row on an edge may round either way
    other = frontier_of(x * 2.0**of_x, y * 2.0**of_y, rule)
    if rule == "hull":  # a row at the hull's tolerance may round either way
        assume(hull_is_clear(points, one))
    assert other.winners == one.winners
    assert other.x == pytest.approx(np.array(one.x) * 2.0**of_x, rel=1e-9)
    assert other.y == tuple(np.array(one.y) * 2.0**of_y)


def hull_is_clear(points: Points, hull: Frontier) -> bool:
    """Whether every Pareto point is well on or well off the hull's lines."""
    log_x, log_y = (np.log10(values) for values in unzip(points))
    corners = np.log10(hull.x)
    rows = list(frontier_of(*unzip(points), "pareto").winners)
    heights = log_y[rows] - np.interp(log_x[rows], corners, np.log10(hull.y))
    steps = np.diff(np.sort(log_x[rows]))
    return bool(np.all(steps > 1e-6) and np.all((heights < ON_HULL / 10) | (heights > ON_HULL * 10)))


@pytest.mark.parametrize("rule", RULES)
def test_rows_at_one_x_have_no_frontier(rule: str) -> None:
    with pytest.raises(LawError, match=r"all 3 values of x are 7; a slope needs at least two different ones"):
        frontier_of([7, 7, 7], [3, 2, 1], rule)


def test_a_number_without_a_logarithm_is_refused_with_its_place() -> None:
    with pytest.raises(LawError, match=r"y holds 0.0 at position 1") as caught:
        frontier_of([1, 2], [1, 0], "pareto")
    assert caught.value.position == 1


def test_a_frontier_cannot_be_changed() -> None:
    frontier = frontier_of([1, 100], [2, 1], "bins:2:0")
    with pytest.raises(dataclasses.FrozenInstanceError):
        frontier.rule = "another"  # type: ignore[misc]


# rules as texts


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("none", Rule("none")),
        ("bins:5", Rule("bins", bins=5, margin=0.1)),
        ("bins:5:0", Rule("bins", bins=5)),
        ("geometric:27", Rule("geometric", bins=27)),
        ("pareto", Rule("pareto")),
        ("hull", Rule("hull")),
        ("quantile:5:0.25", Rule("quantile", bins=5, quantile=0.25)),
    ],
)
def test_a_text_names_a_rule_that_writes_it_back(text: str, rule: Rule) -> None:
    assert rule_of(text) == rule
    assert rule_of(rule) is rule
    assert rule_of(str(rule)) == rule


def test_each_rule_says_what_its_points_are() -> None:
    clauses = [rule_of(text).sentence for text in RULES]
    assert len(set(clauses)) == len(RULES)
    assert rule_of("bins:5").sentence == "the smallest y in each of 5 equal bins of log10 x"
    assert frontier_of([1, 2], [2, 1], "pareto").rule == rule_of("pareto").sentence


KNOWN = "none, bins:5, bins:5:0.1, geometric:26, pareto, hull, quantile:5:0.25"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("foo", f"rule 'foo' is not known; expected one of {KNOWN}"),
        ("", f"rule '' is not known; expected one of {KNOWN}"),
        ("bins", f"rule 'bins' does not fit: bins takes bins and margin; expected one of {KNOWN}"),
        ("geometric", f"rule 'geometric' does not fit: geometric takes bins; expected one of {KNOWN}"),
        ("pareto:3", f"rule 'pareto:3' does not fit: pareto takes no setting; expected one of {KNOWN}"),
        ("bins:0", "bins is 0; it must be a whole number from 1 to 1000"),
        ("geometric:1000000", "bins is 1000000; it must be a whole number from 1 to 1000"),
        ("bins:x", "bins is 'x' in rule 'bins:x'; it must be a whole number"),
        ("bins:2.5", "bins is '2.5' in rule 'bins:2.5'; it must be a whole number"),
        ("bins:5:-0.1", "margin is -0.1; it must be finite and not negative"),
        ("bins:5:nan", "margin is nan; it must be finite and not negative"),
        ("bins:5:inf", "margin is inf; it must be finite and not negative"),
        ("bins:5:wide", "margin is 'wide' in rule 'bins:5:wide'; it must be a number"),
        ("quantile:5:1.5", "quantile is 1.5; it must lie between 0 and 1"),
        ("quantile:5:nan", "quantile is nan; it must lie between 0 and 1"),
    ],
)
def test_an_impossible_text_is_refused_with_what_was_expected(text: str, sentence: str) -> None:
    with pytest.raises(LawError) as caught:
        frontier_of([1, 10, 100], [3, 2, 1], text)
    assert str(caught.value) == sentence


def test_a_setting_of_another_rule_is_not_ignored() -> None:
    with pytest.raises(LawError, match=r"^bins is 5; rule 'pareto' takes no bins$"):
        Rule("pareto", bins=5)
    with pytest.raises(LawError, match=r"^margin is 0\.1; rule 'geometric' takes no margin$"):
        Rule("geometric", bins=5, margin=0.1)


# resamples


@st.composite
def resamples(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Few rows with many ties or none, x and y shared or not, and a few resamples with at least two x each."""
    n, size = draw(st.integers(2, 12)), draw(st.integers(1, 4))
    some_x, some_y = draw(st.sampled_from([(X, Y), (FEW_X, FEW_Y)]))

    def values(of: st.SearchStrategy[float]) -> np.ndarray:
        count = n * size if draw(st.booleans()) else n
        made = np.array(draw(st.lists(of, min_size=count, max_size=count)))
        return made.reshape(size, n) if count > n else made

    x, y = values(some_x), values(some_y)
    present = np.array(draw(st.lists(st.booleans(), min_size=n * size, max_size=n * size))).reshape(size, n)
    log_x = np.log10(np.broadcast_to(x, present.shape))
    assume(all(rows.any() and np.ptp(line[rows]) > 1e-6 for line, rows in zip(log_x, present, strict=True)))
    return x, y, present


@given(resamples(), ANY_RULE)
def test_each_resample_gets_the_frontier_of_its_own_rows(
    data: tuple[np.ndarray, np.ndarray, np.ndarray], rule: str
) -> None:
    """To the last bit, whatever stands beside it in the batch."""
    x, y, present = data
    xs, ys, weights = select_many(rule, x, y, present)
    assert xs.shape == ys.shape == weights.shape
    assert np.isin(weights, (0, 1)).all()
    assert np.isfinite([xs, ys]).all()
    for b, rows in enumerate(present):
        own_x, own_y = np.broadcast_to(x, present.shape)[b], np.broadcast_to(y, present.shape)[b]
        alone = frontier_of(own_x[rows], own_y[rows], rule)
        kept = np.flatnonzero(weights[b])
        if rule.startswith("bins"):
            assert [number + 1 for number in np.flatnonzero(weights[b] == 0)] == list(alone.empty)
        else:
            assert (xs[b].tolist(), ys[b].tolist()) == (own_x.tolist(), own_y.tolist())
            assert kept.tolist() == sorted(np.flatnonzero(rows)[list(alone.winners)])
            kept = kept[np.lexsort((kept, ys[b, kept], xs[b, kept]))]
        assert xs[b, kept].tolist() == list(alone.x)
        assert ys[b, kept].tolist() == list(alone.y)


def test_bins_are_drawn_again_over_the_rows_of_a_resample() -> None:
    xs, ys, weights = select_many("bins:2:0", [1, 10, 100, 1e4], [4, 3, 2, 1], [[True] * 4, [True, True, True, False]])
    assert xs == pytest.approx(np.array([[10, 1000], [10**0.5, 10**1.5]]))
    assert ys.tolist() == [[3, 1], [4, 2]]
    assert weights.tolist() == [[1, 1], [1, 1]]


def test_a_bin_without_a_row_has_weight_zero_and_numbers_that_a_logarithm_can_take() -> None:
    xs, ys, weights = select_many("bins:3:0", [1, 2, 1000], [3, 2, 1], [[True, True, True]])
    assert weights.tolist() == [[1, 0, 1]]
    assert np.isfinite(np.log([xs, ys])).all()


@pytest.mark.parametrize("rule", RULES[1:])
def test_a_resample_at_one_x_keeps_one_point_and_disturbs_no_other(rule: str) -> None:
    x, y, present = [1, 1, 10, 70], [2, 1, 0.9, 0.8], np.array([[True, True, False, False], [True] * 4])
    _, ys, weights = select_many(rule, x, y, present)
    assert weights[0].sum() == 1
    assert ys[0, weights[0] == 1] == (2 if rule == "quantile:1:1" else 1)
    alone = select_many(rule, x, y, present[1:])
    assert ys[1].tolist() == alone[1][0].tolist()
    assert weights[1].tolist() == alone[2][0].tolist()


@pytest.mark.parametrize(
    ("x", "y", "present", "sentence"),
    [
        ([1, 2], [1, 2], [True, True], "present is bool of shape (2,); give one line of true and false a resample"),
        ([1, 2], [1, 2], [[1, 2]], "present is int64 of shape (1, 2); give one line of true and false a resample"),
        ([1, 2], [1, 2], [[True, True], [False, False]], "resample 1 of 2 has no row; each must have one"),
        ([1, 2, 3], [1, 2], [[True, True]], "x has shape (3,); with present of shape (1, 2) give (2,) or (1, 2)"),
        ([1, 2], [[1], [2]], [[True, True]], "y has shape (2, 1); with present of shape (1, 2) give (2,) or (1, 2)"),
    ],
)
def test_resamples_that_do_not_fit_together_are_refused(x: object, y: object, present: object, sentence: str) -> None:
    with pytest.raises(LawError) as caught:
        select_many("pareto", x, y, present)  # type: ignore[arg-type]
    assert str(caught.value) == sentence
