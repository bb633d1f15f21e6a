"""The stage `shard`: the pairs of a study whose models are trained here, as shards with nested subsets.

Reads params.yaml and the font that draws the world. Writes below data/<study>/: `shards/pool`, the training pairs;
`shards/validation`, held-out pairs of the same world; `shards/<set>`, the evaluation sets; `subsets/<name>.npy`. Writes
results/<study>/data.json: counts, hashes, and how many evaluation images have a near-duplicate in the pool.
`reprolib shard mini` runs it; `reprolib shard mini 10k` makes shards of a subset alone.
"""

from __future__ import annotations

import functools
import itertools
import os
from concurrent.futures import Executor, ProcessPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from reprolib import files, provenance
from reprolib.errors import ReproError
from reprolib.pictographs import heldout, rendering
from reprolib.pictographs.heldout import HeldOut
from reprolib.pictographs.scenes import SIDE
from reprolib.pictographs.world import World
from reprolib.provenance import records
from reprolib.shards import POOL, VALIDATION, duplicates, subsets, writing
from reprolib.shards.dataset import Dataset
from reprolib.shards.sample import Sample

if TYPE_CHECKING:
    from pathlib import Path

    from reprolib.params import Params, Pool
    from reprolib.paths import Tree
    from reprolib.shards.manifest import Manifest
    from reprolib.shards.subsets import Uids

FAR = 2**32
"""Where the numbers of the validation pairs begin: no pool reaches so far, so it may grow and never meet them."""
AT_ONCE = 512
"""Samples that one process draws before it hands them over."""
BITS = 8
"""How far apart two hashes may be for their images to be counted as near-duplicates."""
PAIRS = 7
"""Pairs of near-duplicates that a set shows in the gallery's second picture."""
TASK = "task-"
REASON = "pictures are drawn and packed, which needs no accelerator"


def run(tree: Tree, settings: Params, study: str) -> None:
    """Draw and pack all of `study`; the shards and subsets that are there are replaced as a whole.

    Nothing that was trained lies below them: checkpoints are in data/<study>/runs, and what was trained on other pairs
    stays there (see `reprolib.train.folders`).

    Raises:
        ReproError: A setting is impossible, or a file cannot be written.
    """
    pool = settings.mini.pool
    stamp = provenance.take(tree, inputs=[], stage="shard", settings=pool.model_dump(), seed=pool.seed, reason=REASON)
    world = World(pool.seed)
    with files.staged(tree.shards(study)) as staged, ProcessPoolExecutor(os.cpu_count()) as processes:
        manifests = {
            name: _pack(staged, world, name, pool, processes) for name in (POOL, VALIDATION, *heldout.sets(world))
        }
        pixels = {name: Dataset.open(staged / name).pixels(SIDE, tree.cache) for name in manifests}
        hashes = {name: duplicates.of_pixels(each) for name, each in pixels.items()}
        uids = Dataset.open(staged / POOL, check=False).uids
    near = {
        name: duplicates.find(hashes[POOL], each, BITS)
        for name, each in hashes.items()
        if name not in (POOL, VALIDATION) and not name.endswith("-train")
    }
    if pool.leave_out is not None:
        uids = uids[duplicates.without(len(uids), *near.values(), most=pool.leave_out)]
    chosen = _subsets(uids, pool)
    with files.staged(tree.subsets(study)) as staged:
        for name, each in chosen.items():
            subsets.write_subset(staged / f"{name}.npy", each)
    content = {
        "study": study,
        "sets": {name: _described(each) for name, each in manifests.items()},
        "subsets": {name: len(each) for name, each in chosen.items()},
        "near_duplicates": {
            "images with one in the pool within 0, 1, … bits": {
                name: each.counts().tolist() for name, each in near.items()
            },
            "left out within bits": pool.leave_out,
            "shown": {name: _pairs(each) for name, each in near.items() if not name.startswith(TASK)},
        },
    }
    records.write(tree.results(study) / "data.json", "data", content, stamp.confirm())


def extract(tree: Tree, settings: Params, study: str, name: str) -> None:
    """Pack the subset `name` of the pool of `study` into shards of its own, for a trainer that reads whole folders.

    Writes data/<study>/extracts/<name>.

    Raises:
        ReproError: There is no such subset, or the pool is missing or damaged.
    """
    pool = settings.mini.pool
    known = {**pool.subsets, **pool.apart, **settings.mini.curation.subsets}
    if name not in known:
        raise ReproError(f"study '{study}' has no subset '{name}'; expected one of {', '.join(known)}")
    whole = Dataset.open(tree.shards(study) / POOL)
    wanted = subsets.rows(whole, subsets.read_subset(tree.subsets(study) / f"{name}.npy"))
    samples = (whole.sample(row) for row in wanted.tolist())
    writing.write(tree.extracts(study) / name, samples, name=name, per_shard=pool.per_shard)


def _pack(folder: Path, world: World, name: str, pool: Pool, processes: Executor) -> Manifest:
    """Draw the data set `name`, some samples at a time in each process, and write its shards in order."""
    each = heldout.sets(world).get(name)
    first, count = {POOL: (0, max(pool.subsets.values())), VALIDATION: (FAR, pool.validation)}.get(
        name, (0, max(len(each.classes), round(each.count * pool.held_out)) if each else 0)
    )
    starts = range(first, first + count, AT_ONCE)
    ranges = [range(start, min(start + AT_ONCE, first + count)) for start in starts]
    drawn = processes.map(partial(_drawn, world, name), ranges)
    return writing.write(
        folder / name,
        itertools.chain.from_iterable(drawn),
        name=name,
        per_shard=pool.per_shard,
        notes=_notes(each) if each else {},
        classes=each.classes if each and each.classes else None,
        templates=each.templates if each and each.classes else None,
    )


def _notes(each: HeldOut) -> dict[str, str | int]:
    classes = {"classes": len(each.classes)} if each.classes else {}
    return {"stands for": each.stands_for, "shift": each.shift, "kind": each.kind, **classes}


def _drawn(world: World, name: str, numbers: range) -> list[Sample]:
    """These samples of a data set."""
    each = _sets(world).get(name)
    made = []
    for i in numbers:
        if each is None:
            pixels, caption, attributes = world.sample(i)
            captions: tuple[str, ...] = (caption,)
            label = None
        else:
            pixels, captions, label, attributes = each.sample(i)
        made.append(Sample(f"{i:09d}", rendering.png(pixels), "png", captions, label, attributes))
    return made


@functools.cache
def _sets(world: World) -> dict[str, HeldOut]:
    return heldout.sets(world)


def _subsets(uids: Uids, pool: Pool) -> dict[str, Uids]:
    """The nested subsets, and those that share nothing with the smaller ones: what comes next in the same order."""
    inner = max([size for size in pool.subsets.values() if size < max(pool.subsets.values())], default=0)
    reach = {name: inner + size for name, size in pool.apart.items()}
    found = subsets.nested(uids, {**pool.subsets, **reach}, pool.seed)
    before = next((found[name] for name, size in pool.subsets.items() if size == inner), uids[:0])
    return {name: np.setdiff1d(each, before) if name in reach else each for name, each in found.items()}


def _pairs(found: duplicates.Matches) -> list[dict[str, int]]:
    """Some pairs from near to far, by the numbers that their samples are drawn from."""
    some = found.show(PAIRS)
    numbers = zip(some.evaluation.tolist(), some.pool.tolist(), some.distance.tolist(), strict=True)
    return [{"evaluation": one, "pool": other, "bits": bits} for one, other, bits in numbers]


def _described(manifest: Manifest) -> dict[str, Any]:
    return {
        "count": manifest.count,
        "shards": len(manifest.shards),
        "bytes": sum(shard.bytes for shard in manifest.shards),
        "sha256": manifest.content,
        **manifest.notes,
    }
