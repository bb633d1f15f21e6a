"""The five-bin frontier: which point wins, where it stands, what is dropped."""

import dataclasses

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reprolib.laws import LawError, binned_frontier

X = st.floats(1e-3, 1e15)
Y = st.floats(1e-4, 1.0)
POINTS = st.lists(st.tuples(X, Y), min_size=2, max_size=40).filter(
    lambda points: np.ptp(np.log10([x for x, _ in points])) > 1e-6
)


def unzip(points: list[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [x for x, _ in points], [y for _, y in points]


def test_each_bin_gives_its_centre_and_its_smallest_y() -> None:
    frontier = binned_frontier([1, 3, 10, 30, 100], [5, 4, 3, 2, 1], bins=2, margin=0)
    assert frontier.edges == pytest.approx((0, 1, 2))
    assert frontier.x == pytest.approx((10**0.5, 10**1.5))
    assert frontier.y == (4, 1)
    assert frontier.winners == (1, 4)


def test_every_row_is_a_winner_or_is_dropped_with_the_winner_of_its_bin() -> None:
    frontier = binned_frontier([1, 3, 10, 30, 100], [5, 4, 3, 2, 1], bins=2, margin=0)
    assert dict(zip(frontier.dropped, frontier.beaten_by, strict=True)) == {0: 1, 2: 4, 3: 4}
    assert frontier.empty == ()


def test_a_point_on_an_inner_edge_belongs_to_the_bin_on_its_right() -> None:
    frontier = binned_frontier([1, 10, 100], [3, 1, 2], bins=2, margin=0)
    assert frontier.winners == (0, 1)


def test_the_largest_x_belongs_to_the_last_bin_without_a_margin() -> None:
    frontier = binned_frontier([1, 10, 100], [3, 2, 1], bins=2, margin=0)
    assert frontier.winners == (0, 2)


def test_the_margin_moves_the_last_edge_only() -> None:
    frontier = binned_frontier([1, 100], [2, 1], bins=4, margin=0.4)
    assert frontier.edges == pytest.approx((0, 0.6, 1.2, 1.8, 2.4))


def test_an_empty_bin_is_skipped_and_named() -> None:
    frontier = binned_frontier([1, 2, 1000], [3, 2, 1], bins=3, margin=0)
    assert frontier.winners == (1, 2)
    assert frontier.empty == (2,)
    assert len(frontier.edges) == 4


def test_among_equal_y_the_smaller_x_wins_in_any_order() -> None:
    assert binned_frontier([2, 1, 100], [7, 7, 1], bins=2, margin=0).winners == (1, 2)
    assert binned_frontier([1, 2, 100], [7, 7, 1], bins=2, margin=0).winners == (0, 2)


def test_among_equal_points_the_first_row_wins() -> None:
    assert binned_frontier([1, 1, 100], [7, 7, 1], bins=2, margin=0).winners == (0, 2)


def test_a_frontier_cannot_be_changed() -> None:
    frontier = binned_frontier([1, 100], [2, 1], bins=2, margin=0)
    with pytest.raises(dataclasses.FrozenInstanceError):
        frontier.rule = "another"  # type: ignore[misc]


@given(POINTS, st.integers(1, 12), st.floats(0, 1))
def test_winners_are_the_minima_of_a_partition(points: list[tuple[float, float]], bins: int, margin: float) -> None:
    x, y = unzip(points)
    frontier = binned_frontier(x, y, bins, margin)
    assert sorted(frontier.winners + frontier.dropped) == list(range(len(x)))
    assert len(frontier.winners) + len(frontier.empty) == bins
    assert set(frontier.beaten_by) <= set(frontier.winners)
    assert all(y[won] <= y[lost] for lost, won in zip(frontier.dropped, frontier.beaten_by, strict=True))
    assert min(y) in frontier.y
    assert list(frontier.x) == sorted(frontier.x)


@given(POINTS, st.integers(1, 12), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(points: list[tuple[float, float]], bins: int, random: object) -> None:
    shuffled = points.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = binned_frontier(*unzip(points), bins, 0.1), binned_frontier(*unzip(shuffled), bins, 0.1)
    assert (one.x, one.y, one.edges) == (other.x, other.y, other.edges)
    assert [points[row] for row in one.winners] == [shuffled[row] for row in other.winners]


@given(POINTS, st.integers(1, 12))
def test_a_second_copy_of_every_row_changes_no_point(points: list[tuple[float, float]], bins: int) -> None:
    one, twice = binned_frontier(*unzip(points), bins, 0.1), binned_frontier(*unzip(points * 2), bins, 0.1)
    assert (one.x, one.y, one.winners) == (twice.x, twice.y, twice.winners)


@given(POINTS, st.integers(-6, 6))
def test_another_unit_of_x_moves_the_centres_and_keeps_the_winners(
    points: list[tuple[float, float]], decades: int
) -> None:
    x, y = unzip(points)
    one = binned_frontier(x, y, 5, 0.1)
    positions = (np.log10(x) - one.edges[0]) / (one.edges[1] - one.edges[0])
    assume(np.all(np.abs(positions - np.round(positions))[positions > 0.5] > 1e-6))  # an edge may round either way
    assume(np.all(positions[positions <= 0.5] < 0.5 - 1e-6))
    other = binned_frontier(np.array(x) * 10.0**decades, y, 5, 0.1)
    assert other.winners == one.winners
    assert other.x == pytest.approx(np.array(one.x) * 10.0**decades, rel=1e-9)


@pytest.mark.parametrize(
    ("bins", "margin", "sentence"),
    [
        (0, 0.1, "bins is 0; it must be at least 1"),
        (5, -0.1, "margin is -0.1; it must be finite and not negative"),
        (5, float("nan"), "margin is nan; it must be finite and not negative"),
        (5, float("inf"), "margin is inf; it must be finite and not negative"),
    ],
)
def test_an_impossible_setting_is_refused_by_name(bins: int, margin: float, sentence: str) -> None:
    with pytest.raises(LawError) as caught:
        binned_frontier([1, 10, 100], [3, 2, 1], bins, margin)
    assert str(caught.value) == sentence


def test_constant_x_has_no_bins() -> None:
    with pytest.raises(LawError, match=r"all 3 values of x are 7; a slope needs at least two different ones"):
        binned_frontier([7, 7, 7], [3, 2, 1], 5, 0.1)
