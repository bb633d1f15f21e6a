"""The verdicts of earlier runs: `reprolib verify fig1` renews one item of the report and leaves the others in it.

Reads and writes `report/verdicts.json`, the whole record, and `report/verdicts.csv`, the verdicts alone. The second
has no times and no versions in it and nothing beyond the tier and the studies that `reprolib verify` has by itself, so
it is the same on every machine on which the verdicts are: it is the output that dvc.lock records of the stage `verify`.
"""

import csv
import hashlib
import io
from typing import Any

from reprolib import files, provenance
from reprolib.errors import ReproError
from reprolib.paths import Tree
from reprolib.verify import items, tally
from reprolib.verify.runner import DEFAULT_TIER


def keep(tree: Tree, verdicts: dict[str, Any]) -> dict[str, Any]:
    """Put the verdicts of a run into the kept record, write it, and give it back.

    Verdicts of other items stay as long as nothing changed that a verdict depends on: facts, claims, results, figures,
    tables and code. After a change they would be hearsay and are dropped.
    """
    state = _state(tree)
    earlier = _earlier(tree)
    still: dict[str, Any] = earlier if earlier.get("state") == state else {"items": [], "tier": 0}
    newest = {item["id"]: item for item in verdicts["items"]}
    # A look at tier 0 says less than the earlier refit of the same files, so it does not take its place.
    newest |= {
        item["id"]: item for item in still["items"] if item["tier"] > newest.get(item["id"], {"tier": -1})["tier"]
    }
    done = sorted(newest.values(), key=lambda item: items.place(item["study"], item["id"]))
    merged = {
        **verdicts,
        "studies": list(dict.fromkeys(item["study"] for item in done)),
        "tier": max(still["tier"], verdicts["tier"]),
        "seconds": round(sum(item["seconds"] for item in done), 3),
        "summary": tally(done),
        "items": done,
        "state": state,
    }
    of_pipeline = [item for item in done if item["study"] in verdicts["pipeline"]]
    files.write(tree.report / "verdicts.csv", _table(of_pipeline))
    files.write_json(tree.report / "verdicts.json", merged)
    return merged


def kept(tree: Tree) -> dict[str, Any]:
    """The kept record.

    Raises:
        ReproError: There is none yet, or the file is damaged.
    """
    path = tree.report / "verdicts.json"
    if not path.is_file():
        raise ReproError(f"{path} does not exist, so there are no verdicts to report yet; run `reprolib verify` first")
    record = files.read_json(path)
    if not isinstance(record, dict) or not all(isinstance(record.get(key), list) for key in ("items", "studies")):
        raise ReproError(f"{path} holds no verdicts; delete it and run `reprolib verify` to make it again")
    return record


def _earlier(tree: Tree) -> dict[str, Any]:
    """The kept record, or nothing where there is none or it is damaged: it is written anew in any case."""
    try:
        return kept(tree)
    except ReproError:
        return {}


def _state(tree: Tree) -> str:
    made = [
        path
        for results in sorted((tree.root / "results").glob("*/"))
        for path in (
            results / "data.json",
            tree.evals(results.name),
            tree.runs(results.name),
            tree.resources(results.name),
            tree.curves(results.name),
            tree.learning(results.name),
            tree.laws(results.name),
            tree.scrutiny(results.name),
            tree.figures(results.name),
            tree.tables(results.name),
            tree.numbers(results.name),
        )
    ]
    parts = (tree.published, tree.claims, tree.params, tree.lock, tree.root / "pyproject.toml", *made)
    hashes = [files.sha256(path) if path.exists() else "missing" for path in (*parts, provenance.PACKAGE)]
    return hashlib.sha256(" ".join(hashes).encode()).hexdigest()


def _table(done: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(["item", "claim", "verdict", "as_expected"])
    for item in done:
        for claim in (claim for claim in item["claims"] if claim["tier"] <= DEFAULT_TIER):
            lines.writerow([item["id"], claim["id"], claim["verdict"], "yes" if claim["expected"] else "no"])
    return text.getvalue()
