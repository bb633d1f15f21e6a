"""The peer's side of benchmarks/shards.py, run in its environment: webdataset writes and reads the same samples.

`python peer_shards.py <folder of our shards> <samples a shard> <repeats>` takes the samples from our shards, writes
them as its own below `<folder>/../theirs`, reads both, and prints CPU seconds as JSON.
"""

import json
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import webdataset as wds
from peers import best

DECODED: dict[str, Callable[[bytes], Any]] = {"json": json.loads, "txt": bytes.decode}
"""What webdataset's writer encodes itself."""
BUFFER = 5000
"""Samples that are shuffled among each other, as in open_clip's trainer."""


def main() -> None:
    """Time everything and print it."""
    folder, per_shard, repeats = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    shards = sorted(str(path) for path in folder.glob("*.tar"))
    samples = [sample for shard in shards for sample in _samples(shard)]
    bare = [{key: value for key, value in sample.items() if key != "json"} for sample in samples]
    stem = folder.parent / "theirs"
    timings = {
        "write": best(lambda: _write(stem, samples, per_shard), repeats),
        "write, mtime=0": best(lambda: _write(stem, samples, per_shard, mtime=0), repeats),
        "write, no JSON": best(lambda: _write(stem, bare, per_shard), repeats),
        "read": best(lambda: _read(shards, len(samples), lambda dataset: dataset), repeats),
        "read, shuffled": best(lambda: _read(shards, len(samples), lambda dataset: dataset.shuffle(BUFFER)), repeats),
    }
    json.dump(timings, sys.stdout)


def _samples(shard: str) -> list[dict[str, Any]]:
    """The samples of a tar as webdataset's writer takes them."""
    found: dict[str, dict[str, Any]] = {}
    with tarfile.open(shard) as archive:
        for member in archive:
            key, _, extension = member.name.partition(".")
            data = archive.extractfile(member).read()  # type: ignore[union-attr] # all members are files
            found.setdefault(key, {"__key__": key})[extension] = DECODED.get(extension, bytes)(data)
    return list(found.values())


def _write(stem: Path, samples: list[dict[str, Any]], per_shard: int, **options: Any) -> None:
    with wds.ShardWriter(f"{stem}-%05d.tar", maxcount=per_shard, verbose=0, **options) as writer:
        for sample in samples:
            writer.write(sample)


def _read(shards: list[str], count: int, shuffled: Callable[[Any], Any]) -> None:
    """Every sample once, image and captions; shards in a random order."""
    seen = 0
    for sample in shuffled(wds.WebDataset(shards, shardshuffle=len(shards))):
        sample["png"], sample["txt"].decode().split("\n")
        seen += 1
    if seen != count:
        raise SystemExit(f"webdataset read {seen} of {count} samples")


if __name__ == "__main__":
    main()
