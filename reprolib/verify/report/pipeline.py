"""The stage graph of `dvc.yaml`, laid out from left to right for the report.

A stage reads what another one writes: that is an arrow. The copies of a `foreach` stage are one box. Files that no
stage makes (facts, notebooks, claims) stand as inputs before the stages that read them; code is left out. An arrow that
follows from others (a → c beside a → b → c) is left out too.
"""

import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from reprolib import files
from reprolib.paths import Tree

BOX_W, BOX_H, GAP_X, GAP_Y = 156, 50, 54, 20
"""Sizes in SVG units (px at full size)."""


@dataclass
class Node:
    """A stage, or an input that no stage makes."""

    name: str
    copies: int = 1
    about: str = ""
    command: str = ""
    is_input: bool = False
    reads: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)
    layer: int = 0
    x: float = 0
    y: float = 0


@dataclass(frozen=True)
class Graph:
    """Boxes and arrows with their places."""

    nodes: list[Node]
    arrows: list[str]
    """SVG path data."""
    width: float
    height: float

    @property
    def stages(self) -> list[Node]:
        """The boxes that are stages, in the order of `dvc.yaml`."""
        return [node for node in self.nodes if not node.is_input]


def draw(tree: Tree) -> Graph | None:
    """The graph of the tree's `dvc.yaml`; None if there is no such file or it has no stages."""
    path = tree.root / "dvc.yaml"
    if not path.is_file():
        return None
    values = files.read_yaml(tree.params) if tree.params.is_file() else {}
    stages = [_stage(name, raw, values) for name, raw in (files.read_yaml(path).get("stages") or {}).items()]
    if not stages:
        return None
    nodes = _inputs(stages) + stages
    edges = _reduce({(a.name, b.name) for a in nodes for b in nodes if a is not b and _feeds(a, b)})
    _place(nodes, edges)
    at = {node.name: node for node in nodes}
    return Graph(
        nodes=nodes,
        arrows=[_curve(at[a], at[b]) for a, b in sorted(edges)],
        width=max(node.x for node in nodes) + BOX_W,
        height=max(node.y for node in nodes) + BOX_H,
    )


def _stage(name: str, raw: dict[str, Any], values: dict[str, Any]) -> Node:
    """A stage with the paths of all its copies filled in."""
    return _node(name, raw.get("do", raw), _copies(raw, values))


def _node(name: str, raw: dict[str, Any], scopes: list[dict[str, Any]]) -> Node:
    def paths(*keys: str) -> set[str]:
        entries = [entry for key in keys for entry in raw.get(key, [])]
        names = [next(iter(entry)) if isinstance(entry, dict) else entry for entry in entries]
        return {_filled(path, scope) for path in names for scope in scopes}

    return Node(
        name=name,
        copies=len(scopes),
        about=raw.get("desc", ""),
        command=raw["cmd"] if isinstance(raw["cmd"], str) else " && ".join(raw["cmd"]),
        reads=paths("deps"),
        writes=paths("outs", "metrics", "plots"),
    )


def _copies(stage: dict[str, Any], values: dict[str, Any]) -> list[dict[str, Any]]:
    """What the `${…}` of each copy of a stage stand for; `values` are those of params.yaml."""
    if "foreach" not in stage:
        return [values]
    over = stage["foreach"]
    if isinstance(over, str):
        over = _at(values, over.strip("${} "))
    items = over.items() if isinstance(over, dict) else [(str(place), each) for place, each in enumerate(over)]
    return [{**values, "key": key, "item": item} for key, item in items]


def _filled(text: str, scope: dict[str, Any]) -> str:
    """`text` with what each `${…}` stands for."""
    return re.sub(r"\$\{([^}]*)\}", lambda match: str(_at(scope, match[1].strip())), text)


def _at(settings: Any, key: str) -> Any:
    for part in key.split("."):
        settings = settings.get(part) if isinstance(settings, dict) else None
    return settings


def _inputs(stages: list[Node]) -> list[Node]:
    made = [path for stage in stages for path in stage.writes]
    given = {path for stage in stages for path in stage.reads if not any(_touch(path, other) for other in made)}
    folders: dict[str, set[str]] = {}
    for path in sorted(given):
        pure = PurePosixPath(path)
        name = f"{pure.parent}/" if pure.suffix == ".ipynb" else path
        folders.setdefault(name, set()).add(path)
    return [Node(name, len(paths), is_input=True, writes=paths) for name, paths in folders.items()]


def _touch(a: str, b: str) -> bool:
    return a == b or a.startswith(f"{b}/") or b.startswith(f"{a}/")


def _feeds(a: Node, b: Node) -> bool:
    return any(_touch(out, dep) for out in a.writes for dep in b.reads)


def _reduce(edges: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """The edges that do not follow from a chain of others."""

    def reaches(start: str, end: str, without: tuple[str, str]) -> bool:
        return any(b == end or reaches(b, end, without) for a, b in edges if a == start and (a, b) != without)

    return {edge for edge in edges if not reaches(*edge, edge)}


def _place(nodes: list[Node], edges: set[tuple[str, str]]) -> None:
    """Layers by the longest way from the start; inputs stand right before their first reader."""
    at = {node.name: node for node in nodes}
    for _ in nodes:
        for a, b in edges:
            at[b].layer = max(at[b].layer, at[a].layer + 1)
    for node in nodes:
        if node.is_input:
            node.layer = min(at[b].layer for a, b in edges if a == node.name) - 1
    layers: dict[int, list[Node]] = {}
    for node in nodes:
        layers.setdefault(node.layer, []).append(node)
    heights = {depth: sum(not node.is_input for node in members) or len(members) for depth, members in layers.items()}
    for depth in sorted(layers):
        before = {b: [at[a].y for a, c in edges if c == b] for _, b in edges}
        members = sorted(layers[depth], key=lambda node: (node.is_input, _mean(before.get(node.name))))
        # Stages stand centred on one line; inputs hang below them.
        offset = (max(heights.values()) - heights[depth]) / 2
        for row, node in enumerate(members):
            node.x, node.y = depth * (BOX_W + GAP_X), (row + offset) * (BOX_H + GAP_Y)


def _mean(values: list[float] | None) -> float:
    return sum(values) / len(values) if values else float("inf")


def _curve(a: Node, b: Node) -> str:
    x0, y0, x1, y1 = a.x + BOX_W, a.y + BOX_H / 2, b.x - 3, b.y + BOX_H / 2
    bend = (x1 - x0) / 2
    return f"M{x0:g} {y0:g}C{x0 + bend:g} {y0:g} {x1 - bend:g} {y1:g} {x1:g} {y1:g}"
