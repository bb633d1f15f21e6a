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
from typing import Any

from reprolib import files
from reprolib.paths import Tree


@contextlib.contextmanager
def timed(tree: Tree, stage: str) -> Iterator[None]:
    """Measure the block as a run of `stage` and keep what it cost, if it ends well.

    That is `wall_s` and `cpu_s` (children included), `peak_mib` (the largest resident set of a process) and `machine`.

    Raises:
        ReproError: The cost cannot be written.
    """
    wall, cpu = time.perf_counter(), _cpu_seconds()
    yield
    cost = {
        "wall_s": round(time.perf_counter() - wall, 3),
        "cpu_s": round(_cpu_seconds() - cpu, 3),
        "peak_mib": round(_peak_mib(), 1),
        "machine": machine(),
    }
    files.write_json(tree.costs / f"{stage}.json", cost)


def last(tree: Tree, stage: str) -> tuple[dict[str, Any] | None, bool]:
    """The cost of the last run of `stage` and whether it was on this machine; None if it was never run."""
    path = tree.costs / f"{stage}.json"
    if path.is_file():
        return files.read_json(path), True
    recorded = [files.read_json(each) for each in sorted(tree.root.glob("results/*/costs.json"))]
    return next((costs[stage] for costs in recorded if stage in costs), None), False


def collect(tree: Tree, study: str) -> None:
    """Write the costs on this machine of the stages of `study` to `results/<study>/costs.json`.

    A stage belongs to the study if the item in its name does (`figures@<study>-fig1`, `fit@<study>`) or if its name has
    no item. A stage not run here keeps the cost recorded before, as long as dvc.lock knows it.
    """
    target = tree.results(study) / "costs.json"
    stages: dict[str, Any] = files.read_json(target) if target.is_file() else {}
    for path in sorted(tree.costs.glob("*.json")):
        item = path.stem.partition("@")[2]
        if not item or item == study or item.startswith(f"{study}-"):
            stages[path.stem] = files.read_json(path)
    known = files.read_yaml(tree.root / "dvc.lock")["stages"] if (tree.root / "dvc.lock").is_file() else stages
    files.write_json(target, {stage: stages[stage] for stage in sorted(stages) if stage in known})


def machine() -> str:
    """The machine in words: usable cores, system and architecture."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return f"{usable} CPU cores, {platform.system()} {platform.machine()}"


def _cpu_seconds() -> float:
    now = os.times()
    return now.user + now.system + now.children_user + now.children_system


def _peak_mib() -> float:
    """The largest resident set of this process or any finished child."""
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return peak / (2**20 if sys.platform == "darwin" else 2**10)  # bytes on macOS, KiB on Linux
