"""Few-shot rows: nested, independent of everything but content, shots and seed, and told where a class is too small."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprolib.errors import ReproError
from reprolib.evaluate import shots

LABELS = st.lists(st.integers(0, 5), min_size=1, max_size=80).map(lambda each: np.array(each, dtype=np.int64))
SEEDS = st.integers(0, 2**31)


@given(LABELS, SEEDS, st.integers(1, 12), st.integers(1, 12))
def test_fewer_shots_are_among_more(labels: np.ndarray, seed: int, one: int, other: int) -> None:
    few, many = (shots.few(labels, k, content="a", seed=seed).rows for k in sorted((one, other)))
    assert set(few) <= set(many)


@given(LABELS, SEEDS, st.integers(1, 12))
def test_each_class_gives_its_shots_or_all_it_has_and_is_told(labels: np.ndarray, seed: int, k: int) -> None:
    found = shots.few(labels, k, content="a", seed=seed)
    assert (np.diff(found.rows) > 0).all()
    have, given_ = np.bincount(labels), np.bincount(labels[found.rows])
    assert (given_ == np.minimum(have, k)).all()
    assert found.short == {label: n for label, n in enumerate(have) if 0 < n < k}


def test_rows_depend_on_content_and_seed_and_are_kept_as_they_were() -> None:
    labels = np.arange(40, dtype=np.int64) % 2
    drawn = {
        (content, seed): shots.few(labels, 3, content=content, seed=seed).rows.tolist()
        for content in ("a", "b")
        for seed in (0, 1)
    }
    assert len({tuple(rows) for rows in drawn.values()}) == 4
    assert drawn["a", 0] == [9, 10, 12, 19, 30, 35]


def test_every_row_of_a_class_is_drawn_about_equally_often() -> None:
    labels = np.zeros(10, dtype=np.int64)
    counts = np.zeros(10)
    for seed in range(2000):
        counts[shots.few(labels, 3, content="a", seed=seed).rows] += 1
    assert (abs(counts - 600) < 5 * np.sqrt(2000 * 0.3 * 0.7)).all()


def test_no_shots_is_refused() -> None:
    with pytest.raises(ReproError, match="should be 1 or more, but it is 0"):
        shots.few(np.zeros(3, dtype=np.int64), 0, content="a", seed=0)


@given(LABELS, SEEDS, st.floats(0, 1))
def test_holding_back_splits_the_rows_and_leaves_every_class_one(labels: np.ndarray, seed: int, share: float) -> None:
    rows = shots.few(labels, 7, content="a", seed=seed).rows
    fit, back = shots.held_back(labels, rows, share, content="a", seed=seed)
    assert sorted([*fit, *back]) == rows.tolist()
    assert set(labels[fit]) == set(labels[rows])
    sizes, held = (np.bincount(labels[each], minlength=6) for each in (rows, back))
    assert (held == np.minimum(np.rint(share * sizes), np.maximum(sizes - 1, 0))).all()


def test_the_rows_held_back_are_not_the_first_ones_drawn() -> None:
    labels = np.zeros(100, dtype=np.int64)
    everything = np.arange(100)
    overlaps = [
        len(
            set(shots.few(labels, 20, content="a", seed=seed).rows)
            & set(shots.held_back(labels, everything, 0.2, content="a", seed=seed)[1])
        )
        for seed in range(50)
    ]
    assert 3 < np.mean(overlaps) < 5
