"""Tier 3: checkpoints of a study that is trained here, evaluated again with nothing cached, held against its records.

Which: the runs of the largest budget on the largest data set, one of each model; in a study of curation, all of the
largest budget. They have every kind of row: zero-shot and retrieval, probes, fine-tuning, and a learning curve. The
stage `evaluate` runs as it is, in a temporary tree that shares checkpoints and evaluation sets by hard links and has a
cache of its own.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from reprolib import files
from reprolib.errors import ReproError
from reprolib.provenance import records
from reprolib.verify import linked, spread, verdicts
from reprolib.verify.compare import Number

if TYPE_CHECKING:
    from reprolib.params import Params
    from reprolib.paths import Tree

TIER = 3
STATES = "Its checkpoints, evaluated again with nothing cached, give all rows of its evaluation and its learning curve."
REASON = (
    "The same weights give the same rows on any machine, but for test samples that lie on the boundary of two answers: "
    "rounding moves a coordinate of an embedding by up to 3e-7. {limits} A mean may move by what its sets did at most, "
    "the end of an interval by twice what its value does."
)


class Limit(NamedTuple):
    """What rounding may change in the rows of some tasks."""

    tasks: tuple[str, ...]
    samples: int
    """So many test samples may come out otherwise, net, of each row."""
    reason: str
    """A sentence; `{samples}` is their number."""


LIMITS = (
    Limit(
        ("zero-shot", "control", "eight-task-zero-shot"),
        1,
        "Zero-shot and in retrieval {samples} of a set may come out otherwise, and at a point of the learning curve: "
        "similarities are exact and ties have a rule, so only the embeddings differ, and of 10,000 images one has its "
        "two best classes within the 1e-6 that this moves a similarity.",
    ),
    Limit(
        ("linear-probe",),
        1,
        "Of a probe {samples}: its minimum is unique and found to the rounding of the features, and the search for its "
        "penalty is short.",
    ),
    Limit(
        ("linear-probe-as-published",),
        2,
        "Of a probe as published {samples}: it is a training of thousands of steps in float32, which enlarge rounding; "
        "imitated machines changed none.",
    ),
    Limit(
        ("eight-task-joint", "eight-task-patched", "imagenet-fine-tune", "imagenet-12k-fine-tune"),
        6,
        "Of a fine-tuned tower {samples}: it is trained anew, so its bits depend on the machine; three times the most "
        "that imitated machines changed (2 of 1,024).",
    ),
)
PATCHED = "eight-task-patched"
RESHARED = (
    "A patch whose share of the tuned weights, chosen on held-back images, comes out otherwise is another mixture: its "
    "rows may move by half the 95 % interval of their own test samples."
)
TWICE = 2.0
"""The slope of the end of Wilson's interval by the share stays below; of resampled ends by one sample, the sampling
noise of 10,000 draws included."""
Row = Mapping[str, Any]


def checks(
    tree: Tree, params: Params, study: str, item: str, folder: Path, local: Callable[[str], str]
) -> list[dict[str, Any]]:
    """A verdict record for each of the chosen runs.

    Args:
        tree: The repository; only read.
        params: Its settings.
        study: One that is trained here.
        item: What the checks are called after.
        folder: Where nothing is yet, to work in.
        local: Takes the folders of this machine out of a sentence.

    Raises:
        ReproError: A committed record is missing or damaged.
    """
    limits = " ".join([*(limit.reason.format(samples=limit.samples) for limit in LIMITS), RESHARED])
    reason = REASON.format(limits=limits)
    runs = chosen(tree, params, study)
    lacking = {path: _lacking(tree, params, study, path) for path in runs}
    ready = [path for path in runs if not lacking[path]]
    faults = {path: _swapped(tree, study, path) for path in ready}
    sound = [path for path in ready if not faults[path]]
    try:
        made = evaluated(tree, params, study, sound, folder)
    except ReproError as error:
        faults |= dict.fromkeys(sound, f"{error}.")
    found = []
    for path in runs:
        name, states = f"{item}.{path.stem}", f"{path.stem}: {STATES}"
        if lacking[path]:
            found.append(verdicts.unchecked(name, states, TIER, lacking[path]))
        elif faults[path]:
            found.append(verdicts.failed(name, states, TIER, reason, local(faults[path])))
        else:
            numbers = compared(tree, made, study, path.stem)
            found.append(
                verdicts.made_again(name, states, TIER, numbers, tolerance="stated test samples", reason=reason)
            )
    return found


def chosen(tree: Tree, params: Params, study: str) -> list[Path]:
    """The records of the ladder's runs of the largest budget on the largest data set, by compute.

    Raises:
        ReproError: There is none, or a record is damaged.
    """
    sizes = params.mini.pool.subsets  # of a study of curation all data sets are alike
    ladder = on_ladder(tree, params, study)
    amount = {path: (record["samples_seen"], sizes.get(record["pretrain_data"], 0)) for path, record in ladder.items()}
    largest = max(amount.values())
    return sorted((path for path in ladder if amount[path] == largest), key=lambda path: ladder[path]["gmacs_total"])


def on_ladder(tree: Tree, params: Params, study: str) -> dict[Path, dict[str, Any]]:
    """The run records that differ from one another in model, data and budget only.

    Raises:
        ReproError: There is none, or a record is damaged.
    """
    found = {path: records.read(path, "run") for path in sorted(tree.runs(study).rglob("*.json"))}
    ladder = {
        path: record
        for path, record in found.items()
        if not record["changes"] and record["pretrain_data"] not in params.mini.pool.apart
    }
    if not ladder:
        raise ReproError(f"{tree.runs(study)} holds no run of the ladder of params.yaml; run `dvc repro train`")
    return ladder


def _checkpoints(tree: Tree, study: str, path: Path) -> list[Path]:
    """All that the evaluation of the run with the record `path` reads; the last one is the run's result."""
    from reprolib.train.checkpoints import name_of

    record = records.read(path, "run")
    folder = tree.trained(study) / path.parent.name / path.stem
    kept = [name_of(at["samples_seen"]) for at in record["learning_curve"]]
    return [folder / name for name in dict.fromkeys([*kept, record["weights"]["file"]])]


def _sets(tree: Tree, study: str, path: Path) -> list[Path]:
    """The evaluation sets that the committed evaluation of a run was made on."""
    evaluation = records.read(tree.evals(study) / path.name, "evaluation")
    return [tree.shards(study) / name for name in evaluation["provenance"]["sets"]]


def _lacking(tree: Tree, params: Params, study: str, path: Path) -> str:
    """What is not on this machine, and how it is made, as a sentence; empty if all is there."""
    if not all(each.is_dir() for each in _sets(tree, study, path)):
        makes = command(params, study, "shard")
        return f"The evaluation sets of study '{study}' are not on this machine; {makes} makes them."
    if not all(each.is_file() for each in _checkpoints(tree, study, path)):
        makes = command(params, study, f"train@{study}-{path.parent.name}")
        return f"Checkpoints of the group '{path.parent.name}' are not on this machine; {makes} makes them."
    return ""


def command(params: Params, study: str, stage: str = "") -> str:
    """What a user types to have a stage of `study` run: one that is no part of the pipeline has its own target."""
    core = {group.study for group in params.train.values()}
    return f"`{f'dvc repro {stage}'.strip()}`" if study in core else f"`make {study}`"


def _swapped(tree: Tree, study: str, path: Path) -> str:
    last = _checkpoints(tree, study, path)[-1]
    if files.sha256(last) == records.read(path, "run")["weights"]["sha256"]:
        return ""
    return (
        f"{tree.relative(last.parent)}/{last.name} is not the checkpoint that the record of the run is about: its "
        f"sha256 is another; run `dvc checkout` or train it again."
    )


def evaluated(tree: Tree, params: Params, study: str, runs: list[Path], folder: Path) -> Tree:
    """A tree in which `runs` have just been evaluated.

    Raises:
        ReproError: An evaluation set or a checkpoint is damaged, or a set is not the one of the committed evaluation.
    """
    from reprolib.evaluate import stage

    shared = [part for path in runs for part in (path, *_sets(tree, study, path), *_checkpoints(tree, study, path))]
    made = linked.tree(tree, folder, dict.fromkeys(shared))
    if runs:
        stage.run(made, params, study)
    for path in runs:
        theirs, ours = (
            records.read(each.evals(study) / path.name, "evaluation")["provenance"]["sets"] for each in (tree, made)
        )
        if other := sorted(name for name in theirs if theirs[name] != ours.get(name)):
            raise ReproError(
                f"{tree.relative(tree.shards(study))}/{other[0]} is not the evaluation set that results/{study}/evals "
                "was made on; run `dvc repro`"
            )
    return made


def compared(tree: Tree, made: Tree, study: str, run: str) -> list[Number]:
    """The rows and the learning curve of `run` in the committed `tree`, beside those in `made`.

    Raises:
        ReproError: An evaluation is missing or damaged.
    """
    theirs, ours = (_rows(each.evals(study) / f"{run}.json") for each in (tree, made))
    old, new = (_curve(each.learning(study) / f"{run}.csv") for each in (tree, made))
    moves = _moves(theirs, ours)
    numbers = [
        number
        for key in dict.fromkeys([*theirs, *ours])
        for number in _of_row(" ".join(filter(None, key)), theirs.get(key), ours.get(key), moves)
    ]
    within = max((_of_samples(row) for row in ours.values() if _is_of_class_set(row)), default=0.0)
    return numbers + [
        Number(f"accuracy after {samples} samples", old.get(samples), new.get(samples), within)
        for samples in dict.fromkeys([*old, *new])
    ]


def _of_row(label: str, old: Row | None, new: Row | None, moves: Mapping[str, float]) -> Iterable[Number]:
    """The value of a row, and the ends of its interval, source and samples where they do not come again."""
    if old is None or new is None:
        was, now = (row["value"] if row else None for row in (old, new))
        yield Number(label, was, now, 0.0)
        return
    reshared = new["task"] == PATCHED and old["source"] != new["source"]
    allowed = _allowed(new, moves, reshared=reshared)
    yield Number(label, old["value"], new["value"], allowed)
    # Wilson's interval and that of a mean follow from the value; resampled ones from which samples are hits, too.
    follows = new["metric"].startswith("acc")
    of_ends = TWICE * (abs(new["value"] - old["value"]) if follows else allowed)
    for end, was, now in zip(("low", "high"), _around(old), _around(new), strict=True):
        if was != now:
            yield Number(f"{label}, {end}", was, now, of_ends)
    if old["source"] != new["source"]:
        yield Number(f"{label}, source", old["source"], new["source"], math.inf if reshared else 0.0)
    if old["n_test"] != new["n_test"]:
        yield Number(f"{label}, test samples", old["n_test"], new["n_test"], 0.0)


def _rows(path: Path) -> dict[tuple[str, ...], Row]:
    rows = records.read(path, "evaluation")["results"]
    return {(row["task"], row["dataset"], row["shots"], row["metric"]): row for row in rows}


def _around(row: Row) -> list[float]:
    ends: list[float] = row["interval"] or [row["value"], row["value"]]
    return ends


def _is_of_class_set(row: Row) -> bool:
    return row["task"] in spread.UNTRAINED and (row["dataset"], row["metric"]) == spread.CLASS_SET


def _moves(theirs: Mapping[tuple[str, ...], Row], ours: Mapping[tuple[str, ...], Row]) -> dict[str, float]:
    """By task, the most that a row of a set moved."""
    found: dict[str, float] = {}
    for key in theirs.keys() & ours.keys():
        row = ours[key]
        if row["n_test"]:
            found[row["task"]] = max(found.get(row["task"], 0.0), abs(row["value"] - theirs[key]["value"]))
    return found


def _allowed(new: Row, moves: Mapping[str, float], *, reshared: bool) -> float:
    """How far the recorded value may lie from the one in `new`, whose samples and interval nobody can have edited."""
    if not new["n_test"]:
        return moves.get(new["task"], 0.0)
    low, high = _around(new)
    return (high - low) / 2 if reshared else _of_samples(new)


def _of_samples(row: Row) -> float:
    """What the samples that may come out otherwise move a share by, and half a sample: shares are rounded."""
    samples = next((limit.samples + 0.5 for limit in LIMITS if row["task"] in limit.tasks), 0.0)
    return float(samples / row["n_test"])


def _curve(path: Path) -> dict[int, float]:
    """Zero-shot accuracy by samples seen."""
    rows = csv.DictReader(io.StringIO(files.read_text(path)))
    return {int(row["samples"]): float(row["accuracy"]) for row in rows}
