"""Read a provenance stamp back from the file that carries it, whatever the format. Light: no drawing library loads.

A PDF carries it as Keywords, an SVG as Description, a PNG as the text chunk `Provenance`, a LaTeX table as its first
comment line, an HTML table as a script element, a record as its key `provenance`. A CSV has no room for it: the record
beside it speaks for it. `reprolib.figures.save` and `reprolib.tables.write` put it there, always as JSON.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from reprolib import files
from reprolib.errors import ReproError

DESCRIPTION = "{http://purl.org/dc/elements/1.1/}description"


def read(path: Path) -> dict[str, Any]:
    """The stamp in `path`, as `reprolib.provenance.Stamp.confirm` made it.

    Raises:
        ReproError: The file is missing, of a format that carries none, or carries none.
    """
    reader = READERS.get(path.suffix)
    if reader is None:
        known = ", ".join(READERS)
        raise ReproError(f"{path} cannot carry a provenance stamp; expected a figure, table or record ({known})")
    files.read(path)  # a missing file is told as such, not as a damaged one
    try:
        stamp = reader(path)
        if isinstance(stamp, dict) and {"inputs", "code", "environment"} <= stamp.keys():
            return stamp
    except (OSError, ValueError, KeyError, IndexError, TypeError, SyntaxError) as error:
        # pypdf, Pillow and ElementTree tell damage by these; a SyntaxError is ElementTree's ParseError.
        raise ReproError(f"{path} carries no readable provenance stamp ({error}); make it again") from error
    raise ReproError(f"{path} carries no provenance stamp; give a figure, table or record that the pipeline wrote")


def _pdf(path: Path) -> Any:
    import pypdf
    from pypdf.errors import PyPdfError

    try:
        information = pypdf.PdfReader(path).metadata
    except PyPdfError as error:
        raise ValueError(error) from error
    return json.loads(information.keywords or "null") if information else None


def _svg(path: Path) -> Any:
    found = ElementTree.parse(path).find(f".//{DESCRIPTION}")  # noqa: S314 # reads two strings, resolves no entity
    return json.loads((found.text if found is not None else None) or "null")


def _png(path: Path) -> Any:
    from PIL import Image

    with Image.open(path, formats=["PNG"]) as image:
        return json.loads(image.info["Provenance"])


def _tex(path: Path) -> Any:
    first = files.read_text(path).partition("\n")[0]
    return json.loads(first.removeprefix("% provenance:")) if first.startswith("% provenance:") else None


def _html(path: Path) -> Any:
    found = re.search(r'<script[^>]*class="provenance"[^>]*>(.*?)</script>', files.read_text(path), re.DOTALL)
    return json.loads(found[1]) if found else None


def _record(path: Path) -> Any:
    beside = path.with_suffix(".json")
    record = files.read_json(beside) if beside.is_file() else None
    return record.get("provenance") if isinstance(record, dict) else None


READERS: dict[str, Callable[[Path], Any]] = {
    ".pdf": _pdf,
    ".svg": _svg,
    ".png": _png,
    ".tex": _tex,
    ".html": _html,
    ".csv": _record,
    ".json": _record,
}
