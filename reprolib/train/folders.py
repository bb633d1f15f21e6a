"""The folders of a group's runs, made ready: each is new, or holds the very run that is wanted.

A folder of anything else is left as it is, or with `--restart` moved aside by a rename. Nothing that was trained is
deleted.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from reprolib import files
from reprolib.errors import ReproError
from reprolib.train import checkpoints, loop
from reprolib.train.identity import differences

if TYPE_CHECKING:
    from reprolib.paths import Tree
    from reprolib.train.identity import Identity

FILE = "run.json"
REPLACED = "replaced"
"""Beside the groups, where DVC, which looks after each group, has no say."""


def prepare(tree: Tree, study: str, group: str, identities: Mapping[str, Identity], *, restart: bool = False) -> None:
    """Write the identity of each run into its folder, where that is new.

    Args:
        tree: Where.
        study: Of the group.
        group: The group.
        identities: Of its runs, by name.
        restart: Move folders of other runs aside, to data/<study>/runs/replaced/<group>/<run>-<n>.

    Raises:
        ReproError: A folder holds something else and `restart` is not asked for, or a state in it is damaged; nothing
            has been changed then.
    """
    home, aside = tree.trained(study) / group, tree.trained(study) / REPLACED / group
    found = {home / name: _other(home / name, each) for name, each in identities.items()}
    other = {folder: reason for folder, reason in found.items() if reason}
    if other and not restart:
        (folder, reason), *rest = other.items()
        more = f" (the group has {len(rest)} more like it)" if rest else ""
        raise ReproError(
            f"{folder.relative_to(tree.root)} {reason}{more}; set it back, or train with --restart (under DVC with "
            f"REPROLIB_RESTART=1), which moves what is there to {aside.relative_to(tree.root)} and begins anew"
        )
    for folder in other:
        _move(folder, aside)
    for name, each in identities.items():
        if not (home / name / FILE).is_file():
            files.write_json(home / name / FILE, each.run)


def _other(folder: Path, wanted: Identity) -> str:
    """What in `folder` is not of the run that is wanted, as the end of a sentence; empty if nothing is."""
    if not (folder / FILE).is_file():
        # A hidden file is what a killed write left.
        holds = folder.is_dir() and any(not path.name.startswith(".") for path in folder.iterdir())
        return f"holds files but no {FILE} to say what they were made of" if holds else ""
    if differs := differences(files.read_json(folder / FILE), wanted.run):
        return f"is of another run: {differs}"
    for path in (folder / loop.STATE, folder / loop.TRUNK):
        if path.is_file() and (differs := differences(checkpoints.state_identity(path), wanted.state)):
            return f"holds the {path.name} of another run: {differs}"
    return ""


def _move(folder: Path, aside: Path) -> None:
    """Rename `folder` to the first free name in `aside`."""
    aside.mkdir(parents=True, exist_ok=True)
    targets = (aside / f"{folder.name}-{number}" for number in itertools.count(1))
    target = next(each for each in targets if not each.exists())
    folder.rename(target)
    print(f"{folder.name}: what was there is now {target}", file=sys.stderr)  # noqa: T201
