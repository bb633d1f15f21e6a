"""Provenance stamps: what a figure, table or record was made of.

A stamp holds the content hashes of every input and of the code that ran, the hash of the environment's lock, versions,
the settings used, the seed, and the device with the reason for its choice. The hashes are taken *before* the work
starts and taken again after it; if anything moved in between, nothing is written. A stamp carries no commit id and no
date, because a tracked file could not match its own commit: `reprolib trace` finds the commit from the hashes.
"""

import ast
import functools
import importlib.metadata
import importlib.util
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reprolib import files
from reprolib.errors import ReproError
from reprolib.paths import Tree

PACKAGE = Path(__file__).parent
VERSIONED = ("jinja2", "matplotlib", "numpy", "pandas", "scipy", "statsmodels")


@dataclass(frozen=True)
class Stamp:
    """Hashes taken before the work; `confirm` takes them again and gives the record of both."""

    tree: Tree
    inputs: Mapping[str, str]
    code: Mapping[str, str]
    settings: Mapping[str, Any]
    seed: int | None
    device: Mapping[str, str] = field(default_factory=dict)

    def confirm(self) -> dict[str, Any]:
        """The stamp as a JSON object, once inputs and code are seen to be what they were.

        Raises:
            ReproError: An input or a module changed while the work ran.
        """
        now = {name: files.sha256(self.tree.root / name) for name in self.inputs}
        now_code = {name: files.sha256(PACKAGE.parent / name) for name in self.code}
        before = {**self.inputs, **self.code}
        moved = [name for name, digest in {**now, **now_code}.items() if digest != before[name]]
        if moved:
            raise ReproError(f"{', '.join(moved)} changed while the work ran, so nothing was written; run it again")
        return {
            "inputs": dict(self.inputs),
            "code": dict(self.code),
            "settings": dict(self.settings),
            "seed": self.seed,
            "device": dict(self.device),
            "environment": _environment(self.tree),
        }


def take(
    tree: Tree,
    *,
    inputs: Iterable[Path],
    module: str,
    settings: Mapping[str, Any] | None = None,
    seed: int | None = None,
    device: str = "cpu",
    reason: str,
) -> Stamp:
    """Hash `inputs` (files or folders in `tree`) and the code of `module` with all that it imports from this package.

    `reason` says in a clause why the work runs on `device`.
    """
    return Stamp(
        tree=tree,
        inputs={tree.relative(path): files.sha256(path) for path in inputs},
        code={name: files.sha256(PACKAGE.parent / name) for name in code_of(module)},
        settings=settings or {},
        seed=seed,
        device={"name": device, "reason": reason},
    )


def _environment(tree: Tree) -> dict[str, Any]:
    versions = {name: importlib.metadata.version(name) for name in VERSIONED}
    return {"lock": files.sha256(tree.lock), "python": platform.python_version(), "packages": versions}


@functools.cache
def code_of(module: str) -> tuple[str, ...]:
    """The files (`reprolib/….py`, sorted) that `module` is made of: its own and, followed to the end, its imports."""
    seen: set[str] = set()
    todo = [module]
    while todo:
        name = todo.pop()
        path = _source(name)
        if path is None or name in seen:
            continue
        seen.add(name)
        todo += [name.rpartition(".")[0], *_imports(path)]
    return tuple(sorted(_source(name).relative_to(PACKAGE.parent).as_posix() for name in seen))  # type: ignore[union-attr] # seen holds only names with a source


def _source(module: str) -> Path | None:
    parts = module.split(".")
    if parts[0] != PACKAGE.name:
        return None
    base = PACKAGE.joinpath(*parts[1:])
    candidates = (base / "__init__.py", base.with_suffix(".py"))
    return next((path for path in candidates if path.is_file()), None)


@functools.cache
def _imports(path: Path) -> tuple[str, ...]:
    package = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts[:-1])
    found: list[str] = []
    for node in ast.walk(ast.parse(files.read(path))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = (
                importlib.util.resolve_name("." * node.level + (node.module or ""), package)
                if node.level
                else (node.module or "")
            )
            found += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return tuple(found)
