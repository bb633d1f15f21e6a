"""A WebDataset of anybody: tars without our manifest, as `webdataset`, img2dataset and DataComp write them.

Every tar is walked before the first sample is given, so that one that is cut short or corrupt is named at once. Keys
that need it (folders, other letters, or equal in two tars) are replaced. The attributes `source_key` and `source_uid`
keep what was there.
"""

import json
import mmap
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reprolib import files
from reprolib.errors import ReproError
from reprolib.shards.images import key_of, one_line
from reprolib.shards.index import ATTRIBUTES_AT, CAPTIONS_AT, IMAGE_AT, LABEL_AT, Index, index, mapped
from reprolib.shards.manifest import CLASSES, TEMPLATES
from reprolib.shards.sample import Sample
from reprolib.shards.source import Source
from reprolib.shards.writing import KEY


def source(path: Path) -> Source:
    """The samples of the tar `path`, or of all tars in the folder `path` by name.

    The text of a sample is one caption, whatever lines it has.

    Raises:
        ReproError: A tar is cut short, corrupt or no WebDataset; it is named.
    """
    paths = sorted(path.glob("*.tar")) if path.is_dir() else [path]
    shards = []
    for each in paths:
        archive = mapped(each)
        shards.append((each, archive, index(archive, each)))
    counts = Counter(key for _, _, found in shards for key in found.keys)
    repeated = {key for key, count in counts.items() if count > 1}
    classes, templates = (_lines(path / name) for name in (CLASSES, TEMPLATES))
    reason = f"{path} has {len(paths)} tars of WebDataset and no manifest" if path.is_dir() else f"{path} is a tar"

    def samples() -> Iterator[Sample]:
        for each, archive, found in shards:
            for row in range(len(found.keys)):
                yield _sample(each, archive, found, row, repeated)

    return Source("webdataset", reason, samples, classes, templates)


def _sample(path: Path, archive: mmap.mmap, found: Index, row: int, repeated: set[str]) -> Sample:
    given = found.keys[row]
    spans = found.spans[row].tolist()
    data = [archive[offset : offset + size] if size >= 0 else None for offset, size in spans]
    text, label, attributes = data[CAPTIONS_AT], data[LABEL_AT], data[ATTRIBUTES_AT]
    offset, size = spans[IMAGE_AT]
    try:
        known: dict[str, Any] = dict(json.loads(attributes)) if attributes is not None else {}
        if "uid" in known:
            known["source_uid"] = known.pop("uid")
        plain = KEY.fullmatch(given) and given not in repeated
        return Sample(
            key=given if plain else key_of(f"{path.stem}/{given}"),
            image=archive[offset : offset + size],
            extension=found.extensions[row],
            captions=(one_line(text.decode()),) if text is not None else (),
            label=int(label) if label is not None else None,
            attributes=known if plain else {**known, "source_key": given},
        )
    except (TypeError, ValueError) as error:
        raise ReproError(f"{path}: the sample '{given}' is broken ({error}); pack it again") from error


def _lines(path: Path) -> list[str] | None:
    return files.read_text(path).splitlines() if path.is_file() else None
