"""What a stage costs is measured, kept and found again."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from reprolib import costs
from reprolib.errors import ReproError
from reprolib.paths import Tree


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def test_a_run_leaves_its_wall_and_processor_seconds_with_children(tree: Tree) -> None:
    burn = "import time\nwhile time.process_time() < 0.4: pass"
    with costs.timed(tree, "fit"):
        subprocess.run([sys.executable, "-c", burn], check=True)
        time.sleep(0.2)
    cost = costs.last(tree, "fit")
    assert cost is not None
    assert cost.cpu_s >= 0.39
    assert cost.wall_s >= cost.cpu_s * 0.5 + 0.1
    assert cost.peak_mib > 5
    assert (cost.state, cost.here, cost.machine) == ("done", True, costs.machine())


def test_a_failed_run_says_so_and_its_own_error_goes_through(tree: Tree) -> None:
    with pytest.raises(ReproError, match="no such file"), costs.timed(tree, "fit"):
        raise ReproError("no such file")
    cost = costs.last(tree, "fit")
    assert cost is not None
    assert cost.state == "failed: no such file"


def test_the_error_of_the_stage_goes_before_that_of_an_unwritable_cost(tree: Tree) -> None:
    (tree.root / ".reprolib").write_text("a file where the folder should be")
    with pytest.raises(ReproError, match="no such file"), costs.timed(tree, "fit"):
        raise ReproError("no such file")
    with pytest.raises(ReproError, match="cannot write"), costs.timed(tree, "fit"):
        pass


def test_a_stage_that_never_ran_has_no_cost(tree: Tree) -> None:
    assert costs.last(tree, "fit") is None


def test_collected_costs_serve_a_clone_that_never_ran_the_stage(tree: Tree) -> None:
    with costs.timed(tree, "figures@published-fig1"):
        pass
    costs.collect(tree, "published")
    (tree.costs / "figures@published-fig1.json").unlink()
    cost = costs.last(tree, "figures@published-fig1")
    assert cost is not None
    assert not cost.here
    assert cost.state == "done"


def test_only_good_runs_of_the_study_are_collected(tree: Tree) -> None:
    for stage in ("fit", "fit@published", "figures@published-fig1", "figures@mini-fig1", "fit@mini"):
        with costs.timed(tree, stage):
            pass
    with pytest.raises(ZeroDivisionError), costs.timed(tree, "tables"):
        _ = 1 / 0
    collected = json.loads(costs.collect(tree, "published").read_text())
    assert list(collected) == ["figures@published-fig1", "fit", "fit@published"]


def test_a_stage_not_run_again_keeps_the_cost_recorded_before(tree: Tree) -> None:
    with costs.timed(tree, "fit"):
        pass
    before = json.loads(costs.collect(tree, "published").read_text())
    (tree.costs / "fit.json").unlink()
    assert json.loads(costs.collect(tree, "published").read_text()) == before


def test_the_cost_of_a_stage_that_is_no_more_is_dropped(tree: Tree) -> None:
    for stage in ("fit@published", "resources"):
        with costs.timed(tree, stage):
            pass
    costs.collect(tree, "published")
    (tree.root / "dvc.lock").write_text("stages:\n  fit@published: {}\n")
    assert list(json.loads(costs.collect(tree, "published").read_text())) == ["fit@published"]


def test_a_damaged_cost_is_named(tree: Tree) -> None:
    tree.costs.mkdir(parents=True)
    (tree.costs / "fit.json").write_text('{"seconds": 1}')
    with pytest.raises(ReproError, match=r"fit\.json does not hold the cost of a stage"):
        costs.last(tree, "fit")
