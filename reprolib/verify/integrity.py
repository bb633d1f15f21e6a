"""Tier 0: lock, facts, records, figures, tables and stamps agree with one another, as they are in the tree.

Each check gives one sentence per fault, which names the file. Reads the tree only. Nothing is computed again here: that
a number is *right* is for tiers 1 and 2, that it is *the one that was made* is for this one.
"""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reprolib import files, provenance
from reprolib.errors import ReproError
from reprolib.provenance import carried, plan, records

if TYPE_CHECKING:
    from reprolib.paths import Tree

LOCAL = "data/"
"""Shards and checkpoints are here, which DVC keeps and git does not: a clone that has none yet is complete."""
PIN = re.compile(r"([A-Za-z0-9._-]+)==([^ ;\\\n]+)")


class Inspection:
    """The checks of one tree; every file is hashed once."""

    def __init__(self, tree: Tree, study: str) -> None:
        """Nothing is read yet."""
        self.tree = tree
        self.study = study
        self._hashes: dict[str, str] = {}

    def all(self) -> dict[str, tuple[str, list[str]]]:
        """For the item `files`: what each check holds to, and its faults."""
        return {
            "files.environment": ("Every dependency of pyproject.toml is locked, with hashes.", self.environment()),
            "files.facts": ("Every row of the facts is well formed and has a known source.", self.facts()),
            "files.records": ("Every record is as it was sealed, and made of the present files.", self.records()),
            "files.figures": ("Every figure file is the one that its record seals.", self._each("fig")),
            "files.tables": ("Every table file is the one that its record seals.", self._each("table")),
            "files.pipeline": ("Everything that dvc.lock recorded is still the same.", self.pipeline()),
        }

    def environment(self) -> list[str]:
        """Dependencies that requirements.lock lacks, pins outside their range or holds without a hash."""
        from packaging.requirements import Requirement

        path = self.tree.root / "pyproject.toml"
        try:
            project = tomllib.loads(files.read_text(path))
        except tomllib.TOMLDecodeError as error:
            raise ReproError(f"{path} is not TOML ({error}); restore it with git") from error
        wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
        pins = self._pins
        faults = []
        for requirement in map(Requirement, wanted):
            versions = pins.get(_plain(requirement.name), [])
            if not any(requirement.specifier.contains(version, prereleases=True) for version in versions):
                came = f"pins {', '.join(versions)}" if versions else "does not list it"
                faults.append(f"pyproject.toml asks for {requirement}, but requirements.lock {came}; run `make lock`")
        return faults + [f"requirements.lock holds {name} without a hash; run `make lock`" for name in self._unhashed]

    def facts(self) -> list[str]:
        """The first fault of each kind in paper/published."""
        from reprolib.data import facts

        try:
            facts.read_all(self.tree)
        except ReproError as error:
            return [self._local(error)]
        return []

    def records(self) -> list[str]:
        """Records of all stages, and the numbers, that were edited or whose inputs have changed since."""
        faults = []
        missing = []
        numbers = self.tree.numbers(self.study)
        for kind, folder, pattern in (
            ("evaluation", self.tree.evals(self.study), "*.json"),
            ("run", self.tree.runs(self.study), "*.json"),
            ("resources", self.tree.resources(self.study), "*.json"),
            ("law", self.tree.laws(self.study), "*.json"),
            ("scrutiny", self.tree.scrutiny(self.study), "*.json"),
            ("numbers", numbers.parent, numbers.name),
        ):
            paths = sorted(folder.glob(pattern))
            if not paths:
                missing.append(f"{self.tree.relative(folder)} holds no records; run `dvc repro`")
            faults += self._sealed(kind, paths)
        return missing + faults

    def pipeline(self) -> list[str]:
        """What `dvc status` finds changed, but for data that a clone need not have; one sentence a file or setting."""
        if not (self.tree.root / "dvc.lock").is_file():
            return ["dvc.lock is missing, so nothing is recorded of the pipeline's outputs; run `dvc repro`"]
        changed = json.loads(plan.dvc(self.tree, "status", "--json", "dvc.yaml"))
        found = {}
        changed.pop("verify", None)  # it is running, or has: it changes nothing, and its entry is one run old
        for stage, reasons in changed.items():
            for reason in reasons:
                for part in _parts(reason):
                    if not self._is_absent(part):
                        found[part] = f"{part} is not what stage '{stage}' recorded in dvc.lock{self._hint(part)}"
        return [f"{sentence}; run `dvc repro` or restore it with git" for sentence in found.values()]

    def _sealed(self, kind: str, paths: list[Path]) -> list[str]:
        """Faults in seals and stamps of records of one kind; what is stale is told once."""
        faults = []
        stale: dict[str, str] = {}
        others = " and others like it" if len(paths) > 1 else ""
        for path in paths:
            try:
                record = records.read(path, kind)
            except ReproError as error:
                faults.append(self._local(error))
                continue
            for sentence in self._stale(record["provenance"]):
                stale.setdefault(sentence, f"{self.tree.relative(path)}{others}: {sentence}")
        return [*faults, *stale.values()]

    def item(self, item: str) -> list[str]:
        """Faults in the files of one figure or table: the record, what it seals, and the stamps in the files."""
        kind, folder = (
            ("figure", self.tree.figures(self.study))
            if item.startswith("fig")
            else ("table", self.tree.tables(self.study))
        )
        path = folder / f"{item}.json"
        if not path.is_file():
            return [f"{self.tree.relative(path)} is missing: {item} is not made yet; run `dvc repro`"]
        try:
            record = records.read(path, kind)
        except ReproError as error:
            return [self._local(error)]
        faults = [f"{self.tree.relative(path)}: {sentence}" for sentence in self._stale(record["provenance"])]
        for name, digest in record["files"].items():
            faults += self._file(folder / name, digest, record["record_id"])
        return faults

    def _file(self, path: Path, digest: str, record_id: str) -> list[str]:
        name = self.tree.relative(path)
        if not path.is_file():
            return [f"{name} is missing although its record seals it; restore it with git or run `dvc repro`"]
        if self._sha256(name) != digest:
            return [
                f"{name} was changed after it was made: its sha256 is not the one in its record; restore it with git"
            ]
        if path.suffix not in carried.FORMATS:
            return []
        try:
            found = carried.read(path)
        except ReproError as error:
            return [self._local(error)]
        return [] if found == record_id else [f"{name} carries the id of another record than its own; run `dvc repro`"]

    def _stale(self, stamp: dict[str, Any]) -> list[str]:
        stage, number = stamp["stage"], provenance.format_of(stamp["stage"])
        sentences = []
        if stamp["format"] != number:
            sentences.append(
                f"it has format {stamp['format']} of stage '{stage}', which is at {number}; run `dvc repro`"
            )
        for name, digest in stamp["inputs"].items():
            if self._sha256(name) != digest and not self._is_absent(name):
                sentences.append(f"its input {name} has changed since it was made{self._hint(name)}; run `dvc repro`")
        return sentences

    def _is_absent(self, name: str) -> bool:
        """Whether it is one of the shards and checkpoints that a clone need not have."""
        return name.startswith(LOCAL) and not (self.tree.root / name).exists()

    def _hint(self, name: str) -> str:
        """Which line of `name` differs first from the last commit, as a clause; empty if git cannot tell."""
        command = [
            "git",
            "-C",
            str(self.tree.root),
            "--no-optional-locks",
            "diff",
            "--no-color",
            "--no-ext-diff",
            "-U0",
        ]
        try:
            done = subprocess.run([*command, "HEAD", "--", name], capture_output=True, timeout=5, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return ""
        found = re.search(
            r"^\+\+\+ b/(.+)\n@@ .*\+(\d+)[ ,].*(?:\n-.*)*\n\+(.*)", done.stdout.decode(errors="replace"), re.M
        )
        return f" ({Path(found[1]).name} line {found[2]} is now {found[3][:90]!r})" if found else ""

    def _each(self, prefix: str) -> list[str]:
        from reprolib.verify.items import ITEMS

        return [sentence for item in ITEMS if item.startswith(prefix) for sentence in self.item(item)]

    def _sha256(self, name: str) -> str:
        if name not in self._hashes:
            path = self.tree.root / name
            self._hashes[name] = files.sha256(path) if path.exists() else "missing"
        return self._hashes[name]

    def _local(self, error: ReproError) -> str:
        return str(error).replace(f"{self.tree.root}/", "")

    @cached_property
    def _blocks(self) -> list[str]:
        return re.split(r"\n(?=\S)", files.read_text(self.tree.lock))

    @cached_property
    def _pins(self) -> dict[str, list[str]]:
        pins: dict[str, list[str]] = {}
        for block in self._blocks:
            if pin := PIN.match(block):
                pins.setdefault(_plain(pin[1]), []).append(pin[2])
        return pins

    @cached_property
    def _unhashed(self) -> list[str]:
        return [pin[1] for block in self._blocks if (pin := PIN.match(block)) and "--hash=sha256:" not in block]


def _parts(reason: Any) -> list[str]:
    """What a reason of `dvc status` is about: files, settings (`params.yaml: fit.bins`), or the reason itself."""
    if isinstance(reason, str):
        return [reason]
    pairs = [pair for changes in reason.values() for pair in changes.items()]
    return [
        part
        for name, what in pairs
        for part in ([f"{name}: {key}" for key in what] if isinstance(what, dict) else [name])
    ]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
