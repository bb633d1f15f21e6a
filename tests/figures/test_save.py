"""Saving: the id of the record in every format, and all four files or none."""

from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfReader

from reprolib import figures, files, precision
from reprolib.errors import ReproError
from reprolib.paths import Tree
from reprolib.provenance import carried, records
from reprolib.study import Study
from reprolib.verify import again


@pytest.mark.parametrize("figure", figures.FIGURES)
def test_every_file_carries_the_id_of_the_record_and_no_date(drawn: Path, figure: str) -> None:
    record = records.read(drawn / f"{figure}.json", "figure")
    assert record["provenance"]["settings"] == {"study": "published", "figure": figure}
    for kind in ("pdf", "svg", "png"):
        assert carried.read(drawn / f"{figure}.{kind}") == record["record_id"]
    assert "/CreationDate" not in (PdfReader(drawn / f"{figure}.pdf").metadata or {})
    assert "<dc:date>" not in (drawn / f"{figure}.svg").read_text()
    with Image.open(drawn / f"{figure}.png") as image:
        assert "Software" not in image.info


def test_the_records_are_what_is_computed_without_painting(repository: Tree, drawn: Path) -> None:
    study = Study(repository, "published")
    for figure in figures.FIGURES:
        written = again.content(drawn / f"{figure}.json", "figure")
        assert precision.same("figure", written, figures.record_of(study, figure)), figure


def test_a_failure_half_way_leaves_what_stood_there(
    repository: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures.draw(repository, "published", "fig7", tmp_path)
    (tmp_path / "fig7.svg").write_text("edited, so that it is made again")
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
