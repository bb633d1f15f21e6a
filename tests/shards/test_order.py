"""The order is a permutation, as random as a shuffle, and a function of (seed, position) alone."""

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from reprolib.shards import order

BILLIONS = 5_000_000_000
SEEDS = st.integers(0, 2**64)


def assert_even(counts: NDArray[np.int64]) -> None:
    """Chi-square within six standard deviations of its mean, which an even draw leaves once in a billion tests."""
    expected, free = counts.sum() / counts.size, counts.size - 1
    excess = (((counts - expected) ** 2).sum() / expected - free) / math.sqrt(2 * free)
    assert abs(excess) < 6, excess


def test_random_bits_are_those_of_the_published_splitmix64() -> None:
    expected = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431]
    assert order.splitmix64(1234567, np.arange(4, dtype=np.uint64)).tolist() == expected


@settings(max_examples=60, deadline=None)
@given(n=st.integers(1, 100_000), seed=SEEDS, epoch=st.integers(0, 10**9))
def test_an_epoch_is_a_permutation(n: int, seed: int, epoch: int) -> None:
    assert np.bincount(order.place(seed, epoch, np.arange(n), n), minlength=n).tolist() == [1] * n


@pytest.mark.parametrize("n", range(1, 70))
def test_an_epoch_of_few_rows_is_a_permutation(n: int) -> None:
    assert sorted(order.rows_of(0, 3 * n, n, n)) == list(range(n))


@pytest.mark.parametrize("n", [2**31, 2**31 + 1, BILLIONS])
def test_places_among_billions_are_in_range_and_distinct(n: int) -> None:
    places = order.place(5, 1, n - 1 - np.arange(200_000), n)
    assert places.min() >= 0
    assert places.max() < n
    assert len(np.unique(places)) == 200_000
    assert_even(np.bincount(places * 50 // n, minlength=50))


def test_the_end_of_a_run_over_billions_needs_no_memory() -> None:
    order.rows_of(0, 0, 1, BILLIONS)
    tracemalloc.start()
    order.rows_of(0, 13 * BILLIONS - 500, 1000, BILLIONS)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1e6


def test_the_order_is_the_one_that_earlier_versions_gave() -> None:
    assert order.rows_of(0, 0, 6, 100).tolist() == [53, 39, 61, 87, 11, 70]
    assert order.rows_of(0, 10**12, 3, BILLIONS).tolist() == [2347823043, 4320574190, 3359633132]
    assert order.rows_of(7, 0, 4, 1000, resample=True).tolist() == [972, 153, 582, 654]
    assert order.uniform(0, "crop", [0, 1, 2**40]).tolist() == [
        0.41873570965045537,
        0.9684065303694085,
        0.27348604039686164,
    ]


@given(st.data(), SEEDS, st.integers(1, 3000), st.booleans())
@settings(deadline=None)
def test_a_slice_of_a_run_is_that_slice_of_the_longer_run(
    data: st.DataObject, seed: int, n: int, resample: bool
) -> None:
    start, stop = sorted(data.draw(st.tuples(st.integers(0, 4000), st.integers(0, 4000))))
    whole = order.rows_of(seed, 0, 4000, n, resample=resample)
    assert order.rows_of(seed, start, stop - start, n, resample=resample).tolist() == whole[start:stop].tolist()


def test_every_row_is_seen_once_in_each_epoch() -> None:
    run = order.rows_of(3, 0, 5 * 1000, 1000).reshape(5, 1000)
    assert (np.sort(run, axis=1) == np.arange(1000)).all()


@pytest.mark.parametrize("resample", [False, True])
def test_epochs_and_seeds_have_unrelated_orders(resample: bool) -> None:
    runs = np.stack([order.rows_of(seed, 0, 10_000, 5000, resample=resample) for seed in (0, 1, 2)]).reshape(6, 5000)
    equal = (runs[:, None] == runs[None]).sum(axis=2)[~np.eye(6, dtype=bool)]
    assert equal.max() < 10, "two shuffles share one place on average"


@pytest.mark.parametrize("n", [2, 3, 4, 5, 6])
def test_all_permutations_of_a_few_rows_are_equally_likely(n: int) -> None:
    places = order.place(11, np.arange(20_000)[:, None], np.arange(n), n)
    _, counts = np.unique(places @ n ** np.arange(n), return_counts=True)
    assert len(counts) == math.factorial(n)
    assert_even(counts)


@pytest.mark.parametrize("n", [16, 33, 64])
def test_all_pairs_of_rows_are_equally_likely_to_follow_each_other(n: int) -> None:
    first, second = (order.place(2, np.arange(60_000), position, n) for position in (4, 5))
    counts = np.bincount(first * n + second, minlength=n * n)
    assert_even(counts[~np.eye(n, dtype=bool).ravel()])


def test_neighbours_in_an_epoch_of_many_rows_are_unrelated() -> None:
    n = 3 * 10**8
    strips = order.place(2, 0, np.arange(200_000), n) * 20 // n
    assert_even(np.bincount(strips[:-1] * 20 + strips[1:], minlength=400))


def test_uniform_numbers_are_even_and_streams_unrelated() -> None:
    one, two = (order.uniform(0, stream, np.arange(200_000)) for stream in ("one", "two"))
    assert 0 <= one.min() < one.max() < 1
    assert_even(np.bincount((one * 20).astype(int) * 20 + (two * 20).astype(int), minlength=400))
    assert_even(np.bincount((one[:-1] * 20).astype(int) * 20 + (one[1:] * 20).astype(int), minlength=400))


def test_resampling_draws_with_replacement() -> None:
    rows = order.rows_of(1, 0, 100_000, 100_000, resample=True)
    assert_even(np.bincount(rows // 1000, minlength=100))
    assert len(np.unique(rows)) / 100_000 == pytest.approx(1 - math.exp(-1), abs=0.005)
