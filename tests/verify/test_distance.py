"""Two records are as far apart as their most different number, and no tolerance covers another word or length."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprolib.verify.distance import distance

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_a_value_is_at_no_distance_from_itself(value: Any) -> None:
    assert distance(value, value) == (0.0, "")


@given(VALUES, VALUES)
def test_distance_is_symmetric_and_zero_only_between_equals(a: Any, b: Any) -> None:
    assert distance(a, b)[0] == distance(b, a)[0]
    if distance(a, b)[0] == 0:
        assert a == b


@pytest.mark.parametrize(
    ("ours", "theirs", "gap", "path"),
    [
        ({"y": [1.0, 2.0]}, {"y": [1.0, 2.2]}, 0.2 / 2.2, ".y[1]"),
        ({"y": [1.0]}, {"y": [1.0, 2.0]}, math.inf, ".y (length 1 instead of 2)"),
        ({"name": "CLIP"}, {"name": "OpenCLIP"}, math.inf, ".name"),
        ({"a": 1}, {"a": 1, "b": 2}, math.inf, ".b"),
        ({"runs": None}, {"runs": []}, math.inf, ".runs"),
        ({"printed": True}, {"printed": 1.1}, math.inf, ".printed"),
    ],
)
def test_the_place_of_the_largest_difference_is_told(ours: Any, theirs: Any, gap: float, path: str) -> None:
    found, where = distance(ours, theirs)
    assert found == pytest.approx(gap)
    assert where == path
