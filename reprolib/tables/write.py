"""The one place that writes a table: CSV, LaTeX (booktabs), HTML, and the record that seals them.

LaTeX and HTML carry the id of the record, in a comment; a CSV has no room for it, the record beside it has its hash.
"""

from pathlib import Path
from typing import Any

from reprolib.provenance import carried, records
from reprolib.tables.frame import Table
from reprolib.tables.render import as_csv, as_html, as_latex


def write(out: Path, made: Table, about: dict[str, Any], stamp: dict[str, Any]) -> None:
    """Write `<id>.csv`, `.tex`, `.html` and `<id>.json` to `out`, all four or none.

    Args:
        out: The folder.
        made: The table.
        about: id, study, title, caption, origin and note, as they stand in the record.
        stamp: What `Stamp.confirm` returned.
    """

    def render(record_id: str) -> dict[str, bytes]:
        mark = carried.mark(record_id)
        texts = {
            "csv": as_csv(made),
            "tex": f"% {mark}\n{as_latex(made, about)}",
            "html": f"{as_html(made, about)}<!-- {mark} -->\n",
        }
        return {f"{about['id']}.{kind}": text.encode() for kind, text in texts.items()}

    records.write_with_files(out, "table", {**about, **made.record()}, stamp, render)
