"""What `reprolib curate` writes: for every caption its matches and P(keep), and how often each entry matches.

JSON: one object with `curation` (how it was made), `entry_count` (entry -> captions), `expected_size` and `captions`, a
list of `{id, matches: [entry, …], p_keep}`. Parquet: the columns `id`, `matches` and `p_keep`, all else as JSON in the
metadata of the file. Both are written as a stream, a block at a time, and appear whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import starmap
from pathlib import Path
from typing import Any

import numpy as np

from reprolib import files
from reprolib.curate.balancing import Counts, Floats
from reprolib.curate.curation import Curation
from reprolib.curate.pool import Chunk
from reprolib.errors import ReproError

HEAD = ("curation", "entry_count", "expected_size")


def write_json(path: Path, curation: Curation, how: dict[str, Any]) -> None:
    """Write `curation` to `path` as JSON; `how` it was made comes first."""
    files.write_parts(path, (part.encode() for part in _json(curation, how)))


def write_parquet(path: Path, curation: Curation, how: dict[str, Any]) -> None:
    """Write `curation` to `path` as Parquet; ids are text, or numbers if all are."""
    import pyarrow as pa

    from reprolib.curate import matched

    numbers = all(each.isdecimal() and int(each) < 2**63 for chunk in curation.pool.chunks() for each in chunk.ids)
    entries = pa.array(curation.pool.metadata.entries, pa.string())
    schema = pa.schema(
        [
            ("id", pa.int64() if numbers else pa.string()),
            ("matches", pa.list_(pa.string())),
            ("p_keep", pa.float64()),
        ]
    )

    def batch(chunk: Chunk, p_keep: Floats) -> pa.RecordBatch:
        ids = [json.loads(each) for each in chunk.ids]
        offsets = pa.array(chunk.matches.offsets, pa.int32())
        columns = [
            pa.array(ids if numbers else map(str, ids), schema.field("id").type),
            pa.ListArray.from_arrays(offsets, entries.take(pa.array(chunk.matches.entries))),
            pa.array(p_keep),
        ]
        return pa.record_batch(columns, schema=schema)

    notes = {name: json.dumps(value) for name, value in _head(curation, how).items()}
    files.write_parts(path, matched.streamed(schema, starmap(batch, curation.weighed()), notes))


@dataclass(frozen=True)
class Written:
    """What is read back of one sample."""

    how: dict[str, Any]
    counts: dict[str, int]
    """What its entries counted in balancing."""
    id: int | str
    matches: list[str]
    p_keep: float


def find(path: Path, wanted: str) -> Written:
    """The sample with the id `wanted` in `path`, JSON or Parquet.

    Raises:
        ReproError: `path` is no output of `reprolib curate`, or has no such sample.
    """
    head, captions = _parquet_rows(path) if _is_parquet(path) else _json_rows(path)
    if not {*HEAD} <= head.keys():
        raise ReproError(f"{path} should be what `reprolib curate` wrote, but it is something else; check the path")
    counts = head.get("published_count") or head["entry_count"]
    for row in captions:
        if str(row["id"]) == wanted:
            matches = list(row["matches"])
            return Written(
                head["curation"], {each: counts[each] for each in matches}, row["id"], matches, row["p_keep"]
            )
    raise ReproError(f"{path} has no sample with the id '{wanted}'; check the id, or give the right file with --json")


def _head(curation: Curation, how: dict[str, Any]) -> dict[str, Any]:
    head = {
        "curation": {"t": curation.t, "seed": curation.seed, **how},
        "entry_count": _by_entry(curation, curation.pool.counts),
        "expected_size": curation.expected_size,
    }
    return head | ({"published_count": _by_entry(curation, curation.counts)} if curation.published else {})


def _by_entry(curation: Curation, counts: Counts) -> dict[str, int]:
    return dict(zip(curation.pool.metadata.entries, counts.tolist(), strict=True))


def _json(curation: Curation, how: dict[str, Any]) -> Iterator[str]:
    yield json.dumps(_head(curation, how), allow_nan=False)[:-1] + ',\n"captions": ['
    entries = np.array([json.dumps(entry) for entry in curation.pool.metadata.entries], dtype=object)
    between = "\n"
    for chunk, p_keep in curation.weighed():
        matches = chunk.matches
        names, ends = entries[matches.entries].tolist(), matches.offsets.tolist()
        rows = (
            f'{{"id": {chunk.ids[i]}, "matches": [{", ".join(names[ends[i] : ends[i + 1]])}], "p_keep": {p!r}}}'
            for i, p in enumerate(p_keep.tolist())
        )
        yield between + ",\n".join(rows)
        between = ",\n"
    yield "\n]}\n"


def _is_parquet(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(4) == b"PAR1"
    except OSError as error:
        raise ReproError(
            f"cannot read {path}: {error.strerror}; give what `reprolib curate` wrote with --json"
        ) from error


def _json_rows(path: Path) -> tuple[dict[str, Any], Iterator[dict[str, Any]]]:
    value = files.read_json(path)
    if not isinstance(value, dict):
        return {}, iter(())
    return value, iter(value.pop("captions", ()))


def _parquet_rows(path: Path) -> tuple[dict[str, Any], Iterator[dict[str, Any]]]:
    import pyarrow.parquet as pq

    table = pq.ParquetFile(path)
    notes = table.schema_arrow.metadata or {}
    names = [*HEAD, "published_count"]
    head = {name: json.loads(notes[name.encode()]) for name in names if name.encode() in notes}
    return head, (row for batch in table.iter_batches() for row in batch.to_pylist())
