"""The stage `train`: the runs of one group, and a record of each.

Reads the shards and subsets of the study below data/; writes what each run leaves (see `reprolib.train.loop`) below
data/<study>/runs/<group>/, and its records below results/<study>/. `reprolib train mini nano` starts the ranks itself;
under torchrun or a batch system the same command is one of them. Runs that are done are not made again. What was
trained is never deleted: the folder of a run that is no longer wanted is left alone, that of another run is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprolib import provenance
from reprolib.errors import ReproError
from reprolib.shards import subsets
from reprolib.train import folders, identity, loop, macs, ranks, record, runs

if TYPE_CHECKING:
    from pathlib import Path

    from reprolib.params import Group, Params
    from reprolib.paths import Tree
    from reprolib.provenance import Stamp
    from reprolib.train.ranks import Ranks
    from reprolib.train.runs import Run


def run(
    tree: Tree, settings: Params, study: str, name: str, *, restart: bool = False, tensorboard: bool = False
) -> None:
    """Train the group `name` of `study`.

    Args:
        tree: Where.
        settings: Those of params.yaml.
        study: Of the group.
        name: The group.
        restart: Move aside what was trained of other inputs or settings and begin it anew; what all runs of the group
            took is then recorded as measured on this machine.
        tensorboard: Write files for TensorBoard as well.

    Raises:
        ReproError: There is no such group, its data are missing or damaged, a folder is of another run, or a run
            diverged.
    """
    wanted = runs.of(_group(settings, study, name), settings.mini)
    if not ranks.inside() and (count := ranks.here(wanted[0].recipe.processes)) > 1:
        # A refusal is one sentence here, before there are ranks that all have something to say.
        stamp = _stamp(tree, study, wanted)
        identities = {each.name: identity.of(each, study, stamp) for each in wanted}
        folders.prepare(tree, study, name, identities, restart=restart)
        flags = {"--restart": restart, "--tensorboard": tensorboard}
        ranks.launch(["train", study, name, *(flag for flag, given in flags.items() if given)], count)
        return
    with ranks.joined() as mine:
        _train(tree, study, name, wanted, mine, restart=restart, tensorboard=tensorboard)


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


def _stamp(tree: Tree, study: str, wanted: list[Run], device: str = "cpu", reason: str = "") -> Stamp:
    """The inputs of all runs, each hashed once."""
    inputs = sorted({path for each in wanted for path in identity.inputs(tree, study, each)})
    return provenance.take(tree, inputs=inputs, stage=identity.STAGE, device=device, reason=reason)


def _train(
    tree: Tree, study: str, name: str, wanted: list[Run], mine: Ranks, *, restart: bool, tensorboard: bool
) -> None:
    from reprolib.train.feed import Feed  # with torch, which only the ranks need

    processes = f"{mine.world} process{'es' if mine.world > 1 else ''}; {mine.why}"
    stamp = _stamp(tree, study, wanted, mine.device.type, processes)
    identities = {each.name: identity.of(each, study, stamp) for each in wanted}
    mine.lead(lambda: folders.prepare(tree, study, name, identities, restart=restart))
    home = tree.trained(study) / name
    waiting = [each for each in wanted if not (home / each.name / loop.DONE).is_file()]
    feed = Feed(tree, study, waiting, mine)
    device = macs.described(mine.device) if mine.first and waiting else {}
    trunks: dict[str, Path] = {}
    for each in wanted:
        trunk = runs.fingerprint([each.trunk])
        if each in waiting:
            loop.train(
                each,
                feed.loader(each, mine),
                feed.held_out(each.model),
                home / each.name,
                mine,
                identity=identities[each.name].state,
                start=trunks.get(trunk),
                tensorboard=tensorboard,
                notes={"device": device, "images": feed.how(each.model)},
            )
        if each.cooldown:
            trunks[trunk] = home / each.name / loop.TRUNK
    if mine.first:
        record.write(tree, study, name, wanted, stamp, identities, anew=restart)
