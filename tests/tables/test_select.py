"""Names and orders of what stands in a table."""

import pytest

from reprolib.tables.select import data_size, size


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("LAION-80M", 80e6),
        ("LAION-2B", 2e9),
        ("13B", 13e9),
        ("world-2k", 2e3),
        ("pairs-1.5m", 1.5e6),
        ("12", 12),
        ("x", 0),
    ],
)
def test_the_size_in_a_name_is_read(name: str, number: float) -> None:
    assert size(name) == number


def test_openai_data_comes_first() -> None:
    assert sorted(["LAION-2B", "LAION-80M", "CLIP-WIT"], key=data_size) == ["CLIP-WIT", "LAION-80M", "LAION-2B"]
