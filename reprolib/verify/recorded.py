"""What dvc.lock recorded, held against the present files: DVC's own hashes, taken without touching its cache.

DVC hashes a file by md5, and a folder by the md5 of a JSON list of its files' hashes and names, leaving out what
.dvcignore names. Reads dvc.yaml, dvc.lock and everything it lists.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reprolib import files
from reprolib.errors import ReproError

if TYPE_CHECKING:
    from reprolib.paths import Tree


LOCAL = "data/"
"""Shards and checkpoints lie here, which DVC keeps and git does not: a clone that has none yet is whole."""
OWN_STAGE = "verify"
"""The stage that runs this check: its outputs are the report that is being made, and while DVC runs it (which the
variable DVC_STAGE tells) its entry is one run old."""


def changes(tree: Tree) -> list[str]:
    """One sentence for each output, dependency or setting that is not what dvc.lock recorded."""
    path = tree.root / "dvc.lock"
    if not path.is_file():
        return ["dvc.lock is missing, so nothing is recorded of the pipeline's outputs; run `dvc repro`"]
    try:
        stages = files.read_yaml(path)["stages"]
        return [*_commands(tree, stages), *_contents(tree, stages)]
    except (AttributeError, KeyError, TypeError) as error:
        raise ReproError(f"{path} or dvc.yaml is not as DVC has it ({error!r}); restore both with git") from error


def _contents(tree: Tree, stages: dict[str, Any]) -> list[str]:
    hashes = _Hashes(tree.root)
    found: dict[str, str] = {}
    for stage, entry in stages.items():
        if stage == OWN_STAGE == os.environ.get("DVC_STAGE"):
            continue
        outs = [] if stage == OWN_STAGE else entry.get("outs", [])
        for part in [*entry.get("deps", []), *outs]:
            name = part["path"]
            if name.startswith(LOCAL) and not (tree.root / name).exists():
                continue
            if name not in found and (hashes.of(name) != part["md5"] or hashes.size(name) != part["size"]):
                found[name] = f"{name} is not what stage '{stage}' recorded in dvc.lock{_hint(tree.root, name)}"
        for name, recorded in entry.get("params", {}).items():
            present = files.read_yaml(tree.root / name)
            for key, value in recorded.items():
                if _at(present, key) != value:
                    found[f"{name}:{key}"] = f"{name}: {key} is not what stage '{stage}' recorded in dvc.lock"
    return list(found.values())


def _commands(tree: Tree, stages: dict[str, Any]) -> list[str]:
    """One sentence for each stage of dvc.yaml that dvc.lock does not know, or knows with another command."""
    found = []
    for stage, command in _written(tree):
        if stage not in stages:
            found.append(f"stage '{stage}' of dvc.yaml has no entry in dvc.lock; run `dvc repro`")
        elif stages[stage]["cmd"] != command:
            found.append(f"the command of stage '{stage}' is not what dvc.lock recorded, `{stages[stage]['cmd']}`")
    return [sentence for sentence in found if f"'{OWN_STAGE}'" not in sentence or "DVC_STAGE" not in os.environ]


def _written(tree: Tree) -> Iterator[tuple[str, str]]:
    """Each stage of dvc.yaml, the copies of a `foreach` one by one, and its command."""
    values = files.read_yaml(tree.params)
    for name, stage in files.read_yaml(tree.root / "dvc.yaml")["stages"].items():
        for copy, scope in copies(name, stage, values):
            yield copy, filled(stage.get("do", stage)["cmd"], scope)


def copies(name: str, stage: dict[str, Any], values: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """What DVC calls each copy of a stage of dvc.yaml, and what its `${…}` stand for; `values` are params.yaml's."""
    if "foreach" not in stage:
        return [(name, values)]
    over = stage["foreach"]
    if isinstance(over, str):
        over = _at(values, over.strip("${} "))
    if isinstance(over, list):
        over = {each if isinstance(each, str) else str(place): each for place, each in enumerate(over)}
    return [(f"{name}@{key}", {**values, "key": key, "item": item}) for key, item in over.items()]


def filled(text: str, scope: dict[str, Any]) -> str:
    """`text` with what each `${…}` stands for."""
    return re.sub(r"\$\{([^}]*)\}", lambda match: str(_at(scope, match[1].strip())), text)


class _Hashes:
    """DVC's hash of files and folders below a root, each taken once."""

    def __init__(self, root: Path) -> None:
        from dvc.fs import localfs
        from dvc.ignore import DvcIgnoreFilter

        self.root = root
        self.files = localfs
        self.ignore = DvcIgnoreFilter(localfs, str(root))
        self.known: dict[str, str] = {}
        self.sizes: dict[str, int] = {}

    def of(self, name: str) -> str:
        if name not in self.known:
            path = self.root / name
            inside = self._inside(path)
            self.known[name] = self._folder(path, inside) if path.is_dir() else _md5(path) if inside else "missing"
            self.sizes[name] = sum(file.stat().st_size for file in inside)
        return self.known[name]

    def size(self, name: str) -> int:
        """Bytes of a file, or of all files in a folder."""
        self.of(name)
        return self.sizes[name]

    def _inside(self, path: Path) -> list[Path]:
        if path.is_dir():
            return [Path(name) for name in self.ignore.find(self.files, str(path))]
        return [path] if path.is_file() else []

    def _folder(self, path: Path, inside: list[Path]) -> str:
        listing = [{"md5": _md5(file), "relpath": file.relative_to(path).as_posix()} for file in inside]
        text = json.dumps(sorted(listing, key=lambda entry: entry["relpath"]), sort_keys=True)
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest() + ".dir"


def _md5(path: Path) -> str:
    return hashlib.md5(files.read(path), usedforsecurity=False).hexdigest()


def _at(settings: Any, key: str) -> Any:
    for part in key.split("."):
        settings = settings.get(part) if isinstance(settings, dict) else None
    return settings


def _hint(root: Path, name: str) -> str:
    changed = edited(root, name)
    return f" ({changed})" if changed else ""


def edited(root: Path, name: str) -> str:
    """Which lines of `name` differ from the last commit, as a clause; empty if git cannot tell."""
    command = ["git", "-C", str(root), "diff", "--no-color", "--no-ext-diff", "-U0", "HEAD", "--", name]
    environment = {"GIT_OPTIONAL_LOCKS": "0", "PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
    try:
        done = subprocess.run(
            command, capture_output=True, encoding="utf-8", errors="replace", timeout=5, check=False, env=environment
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return _lines(done.stdout) if done.returncode == 0 else ""


def _lines(diff: str) -> str:
    """The first changed lines of a diff without context, with their file and line number."""
    shown: list[str] = []
    name, line = "", 0
    for text in diff.splitlines():
        if text.startswith("+++ "):
            name = text[4:].removeprefix("b/")
        elif text.startswith("@@ "):
            line = int(text.split("+")[1].split(" ")[0].split(",")[0])
        elif text.startswith("+"):
            shown.append(f"{Path(name).name} line {line} is now {_short(text[1:])}")
            line += 1
    more = f" and {len(shown) - 2} lines more" if len(shown) > 2 else ""
    return "; ".join(shown[:2]) + more


def _short(text: str) -> str:
    return repr(text if len(text) <= 90 else f"{text[:87]}…")
