"""A table as a value."""

import pytest

from reprolib.errors import ReproError
from reprolib.tables.frame import Table, joined, table, with_best


def small(values: list[list[float | None]]) -> Table:
    rows = [(f"r{i}",) for i in range(len(values))]
    columns = [(f"c{j}",) for j in range(len(values[0]))]
    return table(("Row",), rows, columns, lambda i, j: values[i][j], ".1f")


def test_cells_are_shown_rounded_and_values_stay_whole() -> None:
    made = small([[1.26, None]])
    assert made.cells == [["1.3", ""]]
    assert made.values == [[1.26, None]]


def test_text_is_shown_as_it_is_and_has_no_value() -> None:
    made = table(("Row",), [("r",)], [("c",)], lambda _i, _j: "U(0,8)", ".2f")
    assert made.cells == [["U(0,8)"]]
    assert made.values == [[None]]


@pytest.mark.parametrize(
    ("along", "best"),
    [("column", {(0, 1), (1, 0), (2, 0)}), ("row", {(0, 1), (1, 0), (2, 0)}), ("table", {(0, 1)})],
)
def test_the_best_cells_are_marked_and_equals_share_the_mark(along: str, best: set[tuple[int, int]]) -> None:
    """2.04 and 1.96 are both shown as 2.0."""
    assert with_best(small([[1.0, 3.0], [2.04, 0.5], [1.96, None]]), along).best == best


def test_a_label_that_stands_twice_is_refused() -> None:
    with pytest.raises(ReproError, match="the row 'a, b' stands twice in one table"):
        Table(("A", "B"), [("a", "b"), ("a", "b")], [("c",)], [["1"], ["2"]], [[1], [2]])
    with pytest.raises(ReproError, match="the column 'c' stands twice in one table"):
        Table(("A",), [("a",)], [("c",), ("c",)], [["1", "2"]], [[1, 2]])


def test_a_label_on_one_line_leaves_out_empty_levels() -> None:
    assert joined(("Total", "", "")) == "Total"
    assert joined(("ViT-B/32", "3B")) == "ViT-B/32, 3B"
