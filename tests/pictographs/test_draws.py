"""Draws are a function of seed, stream and index."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from reprolib.pictographs.draws import Draws, ladder

SEEDS = st.integers(0, 2**64 - 1)


@given(SEEDS, SEEDS, st.text(max_size=20))
def test_the_same_place_gives_the_same_draws_however_many_are_taken(seed: int, index: int, stream: str) -> None:
    first, second = Draws(seed, stream, index), Draws(seed, stream, index)
    assert [first.unit() for _ in range(200)] == [second.unit() for _ in range(200)]


@given(SEEDS, st.integers(0, 2**64 - 2))
def test_neighbours_in_seed_stream_or_index_share_no_draw(seed: int, index: int) -> None:
    places = [(seed, "a", index), (seed, "b", index), (seed, "a", index + 1), (seed ^ 1, "a", index)]
    units = [Draws(*place).unit() for place in places]
    assert len(set(units)) == len(places)


def test_the_numbers_are_pinned() -> None:
    """A change here changes every world ever made."""
    draws = Draws(1, "training", 0)
    assert [draws.integer(0, 999) for _ in range(6)] == [764, 660, 524, 193, 717, 603]


def test_integers_are_uniform_with_both_ends() -> None:
    draws = Draws(3, "test", 0)
    seen = np.bincount([draws.integer(2, 6) for _ in range(20_000)], minlength=7)
    assert seen[:2].sum() == 0
    assert np.all(np.abs(seen[2:] / 20_000 - 0.2) < 0.012)


def test_a_ladder_is_climbed_in_its_proportions() -> None:
    draws, steps = Draws(4, "test", 0), ladder([4.0, 1.0, 5.0])
    seen = np.bincount([draws.weighted(steps) for _ in range(20_000)])
    assert np.all(np.abs(seen / 20_000 - [0.4, 0.1, 0.5]) < 0.015)


@given(SEEDS, st.lists(st.integers(), max_size=12))
def test_shuffling_keeps_every_value(seed: int, values: list[int]) -> None:
    assert sorted(Draws(seed, "shuffle", 0).shuffled(values)) == sorted(values)
