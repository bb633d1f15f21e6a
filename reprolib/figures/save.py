"""Save a painted figure as PDF, SVG and PNG, the provenance stamp in each, and its record beside them.

The same numbers, code and environment give the same bytes: dates are left out and the ids in the SVG are salted. All
four files are written under hidden names first and renamed last, so a failure leaves what stood there before.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reprolib import files, records

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("pdf", "svg", "png")


def save(painted: Figure, record: Mapping[str, Any], out: Path, provenance: Mapping[str, Any]) -> None:
    """Write `out/<id>.{pdf,svg,png,json}`, all four or none; `record` is the sidecar's content, its `id` the name.

    The caller holds `style.context` open, which fixes fonts and the salt.

    Raises:
        ReproError: `out` cannot be written.
    """
    name = record["id"]
    images = {f"{name}.{kind}": _render(painted, kind, record["title"], provenance) for kind in FORMATS}
    hashes = {file: hashlib.sha256(data).hexdigest() for file, data in images.items()}
    hidden = {file: out / f".{file}.new" for file in (*images, f"{name}.json")}
    try:
        for file, data in images.items():
            files.write(hidden[file], data)
        records.write(hidden[f"{name}.json"], "figure", {**record, "files": hashes}, provenance)
        for file, path in hidden.items():
            path.replace(out / file)
    finally:
        for path in hidden.values():
            if path.exists():
                path.unlink()


def _render(painted: Figure, kind: str, title: str, provenance: Mapping[str, Any]) -> bytes:
    stamp = json.dumps(provenance, sort_keys=True, separators=(",", ":"))
    metadata: dict[str, dict[str, str | None]] = {
        "pdf": {"Title": title, "Keywords": stamp, "CreationDate": None},
        "svg": {"Title": title, "Description": stamp, "Date": None},
        "png": {"Title": title, "Provenance": stamp, "Software": None},
    }
    buffer = io.BytesIO()
    painted.savefig(buffer, format=kind, metadata=metadata[kind])
    return buffer.getvalue()
