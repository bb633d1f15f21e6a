"""Ids as 128-bit uids, and repeated keys found in bounded memory."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from reprolib.curate import identity
from reprolib.curate.repeats import repeated


def test_a_number_is_the_same_uid_as_number_and_as_text() -> None:
    found = identity.uids([7, "7", 2**63]).tolist()
    assert found == [(0, 7), (0, 7), (0, 2**63)]
    assert identity.of_rows(5, 3).tolist() == identity.uids([5, 6, 7]).tolist()


def test_a_uid_of_hex_digits_stands_for_itself() -> None:
    assert identity.uids(["0123456789abcdeffedcba9876543210"]).tolist() == [(0x0123456789ABCDEF, 0xFEDCBA9876543210)]


def test_other_ids_have_uids_of_their_own() -> None:
    found = identity.uids(["a", "A", "07", "-1", -1, "", "\ud800", "7 ", str(2**64), "0" * 31]).tolist()
    assert len(set(found)) == 9  # "-1" and -1 are one
    assert all(high for high, _ in found)


@given(st.lists(st.integers(0, 40), max_size=60), st.integers(1, 70))
def test_repeated_keys_are_found_in_any_number_of_passes(values: list[int], at_once: int) -> None:
    keys = np.array(values, np.uint64)
    found, repetitions = repeated(lambda: np.array_split(keys, 3), len(keys), at_once)
    assert found.tolist() == sorted({value for value in values if values.count(value) > 1})
    assert repetitions == len(values) - len(set(values))
