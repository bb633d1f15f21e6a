"""Stamps are taken before the work and checked after it; they identify a result without the bytes of source files."""

import importlib.metadata

import pytest

from reprolib import files, provenance
from reprolib.errors import ReproError
from reprolib.paths import Tree


def take(tree: Tree) -> provenance.Stamp:
    return provenance.take(
        tree, stage="fit", inputs=[tree.published], settings={"a": 1}, reason="a test needs no device"
    )


def test_a_stamp_holds_stage_format_hashes_and_the_reason_for_the_device(facts_tree: Tree) -> None:
    stamp = take(facts_tree).confirm()
    assert (stamp["stage"], stamp["format"]) == ("fit", provenance.format_of("fit"))
    assert stamp["inputs"] == {"paper/published": files.sha256(facts_tree.published)}
    assert stamp["device"] == {"name": "cpu", "reason": "a test needs no device"}
    assert stamp["settings"] == {"a": 1}


def test_a_stamp_names_what_computed_the_number(facts_tree: Tree) -> None:
    environment = take(facts_tree).confirm()["environment"]
    assert environment["lock"] == files.sha256(facts_tree.lock)
    for name in ("torch", "open_clip_torch", "timm", "numpy"):
        assert environment["packages"][name] == importlib.metadata.version(name)
    assert environment["blas"].startswith("openblas ")


def test_the_identity_leaves_out_on_what_a_result_was_computed(facts_tree: Tree) -> None:
    assert set(provenance.identity(take(facts_tree).confirm())) == {"stage", "format", "inputs", "settings", "seed"}


def test_an_input_that_moves_while_the_work_runs_is_refused_by_name(facts_tree: Tree) -> None:
    stamp = take(facts_tree)
    (facts_tree.published / "hardware.csv").write_text("changed")
    with pytest.raises(ReproError, match="paper/published changed while the work ran, so nothing was written"):
        stamp.confirm()
