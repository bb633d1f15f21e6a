"""A whole pool matched against the metadata: part by part in parallel processes, restartable, never loaded whole.

What a part matches is kept in a work folder, in a file named by the hash of everything it follows from: the part's
content, the entries, the rules and the columns. So a run that was killed goes on with the parts that are missing, and
another t needs no matching at all. A process holds the matcher and a block of captions, whatever the size of the pool.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reprolib.curate import captions, identity, matched
from reprolib.curate.captions import Part
from reprolib.curate.columns import Columns
from reprolib.curate.matching import Matcher, Matches
from reprolib.curate.metadata import Metadata
from reprolib.curate.repeats import repeated
from reprolib.curate.spelling import Rules
from reprolib.errors import ReproError
from reprolib.shards import checking, order
from reprolib.shards.subsets import Uids

VERSION = 1
"""Of the files in the work folder."""

ROWS = Columns()
"""The column `text`, and row numbers as ids."""

Progress = Callable[[int, int], None]
"""Called after each part with how many are done, and of how many."""


@dataclass(frozen=True)
class Task:
    """What is done with every part."""

    metadata: Metadata
    rules: Rules
    columns: Columns
    work: Path

    @cached_property
    def matcher(self) -> Matcher:
        """Made when the first part needs it."""
        return Matcher(self.metadata.entries, self.rules)

    def target(self, part: Part) -> Path:
        """Where the matches of `part` are kept.

        Raises:
            ReproError: It is not the file of its manifest.
        """
        sha256 = checking.digest(part.path)
        if part.sha256 not in (None, sha256):
            raise ReproError(f"{part.path} is altered: its sha256 is not that of its manifest; fetch or make it again")
        follows = [VERSION, sha256, part.kind, self.metadata.sha256, self.rules, self.columns.caption, self.columns.id]
        return self.work / f"{hashlib.sha256(json.dumps(follows).encode()).hexdigest()[:32]}.parquet"

    def __call__(self, part: Part) -> Matched:
        """The matches of `part`, found or kept from before."""
        path = self.target(part)
        if not path.is_file():
            matched.write(path, part.blocks(self.columns), self.matcher)
        rows = captioned = some = 0
        counts = np.zeros(len(self.metadata.entries), np.int64)
        for block in matched.read(path):
            rows += len(block.matches)
            captioned += int(block.captioned.sum())
            some += int((np.diff(block.matches.offsets) > 0).sum())
            counts += block.matches.counts(len(counts))
        return Matched(path, rows, captioned, some, counts)


@dataclass(frozen=True)
class Matched:
    """What was found in one part."""

    path: Path
    rows: int
    captioned: int
    """Rows with a caption."""
    matched: int
    """Rows that match an entry."""
    counts: NDArray[np.int64]
    """(entries,): rows that match each entry."""


@dataclass(frozen=True)
class Chunk:
    """Some samples of a pool, in order."""

    ids: Sequence[str]
    """As JSON."""
    uids: Uids
    matches: Matches
    texts: NDArray[np.uint64]
    """64 bits of the hash of each caption; 0 where there is none."""


@dataclass(frozen=True)
class Pool:
    """All samples of a pool with what they match."""

    metadata: Metadata
    rules: Rules
    parts: tuple[Matched, ...]
    numbered: bool
    """Whether row numbers are the ids."""

    @property
    def rows(self) -> int:
        """Samples in all parts."""
        return sum(part.rows for part in self.parts)

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """(entries,): captions that match each entry."""
        total = np.zeros(len(self.metadata.entries), np.int64)
        for part in self.parts:
            total += part.counts
        return total

    def chunks(self) -> Iterator[Chunk]:
        """All samples in order, a block at a time."""
        row = 0
        for part in self.parts:
            for block in matched.read(part.path):
                count = len(block.matches)
                if block.ids is None:
                    ids, uids = [str(number) for number in range(row, row + count)], identity.of_rows(row, count)
                else:
                    ids, uids = block.ids, identity.uids([json.loads(each) for each in block.ids])
                yield Chunk(ids, uids, block.matches, np.where(block.captioned, block.texts, 0))
                row += count


def match(
    path: Path,
    metadata: Metadata,
    work: Path,
    *,
    rules: Rules = Rules.METACLIP,
    columns: Columns = ROWS,
    processes: int = 1,
    progress: Progress | None = None,
) -> Pool:
    """Match all captions of the pool `path`; what was matched before in `work` is taken from there.

    Raises:
        ReproError: The pool is not there or has faults, or two samples have one id; it is named.
    """
    parts = captions.parts(path)
    task = Task(metadata, rules, columns, work)
    found = []
    with _mapped(task, min(processes, len(parts))) as results:
        for done in results(parts):
            found.append(done)
            if progress:
                progress(len(found), len(parts))
    pool = Pool(metadata, rules, tuple(found), columns.id is None)
    if not pool.rows:
        raise ReproError(f"{path} should have captions, but it has no rows; check the path")
    if not pool.numbered:
        _check_ids(pool, path, columns)
    return pool


def _check_ids(pool: Pool, path: Path, columns: Columns) -> None:
    """Refuse an id that comes twice: the subset would mean both samples."""
    suspects, _ = repeated(lambda: (_key(chunk.uids) for chunk in pool.chunks()), pool.rows)
    if not len(suspects):
        return
    seen: dict[tuple[int, int], int] = {}
    row = 0
    for chunk in pool.chunks():
        for place in np.flatnonzero(np.isin(_key(chunk.uids), suspects)).tolist():
            first = seen.setdefault(chunk.uids[place].item(), row + place)
            if first != row + place:
                raise ReproError(
                    f"{path}: the id {chunk.ids[place]} of row {row + place} is that of row {first} too; give an --id "
                    "that differs from row to row, or none for the row numbers"
                )
        row += len(chunk.ids)


def _key(uids: Uids) -> NDArray[np.uint64]:
    """64 bits that differ where uids do, but for an accident."""
    low: NDArray[np.uint64] = uids["f1"]
    return order.bits(0, "uid", uids["f0"]) ^ low


_task: Task
"""What this worker process does."""


@contextlib.contextmanager
def _mapped(task: Task, processes: int) -> Iterator[Callable[[Sequence[Part]], Iterator[Matched]]]:
    """A map over parts: in this process, or in others, each with a matcher of its own."""
    if processes == 1:
        yield lambda parts: map(task, parts)
        return
    # Forking is not safe once pyarrow or torch has threads.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context, initializer=_start, initargs=(task,)) as executor:
        yield lambda parts: executor.map(_work, parts)


def _start(task: Task) -> None:
    global _task  # the one way to hand a worker what all of its work needs
    _task = task


def _work(part: Part) -> Matched:
    return _task(part)
