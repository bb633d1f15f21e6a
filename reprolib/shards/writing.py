"""Samples into a dataset: a folder of WebDataset tars with a manifest, equal bytes for equal samples.

    manifest = writing.write(folder, samples, name="train", per_shard=10_000)

makes `00000.tar`, `00001.tar`, …, `manifest.json` and, for a class set, its class names and templates. The folder
appears whole or not at all. The members of a sample are adjacent: `<key>.<extension>`, then `.txt` (captions, one a
line), `.cls` (class index) where it has them, and `.json` (uid first, then the attributes by name).
"""

import hashlib
import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from reprolib import files
from reprolib.errors import ReproError
from reprolib.shards import tar
from reprolib.shards.manifest import CLASSES, TEMPLATES, Manifest, Shard
from reprolib.shards.sample import ATTRIBUTES, CAPTIONS, IMAGES, LABEL, Sample

KEY = re.compile(r"[A-Za-z0-9_-]{1,90}")
_TO_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
_CAPTIONS, _LABEL, _ATTRIBUTES = (extension.encode() for extension in (CAPTIONS, LABEL, ATTRIBUTES))
_PART = 1 << 18
"""Bytes of a tar that are hashed and written at once."""


def write(
    folder: Path,
    samples: Iterable[Sample],
    *,
    name: str,
    per_shard: int,
    notes: Mapping[str, Any] | None = None,
    classes: Sequence[str] | None = None,
    templates: Sequence[str] | None = None,
) -> Manifest:
    """Store `samples` in `folder`, `per_shard` in each tar; what `folder` held before is replaced.

    Samples are taken one by one, and few of them are in memory at once. `classes` (by class index) and `templates`
    (with `{c}` for the class) make it a class set, in which every sample has a label.

    Raises:
        ReproError: There are no samples, two have the same key, or one cannot be stored; it is named.
    """
    if per_shard < 1:
        raise ReproError(f"per_shard should be at least 1, but it is {per_shard}; set it to the samples of one tar")
    seen: set[str] = set()
    shards: list[Shard] = []
    with files.staged(folder) as stage:
        rest = _checked(samples, seen, classes)
        for first in rest:
            before = len(seen) - 1
            path, digest = stage / f"{len(shards):05d}.tar", hashlib.sha256()
            batch = itertools.chain([first], itertools.islice(rest, per_shard - 1))
            files.write_parts(path, _shown(_packed(batch), digest.update))
            size, count = path.stat().st_size, len(seen) - before
            shards.append(Shard(name=path.name, count=count, bytes=size, sha256=digest.hexdigest()))
        if not shards:
            raise ReproError(f"the dataset '{name}' should have samples, but its source gave none; check the source")
        manifest = Manifest(
            name=name,
            count=len(seen),
            shards=tuple(shards),
            texts=_texts(stage, {CLASSES: classes, TEMPLATES: templates}),
            notes=dict(notes or {}),
        )
        manifest.write(stage)
    return manifest


def _checked(samples: Iterable[Sample], seen: set[str], classes: Sequence[str] | None) -> Iterator[Sample]:
    for sample in samples:
        _check(sample, seen, classes)
        yield sample


def _check(sample: Sample, seen: set[str], classes: Sequence[str] | None) -> None:
    key = sample.key
    if not KEY.fullmatch(key):
        raise ReproError(f"the key {key!r} should have 1 to 90 letters, digits, '-' and '_' only; rename the sample")
    if key in seen:
        raise ReproError(f"the key '{key}' should be unique, but two samples have it; rename one of them")
    seen.add(key)
    if sample.extension not in IMAGES:
        known = ", ".join(sorted(IMAGES))
        raise ReproError(f"sample '{key}': '{sample.extension}' is no extension of an image; use one of {known}")
    if "\n" in "".join(sample.captions):
        raise ReproError(f"sample '{key}': a caption has a line break, which parts captions; put a space for it")
    if "uid" in sample.attributes:
        raise ReproError(f"sample '{key}': the attribute 'uid' is computed from the content; leave it out")
    if classes is not None and (sample.label is None or not 0 <= sample.label < len(classes)):
        raise ReproError(
            f"sample '{key}': its label should be a class index from 0 to {len(classes) - 1}, but it is "
            f"{sample.label}; mend the label or the list of classes"
        )


def _packed(samples: Iterable[Sample]) -> Iterator[bytes]:
    """The bytes of a tar in parts, each of which stays in the processor's cache until it is hashed and written."""
    parts: list[bytes] = []
    size = 0
    for sample in samples:
        for name, data in _members(sample):
            parts += (tar.header(name, len(data)), data, tar.padding(len(data)))
            size += tar.BLOCK + len(data)
        if size >= _PART:
            yield b"".join(parts)
            parts, size = [], 0
    yield b"".join([*parts, tar.END])


def _shown(parts: Iterable[bytes], to: Callable[[bytes], None]) -> Iterator[bytes]:
    for part in parts:
        to(part)
        yield part


def _members(sample: Sample) -> Iterator[tuple[bytes, bytes]]:
    stem = f"{sample.key}.".encode()
    try:
        yield stem + sample.extension.encode(), sample.image
        if sample.captions:
            yield stem + _CAPTIONS, "\n".join(sample.captions).encode()
        if sample.label is not None:
            yield stem + _LABEL, b"%d" % sample.label
        rest = "," + _TO_JSON.encode(dict(sample.attributes))[1:] if sample.attributes else "}"
        yield stem + _ATTRIBUTES, f'{{"uid":"{sample.uid}"{rest}'.encode()
    except (TypeError, ValueError) as error:
        raise ReproError(f"sample '{sample.key}' cannot be stored: {error}; mend its captions or attributes") from error


def _texts(folder: Path, texts: Mapping[str, Sequence[str] | None]) -> dict[str, str]:
    """Write the text files that are there, one entry a line, and tell their hashes."""
    for name, lines in texts.items():
        if lines is not None:
            files.write(folder / name, "".join(f"{line}\n" for line in lines))
    return {name: files.sha256(folder / name) for name, lines in texts.items() if lines is not None}
