"""The captions of a WebDataset tar, with images or without; the images are not touched.

The column `text` is the `.txt` of a sample as it is, whatever lines it has; `key` is the key; any other is a value of
the `.json`. Writes nothing.
"""

import json
import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reprolib.curate.columns import KEY, TEXT, Columns, Row, missing
from reprolib.errors import ReproError
from reprolib.shards import tar
from reprolib.shards.index import mapped
from reprolib.shards.sample import ATTRIBUTES, CAPTIONS

_READ = (CAPTIONS, ATTRIBUTES)
_Members = dict[str, tuple[int, int]]


def rows(path: Path, columns: Columns) -> Iterator[Row]:
    """The samples of the tar `path`.

    Raises:
        ReproError: The tar is broken, a key comes twice, or no sample has the caption's column.
    """
    archive = mapped(path)
    parse = bool({columns.caption, columns.id} - {TEXT, KEY, None})
    names: set[str] = set()
    for key, members in _samples(archive, path):
        data = {name: archive[start : start + size] for name, (start, size) in members.items() if name in _READ}
        values = _values(path, key, data, parse)
        names.update(values)
        yield columns.row(values, f"{path}: the sample '{key}'")
    if columns.caption not in names:
        raise missing(path, columns.caption, names)


def _samples(archive: mmap.mmap, path: Path) -> Iterator[tuple[str, _Members]]:
    """Each key with offset and size of its members by extension. A key is a name up to the first dot of its end."""
    seen: set[str] = set()
    current, members = "", _Members()
    for name, offset, size in tar.members(archive, path):
        folder, slash, last = name.rpartition("/")
        stem, _, extension = last.partition(".")
        if not stem:
            continue  # a hidden file, which WebDataset passes over too
        key = folder + slash + stem
        if key != current:
            if members:
                yield current, members
            if key in seen:
                raise ReproError(f"{path}: the members of '{key}' are not adjacent, or its key comes twice; pack again")
            seen.add(key)
            current, members = key, {}
        members[extension.lower()] = offset, size
    if members:
        yield current, members


def _values(path: Path, key: str, data: dict[str, bytes], parse: bool) -> dict[str, Any]:
    try:
        values = dict(json.loads(data[ATTRIBUTES])) if parse and ATTRIBUTES in data else {}
        values[KEY] = key
        if CAPTIONS in data:
            values[TEXT] = data[CAPTIONS].decode()
    except (TypeError, ValueError) as error:
        raise ReproError(f"{path}: the sample '{key}' is broken ({error}); pack it again") from error
    return values
