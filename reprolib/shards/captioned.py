"""Images with captions: a table (CSV, TSV, JSONL) that names the image of each row, or a `.txt` beside each image.

The images of a table lie in the folder of the table, or in the tars there. A row's other columns become attributes. An
image that several rows name becomes one sample with several captions.
"""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from reprolib import files
from reprolib.errors import ReproError
from reprolib.shards.images import Archives, Folder, extension_of, is_image, key_of, one_line
from reprolib.shards.sample import Sample
from reprolib.shards.source import Source

TABLES = frozenset({".csv", ".tsv", ".jsonl"})
IMAGE_COLUMNS = ("filepath", "file", "file_name", "filename", "image", "image_path", "path")
CAPTION_COLUMNS = ("caption", "captions", "text", "title", "sentence", "name")
"""Names that are tried in this order; open_clip's tables have `filepath` and `title`."""
_TOO_MANY = "\0"


def table(path: Path, image_column: str | None = None, caption_column: str | None = None) -> Source:
    """The rows of `path`, images from its folder or the tars there.

    Raises:
        ReproError: A column is not there or cannot be told, or a row is broken or names an image that is missing.
    """
    rows = _read(path)
    image = _column(path, rows, image_column, IMAGE_COLUMNS, "image_column")
    caption = _column(path, rows, caption_column, CAPTION_COLUMNS, "caption_column")
    tars = sorted(path.parent.glob("*.tar"))
    place = f"the tars of {path.parent}" if tars else f"{path.parent}"
    reason = f"{path} names images (column '{image}', in {place}) and captions (column '{caption}')"
    return Source("table", reason, lambda: _samples(path, rows, image, caption, tars))


def sidecars(root: Path, images: Sequence[Path]) -> Source:
    """`images` below `root`, each with a `.txt` of the same name: one caption a line.

    Raises:
        ReproError: An image has none.
    """
    for path in images:
        if not path.with_suffix(".txt").is_file():
            raise ReproError(
                f"{path} should have its captions in a .txt beside it, as others there do; add or remove it"
            )

    def samples() -> Iterator[Sample]:
        for path in images:
            name = path.relative_to(root).as_posix()
            lines = files.read_text(path.with_suffix(".txt")).splitlines()
            yield Sample(
                key=key_of(name),
                image=files.read(path),
                extension=extension_of(name),
                captions=tuple(one_line(line) for line in lines if line.strip()),
                attributes={"file": name},
            )

    return Source("sidecars", f"{root} has images with .txt files beside them", samples)


def _read(path: Path) -> list[dict[str, Any]]:
    text = files.read_text(path).removeprefix("\ufeff")
    if path.suffix.lower() != ".jsonl":
        delimiter = "\t" if path.suffix.lower() == ".tsv" or "\t" in text.partition("\n")[0] else ","
        return _parse(path, text, delimiter)
    rows = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise ReproError(f"{path}, line {number}, is not JSON ({error.msg}); mend that line") from error
        if not isinstance(row, dict):
            raise ReproError(f"{path}, line {number}, should be an object with named values; mend that line")
        rows.append(row)
    return rows


def _parse(path: Path, text: str, delimiter: str) -> list[dict[str, Any]]:
    """The rows of a CSV. A row with more cells than the header is an unquoted comma in a caption as a rule."""
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restkey=_TOO_MANY, strict=True)
    try:
        rows = list(reader)
    except csv.Error as error:
        raise ReproError(f"{path} cannot be read after line {reader.line_num} ({error}); mend what follows") from error
    for number, row in enumerate(rows, 1):
        if _TOO_MANY in row:
            raise ReproError(
                f"{path}, row {number}: it should have {len(row) - 1} cells as the header has, but it has more; put a "
                "caption that has a comma in quotes"
            )
    return rows


def _column(path: Path, rows: list[dict[str, Any]], asked: str | None, known: Sequence[str], setting: str) -> str:
    if not rows:
        raise ReproError(f"{path} should have rows, but it has none; check the table")
    there = [name for name in rows[0] if name]
    for name in (asked,) if asked else known:
        if name in there:
            return name
    expected = f"the column '{asked}'" if asked else f"one of the columns {', '.join(known)}"
    raise ReproError(f"{path} should have {expected}, but it has {', '.join(there)}; give {setting}")


def _samples(
    path: Path, rows: list[dict[str, Any]], image: str, caption: str, tars: Sequence[Path]
) -> Iterator[Sample]:
    images = Archives(tars) if tars else Folder(path.parent)
    grouped: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    for number, row in enumerate(rows, 1):
        name = row.get(image)
        if not isinstance(name, str) or not is_image(name):
            raise ReproError(f"{path}, row {number}: '{image}' should name an image file, but it is {name!r}; mend it")
        grouped.setdefault(name, []).append((number, row))
    for name, group in grouped.items():
        content = images.read(name)
        if content is None:
            raise ReproError(
                f"{path}, row {group[0][0]}: the image '{name}' is not among those beside the table; add it or remove "
                "the row"
            )
        others = {key: value for key, value in group[0][1].items() if key not in (image, caption, "")}
        if "uid" in others:
            others["source_uid"] = others.pop("uid")
        yield Sample(
            key=key_of(name),
            image=content,
            extension=extension_of(name),
            captions=tuple(
                text for number, row in group for text in _captions(path, number, row.get(caption), caption)
            ),
            attributes={"file": name, **others},
        )


def _captions(path: Path, number: int, value: Any, column: str) -> list[str]:
    texts = value if isinstance(value, list) else [value]
    if not texts or not all(isinstance(text, str) and text.strip() for text in texts):
        raise ReproError(
            f"{path}, row {number}: '{column}' should be a caption, but it is {value!r}; mend or remove it"
        )
    return [one_line(text) for text in texts]
