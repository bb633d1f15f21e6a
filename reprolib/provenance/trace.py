"""Where a figure, table or record comes from, and whether that still holds: `reprolib trace paper/…/fig1.pdf`.

A figure carries the id of its record; the record has the stamp. So a figure found anywhere, in an e-mail say, leads to
its record, in the checkout or in the history of its git repository, and from there through the inputs back to the
facts. Each input is compared with the present files. Reads only.
"""

import json
import subprocess
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reprolib import files, provenance
from reprolib.errors import ReproError
from reprolib.paths import Tree
from reprolib.provenance import carried, records

MATCH = "match"


@dataclass(frozen=True)
class Link:
    """What one record, or the records of one folder, were made of."""

    name: str
    made_by: tuple[str, ...]
    """Stages with their format version, such as `fit (format 1)`."""
    inputs: Mapping[str, str]
    """Each with its state: `match`, `changed`, `missing`."""
    outdated: tuple[str, ...]
    """Stages that have another format version now."""


@dataclass(frozen=True)
class Trace:
    """The origin of one file."""

    chain: tuple[Link, ...]
    """The link of the file, then one for each input, direct or not, that a stage made."""
    record: Mapping[str, Any]
    content: str
    """`match`, or a clause that says how the file differs from its record."""
    commit: str
    """The commit that brought the record, or why there is none."""

    @property
    def matches(self) -> bool:
        """The file is that of its record, and all that the record was made of is still the same."""
        return not self._moved()

    def _moved(self) -> list[str]:
        first = [self.chain[0].name] if self.content != MATCH else []
        inputs = [name for link in self.chain for name, state in link.inputs.items() if state != MATCH]
        return list(dict.fromkeys([*first, *inputs, *(stage for link in self.chain for stage in link.outdated)]))

    def text(self) -> str:
        """The trace as lines for the terminal."""
        stamp = self.record["provenance"]
        environment, device = stamp["environment"], stamp["device"]
        packages = ", ".join(f"{name} {version}" for name, version in environment["packages"].items())
        lines = [
            f"{self.chain[0].name}: {self.record['kind']}",
            _line("content", self.content),
            *_lines(self.chain[0]),
            _line("settings", json.dumps(stamp["settings"], ensure_ascii=False)),
            _line("seed", "none" if stamp["seed"] is None else str(stamp["seed"])),
            _line("device", f"{device['name']}: {device['reason']}"),
            _line("environment", f"Python {environment['python']}, {packages}, {environment['blas']}"),
            _line("commit", self.commit),
        ]
        for link in self.chain[1:]:
            lines += [f"{link.name}, in turn", *_lines(link)]
        moved = self._moved()
        verdict = f"No longer the same: {', '.join(moved)}." if moved else "Everything still matches."
        return "\n".join([*lines, textwrap.fill(verdict, width=110)])


def run(tree: Tree, file: Path) -> Trace:
    """Trace `file`, a figure (pdf, svg, png, json), a table (csv, tex, html, json) or a record (json).

    Raises:
        ReproError: The file is missing or carries no id, or its record is neither in the checkout nor in its history.
    """
    path = file.resolve()
    inside = path.is_relative_to(tree.root.resolve())
    if path.suffix in (".json", ".csv"):
        home = path.with_suffix(".json")
        record, commit = files.read_json(home), ""
        if not isinstance(record, dict) or "provenance" not in record:
            raise ReproError(f"{home} is no record with a provenance stamp; give one that the pipeline wrote")
    else:
        record, home, commit = _with_id(tree, carried.read(file), file)
    name = tree.relative(path) if inside else str(file)
    commit = commit or _commit(tree, str(record.get("seal")))
    return Trace(_chain(tree, name, record["provenance"]), record, _content(path, home, record), commit)


def _with_id(tree: Tree, record_id: str, file: Path) -> tuple[dict[str, Any], Path, str]:
    """The record with this id, where it is or was, and the commit that it was found in if it is there no more."""
    named = sorted(tree.root.glob(f"paper/*/*/{file.stem}.json"))
    for path in dict.fromkeys([file.with_suffix(".json"), *named, *sorted(tree.root.glob("paper/*/*/*.json"))]):
        record = files.read_json(path) if path.is_file() else {}
        if record.get("record_id") == record_id:
            return record, path, ""
    brought = _git(tree, "log", "--all", "--reverse", "--format=%h", f"-S{record_id}", "--", "paper").split()
    where = _git(tree, "grep", "-l", record_id, brought[0], "--", "paper/*.json").splitlines() if brought else []
    if not where:
        raise ReproError(
            f"{file} was made with the record {record_id[:12]}, which is neither in paper/ nor in the history of this "
            "repository; run the command in the repository that made it, or fetch its history"
        )
    record = json.loads(_git(tree, "show", where[0]))
    return record, tree.root / where[0].partition(":")[2], f"{_title(tree, brought[0])}; paper/ has another one now"


def _content(path: Path, home: Path, record: Mapping[str, Any]) -> str:
    """How `path` compares with its record."""
    if record.get("seal") != records.seal(record):
        return f"changed: the seal of {home.name} does not match what it holds"
    if path.suffix == ".json" or record.get("files", {}).get(f"{home.stem}{path.suffix}") == files.sha256(path):
        return MATCH
    return f"changed: it is not the file that {home.name} was written with"


def _chain(tree: Tree, name: str, stamp: Mapping[str, Any]) -> tuple[Link, ...]:
    """The link of `name`, then those of its inputs, of theirs, and so on to the facts; each once."""
    chain: dict[str, Link] = {}
    todo: list[tuple[str, list[Mapping[str, Any]]]] = [(name, [stamp])]
    while todo:
        name, stamps = todo.pop(0)
        if name not in chain and stamps:
            chain[name] = link = _link(tree, name, stamps)
            todo += [(part, _stamps_in(tree.root / part)) for part in link.inputs]
    return tuple(chain.values())


def _link(tree: Tree, name: str, stamps: list[Mapping[str, Any]]) -> Link:
    inputs = sorted({pair for stamp in stamps for pair in stamp["inputs"].items()})
    made_by = sorted({(stamp["stage"], stamp["format"]) for stamp in stamps})
    return Link(
        name=name,
        made_by=tuple(f"{stage} (format {number})" for stage, number in made_by),
        inputs={part: _state(tree.root / part, digest) for part, digest in inputs},
        outdated=tuple(
            f"the format of stage {stage}" for stage, number in made_by if number != provenance.format_of(stage)
        ),
    )


def _stamps_in(path: Path) -> list[Mapping[str, Any]]:
    """The stamps of a record or of the records in a folder; none where there is no record, as in the paper's facts."""
    paths = sorted(path.rglob("*.json")) if path.is_dir() else [path] if path.suffix == ".json" else []
    found = [files.read_json(each) for each in paths if each.is_file()]
    return [record["provenance"] for record in found if isinstance(record, dict) and "provenance" in record]


def _state(path: Path, digest: str) -> str:
    if not path.exists():
        return "missing"
    return MATCH if files.sha256(path) == digest else "changed"


def _commit(tree: Tree, seal: str) -> str:
    """The commit that brought the record with this seal, in words."""
    if not _git(tree, "rev-parse", "--is-inside-work-tree"):
        return "no git here"
    brought = _git(tree, "log", "--reverse", "--format=%h", f"-S{seal}", "--", "paper", "results").split()
    return _title(tree, brought[0]) if brought else "in no commit (uncommitted work)"


def _title(tree: Tree, commit: str) -> str:
    return _git(tree, "log", "-1", "--date=short", "--format=%h %cd %s", commit).strip()


def _git(tree: Tree, *arguments: str) -> str:
    """What git prints; empty where it fails or is not installed."""
    try:
        done = subprocess.run(["git", "-C", str(tree.root), *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout if done.returncode == 0 else ""


def _line(head: str, text: str) -> str:
    return textwrap.fill(text, width=110, initial_indent=f"  {head:<12}", subsequent_indent=" " * 14)


def _lines(link: Link) -> list[str]:
    return [
        _line("made by", ", ".join(link.made_by)),
        *(_line("input", f"{name}  {state}") for name, state in link.inputs.items()),
    ]
