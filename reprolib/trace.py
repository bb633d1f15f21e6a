"""Where a figure, table or record comes from, and whether that still holds: `reprolib trace paper/…/fig1.pdf`.

The stamp is read from the file itself, so a figure found anywhere tells its origin: what it was made of is compared
with the present files, its content with the record that seals it, its inputs followed back to the facts, and the commit
that had exactly these inputs and code is found in git. Reads only.
"""

import json
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reprolib import files, history, records, stamps
from reprolib.paths import Tree

MATCH, CHANGED, MISSING = "match", "changed", "missing"


@dataclass(frozen=True)
class Part:
    """An input, a module or the environment's lock: its hash when the work was done, and how it stands now."""

    name: str
    digest: str
    state: str
    """`match`, `changed` or `missing`."""


@dataclass(frozen=True)
class Link:
    """What one file, or the records of one folder, were made of."""

    name: str
    stage: str | None
    """The pipeline stage that made it, as dvc.lock has it."""
    inputs: tuple[Part, ...]
    code: tuple[Part, ...]
    lock: tuple[Part, ...]

    @property
    def parts(self) -> tuple[Part, ...]:
        """All of them."""
        return (*self.inputs, *self.code, *self.lock)


@dataclass(frozen=True)
class Trace:
    """The origin of one file."""

    chain: tuple[Link, ...]
    """The file's own link, then one for each input, direct or not, that was itself made by the pipeline."""
    kind: str
    content: str
    """`match`, or a clause that says how the content differs from its record."""
    stamp: Mapping[str, Any]
    commits: history.Found

    @property
    def matches(self) -> bool:
        """The content, and all that it was made of, is still the same."""
        return self.content == MATCH and all(part.state == MATCH for link in self.chain for part in link.parts)

    def text(self) -> str:
        """The trace as lines for the terminal."""
        own, *origins = self.chain
        environment, device = self.stamp["environment"], self.stamp["device"]
        packages = ", ".join(f"{name} {version}" for name, version in environment["packages"].items())
        lines = [
            f"{own.name}: {self.kind}{_by(own)}",
            _line("content", self.content),
            *_lines(own),
            _line("settings", json.dumps(self.stamp["settings"], ensure_ascii=False)),
            _line("seed", "none" if self.stamp["seed"] is None else str(self.stamp["seed"])),
            _line("device", f"{device['name']}: {device['reason']}"),
            _line("environment", f"Python {environment['python']}, {packages}"),
            _line("commit", self.commits.sentence),
        ]
        for origin in origins:
            lines += [f"{origin.name}{_by(origin)}, in turn from", *_lines(origin)]
        return "\n".join([*lines, self._verdict(own.name)])

    def _verdict(self, name: str) -> str:
        if self.matches:
            return "Everything still matches."
        moved = [part.name for link in self.chain for part in link.parts if part.state != MATCH]
        names = dict.fromkeys([*([name] if self.content != MATCH else []), *moved])
        return textwrap.fill(f"No longer the same: {', '.join(names)}.", width=110)


def run(tree: Tree, file: Path) -> Trace:
    """Trace `file`, a figure (pdf, svg, png, json), a table (csv, tex, html, json) or a record (json).

    Raises:
        ReproError: The file is missing or carries no stamp.
    """
    stamp = stamps.read(file)
    path = file.resolve()
    name = tree.relative(path) if path.is_relative_to(tree.root.resolve()) else str(file)
    kind, content = _content(tree, path, stamp)
    wanted = {**stamp["inputs"], **stamp["code"], tree.relative(tree.lock): stamp["environment"]["lock"]}
    return Trace(_chain(tree, name, stamp), kind, content, stamp, history.find(tree.root, wanted))


def _content(tree: Tree, path: Path, stamp: Mapping[str, Any]) -> tuple[str, str]:
    """The kind of the file and how its content stands to the record that seals it."""
    beside = path.with_suffix(".json")
    found = [beside] if beside.is_file() else sorted(tree.root.glob(f"paper/*/*/{beside.name}"))
    if not found:
        return "file", f"unknown: no record {beside.name} stands beside it or in paper/"
    candidates = [files.read_json(each) for each in found]
    record = next((each for each in candidates if each.get("provenance") == stamp), candidates[0])
    kind = str(record.get("kind"))
    if record.get("seal") != records.seal(record):
        return kind, f"changed: the seal of {beside.name} does not match what it holds"
    if path.suffix == ".json":
        return kind, MATCH
    if record.get("files", {}).get(path.name) != files.sha256(path):
        return kind, f"changed: it is not the file that {beside.name} was written with"
    return kind, MATCH if record["provenance"] == stamp else f"changed: its stamp is not that of {beside.name}"


def _chain(tree: Tree, name: str, stamp: Mapping[str, Any]) -> tuple[Link, ...]:
    """The link of `name`, then those of its inputs, of theirs, and so on to the facts; each once."""
    stages = _stages(tree)
    chain: dict[str, Link] = {}
    todo: list[tuple[str, list[Mapping[str, Any]]]] = [(name, [stamp])]
    while todo:
        name, made_of = todo.pop(0)
        if name not in chain and made_of:
            chain[name] = link = _link(tree, name, made_of, stages)
            todo += [(part.name, _stamps_in(tree.root / part.name)) for part in link.inputs]
    return tuple(chain.values())


def _link(tree: Tree, name: str, made_of: Iterable[Mapping[str, Any]], stages: Mapping[str, str]) -> Link:
    """The link of `name` from its stamp, or from those of all records in it."""

    def parts(hashes: Iterable[Mapping[str, str]]) -> tuple[Part, ...]:
        pairs = {pair for each in hashes for pair in each.items()}
        return tuple(Part(part, digest, _state(tree.root / part, digest)) for part, digest in sorted(pairs))

    lock = tree.relative(tree.lock)
    return Link(
        name=name,
        stage=next((stage for out, stage in stages.items() if name == out or name.startswith(f"{out}/")), None),
        inputs=parts(stamp["inputs"] for stamp in made_of),
        code=parts(stamp["code"] for stamp in made_of),
        lock=parts({lock: stamp["environment"]["lock"]} for stamp in made_of),
    )


def _stamps_in(path: Path) -> list[Mapping[str, Any]]:
    """The stamps of a record or of the records in a folder; none where there is no record, as in the paper's facts."""
    paths = sorted(path.glob("*.json")) if path.is_dir() else [path] if path.suffix == ".json" else []
    found = [files.read_json(each) for each in paths if each.is_file()]
    return [record["provenance"] for record in found if isinstance(record, dict) and "provenance" in record]


def _state(path: Path, digest: str) -> str:
    if not path.exists():
        return MISSING
    return MATCH if files.sha256(path) == digest else CHANGED


def _stages(tree: Tree) -> dict[str, str]:
    """Output path → stage, from dvc.lock."""
    path = tree.root / "dvc.lock"
    if not path.is_file():
        return {}
    stages = files.read_yaml(path).get("stages") or {}
    return {out["path"]: stage for stage, entry in stages.items() for out in entry.get("outs", ())}


def _by(link: Link) -> str:
    return f", made by stage {link.stage}" if link.stage else ""


def _line(head: str, text: str) -> str:
    return textwrap.fill(text, width=110, initial_indent=f"  {head:<12}", subsequent_indent=" " * 14)


def _lines(link: Link) -> list[str]:
    lines = [_line("input", f"{part.name}  {part.state}  {part.digest[:12]}") for part in link.inputs]
    moved = [part for part in link.code if part.state != MATCH]
    same = ", ".join(part.name for part in link.code if part.state == MATCH)
    lines += [_line("code", f"{part.name}  {part.state}  {part.digest[:12]}") for part in moved]
    lines += [_line("code", f"{same}  {MATCH}")] if same else []
    return lines + [_line("lock", f"{part.name}  {part.state}  {part.digest[:12]}") for part in link.lock]
