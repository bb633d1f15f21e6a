"""The captions of a CSV or TSV with a head, of JSON Lines (either packed with gzip or not), and of a Parquet file.

All are read as a stream. Cells of a CSV are text as they stand: "NA" and an empty cell are captions, too. Writes
nothing.
"""

import csv
import gzip
import io
import json
from collections.abc import Iterator
from itertools import chain, count
from pathlib import Path

from reprolib.curate.columns import Columns, Row, missing, place
from reprolib.errors import ReproError

LONGEST_CELL = 2**31 - 1
"""Characters; Python's own limit of 131,072 is below some captions of the web."""
_AT_ONCE = 65_536


def comma_separated(path: Path, columns: Columns) -> Iterator[Row]:
    """The rows of a CSV, or of a table with tabs: open_clip's are called .csv and have tabs.

    Raises:
        ReproError: A column is missing, or a row is broken.
    """
    csv.field_size_limit(LONGEST_CELL)
    with _opened(path) as stream:
        head = stream.readline()
        reader = csv.reader(chain([head], stream), delimiter="\t" if "\t" in head else ",", strict=True)
        try:
            names = next(reader, [])
            caption = place(path, names, columns.caption)
            key = None if columns.id is None else place(path, names, columns.id)
            for cells in reader:
                if len(cells) == len(names):
                    yield None if key is None else cells[key], cells[caption]
                elif cells:
                    raise ReproError(
                        f"{path}, line {reader.line_num}, should have {len(names)} cells as the head has, but it has "
                        f"{len(cells)}; put a caption that has a comma in quotes"
                    )
        except csv.Error as error:
            raise ReproError(f"{path}, line {reader.line_num}, cannot be read ({error}); mend that line") from error


def json_lines(path: Path, columns: Columns) -> Iterator[Row]:
    """The rows of a file with a JSON object a line; one without the column has no caption, unless all are.

    Raises:
        ReproError: The column is in no row, or a line is broken.
    """
    names: set[str] = set()
    with _opened(path) as stream:
        for number, line in enumerate(stream, 1):
            if not line.strip():
                continue
            try:
                values = json.loads(line)
            except json.JSONDecodeError as error:
                raise ReproError(f"{path}, line {number}, is not JSON ({error.msg}); mend that line") from error
            if not isinstance(values, dict):
                raise ReproError(f"{path}, line {number}, should be an object with named values; mend that line")
            names.update(values)
            yield columns.row(values, f"{path}, line {number}")
    if columns.caption not in names:
        raise missing(path, columns.caption, names)


def parquet(path: Path, columns: Columns) -> Iterator[Row]:
    """The rows of a Parquet file.

    Raises:
        ReproError: A column is missing or holds other things, or the file is broken.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    wanted = [columns.caption] if columns.id is None else [columns.caption, columns.id]
    try:
        with pq.ParquetFile(path) as table:
            for name in wanted:
                place(path, table.schema_arrow.names, name)
            numbers = count()
            for batch in table.iter_batches(_AT_ONCE, columns=list(dict.fromkeys(wanted))):
                values = [batch.column(name).to_pylist() for name in wanted]
                for cells in zip(*values, strict=True):
                    yield columns.row(dict(zip(wanted, cells, strict=True)), f"{path}, row {next(numbers)}")
    except pa.ArrowException as error:
        raise ReproError(f"cannot read {path}: {error}; make the file again") from error


def _opened(path: Path) -> io.TextIOWrapper:
    stream = gzip.GzipFile(path) if path.suffix.lower() == ".gz" else path.open("rb")  # the wrapper closes it
    return io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
