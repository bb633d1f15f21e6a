"""Sealed JSON records: what a stage leaves behind for the next one.

A record is a JSON object with a `kind`, its content, the provenance stamp and a `seal`, the sha256 over all of the
rest. Reading checks the seal, so a record that was edited by hand is refused by name wherever it is used. Numbers are
written with the digits that are determined (`reprolib.precision`). A record that exists is written again only if its
identity or a number in it changes: computed again, here or on another machine, it stays as it is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from reprolib import files, precision, provenance
from reprolib.errors import ReproError

ABOUT = ("provenance", "seal", "files", "record_id")
"""The keys of a record that are not its content."""


def write(
    path: Path, kind: str, content: Mapping[str, Any], stamp: Mapping[str, Any], *, previous: Path | None = None
) -> None:
    """Seal `content` and write it to `path`.

    Args:
        path: Replaced as a whole.
        kind: What the record is.
        content: With numbers as they were computed.
        stamp: What `Stamp.confirm` returned.
        previous: The record that is written again, where it is not at `path`; it is kept if nothing in it changed.

    Raises:
        ReproError: As `files.write`.
    """
    previous = previous or path
    if holds(previous, kind, content, stamp):
        files.write(path, files.read(previous))
        return
    body = {"kind": kind, **precision.quantised(kind, content), "provenance": stamp}
    files.write_json(path, {**body, "seal": seal(body)})


def write_all(folder: Path, kind: str, contents: Mapping[str, Mapping[str, Any]], stamp: Mapping[str, Any]) -> None:
    """Write `<name>.json` for each of `contents` as all of what is in `folder`, as a whole."""
    with files.staged(folder) as stage:
        for name, content in contents.items():
            write(stage / f"{name}.json", kind, content, stamp, previous=folder / f"{name}.json")


def write_with_files(
    out: Path,
    kind: str,
    content: Mapping[str, Any],
    stamp: Mapping[str, Any],
    render: Callable[[str], Mapping[str, bytes]],
) -> None:
    """Write a figure or table to `out`: `<id>.json` and the files that carry the id of this record, all or none.

    Files that exist are kept if the record is, unless they come out otherwise in the very environment that made them:
    then it is the drawing that changed. Another version of matplotlib draws the same numbers with other bytes.

    Args:
        out: The folder.
        kind: `figure` or `table`.
        content: As in `write`; its `id` names the files.
        stamp: What `Stamp.confirm` returned.
        render: From the record's id to the files by name.

    Raises:
        ReproError: As `files.write`; what was there before is there still.
    """
    name, shown = content["id"], precision.quantised(kind, content)
    record_id = _digest({"kind": kind, **shown})
    made = render(record_id)
    hashes = {file: hashlib.sha256(data).hexdigest() for file, data in made.items()}
    path = out / f"{name}.json"
    if holds(path, kind, content, stamp) and _is_intact(path, hashes, stamp):
        return
    hidden = {file: out / f".{file}.new" for file in (*made, path.name)}
    try:
        for file, data in made.items():
            files.write(hidden[file], data)
        write(hidden[path.name], kind, {**shown, "record_id": record_id, "files": hashes}, stamp)
        for file, written in hidden.items():
            written.replace(out / file)
    finally:
        for written in hidden.values():
            if written.exists():
                written.unlink()


def _is_intact(path: Path, hashes: Mapping[str, str], stamp: Mapping[str, Any]) -> bool:
    """Whether the files of the record in `path` are those that it seals, and drawn now would be no others."""
    old = files.read_json(path)
    here = {file: files.sha256(path.parent / file) for file in hashes if (path.parent / file).is_file()}
    same_environment = old["provenance"]["environment"] == stamp["environment"]
    return here == old["files"] and (hashes == here or not same_environment)


def holds(path: Path, kind: str, content: Mapping[str, Any], stamp: Mapping[str, Any]) -> bool:
    """Whether the record in `path` has the identity of `stamp` and, to the digits that it shows, this content."""
    if not path.is_file():
        return False
    try:
        old = read(path, kind)
    except ReproError:
        return False
    return provenance.identity(old["provenance"]) == json.loads(
        json.dumps(provenance.identity(stamp))
    ) and precision.same(kind, content_of(old), content)


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


def content_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """What a record says, without how it was made."""
    return {key: value for key, value in record.items() if key not in (*ABOUT, "kind")}


def seal(record: Mapping[str, Any]) -> str:
    """The sha256 over the canonical JSON of a record, its own seal left out."""
    return _digest({key: value for key, value in record.items() if key != "seal"})


def _digest(value: Mapping[str, Any]) -> str:
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
