"""A dataset against its manifest, before anything is trained on it.

`faults` compares the folder and says everything that is wrong: a shard that is missing, surplus, cut short, too long or
altered, or a class file that is. The samples in shards that are right byte for byte are still looked at by `index`.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from reprolib import files
from reprolib.errors import ReproError
from reprolib.shards.manifest import FILE, Manifest

CHUNK = 1 << 24


def check(folder: Path, manifest: Manifest, *, content: bool = True) -> None:
    """Compare the files of `folder` with `manifest`; without `content`, by name and size alone.

    Raises:
        ReproError: They differ; the first file that does is named, with the number of others.
    """
    found = list(faults(folder, manifest, content=content))
    if found:
        others = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise ReproError(f"{found[0]}{others}; fetch or make the dataset again")


def faults(folder: Path, manifest: Manifest, *, content: bool = True) -> Iterator[str]:
    """What is wrong in `folder`, a clause for each file."""
    listed = {shard.name for shard in manifest.shards}
    for path in sorted(folder.glob("*.tar")):
        if path.name not in listed:
            yield f"{path} is surplus: {FILE} does not list it"
    for shard in manifest.shards:
        path = folder / shard.name
        if not path.is_file():
            yield f"{path} is missing: {FILE} lists it with {shard.count} samples"
        elif (size := path.stat().st_size) != shard.bytes:
            what = "cut short" if size < shard.bytes else "too long"
            yield f"{path} is {what}: it should have {shard.bytes} bytes, but it has {size}"
        elif content and digest(path) != shard.sha256:
            yield f"{path} is altered: its size is right, but its sha256 is not the one in {FILE}"
    for name, expected in manifest.texts.items():
        path = folder / name
        if not path.is_file():
            yield f"{path} is missing: {FILE} lists it"
        elif files.sha256(path) != expected:
            yield f"{path} is altered: its sha256 is not the one in {FILE}"


def digest(path: Path) -> str:
    """The sha256 of a file of any size."""
    state = hashlib.sha256()
    with path.open("rb") as stream:
        for chunk in iter(lambda: stream.read(CHUNK), b""):
            state.update(chunk)
    return state.hexdigest()
