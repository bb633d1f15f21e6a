"""Verify items: gather their checks and claims, judge them in a temporary directory, give the verdict record.

Reads the tree; writes only below a temporary directory that is gone afterwards. `reprolib verify` calls it.
"""

from __future__ import annotations

import multiprocessing
import platform
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from reprolib import files, processes, provenance
from reprolib.errors import ReproError
from reprolib.study import PUBLISHED
from reprolib.verify import bench, claims, items, verdicts
from reprolib.verify.compare import Verdict, worst
from reprolib.verify.integrity import Inspection
from reprolib.verify.trained import Trained

if TYPE_CHECKING:
    from reprolib.params import Params
    from reprolib.paths import Tree

DEFAULT_TIER = 2
Progress = Callable[[dict[str, Any]], None]


class Session(Protocol):
    """One study under verification."""

    def lowest(self, item: str) -> int:
        """The lowest tier at which `item` has a check."""

    def title(self, item: str) -> str:
        """What `item` is called in the verdicts."""

    def checks(self, item: str) -> list[dict[str, Any]]:
        """A verdict record for each check of `item` up to the tier; none if there is nothing to check."""


def run(
    tree: Tree,
    params: Params,
    names: list[str],
    tier: int,
    study: str | None = None,
    progress: Progress = lambda item: None,
) -> dict[str, Any]:
    """The verdict record of the named items (none: all) with all checks of tiers 0 to `tier`.

    Args:
        tree: The repository; it is only read.
        params: Its settings, for what is made again.
        names: Items as in `items.of_study`.
        tier: 0 files agree, 1 redrawn from committed results, 2 refitted, 3 evaluated again, 4 trained again; 3 and 4
            are for studies that are trained here.
        study: `published`, which the paper's claims are about, or one that is trained here; None for those that
            the pipeline makes.
        progress: Called with each item's record as it is finished.

    Raises:
        ReproError: An item, tier or study is unknown, or paper/claims.yaml cannot be read.
    """
    if tier not in claims.TIERS:
        raise ReproError(f"there is no tier {tier}; use one of {', '.join(map(str, claims.TIERS))}")
    studies = items.studies(tree, params)
    if study not in (None, *studies):
        raise ReproError(f"there is no study '{study}' to verify; use one of {', '.join(studies)}")
    started = time.monotonic()
    # A study made beside the pipeline is verified where it or an item of it is named.
    asked = [study] if study else studies if names else items.of_pipeline(params)
    known = {item: each for each in asked for item in items.of_study(tree, params, each)}
    wanted = items.chosen(names, known)
    mine = {home: [item for item in wanted if known[item] == home] for home in asked}
    first, *others = homes = [home for home in asked if mine[home]]
    done = []
    with (
        tempfile.TemporaryDirectory(prefix="reprolib-verify-") as folder,
        ProcessPoolExecutor(
            len(others) or 1, multiprocessing.get_context("spawn"), initializer=processes.end_with_parent
        ) as pool,
    ):
        session = _session(tree, params, first, tier, Path(folder) / first)
        # A study is verified without the others, so each further one has a process of its own.
        beside = [
            pool.submit(_apart, tree, params, home, tier, Path(folder), mine[home], bool(names)) for home in others
        ]
        done += _verified(session, first, tier, mine[first], bool(names), progress)
        for each in beside:
            for item in each.result():
                done.append(item)
                progress(item)
    return {
        "studies": homes,
        "pipeline": items.of_pipeline(params),
        "tier": tier,
        "environment": _environment(tree),
        "seconds": round(time.monotonic() - started, 3),
        "summary": tally(done),
        "items": done,
    }


def record(tree: Tree, verdicts: dict[str, Any]) -> None:
    """Keep what each verified item came to in results/<study>/verdicts.json; items that were not verified stay."""
    for study in verdicts["studies"]:
        path = tree.results(study) / "verdicts.json"
        earlier = files.read_json(path) if path.is_file() else {}
        kept = {item: told for item, told in earlier.items() if study != PUBLISHED or item in items.ITEMS}
        for item in verdicts["items"]:
            if item["study"] == study:
                kept[item["id"]] = {key: item[key] for key in ("title", "verdict", "expected", "seconds")}
        files.write_json(path, {item: kept[item] for item in sorted(kept, key=lambda item: items.place(study, item))})


def _session(tree: Tree, params: Params, study: str, tier: int, folder: Path) -> Session:
    folder.mkdir()
    if study == PUBLISHED:
        return _Published(tree, params, tier, folder, claims.load(tree.claims))
    return Trained(tree, params, study, tier, folder)


def _apart(
    tree: Tree, params: Params, study: str, tier: int, folder: Path, wanted: list[str], named: bool
) -> list[dict[str, Any]]:
    """All of one study, in a process that gets nothing but these."""
    return _verified(_session(tree, params, study, tier, folder / study), study, tier, wanted, named, lambda item: None)


def _verified(
    session: Session, study: str, tier: int, wanted: list[str], named: bool, progress: Progress
) -> list[dict[str, Any]]:
    """The records of the items of one study; one that has nothing to check is an error where it was `named`."""
    done = []
    for item in wanted:
        record = _verify(session, study, item)
        if record is not None:
            done.append(record)
            progress(record)
        elif named:
            raise ReproError(f"{item} has nothing to check at tier {tier}; use `--tier {session.lowest(item)}`")
    return done


def _verify(session: Session, study: str, item: str) -> dict[str, Any] | None:
    """The record of one item, or None if there is nothing to check at this tier."""
    started = time.monotonic()
    checks = session.checks(item)
    if not checks:
        return None
    tier = max(check["tier"] for check in checks)
    return {
        "id": item,
        "study": study,
        "kind": items.kind(items.local(study, item)),
        "title": session.title(item),
        "tier": tier,
        "seconds": round(time.monotonic() - started, 3),
        "verdict": worst([Verdict(check["verdict"]) for check in checks]).value,
        "expected": all(check["expected"] for check in checks),
        "command": f"reprolib verify {item}" + (f" --tier {tier}" if tier > DEFAULT_TIER else ""),
        "message": verdicts.message(checks),
        "claims": checks,
    }


@dataclass
class _Published:
    """The published study: the benches are laid out when the first claim of their tier asks for them."""

    tree: Tree
    params: Params
    tier: int
    folder: Path
    book: list[claims.Claim]

    def lowest(self, item: str) -> int:
        """The lowest tier at which `item` has a check."""
        return min(claim.tier for claim in self.book if claim.item == item)

    def title(self, item: str) -> str:
        """What `item` is called in the verdicts."""
        return items.title(item, next((claim.where for claim in self.book if claim.item == item), ""))

    def checks(self, item: str) -> list[dict[str, Any]]:
        """A verdict record for each check of `item` up to the tier; none if there is nothing to check."""
        mine = [claim for claim in self.book if claim.item == item and claim.tier <= self.tier]
        return self._checks(item) + [verdicts.judge(claim, self._bench[claim.tier], self._local) for claim in mine]

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
        for root in (self.folder / "fresh", self.tree.root):
            text = text.replace(f"{root}/", "")
        return text

    @cached_property
    def _inspection(self) -> Inspection:
        return Inspection(self.tree, PUBLISHED)

    @cached_property
    def _bench(self) -> dict[int, Callable[[], bench.Bench]]:
        """What lays out the bench of a tier: once, and if it fails it fails for every claim in the same words."""
        return {1: bench.once(self._committed), 2: bench.once(self._fresh)}

    def _committed(self) -> bench.Bench:
        return bench.Bench(self.tree, self.tree, PUBLISHED, self.params)

    def _fresh(self) -> bench.Bench:
        made = bench.of_facts(self.tree, self.folder / "fresh", self.params)
        return bench.Bench(made, self.tree, PUBLISHED, self.params)


def _environment(tree: Tree) -> dict[str, Any]:
    return {
        "platform": platform.platform(),
        "lock": files.sha256(tree.lock),
        **provenance.environment(),
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
