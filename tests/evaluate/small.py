"""Small evaluation sets of the embedded world, on disk, and a fresh checkpoint to evaluate on them."""

import hashlib
import io
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from reprolib.pictographs import heldout, rendering
from reprolib.pictographs.world import World
from reprolib.shards import writing
from reprolib.shards.sample import Sample
from reprolib.train import checkpoints, models

MODEL = "ViT-zepto-8"
SETS = heldout.sets(World(0))


def sample(name: str, number: int) -> Sample:
    pixels, captions, label, attributes = SETS[name].sample(number)
    return Sample(f"{number:06d}", rendering.png(pixels), "png", captions, label, attributes)


def stored(folder: Path, name: str, count: int) -> Path:
    """The first `count` samples of the set `name`, in `folder`."""
    held_out = SETS[name]
    samples = (sample(name, number) for number in range(count))
    classes, templates = held_out.classes or None, held_out.templates or None
    writing.write(folder, samples, name=name, per_shard=7, classes=classes, templates=templates)
    return folder


def weights(path: Path, seed: int = 0) -> Path:
    checkpoints.save_weights(path, models.build(MODEL, seed=seed))
    return path


def archive(path: Path, members: Iterable[tuple[str, bytes]]) -> None:
    """A tar as others write it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), 1.5
            tar.addfile(info, io.BytesIO(data))


def members(name: str, numbers: Iterable[int]) -> Iterable[tuple[str, bytes]]:
    """What CLIP_benchmark's exporter writes of those samples of the set `name`."""
    for number in numbers:
        one = sample(name, number)
        yield f"s{number:07d}.png", one.image
        if one.label is None:
            yield f"s{number:07d}.txt", "\n".join(one.captions).encode()
        else:
            yield f"s{number:07d}.cls", str(one.label).encode()


def exported(folder: Path, name: str, count: int, shards: int = 2) -> Path:
    """The first `count` samples of the set `name` in CLIP_benchmark's layout."""
    held_out = SETS[name]
    for shard, numbers in enumerate(np.array_split(np.arange(count), shards)):
        archive(folder / "test" / f"{shard}.tar", members(name, numbers.tolist()))
    (folder / "test" / "nshards.txt").write_text(f"{shards}\n")
    if held_out.classes:
        (folder / "classnames.txt").write_text("\n".join(held_out.classes) + "\n")
        (folder / "zeroshot_classification_templates.txt").write_text("\n".join(held_out.templates) + "\n")
    else:
        (folder / "dataset_type.txt").write_text("retrieval\n")
    return folder


def state(folder: Path) -> dict[str, Any]:
    """The files below `folder` and when they were written, to tell whether anything was made again."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
