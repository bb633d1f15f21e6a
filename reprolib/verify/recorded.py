"""What dvc.lock recorded, held against the present files: DVC's own hashes, taken without touching its cache.

DVC hashes a file by md5, and a folder by the md5 of a JSON list of its files' hashes and names, leaving out what
.dvcignore names. Reads dvc.lock and everything it lists. Commands are not compared: `dvc status` does that.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML

from reprolib import files

if TYPE_CHECKING:
    from reprolib.paths import Tree


OWN_STAGE = "verify"
"""The stage that runs this check: its outputs are the report that is being made, its entry is always one run old."""


def changes(tree: Tree) -> list[str]:
    """One sentence for each output, dependency or setting that is not what dvc.lock recorded."""
    path = tree.root / "dvc.lock"
    if not path.is_file():
        return ["dvc.lock is missing, so nothing is recorded of the pipeline's outputs; run `dvc repro`"]
    stages = YAML(typ="safe").load(files.read_text(path))["stages"]
    hashes = _Hashes(tree.root)
    found: dict[str, str] = {}
    for stage, entry in stages.items():
        if stage == OWN_STAGE:
            continue
        for part in [*entry.get("deps", []), *entry.get("outs", [])]:
            name = part["path"]
            if name not in found and hashes.of(name) != part["md5"]:
                found[name] = f"{name} is not what stage '{stage}' recorded in dvc.lock{_hint(tree.root, name)}"
        for name, recorded in entry.get("params", {}).items():
            present = YAML(typ="safe").load(files.read_text(tree.root / name))
            for key, value in recorded.items():
                if _at(present, key) != value:
                    found[f"{name}:{key}"] = f"{name}: {key} is not what stage '{stage}' recorded in dvc.lock"
    return list(found.values())


class _Hashes:
    """DVC's hash of files and folders below a root, each taken once."""

    def __init__(self, root: Path) -> None:
        from dvc.fs import localfs
        from dvc.ignore import DvcIgnoreFilter

        self.root = root
        self.files = localfs
        self.ignore = DvcIgnoreFilter(localfs, str(root))
        self.known: dict[str, str] = {}

    def of(self, name: str) -> str:
        if name not in self.known:
            path = self.root / name
            self.known[name] = self._folder(path) if path.is_dir() else _md5(path) if path.is_file() else "missing"
        return self.known[name]

    def _folder(self, path: Path) -> str:
        inside = (Path(name) for name in self.ignore.find(self.files, str(path)))
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
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False, env=environment)
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
