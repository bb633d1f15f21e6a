"""Saving: the stamp in every format, and all four files or none."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfReader

from reprolib import figures, files, records
from reprolib.errors import ReproError
from reprolib.paths import Tree

DESCRIPTION = "{http://purl.org/dc/elements/1.1/}description"


def stamp_in(path: Path) -> dict:
    if path.suffix == ".pdf":
        metadata = PdfReader(path).metadata
        assert "/CreationDate" not in metadata
        return json.loads(metadata["/Keywords"])
    if path.suffix == ".png":
        with Image.open(path) as image:
            assert "Software" not in image.info
            return json.loads(image.info["Provenance"])
    root = ET.parse(path).getroot()
    assert "date" not in {element.tag.rpartition("}")[2] for element in root.iter()}
    return json.loads(next(root.iter(DESCRIPTION)).text)


@pytest.mark.parametrize("figure", figures.FIGURES)
@pytest.mark.parametrize("ending", ["pdf", "svg", "png"])
def test_the_stamp_in_the_file_is_the_stamp_of_the_record(drawn: Path, figure: str, ending: str) -> None:
    stamp = stamp_in(drawn / f"{figure}.{ending}")
    assert stamp == records.read(drawn / f"{figure}.json", "figure")["provenance"]
    assert stamp["settings"] == {"study": "published", "figure": figure}


def test_a_stamp_covers_the_code_of_its_own_family_only(drawn: Path) -> None:
    code = stamp_in(drawn / "fig6.png")["code"]
    assert {"reprolib/figures/throughput.py", "reprolib/figures/paint.py", "reprolib/figures/save.py"} <= set(code)
    assert not {"reprolib/figures/zero_shot.py", "reprolib/fit.py"} & set(code)


def test_a_failure_half_way_leaves_what_stood_there(
    repository: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures.draw(repository, "published", "fig7", tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    real = files.write

    def full_disk(path: Path, content: str | bytes) -> None:
        if ".png" in path.name:
            raise ReproError("cannot write: no space left on device")
        real(path, content)

    monkeypatch.setattr(files, "write", full_disk)
    with pytest.raises(ReproError, match="no space left"):
        figures.draw(repository, "published", "fig7", tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_folder_that_cannot_be_made_is_one_sentence(repository: Tree, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file, not a folder")
    with pytest.raises(ReproError, match="cannot write"):
        figures.draw(repository, "published", "fig7", tmp_path / "out")


def test_an_input_that_changes_while_drawing_stops_the_save(
    study_tree: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reprolib.figures import duplicates

    real = duplicates.compose

    def slow(study: object, figure: str) -> object:
        drawing = real(study, figure)
        with (study_tree.published / "duplicates.csv").open("a") as stream:
            stream.write("\n")
        return drawing

    monkeypatch.setattr(duplicates, "compose", slow)
    with pytest.raises(ReproError, match=r"duplicates\.csv changed while the work ran"):
        figures.draw(study_tree, "published", "fig7", tmp_path / "out")
    assert not (tmp_path / "out").exists()
