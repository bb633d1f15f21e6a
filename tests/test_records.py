"""Sealed records."""

import json
from pathlib import Path

import pytest

from reprolib import records
from reprolib.errors import ReproError


@pytest.fixture
def record(tmp_path: Path) -> Path:
    path = tmp_path / "law.json"
    records.write(path, "law", {"alpha": -0.11, "name": "é"}, {"inputs": {}})
    return path


def test_a_record_reads_back(record: Path) -> None:
    assert records.read(record, "law")["alpha"] == -0.11


def test_one_changed_digit_is_refused_by_name(record: Path) -> None:
    record.write_text(record.read_text().replace("-0.11", "-0.12"))
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
