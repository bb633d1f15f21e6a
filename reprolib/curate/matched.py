"""What one part of a pool matches, as a Parquet file: written and read a block at a time.

A row is a caption: its `id` as JSON (absent where row numbers are ids), `entries`, the numbers of the entries that it
matches (null if there is no caption), and `text`, 64 bits of the hash of the caption, by which repeated ones are
counted. Row groups are the blocks.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from reprolib import files
from reprolib.curate.captions import BLOCK
from reprolib.curate.columns import Row
from reprolib.curate.matching import Matches

SCHEMA = pa.schema([("id", pa.string()), ("entries", pa.list_(pa.int32())), ("text", pa.uint64())])


@dataclass(frozen=True)
class Block:
    """Some captions of a part, in order."""

    ids: list[str] | None
    """As JSON; None where row numbers are ids."""
    matches: Matches
    captioned: NDArray[np.bool_]
    """Whether there is a caption."""
    texts: NDArray[np.uint64]
    """64 bits of the hash of each caption."""


def write(path: Path, blocks: Iterable[list[Row]], matcher: Callable[[Sequence[str]], Matches]) -> None:
    """Match the captions of `blocks` and write what is found to `path`, atomically."""
    files.write_parts(path, streamed(SCHEMA, (_batch(block, matcher(_texts(block))) for block in blocks)))


def read(path: Path) -> Iterator[Block]:
    """The blocks of `path`."""
    with pq.ParquetFile(path) as table:
        for batch in table.iter_batches(BLOCK):
            ids, entries, texts = batch.columns
            yield Block(
                None if ids.null_count else ids.to_pylist(),
                _matches(entries),
                ~entries.is_null().to_numpy(zero_copy_only=False),
                texts.to_numpy(),
            )


def streamed(
    schema: pa.Schema, batches: Iterable[pa.RecordBatch], notes: dict[str, str] | None = None
) -> Iterator[bytes]:
    """The bytes of a Parquet file with a row group for each batch, piece by piece; `notes` are its metadata."""
    sink = io.BytesIO()
    with pq.ParquetWriter(
        pa.PythonFile(_Appended(sink), "w"), schema, compression="zstd", store_schema=False
    ) as writer:
        for batch in batches:
            writer.write_batch(batch)
            yield _drained(sink)
        writer.add_key_value_metadata(notes or {})
    yield _drained(sink)


class _Appended:
    """A stream that is written to its end and can be emptied meanwhile."""

    def __init__(self, sink: io.BytesIO) -> None:
        self._sink, self._written, self.closed = sink, 0, False

    def write(self, data: bytes) -> int:
        self._written += len(data)
        return self._sink.write(data)

    def tell(self) -> int:
        return self._written

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        self.closed = True


def _drained(sink: io.BytesIO) -> bytes:
    data = sink.getvalue()
    sink.seek(0)
    sink.truncate()
    return data


def _texts(block: list[Row]) -> list[str]:
    return [caption or "" for _, caption in block]


def _batch(block: list[Row], matches: Matches) -> pa.RecordBatch:
    absent = np.array([caption is None for _, caption in block])
    offsets, entries = matches.offsets, matches.entries
    if absent.any():  # an empty text stood for what is not there
        entries = entries[~absent[matches.captions]]
        offsets = np.concatenate([[0], np.where(absent, 0, np.diff(offsets)).cumsum()])
    column = pa.ListArray.from_arrays(
        pa.array(offsets, pa.int32()), pa.array(entries, pa.int32()), mask=pa.array(absent)
    )
    ids = [None if key is None else json.dumps(key) for key, _ in block]
    return pa.record_batch([pa.array(ids, pa.string()), column, pa.array(_hashes(block), pa.uint64())], schema=SCHEMA)


def _hashes(block: list[Row]) -> NDArray[np.uint64]:
    digests = (hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest() for text in _texts(block))
    return np.frombuffer(b"".join(digests), "<u8")


def _matches(entries: pa.ListArray) -> Matches:
    offsets = entries.offsets.to_numpy().astype(np.int64)
    return Matches(offsets - offsets[0], entries.flatten().to_numpy())
