"""Tier 0 catches one changed cell, byte or number and names it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reprolib import files
from reprolib.errors import ReproError
from reprolib.paths import Tree
from reprolib.provenance import records
from reprolib.verify.integrity import Inspection

PIPELINE = """\
stages:
  shard:
    cmd: mkdir data && cp facts data/shards
    deps: [facts]
    outs: [data/shards]
  fit:
    cmd: cp facts laws
    deps: [facts]
    params: [bins]
    outs:
      - laws: {cache: false}
"""
STUDY = "published"
LAW = "zero-shot.imagenet1k.acc1.openclip"


def faults(tree: Tree, item: str) -> str:
    """What tier 0 tells of one figure or table."""
    return " ".join(Inspection(tree, STUDY).item(item))


def change(path: Path, old: str, new: str) -> None:
    """Replace one text by another of which there is at least one."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_what_the_stages_have_just_made_has_no_fault(made: Tree) -> None:
    inspection = Inspection(made, STUDY)
    assert inspection.environment() == []
    assert inspection.facts() == []
    assert inspection.records() == []
    assert [inspection.item(item) for item in ("fig3", "table4", "table19", "table26")] == [[], [], [], []]


@pytest.mark.parametrize("ending", ["pdf", "svg", "png", "json"])
def test_one_byte_of_a_figure_is_caught_and_the_file_named(copy: Tree, ending: str) -> None:
    path = copy.figures(STUDY) / f"fig3.{ending}"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    assert f"paper/figures/published/fig3.{ending}" in faults(copy, "fig3")


@pytest.mark.parametrize("ending", ["csv", "tex", "html", "json"])
def test_one_cell_of_a_table_is_caught_and_the_file_named(copy: Tree, ending: str) -> None:
    change(copy.tables(STUDY) / f"table19.{ending}", "77.97", "77.98")
    assert f"paper/tables/published/table19.{ending}" in faults(copy, "table19")


def test_one_number_of_a_law_is_caught_and_the_record_named(copy: Tree) -> None:
    path = copy.laws(STUDY) / f"{LAW}.json"
    record = json.loads(path.read_text())
    record["params"]["alpha"] -= 0.0001
    path.write_text(json.dumps(record, indent=1))
    told, numbers = Inspection(copy, STUDY).records()
    assert f"results/published/laws/{LAW}.json was changed after it was made" in told
    assert "paper/numbers/published.json: its input results/published/laws has changed" in numbers


def test_one_number_of_the_scrutiny_is_caught_and_the_record_named(copy: Tree) -> None:
    path = copy.scrutiny(STUDY) / "slopes.json"
    record = json.loads(path.read_text())
    record["rows"][0]["difference"] -= 0.0001
    path.write_text(json.dumps(record, indent=1))
    (told,) = Inspection(copy, STUDY).records()
    assert "results/published/scrutiny/slopes.json was changed after it was made" in told


def test_a_later_model_that_changes_makes_the_scrutiny_stale(copy: Tree) -> None:
    change(copy.published / "later_models.csv", "78.47", "78.48")
    (told,) = (told for told in Inspection(copy, STUDY).records() if "scrutiny" in told)
    assert "its input paper/published/later_models.csv has changed" in told


def test_one_cell_of_a_fact_is_caught_by_every_record_that_was_made_from_it(copy: Tree) -> None:
    change(copy.published / "zero_shot.csv", "0.5940803382663847", "0.5940803382663848")
    told = " ".join(Inspection(copy, STUDY).records())
    assert "its input paper/published/zero_shot.csv has changed" in told


def test_a_fact_without_a_known_source_is_named_by_file_and_line(copy: Tree) -> None:
    change(copy.published / "duplicates.csv", "paper-table-3", "hearsay")
    (told,) = Inspection(copy, STUDY).facts()
    assert "duplicates.csv line 2" in told
    assert "'hearsay'" in told


def test_a_file_with_the_id_of_another_record_is_caught(copy: Tree) -> None:
    path = copy.tables(STUDY) / "table4.tex"
    record = json.loads((copy.tables(STUDY) / "table4.json").read_text())
    change(path, record["record_id"], "0" * 64)
    record["files"]["table4.tex"] = files.sha256(path)
    record["seal"] = records.seal(record)
    files.write_json(copy.tables(STUDY) / "table4.json", record)
    assert faults(copy, "table4").startswith("paper/tables/published/table4.tex carries the id of another record")


def test_a_record_of_another_format_than_its_stage_has_is_stale(copy: Tree) -> None:
    path = copy.laws(STUDY) / f"{LAW}.json"
    record = json.loads(path.read_text())
    record["provenance"]["format"] += 1
    record["seal"] = records.seal(record)
    files.write_json(path, record)
    assert "of stage 'fit', which is at" in " ".join(Inspection(copy, STUDY).records())


def test_a_figure_that_is_not_made_yet_is_told_and_not_a_crash(made: Tree) -> None:
    assert "paper/figures/published/fig1.json is missing" in faults(made, "fig1")


def test_a_file_that_its_record_seals_must_be_there(copy: Tree) -> None:
    (copy.figures(STUDY) / "fig3.svg").unlink()
    assert "paper/figures/published/fig3.svg is missing" in faults(copy, "fig3")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"numpy>=2.4"', '"numpy>=99"', "asks for numpy>=99, but requirements.lock pins 2."),
        ('"numpy>=2.4"', '"nosuch>=1"', "asks for nosuch>=1, but requirements.lock does not list it"),
    ],
)
def test_a_dependency_that_the_lock_does_not_satisfy_is_named(copy: Tree, old: str, new: str, told: str) -> None:
    change(copy.root / "pyproject.toml", old, new)
    (fault,) = Inspection(copy, STUDY).environment()
    assert told in fault


def test_a_broken_project_file_is_one_sentence(copy: Tree) -> None:
    (copy.root / "pyproject.toml").write_text("x = [")
    with pytest.raises(ReproError, match=r"pyproject\.toml is not TOML"):
        Inspection(copy, STUDY).environment()


def test_one_digit_of_the_numbers_of_the_prose_is_caught_and_the_record_named(copy: Tree) -> None:
    change(copy.numbers(STUDY), '"text": "', '"text": "1')
    (told,) = Inspection(copy, STUDY).records()
    assert told.startswith("paper/numbers/published.json was changed after it was made")


def test_a_pin_without_a_hash_is_named(copy: Tree) -> None:
    copy.lock.write_text(copy.lock.read_text() + "unhashed==1.0\n")
    assert Inspection(copy, STUDY).environment() == ["requirements.lock holds unhashed without a hash; run `make lock`"]


def test_what_dvc_finds_changed_is_one_sentence_a_file(tmp_path: Path) -> None:
    """A pipeline of two stages that has run; then an output, a fact and a setting change, and data are not there."""
    tree = Tree(tmp_path)
    (tmp_path / "params.yaml").write_text("bins: 5\n")
    (tmp_path / "facts").write_text("1\n")
    (tmp_path / "dvc.yaml").write_text(PIPELINE)
    for words in (["init", "--no-scm", "-q"], ["repro", "-q"]):
        subprocess.run([sys.executable, "-m", "dvc", *words], cwd=tmp_path, check=True)
    shutil.rmtree(tmp_path / "data")
    assert Inspection(tree, STUDY).pipeline() == []
    (tmp_path / "params.yaml").write_text("bins: 6\n")
    (tmp_path / "laws").write_text("2\n")
    told = Inspection(tree, STUDY).pipeline()
    assert [fault.partition(" is not what")[0] for fault in told] == ["params.yaml: bins", "laws"]
    (tmp_path / "dvc.lock").unlink()
    assert "dvc.lock is missing" in Inspection(tree, STUDY).pipeline()[0]
