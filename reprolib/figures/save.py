"""Save a painted figure as PDF, SVG and PNG, each with the id of its record, and the record beside them.

The same numbers, code and versions give the same bytes: dates are left out and the ids in the SVG are salted.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from reprolib.provenance import carried, records

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

FORMATS = ("pdf", "svg", "png")


def save(painted: Figure, record: Mapping[str, Any], out: Path, stamp: Mapping[str, Any]) -> None:
    """Write `out/<id>.{pdf,svg,png,json}`, all four or none; `record` is the sidecar's content, its `id` the name.

    The caller holds `style.context` open, which fixes fonts and the salt.

    Raises:
        ReproError: `out` cannot be written.
    """

    def render(record_id: str) -> dict[str, bytes]:
        mark = carried.mark(record_id)
        return {f"{record['id']}.{kind}": _render(painted, kind, record["title"], mark) for kind in FORMATS}

    records.write_with_files(out, "figure", record, stamp, render)


def _render(painted: Figure, kind: str, title: str, mark: str) -> bytes:
    metadata: dict[str, dict[str, str | None]] = {
        "pdf": {"Title": title, "Keywords": mark, "CreationDate": None},
        "svg": {"Title": title, "Description": mark, "Date": None},
        "png": {"Title": title, "Description": mark, "Software": None},
    }
    buffer = io.BytesIO()
    painted.savefig(buffer, format=kind, metadata=metadata[kind])
    return buffer.getvalue()
