"""What each stage cost last time, so that `reprolib plan` can say what a run will cost before it starts.

`timed` writes `.reprolib/costs/<stage>.json` on the machine at hand, which git does not track. `collect` gathers those
of one study into `results/<study>/costs.json`, which git tracks, so that a fresh clone has numbers too;
`reprolib verify --record` runs it. Both are plain JSON, not records: a cost has no inputs and is not the same twice.
"""

import contextlib
import os
import platform
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from reprolib import files
from reprolib.errors import ReproError
from reprolib.paths import Tree


@dataclass(frozen=True)
class Cost:
    """One run of one stage. Seconds of wall clock and of processor time (children included), peak memory in MiB."""

    stage: str
    wall_s: float
    cpu_s: float
    peak_mib: float
    state: str
    """`done`, or `failed: <the error>`."""
    machine: str
    here: bool = True
    """Measured on this machine; otherwise recorded with the repository."""


@contextlib.contextmanager
def timed(tree: Tree, stage: str) -> Iterator[None]:
    """Measure the block as a run of `stage` and keep the cost, also when the block fails.

    Raises:
        ReproError: The block ended well but its cost cannot be written. A failing block's own error goes first.
    """
    wall, cpu = time.perf_counter(), _cpu_seconds()

    def keep(state: str) -> None:
        cost = Cost(
            stage=stage,
            wall_s=round(time.perf_counter() - wall, 3),
            cpu_s=round(_cpu_seconds() - cpu, 3),
            peak_mib=round(_peak_mib(), 1),
            state=state,
            machine=machine(),
        )
        files.write_json(_path(tree, stage), {key: value for key, value in asdict(cost).items() if key != "here"})

    try:
        yield
    except BaseException as error:
        with contextlib.suppress(ReproError):
            earlier = last(tree, stage)
            if earlier is None or earlier.state != "done":  # a run that ended well says more of what the next will cost
                keep(f"failed: {error or type(error).__name__}")
        raise
    keep("done")


def last(tree: Tree, stage: str) -> Cost | None:
    """The last run of `stage` on this machine, else the one recorded with the repository, else None (never run here).

    Raises:
        ReproError: A cost file is damaged.
    """
    path = _path(tree, stage)
    if path.is_file():
        return _cost(path, files.read_json(path))
    for recorded in sorted(tree.root.glob("results/*/costs.json")):
        stages = files.read_json(recorded)
        if stage in stages:
            return _cost(recorded, {"stage": stage, **stages[stage], "here": False})
    return None


def collect(tree: Tree, study: str) -> Path:
    """Write the costs on this machine of the stages of `study` to `results/<study>/costs.json`; return that path.

    A stage belongs to the study if the item in its name does (`figures@<study>-fig1`, `fit@<study>`) or if its name has
    no item. Runs that failed are left out, and a stage not run here keeps the cost recorded before, as long as
    dvc.lock knows it.
    """
    target = tree.results(study) / "costs.json"
    stages: dict[str, Any] = files.read_json(target) if target.is_file() else {}
    for path in sorted(tree.costs.glob("*.json")):
        cost = _cost(path, files.read_json(path))
        item = cost.stage.partition("@")[2]
        if cost.state == "done" and (not item or item == study or item.startswith(f"{study}-")):
            entry = asdict(cost)
            stages[cost.stage] = {key: entry[key] for key in ("wall_s", "cpu_s", "peak_mib", "state", "machine")}
    known = files.read_yaml(tree.root / "dvc.lock")["stages"] if (tree.root / "dvc.lock").is_file() else stages
    files.write_json(target, {stage: stages[stage] for stage in sorted(stages) if stage in known})
    return target


def machine() -> str:
    """The machine in words: usable cores, system and architecture."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return f"{usable} CPU cores, {platform.system()} {platform.machine()}"


def _path(tree: Tree, stage: str) -> Path:
    return tree.costs / f"{stage}.json"


def _cost(path: Path, content: dict[str, Any]) -> Cost:
    try:
        return Cost(**content)
    except TypeError as error:
        raise ReproError(f"{path} does not hold the cost of a stage ({error}); delete it and run the stage") from error


def _cpu_seconds() -> float:
    now = os.times()
    return now.user + now.system + now.children_user + now.children_system


def _peak_mib() -> float:
    """The largest resident set of this process or any finished child."""
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return peak / (2**20 if sys.platform == "darwin" else 2**10)  # bytes on macOS, KiB on Linux
