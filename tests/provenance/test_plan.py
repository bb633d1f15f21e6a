"""`reprolib plan` on a small real pipeline: what would run, why, and what it cost."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from reprolib.errors import ReproError
from reprolib.paths import Tree
from reprolib.provenance import costs, plan

PIPELINE = """\
stages:
  fit:
    cmd: cp facts laws
    deps: [facts]
    params: [bins]
    outs:
      - laws: {cache: false}
  figures:
    foreach: ${figures}
    do:
      cmd: cp laws ${item.figure}.json
      deps: [laws]
      outs:
        - ${item.figure}.json: {cache: false}
  tables:
    cmd: cp facts tables
    deps: [facts]
    outs:
      - tables: {cache: false}
"""
PARAMS = "bins: 5\nfigures:\n  published-fig1: {figure: fig1}\n  published-fig12: {figure: fig12}\n"


def dvc(tree: Tree, *arguments: str) -> None:
    environment = {**os.environ, "DVC_NO_ANALYTICS": "1"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    subprocess.run([sys.executable, "-m", "dvc", *arguments, "-q"], cwd=tree.root, env=environment, check=True)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """A pipeline that has run once."""
    tree = Tree(tmp_path_factory.mktemp("pipeline"))
    (tree.root / "dvc.yaml").write_text(PIPELINE)
    (tree.root / "params.yaml").write_text(PARAMS)
    (tree.root / "facts").write_text("1\n")
    dvc(tree, "init", "--no-scm")
    dvc(tree, "repro")
    return tree


def states(found: plan.Plan) -> dict[str, str]:
    return {step.stage: step.state for step in found.steps}


def test_a_figure_needs_its_stage_and_those_before_it_and_nothing_else(tree: Tree) -> None:
    found = plan.run(tree, "fig1")
    assert states(found) == {"fit": "up to date", "figures@published-fig1": "up to date"}
    assert found.text().endswith("Nothing would run: all is up to date.")


def test_a_group_and_a_table_name_all_their_stages(tree: Tree) -> None:
    assert list(states(plan.run(tree, "figures"))) == ["fit", "figures@published-fig1", "figures@published-fig12"]
    assert list(states(plan.run(tree, "table17"))) == ["tables"]


def test_an_unknown_item_is_refused_with_those_that_exist(tree: Tree) -> None:
    with pytest.raises(ReproError, match="no item 'fig99'; expected one of fig1, fig12, fit, tables, a table"):
        plan.run(tree, "fig99")


def test_a_changed_setting_runs_its_stage_and_those_after_it_may_follow(tree: Tree) -> None:
    (tree.root / "params.yaml").write_text(PARAMS.replace("5", "6"))
    with costs.timed(tree, "fit"):
        pass
    try:
        found = plan.run(tree, "fig1")
    finally:
        (tree.root / "params.yaml").write_text(PARAMS)
    assert states(found) == {"fit": "runs", "figures@published-fig1": "may run"}
    assert [step.why for step in found.steps] == ["bins modified", "if fit gives other results"]
    text = found.text()
    assert "0.0 s here" in text
    assert (
        "1 would run, about 0.0 s; with the 1 that may follow, about 0.0 s (never run: figures@published-fig1)" in text
    )


def test_a_lost_output_runs_only_the_stage_that_makes_it(tree: Tree) -> None:
    (tree.root / "fig1.json").unlink()
    try:
        found = plan.run(tree, "fig1")
    finally:
        (tree.root / "fig1.json").write_text("1\n")
    assert states(found) == {"fit": "up to date", "figures@published-fig1": "runs"}
    assert found.steps[-1].why == "fig1.json deleted"


def test_a_stage_that_never_ran_says_so(tree: Tree, tmp_path: Path) -> None:
    fresh = Tree(tmp_path)
    for name in ("dvc.yaml", "params.yaml", "facts"):
        (tmp_path / name).write_text((tree.root / name).read_text())
    dvc(fresh, "init", "--no-scm")
    assert [step.why for step in plan.run(fresh, "fig1").steps] == ["has not run yet", "has not run yet"]


def test_a_broken_pipeline_is_told_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ReproError, match="`dvc dag --dot` failed: ERROR"):
        plan.run(Tree(tmp_path), "fig1")
