"""What made a file: stamps, sealed records, what a figure carries, where it comes from, and what a stage cost.

A result is identified by the hashes of its inputs, the settings, the seed and the *format version* of the stage
(`reprolib/formats.yaml`), never by the bytes of source files: a docstring changes no result. `take` hashes the inputs
before the work starts, `Stamp.confirm` takes the hashes again after it; if anything moved in between, nothing is
written. A stamp carries no commit id and no date, because a tracked file cannot match its own commit.
"""

import functools
import importlib.metadata
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reprolib import files
from reprolib.errors import ReproError
from reprolib.paths import Tree

PACKAGE = Path(__file__).parent.parent
CIRCUMSTANCES = ("device", "environment")
"""The parts of a stamp that say on what a result was computed; the others identify it."""
VERSIONED = ("numpy", "scipy", "pandas", "statsmodels", "matplotlib", "jinja2", "torch", "open_clip_torch", "timm")
"""The packages that make numbers, or draw and typeset them."""


@dataclass(frozen=True)
class Stamp:
    """Identity and circumstances of a stage's work, its inputs hashed before the work started."""

    tree: Tree
    stage: str
    inputs: Mapping[str, str]
    settings: Mapping[str, Any]
    seed: int | None
    device: Mapping[str, str] = field(default_factory=dict)

    def confirm(self) -> dict[str, Any]:
        """The stamp as a JSON object, once the inputs are seen to be what they were.

        Raises:
            ReproError: An input changed while the work ran.
        """
        moved = [name for name, digest in self.inputs.items() if files.sha256(self.tree.root / name) != digest]
        if moved:
            raise ReproError(f"{', '.join(moved)} changed while the work ran, so nothing was written; run it again")
        return {
            "stage": self.stage,
            "format": format_of(self.stage),
            "inputs": dict(self.inputs),
            "settings": dict(self.settings),
            "seed": self.seed,
            "device": dict(self.device),
            "environment": {"lock": files.sha256(self.tree.lock), **environment()},
        }


def take(
    tree: Tree,
    *,
    stage: str,
    inputs: Iterable[Path],
    settings: Mapping[str, Any] | None = None,
    seed: int | None = None,
    device: str = "cpu",
    reason: str,
) -> Stamp:
    """Hash `inputs` (files or folders in `tree`) before the work of `stage`, a name in formats.yaml.

    `reason` says in a clause why the work runs on `device`.
    """
    return Stamp(
        tree=tree,
        stage=stage,
        inputs={tree.relative(path): files.sha256(path) for path in inputs},
        settings=settings or {},
        seed=seed,
        device={"name": device, "reason": reason},
    )


@functools.cache
def format_of(stage: str) -> int:
    """The format version of `stage`, from `reprolib/formats.yaml`."""
    return int(files.read_yaml(PACKAGE / "formats.yaml")[stage])


def identity(stamp: Mapping[str, Any]) -> dict[str, Any]:
    """What identifies the result that carries `stamp`."""
    return {part: value for part, value in stamp.items() if part not in CIRCUMSTANCES}


@functools.cache
def environment() -> dict[str, Any]:
    """Python, the packages that make numbers, and the BLAS with its kernel for this processor."""
    return {
        "python": platform.python_version(),
        "packages": {name: importlib.metadata.version(name) for name in VERSIONED},
        "blas": _blas(),
    }


def _blas() -> str:
    """numpy's BLAS, such as `openblas 0.3.31 SkylakeX`."""
    import numpy as np  # loads the library that is asked about
    from threadpoolctl import threadpool_info

    found = [
        each
        for each in threadpool_info()
        if each["user_api"] == "blas" and Path(np.__file__).parent.name in each["filepath"]
    ]
    each = found[0]
    return " ".join(str(each[key]) for key in ("internal_api", "version", "architecture") if each.get(key))
