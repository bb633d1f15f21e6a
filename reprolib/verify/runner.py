"""Verify items: gather their checks and claims, judge them in a temporary directory, give the verdict record.

Reads the tree; writes only below a temporary directory that is gone afterwards. `reprolib verify` calls it.
"""

from __future__ import annotations

import importlib.metadata
import platform
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reprolib import files, provenance
from reprolib.errors import ReproError
from reprolib.verify import bench, claims, items, refit, verdicts
from reprolib.verify.compare import Verdict, worst
from reprolib.verify.integrity import Inspection

if TYPE_CHECKING:
    from reprolib.params import Params
    from reprolib.paths import Tree

STUDY = "published"
Progress = Callable[[dict[str, Any]], None]


def run(
    tree: Tree, params: Params, names: list[str], tier: int, study: str, progress: Progress = lambda item: None
) -> dict[str, Any]:
    """The verdict record of the named items (none: all) with all checks of tiers 0 to `tier`.

    Args:
        tree: The repository; it is only read.
        params: Its settings, for fits that are made again.
        names: Items as in `items.ITEMS`.
        tier: 0 files agree, 1 redrawn from committed results, 2 refitted from the facts.
        study: `published`, the one that the paper's claims are about.
        progress: Called with each item's record as it is finished.

    Raises:
        ReproError: An item, tier or study is unknown, or paper/claims.yaml cannot be read.
    """
    if tier not in claims.TIERS:
        raise ReproError(f"there is no tier {tier}; use one of {', '.join(map(str, claims.TIERS))}")
    if study != STUDY:
        raise ReproError(f"the claims are about the study '{STUDY}'; '{study}' has none to verify")
    started = time.monotonic()
    wanted = items.chosen(names)
    book = claims.load(tree.claims)
    with tempfile.TemporaryDirectory(prefix="reprolib-verify-") as folder:
        session = _Session(tree, params, study, tier, Path(folder), book)
        done = []
        for item in wanted:
            record = session.verify(item)
            if record is None:
                if names:
                    lowest = min(claim.tier for claim in book if claim.item == item)
                    raise ReproError(f"{item} has nothing to check at tier {tier}; use `--tier {lowest}`")
                continue
            done.append(record)
            progress(record)
    return {
        "study": study,
        "tier": tier,
        "environment": _environment(tree),
        "seconds": round(time.monotonic() - started, 3),
        "summary": tally(done),
        "items": done,
    }


def record(tree: Tree, verdicts: dict[str, Any]) -> None:
    """Keep what each verified item came to in results/<study>/verdicts.json; items that were not verified stay."""
    path = tree.results(verdicts["study"]) / "verdicts.json"
    kept = files.read_json(path) if path.is_file() else {}
    for item in verdicts["items"]:
        kept[item["id"]] = {key: item[key] for key in ("title", "verdict", "expected", "seconds")}
    files.write_json(path, {item: kept[item] for item in items.ITEMS if item in kept})


@dataclass
class _Session:
    """One run: the benches are laid out when the first claim of their tier asks for them."""

    tree: Tree
    params: Params
    study: str
    tier: int
    folder: Path
    book: list[claims.Claim]

    def verify(self, item: str) -> dict[str, Any] | None:
        """The record of one item, or None if there is nothing to check at this tier."""
        started = time.monotonic()
        mine = [claim for claim in self.book if claim.item == item and claim.tier <= self.tier]
        checks = self._checks(item)
        checks += [verdicts.judge(claim, self._bench[claim.tier], self._local) for claim in mine]
        if not checks:
            return None
        verdict = worst([Verdict(check["verdict"]) for check in checks])
        return {
            "id": item,
            "kind": items.kind(item),
            "title": items.title(item, mine[0].where if mine else ""),
            "tier": max(check["tier"] for check in checks),
            "seconds": round(time.monotonic() - started, 3),
            "verdict": verdict.value,
            "expected": all(check["expected"] for check in checks),
            "command": f"reprolib verify {item}",
            "message": verdicts.message(checks),
            "claims": checks,
        }

    def _checks(self, item: str) -> list[dict[str, Any]]:
        match items.kind(item):
            case "files":
                return [verdicts.checked(name, *check) for name, check in self._inspection.all().items()]
            case "figure" | "table":
                states = "Its files are the ones that its record seals, made of the present inputs."
                return [verdicts.checked(f"{item}.files", states, self._inspection.item(item))]
            case _:
                return []

    def _local(self, text: str) -> str:
        for root in (self.folder / "committed", self.folder / "fresh", self.tree.root):
            text = text.replace(f"{root}/", "")
        return text

    @cached_property
    def _inspection(self) -> Inspection:
        return Inspection(self.tree, self.study)

    @cached_property
    def _bench(self) -> dict[int, Callable[[], bench.Bench]]:
        """What lays out the bench of a tier: once, and if it fails it fails for every claim in the same words."""
        return {1: _once(self._committed), 2: _once(self._fresh)}

    def _committed(self) -> bench.Bench:
        copied = bench.copy(self.tree, self.study, self.folder / "committed", results=True)
        return bench.Bench(copied, self.tree, self.study, self.params)

    def _fresh(self) -> bench.Bench:
        copied = bench.copy(self.tree, self.study, self.folder / "fresh", results=False)
        refit.make(copied, self.params, self.study)
        return bench.Bench(copied, self.tree, self.study, self.params)


def _once(lay: Callable[[], bench.Bench]) -> Callable[[], bench.Bench]:
    """`lay`, called at most once: what it gave or raised is given or raised again."""
    outcome: list[bench.Bench | ReproError] = []

    def again() -> bench.Bench:
        if not outcome:
            try:
                outcome.append(lay())
            except ReproError as error:
                outcome.append(error)
        if isinstance(outcome[0], ReproError):
            raise outcome[0]
        return outcome[0]

    return again


def _environment(tree: Tree) -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "packages": {name: importlib.metadata.version(name) for name in provenance.VERSIONED},
        "platform": platform.platform(),
        "lock": files.sha256(tree.lock),
    }


def tally(done: list[dict[str, Any]]) -> dict[str, int]:
    """How many items came to each verdict, and how many came to another than expected."""
    count = Counter(item["verdict"] for item in done)
    words = {
        "exact": Verdict.EXACT,
        "within": Verdict.WITHIN,
        "differs": Verdict.DIFFERS,
        "not_checkable": Verdict.NOT_CHECKABLE,
    }
    return {
        **{name: count[verdict.value] for name, verdict in words.items()},
        "unexpected": sum(not item["expected"] for item in done),
    }
