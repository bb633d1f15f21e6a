"""Shards here beside `webdataset`: CPU time of writing a sample, and of reading one in random order.

Reads nothing; writes benchmarks/shards.md. Run it on an idle machine: `python benchmarks/shards.py` (two minutes).
The peer gets an environment of its own, which is removed in the end; `--environment FOLDER` keeps it for the next time.

Both sides write the same members from samples in memory: image, caption and JSON. Ours reads image and captions of
every row in one random order over the whole set. The peer cannot: it reads the same tars from front to back, through a
buffer within which it shuffles. CPU seconds of one process are compared, the best of several repeats, on files that
were written a moment ago and so lie in memory.
"""

# ruff: noqa: T201 # a benchmark prints
from __future__ import annotations

import hashlib
import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import peers

from reprolib import files
from reprolib.pictographs.world import World
from reprolib.shards import writing
from reprolib.shards.dataset import Dataset
from reprolib.shards.sample import Sample

PINS = ("webdataset==1.0.2",)
REPEATS = 5
PER_SHARD = 2500
WRITE_GOAL, READ_GOAL = 8, 20
NOTES = """
Numbers are CPU microseconds a sample, and in brackets what the peer takes for each of ours. `webdataset` writes a
header of its own for a modification time that is no whole number, as it is unless one sets it; so it is timed with
`mtime=0` too, and without the JSON member, which ours always has.

What ours does besides, within these times: a uid over each sample and a sha256 over each shard, which are two passes
over every byte; keys, captions and labels are checked; each shard is flushed to the disk and the data set appears as a
whole. `webdataset` does none of it. The column "two hashes" is what hashing the same bytes twice takes alone, at
{rate:.1f} GB/s a pass. Hashing and storing go by the byte, all else by the sample. At 27 KB, were all but the hashes
free, ours would come to {bound}x, and to {bound_at_0}x with `mtime=0`: the goal can be met for small images alone,
such as those of the embedded world.

Opening walks the headers and, as a rule, hashes all bytes against the manifest, once for any number of passes;
`check=False` leaves the hashes out. `webdataset` has nothing to open and checks nothing; the last column is its pass
through the buffer for one of ours with the opening in it. Ours is in one random order over all samples, theirs in the
order of the tars but for the buffer, which holds 5,000 samples.
"""


@dataclass(frozen=True)
class Timings:
    """CPU seconds for a set of samples."""

    title: str
    count: int
    write: float
    hashes: float
    """What two passes of sha256 take of `write`, one over the images and one over the shards."""
    rate: float
    """Of a pass, in GB/s."""
    read: float
    open: float
    """With every byte checked."""
    index: float
    """Opening without the check."""
    peer: dict[str, float]
    """As `peer_shards` tells them."""

    def shown(self, ours: float, *theirs: str) -> tuple[str, ...]:
        """Ours, then each of theirs with the ratio, in CPU microseconds a sample."""
        micro = 1e6 / self.count
        peers_ = (f"{self.peer[each] * micro:,.0f} ({self.peer[each] / ours:.1f}x)" for each in theirs)
        return f"{ours * micro:,.1f}", *peers_


def main() -> None:
    """Run all cases and write the tables."""
    with peers.environment("webdataset", PINS, peers.kept(__doc__ or "")) as python:
        found = [_timed(title, samples, python) for title, samples in _cases().items()]
    written: list[tuple[str, ...]] = [("samples", "two hashes", "ours", "webdataset", "with `mtime=0`", "without JSON")]
    for each in found:
        compared = each.shown(each.write, "write", "write, mtime=0", "write, no JSON")
        written.append((each.title, f"{each.hashes * 1e6 / each.count:,.1f}", *compared))
    read: list[tuple[str, ...]] = [
        ("samples", "ours, random", "webdataset, buffer", "in order", "ours: opening", "unchecked", "a first pass")
    ]
    for each in found:
        micro = 1e6 / each.count
        whole = each.peer["read, shuffled"] / (each.open + each.read)
        opening = (f"{each.open * micro:,.1f}", f"{each.index * micro:,.1f}", f"{whole:.1f}x")
        read.append((each.title, *each.shown(each.read, "read, shuffled", "read"), *opening))
    text = "# Shards: `reprolib.shards` beside `webdataset`\n\nWritten by `python benchmarks/shards.py`. "
    text += f"{peers.machine('numpy', 'pillow')} The peer is {PINS[0]}.\n\n"
    text += f"Writing; the goal is {WRITE_GOAL}x:\n\n{peers.table(written)}\n"
    text += f"Reading; the goal is {READ_GOAL}x:\n\n{peers.table(read)}"
    large = found[-1]
    bounds = {side: f"{large.peer[side] / large.hashes:.1f}" for side in ("write", "write, mtime=0")}
    notes = NOTES.format(rate=large.rate, bound=bounds["write"], bound_at_0=bounds["write, mtime=0"])
    files.write(Path(__file__).with_suffix(".md"), text + notes)


def _cases() -> dict[str, list[Sample]]:
    """The embedded world with its attributes, and images of noise with a caption alone, in two sizes."""
    world, rng = World(0), np.random.default_rng(0)

    def drawn(i: int) -> Sample:
        _, caption, attributes = world.sample(i)
        return Sample(f"{i:08d}", world.png(i), "png", (caption,), attributes=attributes)

    def noise(size: int, count: int) -> list[Sample]:
        return [Sample(f"{i:08d}", rng.bytes(size), "png", (f"a photo of number {i}",)) for i in range(count)]

    return {
        "10,000 of 1 KB": noise(1024, 10_000),
        "10,000 of 1 KB, with attributes": [drawn(i) for i in range(10_000)],
        "4,000 of 27 KB": noise(27 * 1024, 4_000),
    }


def _hashing(folder: Path, samples: list[Sample]) -> tuple[float, float]:
    """CPU seconds of hashing all images and all shards in `folder`, and GB/s."""
    contents = [*(sample.image for sample in samples), *(path.read_bytes() for path in folder.glob("*.tar"))]
    seconds = peers.best(lambda: [hashlib.sha256(content).digest() for content in contents], REPEATS)
    return seconds, sum(map(len, contents)) / seconds / 1e9


def _timed(title: str, samples: list[Sample], python: str) -> Timings:
    order = np.random.default_rng(1).permutation(len(samples)).tolist()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "ours"
        write = peers.best(lambda: writing.write(folder, samples, name="ours", per_shard=PER_SHARD), REPEATS)
        hashes, rate = _hashing(folder, samples)
        checked = peers.best(lambda: Dataset.open(folder), REPEATS)
        index = peers.best(lambda: Dataset.open(folder, check=False), REPEATS)
        dataset = Dataset.open(folder)

        def read() -> None:
            for row in order:
                dataset.image(row), dataset.captions(row)

        script = Path(__file__).with_name("peer_shards.py")
        command = [python, str(script), str(folder), str(PER_SHARD), str(REPEATS)]
        told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        reading = peers.best(read, REPEATS)
        found = Timings(title, len(samples), write, hashes, rate, reading, checked, index, json.loads(told))
    print(found, flush=True)
    return found


if __name__ == "__main__":
    main()
