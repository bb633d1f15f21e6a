"""Stamps are taken before the work, checked after it, and know the code that ran."""

import pytest

from reprolib import files, provenance
from reprolib.errors import ReproError
from reprolib.paths import Tree


def take(tree: Tree) -> provenance.Stamp:
    return provenance.take(
        tree, inputs=[tree.published], module="reprolib.results", settings={"a": 1}, reason="a test needs no device"
    )


def test_a_stamp_holds_hashes_versions_and_the_reason_for_the_device(facts_tree: Tree) -> None:
    stamp = take(facts_tree).confirm()
    assert stamp["inputs"] == {"paper/published": files.sha256(facts_tree.published)}
    assert stamp["environment"]["lock"] == files.sha256(facts_tree.lock)
    assert stamp["device"] == {"name": "cpu", "reason": "a test needs no device"}
    assert stamp["settings"] == {"a": 1}


def test_an_input_that_moves_while_the_work_runs_is_refused_by_name(facts_tree: Tree) -> None:
    stamp = take(facts_tree)
    (facts_tree.published / "hardware.csv").write_text("changed")
    with pytest.raises(ReproError, match="paper/published changed while the work ran, so nothing was written"):
        stamp.confirm()


def test_the_code_of_a_module_is_its_imports_followed_to_the_end() -> None:
    code = provenance.code_of("reprolib.results")
    assert "reprolib/records.py" in code
    assert "reprolib/files.py" in code  # through records
    assert "reprolib/paths.py" in code  # named for its types only, and still part of what the file says
    assert "reprolib/cli.py" not in code


def test_a_stamp_of_code_that_does_not_exist_is_empty_of_it() -> None:
    assert provenance.code_of("numpy") == ()
