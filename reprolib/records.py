"""Sealed JSON records: what a stage leaves behind for the next one.

A record is a JSON object with a `kind`, its content, the provenance stamp and a `seal`, the sha256 over all of the
rest. Reading checks the seal, so a record that was edited by hand is refused by name wherever it is used.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reprolib import files
from reprolib.errors import ReproError


def write(path: Path, kind: str, content: Mapping[str, Any], provenance: Mapping[str, Any]) -> None:
    """Seal `content` and write it to `path`; `provenance` is what `Stamp.confirm` returned."""
    body = {"kind": kind, **content, "provenance": provenance}
    files.write_json(path, {**body, "seal": seal(body)})


def read(path: Path, kind: str) -> dict[str, Any]:
    """The record in `path`, its seal and kind checked.

    Raises:
        ReproError: The file is missing, not JSON, of another kind, or was changed after it was sealed.
    """
    record = files.read_json(path)
    if not isinstance(record, dict) or record.get("kind") != kind:
        found = record.get("kind") if isinstance(record, dict) else type(record).__name__
        raise ReproError(f"{path} should hold a record of kind '{kind}', but it is '{found}'; make it again")
    if record.get("seal") != seal(record):
        raise ReproError(
            f"{path} was changed after it was made: its seal does not match its content; "
            "restore it with git or run the stage that makes it"
        )
    return record


def seal(record: Mapping[str, Any]) -> str:
    """The sha256 over the canonical JSON of a record, its own seal left out."""
    body = {key: value for key, value in record.items() if key != "seal"}
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
