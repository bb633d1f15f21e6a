"""What would run to make an item, why, and what it cost last time: `reprolib plan fig1`.

Reads dvc.yaml and dvc.lock through DVC's command line, the costs through `reprolib.costs`; writes nothing. (`dvc repro
--dry` is no planner: it stops at the first missing file and knows no costs.)
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from reprolib import costs, files
from reprolib.errors import ReproError
from reprolib.paths import Tree

RUNS, MAY_RUN, UP_TO_DATE = "runs", "may run", "up to date"


@dataclass(frozen=True)
class Step:
    """One stage of a plan."""

    stage: str
    state: str
    """`runs`, `may run` (a stage before it runs, and it follows if that changes its inputs) or `up to date`."""
    why: str
    cost: costs.Cost | None


@dataclass(frozen=True)
class Plan:
    """The stages that an item needs, in the order in which they would run."""

    item: str
    steps: tuple[Step, ...]

    def text(self) -> str:
        """The plan as lines for the terminal: one a stage, then the total."""
        width = max(len(step.stage) for step in self.steps)
        lines = [
            f"{step.state:<10}  {step.stage:<{width}}  {_told(step.cost):<31}  {step.why}".rstrip()
            for step in self.steps
        ]
        return "\n".join([f"{self.item} needs {_count(self.steps)}:", *lines, self._total()])

    def _total(self) -> str:
        sure = [step for step in self.steps if step.state == RUNS]
        possible = [step for step in self.steps if step.state == MAY_RUN]
        if not sure:
            return "Nothing would run: all is up to date."
        text = f"In all {_count(sure)} would run, {_seconds(sure)}"
        if possible:
            text += f"; with the {len(possible)} that may follow, {_seconds([*sure, *possible])}"
        unknown = [step.stage for step in (*sure, *possible) if step.cost is None]
        if unknown:
            text += f"; not counted, because never run here: {', '.join(unknown)}"
        return text + "."


def run(tree: Tree, item: str) -> Plan:
    """Plan `item`: a figure or table id (`fig1`, `table17`), a stage (`fit`) or a group of stages (`figures`).

    Raises:
        ReproError: There is no such item, or DVC cannot read the pipeline.
    """
    nodes, edges = _graph(_dvc(tree, "dag", "--dot"))
    targets = _targets(item, nodes)
    changed: dict[str, list[Any]] = json.loads(_dvc(tree, "status", "--json", "--with-deps", *targets))
    ran = _ran(tree)
    states: dict[str, str] = {}
    steps = []
    for stage in _ordered(targets, edges):
        before = [parent for parent in edges.get(stage, ()) if states[parent] != UP_TO_DATE]
        if stage in changed:
            states[stage], why = RUNS, _why(changed[stage]) if stage in ran else "has not run yet"
        elif before:
            states[stage], why = MAY_RUN, f"if {', '.join(before)} gives other results"
        else:
            states[stage], why = UP_TO_DATE, ""
        steps.append(Step(stage, states[stage], why, costs.last(tree, stage)))
    return Plan(item, tuple(steps))


def _targets(item: str, nodes: Iterable[str]) -> list[str]:
    """The stages that `item` names: itself, its group, its figure in any study, or the stage of all tables."""
    group = "tables" if re.fullmatch(r"table(\d+|-.+)", item) else item
    found = [
        stage
        for stage in nodes
        if stage in (item, group) or stage.split("@")[0] == group or re.fullmatch(rf".+@(.+-)?{re.escape(item)}", stage)
    ]
    if not found:
        names = sorted({re.sub(r"@(.+-)?", " ", stage).split()[-1] for stage in nodes})
        raise ReproError(f"the pipeline has no item '{item}'; expected one of {', '.join(names)}, a table or a stage")
    return found


def _dvc(tree: Tree, *arguments: str) -> str:
    # Bytecode halves the start of DVC; containers often switch it off.
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-m", "dvc", *arguments]
    done = subprocess.run(command, cwd=tree.root, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = " ".join(done.stderr.split()) or f"exit code {done.returncode}"
        raise ReproError(f"`dvc {' '.join(arguments)}` failed: {reason}; mend dvc.yaml or run `dvc repro`")
    return done.stdout


def _ran(tree: Tree) -> set[str]:
    """The stages whose last run dvc.lock holds."""
    path = tree.root / "dvc.lock"
    return set(files.read_yaml(path).get("stages") or {}) if path.is_file() else set()


def _graph(dot: str) -> tuple[list[str], dict[str, list[str]]]:
    """Stages, and for each the stages right before it, from DVC's graph in the DOT language."""
    nodes: list[str] = []
    edges: dict[str, list[str]] = {}
    for line in dot.splitlines():
        names = re.findall(r'"([^"]+)"', line)
        if len(names) == 1:
            nodes += names
        elif len(names) == 2:
            edges.setdefault(names[1], []).append(names[0])
    return nodes, edges


def _ordered(targets: Iterable[str], edges: dict[str, list[str]]) -> list[str]:
    """`targets` and all stages before them, each after those that it needs."""
    order: list[str] = []

    def visit(stage: str) -> None:
        if stage not in order:
            for parent in edges.get(stage, ()):
                visit(parent)
            order.append(stage)

    for stage in targets:
        visit(stage)
    return order


def _why(reasons: Iterable[Any]) -> str:
    """DVC's reasons for a stage as one clause: `reprolib/fit.py modified, results/published/laws deleted`."""
    clauses: list[str] = []
    for reason in reasons:
        if isinstance(reason, str):
            clauses.append(reason)
            continue
        for changes in reason.values():
            for name, change in changes.items():
                # Parameters come as {file: {key: change}}, files as {path: change}.
                pairs = change.items() if isinstance(change, dict) else [(name, change)]
                clauses += [f"{key} {what}" for key, what in pairs]
    shown, rest = clauses[:4], len(clauses) - 4
    return ", ".join(shown) + (f" and {rest} more" if rest > 0 else "")


def _told(cost: costs.Cost | None) -> str:
    if cost is None:
        return "never run here"
    place = "here" if cost.here else f"on {cost.machine}"
    state = "" if cost.state == "done" else ", failed"
    return f"{cost.wall_s:.1f} s {place}{state}"


def _count(steps: Iterable[Step]) -> str:
    number = len(list(steps))
    return f"{number} stage{'' if number == 1 else 's'}"


def _seconds(steps: Iterable[Step]) -> str:
    known = [step.cost.wall_s for step in steps if step.cost]
    return f"about {sum(known):.1f} s" if known else "at unknown cost"
