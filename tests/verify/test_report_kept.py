"""Verdicts of earlier items stay in the report while they still hold."""

from pathlib import Path
from typing import Any

import pytest
import report_sample

from reprolib import files
from reprolib.errors import ReproError
from reprolib.paths import Tree
from reprolib.verify import report


def only(item: str) -> dict[str, Any]:
    """The sample run as if it had been asked for one item."""
    verdicts = report_sample.verdicts()
    return {**verdicts, "items": [each for each in verdicts["items"] if each["id"] == item]}


def names(verdicts: dict[str, Any]) -> list[str]:
    return [item["id"] for item in verdicts["items"]]


def test_kept_verdicts_come_back(tmp_path: Path) -> None:
    merged = report.keep(Tree(tmp_path), report_sample.verdicts())
    assert report.kept(Tree(tmp_path)) == merged
    assert sorted(names(merged)) == sorted(names(report_sample.verdicts()))


def test_one_item_verified_again_leaves_the_others_in_the_report(tmp_path: Path) -> None:
    whole = report.keep(Tree(tmp_path), report_sample.verdicts())
    again = only("fig1")
    again["items"][0]["seconds"] = 99.0
    merged = report.keep(Tree(tmp_path), again)
    assert set(names(merged)) == set(names(whole))
    assert next(item for item in merged["items"] if item["id"] == "fig1")["seconds"] == 99.0
    assert sum(merged["summary"][word] for word in ("exact", "within", "differs", "not_checkable")) == len(
        whole["items"]
    )


def test_a_shallower_look_does_not_take_the_place_of_a_deeper_one(tmp_path: Path) -> None:
    whole = report.keep(Tree(tmp_path), report_sample.verdicts())
    shallow = only("fig1")
    shallow["items"][0] |= {"tier": 0, "claims": []}
    assert report.keep(Tree(tmp_path), shallow)["items"] == whole["items"]


def test_after_a_change_of_the_facts_earlier_verdicts_are_dropped(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    report.keep(tree, report_sample.verdicts())
    files.write(tree.published / "zero_shot.csv", "changed")
    assert names(report.keep(tree, only("fig1"))) == ["fig1"]


def test_the_table_of_verdicts_has_no_times_in_it(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    report.keep(tree, report_sample.verdicts())
    first = (tree.report / "verdicts.csv").read_bytes()
    slower = report_sample.verdicts()
    for item in slower["items"]:
        item["seconds"] += 1
    report.keep(tree, slower)
    assert (tree.report / "verdicts.csv").read_bytes() == first
    assert first.startswith(b"item,claim,verdict,as_expected\nfig1,")


def test_without_verdicts_the_error_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(ReproError, match="run `reprolib verify` first"):
        report.kept(Tree(tmp_path))


@pytest.mark.parametrize("text", ["{", '{"items": 3}', "[]"])
def test_damaged_verdicts_do_not_stop_the_next_verification(tmp_path: Path, text: str) -> None:
    files.write(tmp_path / "report" / "verdicts.json", text)
    with pytest.raises(ReproError, match=r"verdicts\.json"):
        report.kept(Tree(tmp_path))
    assert names(report.keep(Tree(tmp_path), only("fig1"))) == ["fig1"]


def test_verdicts_of_another_shape_are_refused_by_name(tmp_path: Path) -> None:
    files.write_json(tmp_path / "report" / "verdicts.json", {})
    with pytest.raises(ReproError, match=r"verdicts\.json holds no verdicts"):
        report.kept(Tree(tmp_path))
