"""A toy ladder, trained and evaluated on this machine, verified by evaluating and training it again."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import trained_toy
from trained_toy import STUDY

from reprolib import files, params, verify
from reprolib.paths import Tree

pytestmark = pytest.mark.slow
ENVIRONMENT = {key: value for key, value in os.environ.items() if key not in ("RANK", "WORLD_SIZE")}
CELL = "ViT-zepto-8_few_short"
"""The only one, so it is the largest run and the smallest."""

COLUMNS = ("task", "dataset", "shots", "metric")
EDITED = ("linear-probe", "imagenet1k", "full", "acc1")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """One cell of a ladder with three seeds, by the commands that a user types."""
    tree = Tree(tmp_path_factory.mktemp("ladder"))
    settings = params.load(Tree(trained_toy.ROOT)).model_dump()
    mini = settings["mini"]
    mini["pool"].update(per_shard=64, subsets={"few": 64}, apart={}, validation=32, held_out=0.12)
    mini["recipe"].update(global_batch=32, processes=2, state_every=6400)
    mini["budgets"] = {"short": 96}
    mini["evaluate"]["joint"].update(steps=4, batch=8, warmup=1)
    mini["evaluate"]["single"].update(epochs=1, warmup_epochs=0)
    group = {"study": STUDY, "group": "toy", "models": ["ViT-zepto-8"], "data": ["few"], "budgets": ["short"]}
    seeds = [{}, {"seed": 1}, {"seed": 2}]
    settings |= {"train": {"mini-toy": {**group, "changes": seeds}}, "figures": {}}
    files.write_json(tree.params, settings)
    files.write(tree.root / "dvc.yaml", "stages: {}\n")
    shutil.copy(trained_toy.ROOT / "requirements.lock", tree.root)
    for words in (["shard", STUDY], ["train", STUDY, "toy"], ["evaluate", STUDY]):
        subprocess.run(
            [sys.executable, "-m", "reprolib", *words], cwd=tree.root, env=ENVIRONMENT, check=True, timeout=120
        )
    return tree


def _row(record: dict[str, Any], key: tuple[str, ...]) -> dict[str, Any]:
    return next(row for row in record["results"] if tuple(row[name] for name in COLUMNS) == key)


def verified(tree: Tree, item: str, tier: int) -> dict[str, Any]:
    return verify.run(tree, params.load(tree), [item], tier)["items"][0]


def test_records_of_a_real_ladder_agree_with_data_and_code(made: Tree) -> None:
    assert verified(made, "mini-files", 0)["message"] == "3 comparisons as expected."


def test_evaluated_again_every_row_comes_to_the_last_digit_but_the_one_that_was_edited(
    made: Tree, tmp_path: Path
) -> None:
    tree = Tree(tmp_path / "copy")
    shutil.copytree(made.root, tree.root, ignore=shutil.ignore_patterns(".reprolib"))
    path = tree.evals(STUDY) / f"{CELL}.json"
    trained_toy.resealed(path, lambda record: _row(record, EDITED).update(value=0.9))
    before = files.sha256(tree.root)
    done = verified(tree, "mini-evals", 3)
    parts = done["claims"][0]["parts"]
    other = [part["label"] for part in parts if part["verdict"] != "exact"]
    assert other == [" ".join(EDITED)]
    assert len(parts) > 100
    assert (done["verdict"], done["expected"]) == ("differs", False)
    assert f"mini-evals.{CELL} is 'differs', expected 'exact' ({' '.join(EDITED)}: " in done["message"]
    assert files.sha256(tree.root) == before


def test_a_cell_trained_again_in_two_processes_has_the_same_bits(made: Tree) -> None:
    done = verified(made, "mini-cell", 4)
    assert (done["verdict"], done["message"]) == ("exact", "4 comparisons as expected.")
    assert done["claims"][0]["id"] == f"mini-cell.{CELL}"
    assert done["claims"][0]["explanation"] == "The weights are the same to the bit."
