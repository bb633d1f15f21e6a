"""The figure of MetaCLIP's models shows what its record and the study hold, on one axis of compute."""

from pathlib import Path
from typing import Any

import pytest

from reprolib import figures
from reprolib.errors import ReproError
from reprolib.paths import Tree
from reprolib.provenance import records
from reprolib.study import Study

SETS = {"MetaCLIP-400M", "MetaCLIP-1B", "MetaCLIP-2.5B"}


@pytest.fixture(scope="module")
def panels(drawn: Path) -> list[dict[str, Any]]:
    """Its two panels."""
    found: list[dict[str, Any]] = records.read(drawn / "fig-metaclip.json", "figure")["panels"]
    return found


def of(panel: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """A panel's series of a kind, by name."""
    return {series["name"]: series for series in panel["series"] if series["kind"] == kind}


def test_it_shows_the_29_runs_clips_three_and_metaclips_eleven_models(panels: list[dict[str, Any]]) -> None:
    for panel in panels:
        assert {name: len(series["x"]) for name, series in of(panel, "points").items()} == {
            "OpenCLIP": 29,
            "CLIP": 3,
            "MetaCLIP": 11,
        }


def test_metaclips_points_are_those_of_the_record(panels: list[dict[str, Any]], repository: Tree) -> None:
    rows = Study(repository, "published").scrutiny["metaclip"]["rows"]
    for panel in panels:
        points = of(panel, "points")["MetaCLIP"]
        error = {
            f"{row['model']} {row['pretrain_data']}": (row["gmacs_total"], 100 - row["measured"])
            for row in rows
            if row["dataset"] == panel["key"].split(".")[1] and row["pretrain_data"] in SETS
        }
        assert dict(zip(points["runs"], points["y"], strict=True)) == pytest.approx(
            {run: y for run, (_, y) in error.items()}, rel=1e-9
        )


def test_laws_are_solid_over_their_own_models_and_dashed_beyond(panels: list[dict[str, Any]]) -> None:
    for panel in panels:
        solid, dashed, points = (of(panel, kind) for kind in ("line", "dashed", "points"))
        assert set(solid) == {"OpenCLIP", "CLIP", *SETS}
        assert set(dashed) == {"OpenCLIP", "CLIP"}
        for name in dashed:
            assert max(solid[name]["x"]) <= max(points[name]["x"])
            assert dashed[name]["x"][0] == solid[name]["x"][-1]
            assert max(dashed[name]["x"]) > max(points["MetaCLIP"]["x"])


def test_bands_hold_their_law(panels: list[dict[str, Any]]) -> None:
    for panel in panels:
        banded = [series for series in panel["series"] if series["low"]]
        assert {series["name"] for series in banded} == {"OpenCLIP", "MetaCLIP-2.5B"}
        for series in banded:
            assert all(low < y < high for low, y, high in zip(series["low"], series["y"], series["high"], strict=True))


def test_a_study_without_models_of_metaclip_is_one_sentence(study_tree: Tree, tmp_path: Path) -> None:
    path = study_tree.scrutiny("published") / "metaclip.json"
    record = records.read(path, "scrutiny")
    record = {key: value for key, value in record.items() if key not in ("kind", "seal")}
    records.write(path, "scrutiny", {**record, "rows": []}, record["provenance"])
    with pytest.raises(ReproError, match="has no models of MetaCLIP in its scrutiny, so there is nothing to draw"):
        figures.draw(study_tree, "published", "fig-metaclip", tmp_path / "out")
