"""A temporary tree that shares data with the committed one by hard links, and has a cache and results of its own.

A symbolic link would not do: a stage names its inputs by their place below the root. Where the temporary directory is
on another disk the data are copied.
"""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from reprolib import files
from reprolib.paths import Tree


def tree(committed: Tree, root: Path, shared: Iterable[Path]) -> Tree:
    """Lay out `root` as a tree.

    Args:
        committed: Only read.
        root: What is not there yet.
        shared: Files and folders below the committed root that the new tree is to have too.
    """
    for path in (committed.params, committed.lock, *shared):
        target = root / path.relative_to(committed.root)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            shutil.copytree(path, target, copy_function=_link)
        else:
            _link(path, target)
    files.write(root / "dvc.yaml", "stages: {}\n")
    return Tree(root)


def _link(source: str | Path, target: str | Path) -> None:
    try:
        os.link(Path(source).resolve(), target)
    except OSError:  # another disk, or one that knows no links
        shutil.copyfile(source, target)
