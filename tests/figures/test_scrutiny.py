"""The figures of the scrutiny show what its records hold."""

from pathlib import Path

import pytest

from reprolib import figures
from reprolib.errors import ReproError
from reprolib.paths import Tree
from reprolib.provenance import records
from reprolib.study import Study


def test_the_forest_plot_shows_the_intervals_of_the_record(repository: Tree, drawn: Path) -> None:
    rows = Study(repository, "published").scrutiny["slopes"]["rows"]
    known = {
        (row["difference"], *way["interval"]) for row in rows for way in (row["given"], row["chosen_again"]) if way
    }
    (panel,) = records.read(drawn / "fig-survives.json", "figure")["panels"]
    shown = [
        point for series in panel["series"] for point in zip(series["x"], series["low"], series["high"], strict=True)
    ]
    assert len(shown) == 6 * 8
    assert set(shown) <= known
    assert panel["marked"] == 0


def test_the_filled_points_of_the_frontiers_are_the_true_pareto_ones(repository: Tree, drawn: Path) -> None:
    table = Study(repository, "published").scrutiny["frontiers"]["rows"]
    for panel in records.read(drawn / "fig-frontiers.json", "figure")["panels"]:
        row = next(
            row
            for row in table
            if (row["dataset"], row["rule"], row["form"]) == (panel["key"].split(".")[1], "pareto", "power")
        )
        filled, hollow = (series for series in panel["series"] if series["kind"] == "points")
        assert filled["runs"] == row["runs"]
        assert len(filled["runs"]) + len(hollow["runs"]) == 29
        assert [len(series["low"]) for series in panel["series"] if series["kind"] == "line"] == [41] * 3


def test_the_forecast_marks_what_was_measured(drawn: Path) -> None:
    panels = records.read(drawn / "fig-forecast.json", "figure")["panels"]
    assert [panel["marked"] for panel in panels] == [78.47, 80.09, 73.34, 74.9]


def test_a_study_whose_scrutiny_has_no_such_rows_is_one_sentence(study_tree: Tree, tmp_path: Path) -> None:
    path = study_tree.scrutiny("published") / "forecasts.json"
    record = records.read(path, "scrutiny")
    record = {key: value for key, value in record.items() if key not in ("kind", "seal")}
    records.write(path, "scrutiny", {**record, "rows": []}, record["provenance"])
    with pytest.raises(ReproError, match="has no rows in its scrutiny of forecasts, so there is nothing to draw"):
        figures.draw(study_tree, "published", "fig-forecast", tmp_path / "out")
