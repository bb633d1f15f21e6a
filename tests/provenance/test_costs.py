"""What a stage costs is measured, kept and found again."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from reprolib.paths import Tree
from reprolib.provenance import costs


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def collected(tree: Tree) -> dict[str, Any]:
    costs.collect(tree, "published")
    found: dict[str, Any] = json.loads((tree.results("published") / "costs.json").read_text())
    return found


def test_a_run_leaves_its_wall_and_processor_seconds_with_children(tree: Tree) -> None:
    burn = "import time\nwhile time.process_time() < 0.2: pass"
    with costs.timed(tree, "fit"):
        subprocess.run([sys.executable, "-c", burn], check=True)
        time.sleep(0.1)
    cost, here = costs.last(tree, "fit")
    assert cost is not None
    assert here
    assert cost["cpu_s"] >= 0.19
    assert cost["wall_s"] >= cost["cpu_s"] * 0.5 + 0.05
    assert cost["peak_mib"] > 5
    assert cost["machine"] == costs.machine()


def test_a_failed_run_keeps_the_cost_of_the_last_good_one(tree: Tree) -> None:
    with costs.timed(tree, "fit"):
        pass
    before = costs.last(tree, "fit")
    with pytest.raises(ZeroDivisionError), costs.timed(tree, "fit"):
        _ = 1 / 0
    assert costs.last(tree, "fit") == before


def test_a_stage_that_never_ran_has_no_cost(tree: Tree) -> None:
    assert costs.last(tree, "fit") == (None, False)


def test_collected_costs_serve_a_clone_that_never_ran_the_stage(tree: Tree) -> None:
    with costs.timed(tree, "figures@published-fig1"):
        pass
    expected = collected(tree)["figures@published-fig1"]
    (tree.costs / "figures@published-fig1.json").unlink()
    assert costs.last(tree, "figures@published-fig1") == (expected, False)


def test_the_runs_of_the_study_are_collected_and_those_not_run_again_kept(tree: Tree) -> None:
    for stage in ("fit", "fit@published", "figures@published-fig1", "figures@mini-fig1", "fit@mini"):
        with costs.timed(tree, stage):
            pass
    before = collected(tree)
    assert list(before) == ["figures@published-fig1", "fit", "fit@published"]
    (tree.costs / "fit.json").unlink()
    assert collected(tree) == before


def test_the_cost_of_a_stage_that_is_no_more_is_dropped(tree: Tree) -> None:
    for stage in ("fit@published", "resources"):
        with costs.timed(tree, stage):
            pass
    (tree.root / "dvc.lock").write_text("stages:\n  fit@published: {}\n")
    assert list(collected(tree)) == ["fit@published"]
