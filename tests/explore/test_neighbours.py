"""A neighbour of the settings differs in what it says and in nothing else."""

from pathlib import Path

import pytest

from reprolib import params
from reprolib.errors import ReproError
from reprolib.explore import neighbours
from reprolib.paths import Tree


def test_a_change_multiplies_the_setting_wherever_a_recipe_has_it_and_leaves_the_rest(repository: Tree) -> None:
    how = params.load(repository).mini.evaluate
    longer = neighbours._changed(how, {"epochs": 2.0, "steps": 2.0})
    assert longer.single == how.single.model_copy(update={"epochs": 2 * how.single.epochs})
    assert longer.intermediate == how.intermediate.model_copy(update={"epochs": 2 * how.intermediate.epochs})
    assert longer.joint == how.joint.model_copy(update={"steps": 2 * how.joint.steps})
    slower = neighbours._changed(how, {"learning_rate": 0.5})
    assert slower.joint.learning_rate == how.joint.learning_rate / 2
    assert slower.single.learning_rate == how.single.learning_rate / 2
    assert neighbours._changed(how, {}) == how


def test_a_clone_without_checkpoints_is_told_how_to_get_them(repository: Tree, tmp_path: Path) -> None:
    tree, run = Tree(tmp_path), "ladder/ViT-femto-8_51k_25k"
    record = tree.runs("mini") / f"{run}.json"
    record.parent.mkdir(parents=True)
    record.write_bytes((repository.runs("mini") / f"{run}.json").read_bytes())
    with pytest.raises(
        ReproError, match=r"the checkpoint of 'ladder/ViT-femto-8_51k_25k', is missing; run `make retrain`"
    ):
        neighbours.table(tree, params.load(repository), "mini", run)


def test_the_first_row_is_the_settings_as_they_are() -> None:
    assert next(iter(neighbours.CHANGES.items())) == ("as set", {})
