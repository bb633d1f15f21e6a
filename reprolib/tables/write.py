"""The one place that writes a table: CSV, LaTeX (booktabs), HTML, and the record that seals them.

Each file carries the provenance stamp or stands in the record by its hash: the LaTeX begins with a comment line, the
HTML, a fragment to embed in a page, ends with a JSON script element, and the record holds the sha256 of all three.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reprolib import files, records
from reprolib.tables.frame import Table, joined
from reprolib.tables.render import as_csv, as_html, as_latex

COMMENT = "% provenance: "
SCRIPT = '<script type="application/json" class="provenance">'


def write(out: Path, made: Table, about: dict[str, Any], stamp: dict[str, Any]) -> None:
    """Write `<id>.csv`, `.tex`, `.html` and last `<id>.json` to `out`.

    Args:
        out: The folder.
        made: The table.
        about: id, study, title, caption, origin and note, as they stand in the record.
        stamp: What `Stamp.confirm` returned.
    """
    texts = {
        f"{about['id']}.csv": as_csv(made),
        f"{about['id']}.tex": COMMENT + json.dumps(stamp) + "\n" + as_latex(made, about),
        f"{about['id']}.html": as_html(made, about) + SCRIPT + _in_script(stamp) + "</script>\n",
    }
    for name, text in texts.items():
        files.write(out / name, text)
    content = {
        **about,
        "row_header": joined(made.row_levels),
        "columns": made.column_names,
        "rows": made.row_names,
        "cells": made.cells,
        "values": made.values,
        "best": sorted(made.best),
        "measured": sorted(made.measured),
        "files": {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()},
    }
    records.write(out / f"{about['id']}.json", "table", content, stamp)


def _in_script(stamp: Mapping[str, Any]) -> str:
    """JSON that cannot end its script element early."""
    return json.dumps(stamp).replace("<", "\\u003c")
