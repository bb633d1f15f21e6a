"""The stage `train`: the runs of one group, and a record of each.

Reads the shards and subsets of the study below data/; writes what each run leaves (see `reprolib.train.loop`) below
data/<study>/runs/<group>/ and its records below results/<study>/. `reprolib train mini nano` starts the ranks itself;
under torchrun or a batch system the same command is one of them. Runs that are done are not made again.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reprolib import files, provenance
from reprolib.errors import ReproError
from reprolib.shards import POOL, VALIDATION, subsets
from reprolib.train import loop, models, ranks, record, runs
from reprolib.train.runs import Run

if TYPE_CHECKING:
    from reprolib.params import Group, Params
    from reprolib.paths import Tree
    from reprolib.train.ranks import Ranks

IDENTITY = "run.json"


def run(tree: Tree, settings: Params, study: str, name: str, *, tensorboard: bool = False) -> None:
    """Train the group `name` of `study`.

    Raises:
        ReproError: There is no such group, its data are missing or damaged, or a run diverged.
    """
    wanted = runs.of(_group(settings, study, name), settings.mini)
    if not ranks.inside() and (count := ranks.here(wanted[0].recipe.processes)) > 1:
        ranks.launch(["train", study, name, *(["--tensorboard"] if tensorboard else [])], count)
        return
    with ranks.joined() as mine:
        _train(tree, settings, study, name, wanted, mine, tensorboard)


def upstream(tree: Tree, settings: Params, study: str, name: str) -> str:
    """The `open_clip_train` command equal to each run of a group, one a line; see `reprolib.train.upstream`.

    There a training set is a folder of shards: `reprolib shard <study> <subset>` makes it.

    Raises:
        ReproError: As `run`.
    """
    from reprolib.train.upstream import command

    lines = []
    for each in runs.of(_group(settings, study, name), settings.mini):
        count = len(subsets.read_subset(tree.subsets(study) / f"{each.data}.npy"))
        last = -(-count // settings.mini.pool.per_shard) - 1
        shards = f"{tree.relative(tree.extracts(study))}/{each.data}/{{00000..{last:05d}}}.tar"
        lines.append(command(each, shards=shards, count=count, world=each.recipe.processes))
    return "\n".join(lines)


def _group(settings: Params, study: str, name: str) -> Group:
    group = settings.groups.get(f"{study}-{name}")
    if group is None:
        known = ", ".join(item.group for item in settings.groups.values() if item.study == study) or "none"
        raise ReproError(f"params.yaml has no group '{name}' of study '{study}' under train; expected one of {known}")
    return group


def _train(
    tree: Tree, settings: Params, study: str, name: str, wanted: list[Run], mine: Ranks, tensorboard: bool
) -> None:
    from reprolib.train.feed import Feed  # with torch, which only the ranks need

    home = tree.trained(study) / name
    stamp = provenance.take(
        tree,
        inputs=[tree.shards(study) / POOL, tree.shards(study) / VALIDATION, tree.subsets(study)],
        module="reprolib.train.stage",
        settings={
            "train": _group(settings, study, name).model_dump(),
            "recipe": settings.mini.recipe.model_dump(),
            "models": {each.model: models.config(each.model) for each in wanted},
        },
        device=str(mine.device.type),
        reason=f"{mine.world} process{'es' if mine.world > 1 else ''}; {mine.why}",
    )
    feed = Feed(tree, study, wanted, mine)
    origin = {"inputs": dict(stamp.inputs), "code": dict(stamp.code)}
    if mine.first:
        _clear(home, {each.name for each in wanted})
    ended: dict[str, dict[str, Any]] = {}
    trunks: dict[str, Path] = {}
    for each in wanted:
        folder, identity = home / each.name, {**each.trunk, **origin, "config": models.config(each.model)}
        if mine.first:
            _prepare(folder, {"samples": each.samples, **identity})
        mine.wait()
        if (folder / loop.DONE).is_file():
            ended[each.name] = files.read_json(folder / loop.DONE)
        else:
            board = home / "tensorboard" / each.name if tensorboard else None
            ended[each.name] = loop.train(
                each,
                feed.loader(each, mine),
                feed.held_out(each.model),
                folder,
                mine,
                identity=identity,
                start=trunks.get(runs.fingerprint([each.trunk])),
                tensorboard=board,
            )
        ended[each.name]["images"] = feed.how(each.model)
        if each.cooldown:
            trunks[runs.fingerprint([each.trunk])] = folder / loop.TRUNK
    if mine.first:
        record.write(tree, study, name, wanted, ended, mine, stamp)


def _clear(home: Path, names: set[str]) -> None:
    """Remove what runs that are no more wanted have left."""
    for folder in sorted(home.glob("*/")):
        if folder.name not in names | {"tensorboard"}:
            shutil.rmtree(folder)


def _prepare(folder: Path, identity: dict[str, Any]) -> None:
    """Begin anew where what lies there was made of other settings, data or code."""
    path = folder / IDENTITY
    if path.is_file() and files.read_json(path) != identity:
        print(f"{folder.name}: settings, data or code have changed; it begins anew", file=sys.stderr)  # noqa: T201
        shutil.rmtree(folder)
    if not path.is_file():
        shutil.rmtree(folder, ignore_errors=True)
        files.write_json(path, identity)
