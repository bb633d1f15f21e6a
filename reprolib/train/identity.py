"""What a run is: its inputs, settings and seed, and the format version of the stage `train`.

It lies in the run's folder as `run.json`, and in the header of each state. No code is part of it: what a change of a
computation does is seen by whoever computes again, and `reprolib/formats.yaml` says when trained models are to be
trained anew. The subset of the run alone is an input of it, so that a further subset leaves it as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reprolib import provenance
from reprolib.shards import POOL, VALIDATION
from reprolib.shards.manifest import FILE
from reprolib.train import models

if TYPE_CHECKING:
    from reprolib.paths import Tree
    from reprolib.provenance import Stamp
    from reprolib.train.runs import Run

STAGE = "train"
ABSENT = "absent"
SHOWN = 12
"""Characters of a hash, or of another long value, that a sentence shows."""
LONG = 40
"""Characters from which a value is shortened."""


@dataclass(frozen=True)
class Identity:
    """Of one run, in the shape of `provenance.identity`, as JSON values."""

    run: dict[str, Any]
    """Its own. How often its state is saved is left out: that changes nothing of what it becomes."""
    state: dict[str, Any]
    """What a state must say of itself for the run to go on from it: that of a trunk serves every budget."""


def inputs(tree: Tree, study: str, run: Run) -> list[Path]:
    """The files whose hashes stand for the data of `run`.

    The manifests list the hash of every shard, so no shard is read for them; `Feed` compares the shards with them.
    """
    pool, validation = (tree.shards(study) / name / FILE for name in (POOL, VALIDATION))
    return [pool, validation, tree.subsets(study) / f"{run.data}.npy"]


def of(run: Run, study: str, stamp: Stamp) -> Identity:
    """The identity of `run`, a run of `study`, with the hashes that `stamp` has of its inputs."""
    names = [stamp.tree.relative(path) for path in inputs(stamp.tree, study, run)]
    every = {"samples": run.samples, "recipe": run.recipe.model_dump(exclude={"state_every"})}
    common = {key: value for key, value in run.trunk.items() if key != "seed"} | {"config": models.config(run.model)}
    shared = {
        "stage": STAGE,
        "format": provenance.format_of(STAGE),
        "inputs": {name: stamp.inputs[name] for name in names},
        "settings": common,
        "seed": run.seed,
    }
    return Identity({**shared, "settings": {**common, **every}}, shared)


def differences(there: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """What differs between two identities in a clause: the first value with both of its sides, and how many more.

    Empty where nothing does.
    """
    before, after = dict(_leaves(there)), dict(_leaves(now))
    found = [key for key in dict.fromkeys([*before, *after]) if before.get(key, ABSENT) != after.get(key, ABSENT)]
    if not found:
        return ""
    was, is_now = (_shown(each.get(found[0], ABSENT)) for each in (before, after))
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return f"{found[0]} is {was} there and {is_now} now{more}"


def _leaves(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Each value that is no mapping, by its dotted key."""
    if not isinstance(value, Mapping):
        yield key, value
        return
    for name, each in value.items():
        yield from _leaves(each, f"{key}.{name}" if key else name)


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) < LONG else f"{text[:SHOWN]}…"
