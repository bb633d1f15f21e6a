"""Subsets are nested, do not depend on order, and are files that DataComp's tools read."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from some_samples import stored

from reprolib.errors import ReproError
from reprolib.shards import subsets
from reprolib.shards.dataset import Dataset

WORD = st.integers(0, 2**64 - 1) | st.integers(0, 300)
LISTS = st.lists(st.tuples(WORD, WORD), min_size=1, max_size=60, unique=True)


def array(uids: list[tuple[int, int]]) -> np.ndarray:
    return np.array(uids, subsets.UID)


@settings(deadline=None)
@given(uids=LISTS, seed=st.integers(0, 2**32), data=st.data())
def test_a_smaller_subset_lies_in_a_larger_whatever_the_order(
    uids: list[tuple[int, int]], seed: int, data: st.DataObject
) -> None:
    sizes = sorted(data.draw(st.lists(st.integers(1, len(uids)), min_size=3, max_size=3)))
    asked = dict(zip("sml", sizes, strict=True))
    made = subsets.nested(array(uids), asked, seed)
    shuffled = subsets.nested(array(data.draw(st.permutations(uids))), asked, seed)
    small, middle, large = (made[name].tolist() for name in "sml")
    assert [len(small), len(middle), len(large)] == sizes
    assert set(small) <= set(middle) <= set(large) <= set(uids)
    assert all(chosen == sorted(chosen) for chosen in (small, middle, large))
    assert [shuffled[name].tolist() for name in "sml"] == [small, middle, large]


@settings(deadline=None)
@given(uids=LISTS, seed=st.integers(0, 100), data=st.data())
def test_a_uid_keeps_its_place_in_the_order_when_others_come(
    uids: list[tuple[int, int]], seed: int, data: st.DataObject
) -> None:
    part = data.draw(st.lists(st.sampled_from(uids), min_size=1, unique=True))
    size = data.draw(st.integers(1, len(uids)))
    whole = set(subsets.nested(array(uids), {"a": size}, seed)["a"].tolist()) & set(part)
    if whole:
        assert set(subsets.nested(array(part), {"a": len(whole)}, seed)["a"].tolist()) == whole


def test_seeds_give_independent_even_draws() -> None:
    uids = array([(n, 0) for n in range(20_000)])
    one, two = (subsets.nested(uids, {"half": 10_000}, seed)["half"]["f0"] for seed in (1, 2))
    assert abs(len(np.intersect1d(one, two)) - 5_000) < 200  # sd 50
    assert abs((one < 10_000).sum() - 5_000) < 200


@pytest.mark.parametrize("size", [0, 11])
def test_a_size_that_cannot_be_is_named(size: int) -> None:
    with pytest.raises(ReproError, match=f"the subset 'small' should have 1 to 10 samples.* {size} are"):
        subsets.nested(array([(n, n) for n in range(10)]), {"small": size}, 0)


def test_a_repeated_uid_cannot_be_drawn_from() -> None:
    with pytest.raises(ReproError, match="one comes twice"):
        subsets.nested(array([(1, 2), (3, 4), (1, 2)]), {"small": 1}, 0)


@settings(deadline=None, max_examples=25)
@given(uids=st.lists(st.tuples(WORD, WORD), max_size=30))
def test_a_subset_file_holds_sorted_pairs_of_u8(uids: list[tuple[int, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "subset.npy"
        subsets.write_subset(path, array(uids))
        plain = np.load(path)
        assert plain.dtype == np.dtype("u8,u8")
        assert plain.tolist() == sorted(uids)
        assert subsets.read_subset(path).tolist() == sorted(uids)


def test_the_two_halves_of_a_uid_are_its_hex_digits_in_order(tmp_path: Path) -> None:
    """The rule of DataComp's `(int(uid[:16], 16), int(uid[16:32], 16))`."""
    stored(tmp_path / "set", count=3)
    data = Dataset.open(tmp_path / "set")
    texts = [data.sample(row).uid for row in range(3)]
    assert data.uids.tolist() == [(int(text[:16], 16), int(text[16:], 16)) for text in texts]


@settings(deadline=None, max_examples=30)
@given(wanted=st.lists(st.integers(0, 9)))
def test_rows_are_those_of_the_subset_in_order_repeats_included(data: Dataset, wanted: list[int]) -> None:
    assert subsets.rows(data, data.uids[wanted]).tolist() == sorted(wanted)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    folder = tmp_path_factory.mktemp("subsets") / "set"
    stored(folder)
    return Dataset.open(folder)


def test_a_uid_that_the_dataset_lacks_is_named(data: Dataset) -> None:
    foreign = np.concatenate([data.uids[:2], array([(10, 2**64 - 1)])])
    with pytest.raises(ReproError, match=r"1 of 3 uids.* first is 000000000000000affffffffffffffff; draw"):
        subsets.rows(data, foreign)


BAD = {
    "unsorted": (np.array([(2, 0), (1, 0)], "u8,u8"), "ascending order"),
    "last halves unsorted": (np.array([(1, 3), (1, 2)], "u8,u8"), "ascending order"),
    "numbers": (np.arange(3), "int64 of shape"),
    "table": (np.zeros((2, 2), "u8,u8"), r"of shape \(2, 2\)"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_file_that_is_no_subset_is_told(tmp_path: Path, what: str) -> None:
    content, message = BAD[what]
    np.save(tmp_path / "bad.npy", content)
    with pytest.raises(ReproError, match=message):
        subsets.read_subset(tmp_path / "bad.npy")


@pytest.mark.parametrize("content", [b"", b"uid\n", b"\x93NUMPY\x01\x00"])
def test_a_file_that_is_no_array_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.npy").write_bytes(content)
    with pytest.raises(ReproError, match=r"bad\.npy should be a \.npy file"):
        subsets.read_subset(tmp_path / "bad.npy")
