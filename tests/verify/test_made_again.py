"""What is evaluated or trained again, held against the records and the seed spread; the numbers here are made up."""

import math
import shutil
from pathlib import Path
from typing import Any

import pytest
import trained_toy
from trained_toy import BASE, LARGEST, STUDY, resealed

from reprolib import files, params, verify
from reprolib.paths import Tree
from reprolib.provenance import records
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
        (0.5 + 0.4e-12, Verdict.EXACT),
        (0.5 + 2e-12, Verdict.WITHIN),
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
    return verdicts.made_again("cell", "", 4, numbers, tolerance="the seed spread", reason="")


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


def evaluated_again(tree: Tree, row: int = 0, **change: Any) -> dict[str, Any]:
    """The verdict on the largest run if a row, of 100 test samples, had come out so."""
    made = Tree(tree.root.parent / "made")
    shutil.copytree(tree.root, made.root)
    resealed(made.evals(STUDY) / f"{LARGEST}.json", lambda record: record["results"][row].update(change))
    return verdicts.made_again("evals", "", 3, reevaluate.compared(tree, made, STUDY, LARGEST), tolerance="", reason="")


def recorded(tree: Tree, **change: Any) -> None:
    """Let the record of the largest run have another first row."""
    resealed(tree.evals(STUDY) / f"{LARGEST}.json", lambda record: record["results"][0].update(change))


def test_all_rows_and_the_learning_curve_are_compared(tree: Tree) -> None:
    done = evaluated_again(tree)
    assert done["verdict"] == "exact"
    assert [part["label"] for part in done["parts"]] == [
        "zero-shot imagenet1k acc1",
        "zero-shot mscoco_captions image_retrieval_recall@5",
        "accuracy after 64 samples",
        "accuracy after 24576 samples",
    ]


KINDS = {
    "zero-shot": 1,
    "control": 1,
    "eight-task-zero-shot": 1,
    "linear-probe": 1,
    "linear-probe-as-published": 2,
    "eight-task-joint": 6,
    "eight-task-patched": 6,
    "imagenet-fine-tune": 6,
    "imagenet-12k-fine-tune": 6,
    "of another kind": 0,
}
"""How many of 100 samples may come out otherwise."""


@pytest.mark.parametrize("beyond", [0, 1])
@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("kind", KINDS)
def test_one_sample_more_than_rounding_may_change_is_caught(tree: Tree, kind: str, sign: int, beyond: int) -> None:
    recorded(tree, task=kind)
    hits = 30 + sign * (KINDS[kind] + beyond)
    agrees = "within tolerance" if KINDS[kind] else "exact"
    assert evaluated_again(tree, value=hits / 100)["verdict"] == ("differs" if beyond else agrees)


def test_every_kind_of_row_in_the_results_has_its_number_of_samples() -> None:
    committed = Tree(trained_toy.ROOT)
    paths = [path for study in ("mini", "curation") for path in committed.evals(study).glob("*.json")]
    found = {row["task"] for path in paths for row in records.read(path, "evaluation")["results"]}
    assert found == {task for limit in reevaluate.LIMITS for task in limit.tasks}


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({"interval": [0.25, 0.351]}, "differs"),
        ({"interval": [0.249, 0.35]}, "differs"),
        ({"value": 0.31, "interval": [0.25, 0.3699]}, "within tolerance"),
        ({"value": 0.31, "interval": [0.25, 0.3701]}, "differs"),
        ({"dataset": "imagenetv2"}, "differs"),
        ({"source": "of something else"}, "differs"),
        ({"n_test": 101}, "differs"),
    ],
)
def test_what_belongs_to_a_row_follows_its_value(tree: Tree, change: dict[str, Any], verdict: str) -> None:
    assert evaluated_again(tree, **change)["verdict"] == verdict


@pytest.mark.parametrize(("high", "verdict"), [(0.3799, "within tolerance"), (0.3801, "differs")])
def test_the_ends_of_a_resampled_interval_may_move_though_the_share_does_not(
    tree: Tree, high: float, verdict: str
) -> None:
    assert evaluated_again(tree, row=1, interval=[0.25, high])["verdict"] == verdict


@pytest.mark.parametrize(("moved", "mean", "verdict"), [(0, 0.305, "differs"), (1, 0.305, "within tolerance")])
@pytest.mark.parametrize("sign", [-1, 1])
def test_a_mean_moves_no_more_than_its_sets(tree: Tree, moved: int, mean: float, verdict: str, sign: int) -> None:
    recorded(tree, dataset="imagenet_robustness", n_test=None)
    resealed(tree.evals(STUDY) / f"{LARGEST}.json", lambda record: record["results"][1].update(metric="acc1"))
    made = Tree(tree.root.parent / "made")
    shutil.copytree(tree.root, made.root)

    def change(record: dict[str, Any]) -> None:
        record["results"][0]["value"] = 0.3 + sign * (mean - 0.3)
        record["results"][1]["value"] = 0.3 + sign * moved / 100

    resealed(made.evals(STUDY) / f"{LARGEST}.json", change)
    done = verdicts.made_again("evals", "", 3, reevaluate.compared(tree, made, STUDY, LARGEST), tolerance="", reason="")
    assert done["verdict"] == verdict


@pytest.mark.parametrize(
    ("source", "value", "verdict"),
    [
        ("share 0.5 of the tuned weights", 0.34, "within tolerance"),
        ("share 0.5 of the tuned weights", 0.36, "differs"),
        ("share 0.4 of the tuned weights", 0.37, "differs"),
    ],
)
def test_a_patch_of_another_share_is_held_against_its_own_interval(
    tree: Tree, source: str, value: float, verdict: str
) -> None:
    recorded(tree, task="eight-task-patched", source="share 0.4 of the tuned weights")
    assert evaluated_again(tree, source=source, value=value)["verdict"] == verdict


@pytest.mark.parametrize(("accuracy", "verdict"), [(0.31, "within tolerance"), (0.32, "differs")])
def test_a_point_of_the_learning_curve_may_move_by_a_sample_of_the_class_set(
    tree: Tree, accuracy: float, verdict: str
) -> None:
    made = Tree(tree.root.parent / "made")
    shutil.copytree(tree.root, made.root)
    curve = made.learning(STUDY) / f"{LARGEST}.csv"
    files.write(curve, curve.read_text().replace("24576,0.3,", f"24576,{accuracy},"))
    done = verdicts.made_again("evals", "", 3, reevaluate.compared(tree, made, STUDY, LARGEST), tolerance="", reason="")
    assert done["verdict"] == verdict


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
