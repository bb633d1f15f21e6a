"""What is evaluated or trained again, held against the records and the seed spread; the numbers here are made up."""

import math
import shutil
from pathlib import Path
from typing import Any

import pytest
import trained_toy
from trained_toy import BASE, LARGEST, STUDY, resealed

from reprolib import files, params, records, verify
from reprolib.paths import Tree
from reprolib.verify import linked, reevaluate, retrain, spread, verdicts
from reprolib.verify.compare import Number, Verdict, against_recorded

BOUND = math.sqrt(2) * 4.30265273 * 0.02
"""How far two accuracies of the toy study may lie apart."""


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    (tmp_path / "tree").mkdir()
    return trained_toy.tree(tmp_path / "tree")


@pytest.mark.parametrize(
    ("again", "verdict"),
    [
        (0.5, Verdict.EXACT),
        (0.5 * (1 + 1e-11), Verdict.EXACT),
        (0.509, Verdict.WITHIN),
        (0.511, Verdict.DIFFERS),
        (None, Verdict.DIFFERS),
    ],
)
def test_a_number_comes_again_to_the_last_digit_or_within_what_is_allowed(
    again: float | None, verdict: Verdict
) -> None:
    assert against_recorded(Number("", 0.5, again, 0.01)).verdict is verdict
    assert against_recorded(Number("", again, 0.5, 0.01)).verdict is verdict


def test_other_words_differ_unless_any_difference_is_allowed() -> None:
    assert against_recorded(Number("", "a", "a", 0.0)).verdict is Verdict.EXACT
    assert against_recorded(Number("", "a", "b", 0.5)).verdict is Verdict.DIFFERS
    assert against_recorded(Number("", "a", "b", math.inf)).verdict is Verdict.WITHIN


def trained_again(tree: Tree, *, loss: float, accuracy: float, sha256: str = "1" * 64) -> dict[str, Any]:
    """The verdict on the smallest cell if it had come out so."""
    path = tree.runs(STUDY) / "ladder" / f"{BASE}.json"
    curve = [{"samples_seen": 6144, "loss": loss}]
    again = {**records.read(path, "run"), "learning_curve": curve, "weights": {"sha256": sha256}}
    row = {"task": "control", "value": accuracy}
    rows = [
        {**row, "dataset": "imagenet1k", "metric": "acc1"},
        {**row, "dataset": "mscoco_captions", "metric": "image_retrieval_recall@5"},
    ]
    numbers = retrain.compared(tree, STUDY, path, again, rows, spread.measured(tree, STUDY))
    return verdicts.made_again("cell", "", 4, numbers, reason="")


def test_the_same_bits_are_exact(tree: Tree) -> None:
    done = trained_again(tree, loss=5.0, accuracy=0.10, sha256="0" * 64)
    assert (done["verdict"], done["expected"]) == ("exact", True)


def test_other_bits_within_the_seed_spread_are_within_tolerance_and_as_expected(tree: Tree) -> None:
    done = trained_again(tree, loss=6.2, accuracy=0.10 + 0.99 * BOUND)
    assert (done["verdict"], done["expected"]) == ("within tolerance", True)
    assert done["parts"][1]["label"] == "held-out loss (s = 0.2)"


@pytest.mark.parametrize(("loss", "accuracy"), [(5.0, 0.10 + 1.01 * BOUND), (6.3, 0.10), (3.7, 0.10)])
def test_a_cell_beyond_the_seed_spread_differs(tree: Tree, loss: float, accuracy: float) -> None:
    done = trained_again(tree, loss=loss, accuracy=accuracy)
    assert (done["verdict"], done["expected"]) == ("differs", False)


def test_the_chosen_runs_are_the_largest_and_the_smallest(tree: Tree) -> None:
    settings = params.load(tree)
    assert [path.stem for path in reevaluate.chosen(tree, settings, STUDY)] == [LARGEST]
    assert retrain.chosen(tree, settings, STUDY).stem == BASE


def evaluated_again(tree: Tree, **change: Any) -> dict[str, Any]:
    """The verdict on the largest run if its row on the class set had come out so."""
    made = Tree(tree.root.parent / "made")
    shutil.copytree(tree.root, made.root)
    resealed(made.evals(STUDY) / f"{LARGEST}.json", lambda record: record["results"][0].update(change))
    numbers = reevaluate.compared(tree, made, STUDY, LARGEST, spread.measured(tree, STUDY))
    return verdicts.made_again("evals", "", 3, numbers, reason="")


def test_all_rows_and_the_learning_curve_are_compared(tree: Tree) -> None:
    done = evaluated_again(tree)
    assert done["verdict"] == "exact"
    assert [part["label"] for part in done["parts"]] == [
        "zero-shot imagenet1k acc1",
        "zero-shot mscoco_captions image_retrieval_recall@5",
        "accuracy after 64 samples",
        "accuracy after 24576 samples",
    ]


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({"value": 0.3 + 0.99 * BOUND}, "within tolerance"),
        ({"value": 0.3 + 1.01 * BOUND}, "differs"),
        ({"interval": [0.25, 0.36]}, "within tolerance"),
        ({"dataset": "imagenetv2"}, "differs"),
    ],
)
def test_a_row_is_held_against_the_seed_spread(tree: Tree, change: dict[str, Any], verdict: str) -> None:
    assert evaluated_again(tree, **change)["verdict"] == verdict


@pytest.mark.parametrize(("value", "verdict"), [(0.34, "within tolerance"), (0.36, "differs")])
def test_a_row_that_no_seed_repeats_is_held_against_its_own_interval(tree: Tree, value: float, verdict: str) -> None:
    """A probe of the largest run, from 0.25 to 0.35."""
    resealed(tree.evals(STUDY) / f"{LARGEST}.json", lambda record: record["results"][0].update(task="linear-probe"))
    assert evaluated_again(tree, value=value)["verdict"] == verdict


def with_data(tree: Tree) -> Path:
    """Stand-ins for an evaluation set and for the checkpoint of the largest run; the path of the latter."""
    files.write(tree.shards(STUDY) / "pictographs-1k" / "manifest.json", "{}")
    path = tree.trained(STUDY) / "ladder" / LARGEST / "samples-000000024576.safetensors"
    files.write(path, "weights")
    return path


def verified(tree: Tree) -> dict[str, Any]:
    return verify.run(tree, params.load(tree), ["mini-evals"], 3)["items"][0]


def test_a_checkpoint_that_is_missing_is_told_with_what_makes_it(tree: Tree) -> None:
    with_data(tree).unlink()
    done = verified(tree)
    assert (done["verdict"], done["expected"]) == ("not checkable here", True)
    assert done["message"].startswith("Checkpoints of the group 'ladder' are not on this machine; ")
    assert done["message"].endswith("`dvc repro train@mini-ladder` makes them.")


def test_a_checkpoint_that_was_swapped_is_named(tree: Tree) -> None:
    with_data(tree)
    done = verified(tree)
    assert (done["verdict"], done["expected"]) == ("differs", False)
    name = f"data/mini/runs/ladder/{LARGEST}/samples-000000024576.safetensors"
    assert f"{name} is not the checkpoint that the record of the run is about" in done["message"]


def test_linked_files_are_shared_and_what_replaces_one_leaves_the_other(tree: Tree, tmp_path: Path) -> None:
    checkpoint = with_data(tree)
    made = linked.tree(tree, tmp_path / "linked", [tree.shards(STUDY), checkpoint])
    other = made.trained(STUDY) / "ladder" / LARGEST / checkpoint.name
    assert other.samefile(checkpoint)
    assert (made.shards(STUDY) / "pictographs-1k" / "manifest.json").is_file()
    before = tree.params.read_bytes()
    files.write(made.params, "{}")
    assert tree.params.read_bytes() == before
