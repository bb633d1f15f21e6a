"""Balancing: the published probabilities, draws that obey them, and a subset that depends on nothing else."""

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprolib.curate import balancing
from reprolib.curate.balancing import Draws
from reprolib.curate.identity import of_rows
from reprolib.curate.matching import Matches
from reprolib.errors import ReproError

ENTRIES = [f"entry {number}" for number in range(6)]
COUNTS = np.array([0, 1, 40, 200, 1000, 12_345])
LISTS = st.lists(st.lists(st.integers(0, 5), unique=True).map(sorted), min_size=1, max_size=20)


def matches_of(lists: list[list[int]]) -> Matches:
    offsets = np.cumsum([0, *map(len, lists)])
    return Matches(offsets, np.array([entry for each in lists for entry in each], np.int32))


@given(LISTS, st.floats(0.01, 1e5))
def test_the_probability_is_one_minus_the_product_over_the_entries(lists: list[list[int]], t: float) -> None:
    found = balancing.keep_probabilities(matches_of(lists), COUNTS, t)
    expected = [1 - math.prod(1 - t / max(int(COUNTS[entry]), t) for entry in entries) for entries in lists]
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-15)


def test_a_tiny_probability_keeps_its_digits() -> None:
    (found,) = balancing.keep_probabilities(matches_of([[0, 1]]), np.array([10**15, 10**15]), 1e-4)
    assert found == pytest.approx(2e-19, rel=1e-12)


def test_a_caption_of_the_tail_is_kept_and_one_without_a_match_is_not() -> None:
    matches, uids = matches_of([[1, 5], [], [2]]), of_rows(0, 3)
    assert balancing.keep_probabilities(matches, COUNTS, 40).tolist() == [1, 0, 1]
    assert Draws.of(ENTRIES, 0).kept(matches, uids, COUNTS, 40).tolist() == [True, False, True]


def test_samples_are_kept_as_often_as_their_probability_says() -> None:
    lists, draws = [[3], [4], [3, 4], [2, 3, 4, 5], [5]], 20_000
    matches, t = matches_of(lists * draws), 37.0
    kept = Draws.of(ENTRIES, 1).kept(matches, of_rows(0, len(matches)), COUNTS, t).reshape(draws, len(lists))
    expected = balancing.keep_probabilities(matches_of(lists), COUNTS, t)
    error = np.sqrt(expected * (1 - expected) / draws)
    assert (np.abs(kept.mean(0) - expected) < 4.5 * error).all()


def test_a_sample_is_kept_as_often_over_seeds_and_over_epochs_as_its_probability_says() -> None:
    matches, t, draws = matches_of([[3, 4], [4]]), 70.0, 4_000
    expected = balancing.keep_probabilities(matches, COUNTS, t)
    error = np.sqrt(expected * (1 - expected) / draws)
    uids = of_rows(7, 2)
    seeds = [Draws.of(ENTRIES, seed).kept(matches, uids, COUNTS, t) for seed in range(draws)]
    epochs = [Draws.of(ENTRIES, 0).kept(matches, uids, COUNTS, t, epoch) for epoch in range(draws)]
    for kept in (np.mean(seeds, 0), np.mean(epochs, 0)):
        assert (np.abs(kept - expected) < 4.5 * error).all()


def test_the_draws_of_a_sample_for_two_entries_are_independent() -> None:
    matches = matches_of([[0, 1]] * 50_000)
    drawn = Draws.of(ENTRIES, 0).numbers(matches, of_rows(0, 50_000)).reshape(-1, 2)
    assert abs(np.corrcoef(drawn.T)[0, 1]) < 4.5 / math.sqrt(50_000)
    assert abs(np.corrcoef(drawn[:-1, 0], drawn[1:, 0])[0, 1]) < 4.5 / math.sqrt(50_000)


def test_the_size_of_the_subset_is_near_the_expected_one() -> None:
    rng = np.random.default_rng(0)
    lists = [sorted(set(rng.integers(0, 6, rng.integers(0, 5)).tolist())) for _ in range(20_000)]
    matches = matches_of(lists)
    counts = matches.counts(6)
    p = balancing.keep_probabilities(matches, counts, 900)
    kept = Draws.of(ENTRIES, 3).kept(matches, of_rows(0, len(lists)), counts, 900)
    assert abs(kept.sum() - balancing.expected_size(p)) < 4.5 * math.sqrt((p * (1 - p)).sum())


@given(LISTS, st.randoms(use_true_random=False))
def test_draws_depend_on_neither_the_order_of_samples_nor_that_of_entries(
    lists: list[list[int]], shuffler: random.Random
) -> None:
    uids, t = of_rows(0, len(lists)), 150.0
    kept = Draws.of(ENTRIES, 5).kept(matches_of(lists), uids, COUNTS, t)
    order, names = [*range(len(lists))], [*range(6)]
    shuffler.shuffle(order)
    shuffler.shuffle(names)
    renamed = [sorted(names.index(entry) for entry in lists[row]) for row in order]
    again = Draws.of([ENTRIES[name] for name in names], 5).kept(matches_of(renamed), uids[order], COUNTS[names], t)
    assert again.tolist() == kept[order].tolist()


@given(LISTS, st.floats(0.1, 1e4), st.floats(1, 100))
def test_raising_t_only_adds_samples(lists: list[list[int]], t: float, factor: float) -> None:
    matches, uids, draws = matches_of(lists), of_rows(0, len(lists)), Draws.of(ENTRIES, 2)
    fewer, more = (draws.kept(matches, uids, COUNTS, each) for each in (t, t * factor))
    assert not (fewer & ~more).any()


def test_the_expected_size_is_the_same_in_any_order() -> None:
    p = np.random.default_rng(0).random(10_000) ** 20
    assert balancing.expected_size(p) == balancing.expected_size(p[::-1]) == math.fsum(p)


def test_the_tail_share_counts_the_matches_of_entries_up_to_t() -> None:
    assert balancing.tail_share(COUNTS, 40) == 41 / COUNTS.sum()
    assert balancing.tail_share(COUNTS, 39.9) == 1 / COUNTS.sum()
    assert balancing.tail_share(COUNTS, 1e9) == 1
    assert balancing.tail_share(np.zeros(3, np.int64), 1) == 0


@given(st.lists(st.integers(0, 1000), min_size=1).filter(any), st.integers(1, 1000))
def test_t_and_the_tail_share_lead_back_to_each_other(counts: list[int], t: int) -> None:
    array = np.array(counts)
    share = balancing.tail_share(array, t)
    if share:
        found = balancing.t_of_tail(array, share)
        assert found <= t
        assert balancing.tail_share(array, found) == share
        assert balancing.tail_share(array, found - 1) < share


@pytest.mark.parametrize("share", [0, -0.1, 1.1, math.nan])
def test_an_impossible_tail_share_is_refused(share: float) -> None:
    with pytest.raises(ReproError, match="tail share should be above 0"):
        balancing.t_of_tail(COUNTS, share)


def test_the_t_of_a_size_has_that_expected_size() -> None:
    matches = matches_of([[number % 6] for number in range(600)] + [[5, 4]] * 400)
    counts = matches.counts(6)
    t = balancing.t_of_size(matches, counts, 300)
    assert balancing.expected_size(balancing.keep_probabilities(matches, counts, t)) == pytest.approx(300, rel=1e-5)
    with pytest.raises(ReproError, match="at most 1000, the captions with a match, but it is 1001"):
        balancing.t_of_size(matches, counts, 1001)


@pytest.mark.parametrize("t", [0, -1, math.inf, math.nan])
def test_a_t_that_balances_nothing_is_refused(t: float) -> None:
    with pytest.raises(ReproError, match="t should be a finite number above 0"):
        balancing.check_t(t)
