"""What would run to make an item, why, and what it cost last time: `reprolib plan fig1`.

`dvc status` says what changed and DVC's graph what follows from it; this adds the costs (`reprolib.provenance.costs`),
which DVC does not know. Writes nothing.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

from reprolib import files
from reprolib.errors import ReproError
from reprolib.paths import Tree
from reprolib.provenance import costs

RUNS, MAY_RUN, UP_TO_DATE = "runs", "may run", "up to date"


@dataclass(frozen=True)
class Step:
    """One stage of a plan."""

    stage: str
    state: str
    """`runs`, `may run` (a stage before it runs, and it follows if that changes its inputs) or `up to date`."""
    why: str
    seconds: float | None
    """What it took last time; None if it was never run."""
    where: str


@dataclass(frozen=True)
class Plan:
    """The stages that an item needs, in an order in which they can run."""

    item: str
    steps: tuple[Step, ...]

    def text(self) -> str:
        """The plan as lines for the terminal: one a stage, then the total."""
        width = max(len(step.stage) for step in self.steps)
        lines = [f"{s.state:<10}  {s.stage:<{width}}  {s.where:<31}  {s.why}".rstrip() for s in self.steps]
        running = [step for step in self.steps if step.state == RUNS]
        following = [step for step in self.steps if step.state == MAY_RUN]
        if not running:
            return "\n".join([*lines, "Nothing would run: all is up to date."])
        total = f"{len(running)} would run, {_sum(running)}"
        total += f"; with the {len(following)} that may follow, {_sum([*running, *following])}" if following else ""
        return "\n".join([*lines, f"Of {len(self.steps)} stages {total}."])


def run(tree: Tree, item: str) -> Plan:
    """Plan `item`: a figure or table id (`fig1`, `table17`), a stage (`fit`) or a group of stages (`figures`).

    Raises:
        ReproError: There is no such item, or DVC cannot read the pipeline.
    """
    graph = _graph(dvc(tree, "dag", "--dot"))
    targets = _targets(item, graph)
    changed = json.loads(dvc(tree, "status", "--json", "--with-deps", *targets))
    lock = tree.root / "dvc.lock"
    ran = files.read_yaml(lock)["stages"] if lock.is_file() else {}
    states: dict[str, str] = {}
    steps = []
    needed = {stage for target in targets for stage in (target, *_before(target, graph))}
    for stage in (each for each in TopologicalSorter(graph).static_order() if each in needed):
        upstream = [parent for parent in sorted(graph[stage]) if states[parent] != UP_TO_DATE]
        states[stage] = RUNS if stage in changed else MAY_RUN if upstream else UP_TO_DATE
        why = f"if {', '.join(upstream)} gives other results" if upstream else ""
        if stage in changed:
            why = _why(changed[stage]) if stage in ran else "has not run yet"
        cost, here = costs.last(tree, stage)
        where = f"{cost['wall_s']:.1f} s {'here' if here else 'on ' + cost['machine']}" if cost else "never run"
        steps.append(Step(stage, states[stage], why, cost["wall_s"] if cost else None, where))
    return Plan(item, tuple(steps))


def dvc(tree: Tree, *arguments: str) -> str:
    """What DVC's command line prints in `tree`; as a process of its own, since DVC is a program and no library.

    Raises:
        ReproError: It fails.
    """
    # Bytecode halves the start of DVC; containers often switch it off.
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-m", "dvc", *arguments]
    done = subprocess.run(command, cwd=tree.root, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = " ".join(done.stderr.split()) or f"exit code {done.returncode}"
        raise ReproError(f"`dvc {' '.join(arguments)}` failed: {reason}; mend dvc.yaml or restore it with git")
    return done.stdout


def _graph(dot: str) -> dict[str, set[str]]:
    """For each stage those right before it, from DVC's graph in the DOT language."""
    graph: dict[str, set[str]] = {}
    for names in (re.findall(r'"([^"]+)"', line) for line in dot.splitlines()):
        if names:
            graph.setdefault(names[-1], set()).update(names[:-1])
    return graph


def _before(stage: str, graph: Mapping[str, set[str]]) -> set[str]:
    return {each for parent in graph[stage] for each in (parent, *_before(parent, graph))}


def _targets(item: str, stages: Iterable[str]) -> list[str]:
    """The stages that `item` names: itself, its group, its figure in any study, or the stage of all tables."""
    group = "tables" if re.fullmatch(r"table(\d+|-.+)", item) else item
    pattern = rf"({re.escape(group)}(@.+)?|.+@(.+-)?{re.escape(item)})"
    found = [stage for stage in stages if re.fullmatch(pattern, stage)]
    if not found:
        names = sorted({re.sub(r".*@(.+?-)?", "", stage) for stage in stages})
        raise ReproError(f"the pipeline has no item '{item}'; expected one of {', '.join(names)}, a table or a stage")
    return found


def _why(reasons: list[Any]) -> str:
    """DVC's reasons for a stage as one clause: `paper/published modified, results/published/laws deleted`."""
    clauses = [reason for reason in reasons if isinstance(reason, str)]
    for changes in (change for reason in reasons if isinstance(reason, dict) for change in reason.values()):
        for name, what in changes.items():
            # Parameters come as {file: {key: change}}, files as {path: change}.
            pairs = what.items() if isinstance(what, dict) else [(name, what)]
            clauses += [f"{key} {each}" for key, each in pairs]
    more = f" and {len(clauses) - 4} more" if len(clauses) > 4 else ""
    return ", ".join(clauses[:4]) + more


def _sum(steps: list[Step]) -> str:
    known = [step.seconds for step in steps if step.seconds is not None]
    unknown = [step.stage for step in steps if step.seconds is None]
    seconds = f"about {sum(known):.1f} s" if known else "at unknown cost"
    return seconds + (f" (never run: {', '.join(unknown)})" if unknown else "")
