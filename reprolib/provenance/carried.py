"""The id of its record that a figure or table carries, whatever the format. Light: no drawing library loads.

A PDF carries it as Keywords, an SVG and a PNG as Description, LaTeX and HTML as a comment: `mark` writes it,
`read` finds it. A record has it as `record_id`; a CSV has no room for it, so the record beside it is asked.
"""

import re
from pathlib import Path

from reprolib import files
from reprolib.errors import ReproError

MARK = re.compile(rb"reprolib record ([0-9a-f]{64})")
FORMATS = (".pdf", ".svg", ".png", ".tex", ".html")


def mark(record_id: str) -> str:
    """What a file carries of its record."""
    return f"reprolib record {record_id}"


def read(path: Path) -> str:
    """The id of the record that `path`, a figure or table, was written with.

    Raises:
        ReproError: The file is missing, of a format that carries none, or carries none.
    """
    if path.suffix not in FORMATS:
        raise ReproError(f"{path} cannot carry the id of a record; expected a figure, table or record ({_known()})")
    found = MARK.search(_text(path))
    if not found:
        raise ReproError(f"{path} carries no id of a record; give a figure, table or record that the pipeline wrote")
    return found[1].decode()


def _text(path: Path) -> bytes:
    """The bytes of a file in which the mark is readable: it is compressed in none of the formats but perhaps a PDF."""
    data = files.read(path)
    if path.suffix != ".pdf" or MARK.search(data):
        return data
    import pypdf
    from pypdf.errors import PyPdfError

    try:  # a PDF that another program saved again
        information = pypdf.PdfReader(path).metadata
    except (PyPdfError, ValueError) as error:
        raise ReproError(f"{path} is not a readable PDF ({error}); make or fetch it again") from error
    return str((information and information.keywords) or "").encode()


def _known() -> str:
    return ", ".join([*FORMATS, ".csv", ".json"])
