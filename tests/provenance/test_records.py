"""Sealed records, and which of them are written again."""

import json
from pathlib import Path
from typing import Any

import pytest

from reprolib.errors import ReproError
from reprolib.provenance import records

STAMP: dict[str, Any] = {
    "stage": "fit",
    "format": 1,
    "inputs": {"results/x/evals": "0" * 64},
    "settings": {"bins": 5},
    "seed": None,
    "environment": {"packages": {"matplotlib": "3"}},
}
LAW = {"params": {"alpha": -0.1102384756}, "intervals": {"alpha": [-0.12, -0.1]}, "name": "é"}


@pytest.fixture
def record(tmp_path: Path) -> Path:
    path = tmp_path / "law.json"
    records.write(path, "law", LAW, STAMP)
    return path


def test_a_record_reads_back(record: Path) -> None:
    assert records.read(record, "law")["params"]["alpha"] == pytest.approx(-0.1102384756, abs=1e-8)


def test_one_changed_digit_is_refused_by_name(record: Path) -> None:
    record.write_text(record.read_text().replace("-0.1102", "-0.1103"))
    with pytest.raises(ReproError, match=r"law\.json was changed after it was made"):
        records.read(record, "law")


def test_a_record_without_a_seal_is_refused(record: Path) -> None:
    content = json.loads(record.read_text())
    del content["seal"]
    record.write_text(json.dumps(content))
    with pytest.raises(ReproError, match="seal does not match"):
        records.read(record, "law")


def test_layout_does_not_matter_to_the_seal(record: Path) -> None:
    record.write_text(json.dumps(json.loads(record.read_text()), indent=4))
    assert records.read(record, "law")["name"] == "é"


def test_another_kind_is_refused(record: Path) -> None:
    with pytest.raises(ReproError, match="should hold a record of kind 'figure', but it is 'law'"):
        records.read(record, "figure")


def test_what_comes_out_the_same_on_another_machine_keeps_its_bytes(record: Path) -> None:
    before = record.read_bytes()
    last_bits = {**LAW, "params": {"alpha": -0.1102384756 * (1 + 1e-13)}}
    records.write(record, "law", last_bits, {**STAMP, "environment": {"blas": "another kernel"}})
    assert record.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "stamp"),
    [
        ({**LAW, "params": {"alpha": -0.1102385}}, STAMP),
        (LAW, {**STAMP, "format": 2}),
        (LAW, {**STAMP, "inputs": {"results/x/evals": "1" * 64}}),
        (LAW, {**STAMP, "settings": {"bins": 6}}),
    ],
    ids=["number", "format", "input", "setting"],
)
def test_a_change_of_a_number_or_of_the_identity_is_written(
    record: Path, content: dict[str, Any], stamp: dict[str, Any]
) -> None:
    before = record.read_bytes()
    records.write(record, "law", content, stamp)
    assert record.read_bytes() != before
    assert records.read(record, "law")["provenance"] == stamp


def test_a_damaged_record_is_replaced(record: Path) -> None:
    before = record.read_bytes()
    record.write_text(record.read_text().replace("é", "e"))
    records.write(record, "law", LAW, STAMP)
    assert record.read_bytes() == before


def test_a_folder_of_records_is_written_whole(tmp_path: Path) -> None:
    folder = tmp_path / "laws"
    records.write_all(folder, "law", {"a": LAW, "b": LAW}, STAMP)
    before = (folder / "a.json").read_bytes()
    records.write_all(folder, "law", {"a": LAW, "c": LAW}, {**STAMP, "environment": {"blas": "another kernel"}})
    assert sorted(path.name for path in folder.iterdir()) == ["a.json", "c.json"]
    assert (folder / "a.json").read_bytes() == before


def drawn(folder: Path, picture: bytes, stamp: dict[str, Any], value: float = 1.0) -> None:
    content = {"id": "fig1", "panels": [{"y": [value]}]}
    records.write_with_files(folder, "figure", content, stamp, lambda record_id: {"fig1.svg": picture})


def test_a_picture_is_kept_where_another_version_draws_it_otherwise(tmp_path: Path) -> None:
    drawn(tmp_path, b"curve", STAMP)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    drawn(tmp_path, b"other bytes, same curve", {**STAMP, "environment": {"packages": {"matplotlib": "4"}}})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_picture_is_replaced_where_its_drawing_or_its_numbers_changed(tmp_path: Path) -> None:
    drawn(tmp_path, b"curve", STAMP)
    drawn(tmp_path, b"curve in another colour", STAMP)
    assert (tmp_path / "fig1.svg").read_bytes() == b"curve in another colour"
    drawn(tmp_path, b"another curve", STAMP, value=2.0)
    assert (tmp_path / "fig1.svg").read_bytes() == b"another curve"


def test_a_picture_that_somebody_edited_is_made_again(tmp_path: Path) -> None:
    drawn(tmp_path, b"curve", STAMP)
    (tmp_path / "fig1.svg").write_bytes(b"forged")
    drawn(tmp_path, b"curve", {**STAMP, "environment": {}})
    assert (tmp_path / "fig1.svg").read_bytes() == b"curve"
