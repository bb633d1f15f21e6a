"""Captions with ids, and the files that hold them."""

import csv
import io
import json
import random
import tarfile
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

WORDS = ["tea", "pot", "cup", "milk", "cat", "dog", "red", "blue", "on", "a", "the", "茶"]
ENTRIES = ["tea", "tea pot", "cat", "dog", "red cat", "a", "the", "milk", "never", "茶", "Dr. No"]
Rows = Sequence[tuple[str, str]]


def rows(count: int) -> list[tuple[str, str]]:
    """Ids and captions; some words are much more frequent than others."""
    rng = random.Random(count)
    weights = [1 / (place + 1) for place in range(len(WORDS))]
    return [(f"id-{number}", caption(rng, weights)) for number in range(count)]


def caption(rng: random.Random, weights: list[float]) -> str:
    return rng.choice([" ", ", ", " "]).join(rng.choices(WORDS, weights, k=rng.randint(0, 6))) + rng.choice(["", "."])


def write(path: Path, some: Rows) -> Path:
    """`some` as the kind of file that the name says, ids in `name` and captions in `text`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    match path.suffix:
        case ".csv":
            with path.open("w", newline="") as stream:
                csv.writer(stream).writerows([("name", "text"), *some])
        case ".jsonl":
            path.write_text("".join(json.dumps({"name": name, "text": text}) + "\n" for name, text in some))
        case ".parquet":
            pq.write_table(pa.table({"name": [name for name, _ in some], "text": [text for _, text in some]}), path)
        case ".tar":
            with tarfile.open(path, "w") as archive:
                for number, (name, text) in enumerate(some):
                    members = {"jpg": b"pixels", "txt": text.encode(), "json": json.dumps({"name": name}).encode()}
                    for extension, data in members.items():
                        info = tarfile.TarInfo(f"{number:05d}.{extension}")
                        info.size = len(data)
                        archive.addfile(info, io.BytesIO(data))
    return path


KINDS = ("csv", "jsonl", "parquet", "tar")
