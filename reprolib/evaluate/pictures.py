"""The images of an evaluation set as open_clip's own evaluation transform leaves them, in batches.

Resizing and cropping are done by the very transform, so that an embedding is the one that open_clip or CLIP_benchmark
would make. The pixels of small sets are kept in the cache, since a ladder of checkpoints sees them again and again;
those of large ones are decoded on several threads while the model works.
"""

import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import PIL
from numpy.lib.format import open_memmap
from numpy.typing import NDArray
from open_clip.transform import image_transform
from PIL import Image

from reprolib.errors import ReproError
from reprolib.evaluate import cached
from reprolib.evaluate.sets import EvaluationSet

KEPT = 2**28
"""Bytes of pixels up to which a set is kept: 87,000 images of 32 px or 1,800 of 224 px."""
THREADS = 8
Pixels = NDArray[np.uint8]


def transform(size: int) -> dict[str, Any]:
    """What an image goes through on its way to a model of this image size, for the key of what follows from it."""
    return {
        "transform": "open_clip.transform.image_transform",
        "size": size,
        "steps": [str(step) for step in image_transform(size, is_train=False).transforms],
        "pillow": PIL.__version__,
    }


def batches(dataset: EvaluationSet, size: int, cache: Path, at_once: int) -> Iterator[Pixels]:
    """All images in order, (at most `at_once`, size, size, 3) at a time.

    Raises:
        ReproError: An image cannot be decoded; it is named.
    """
    shape = (dataset.count, size, size, 3)
    if np.prod(shape, dtype=np.int64) > KEPT:
        yield from _decoded(dataset, size, at_once)
        return

    def make(path: Path) -> None:
        kept = open_memmap(path, "w+", np.uint8, shape)
        start = 0
        for batch in _decoded(dataset, size, at_once):
            kept[start : start + len(batch)] = batch
            start += len(batch)
        kept.flush()

    kept = cached.table(cache / "pixels", {"content": dataset.content, **transform(size)}, make)
    for start in range(0, dataset.count, at_once):
        yield kept[start : start + at_once]


def _decoded(dataset: EvaluationSet, size: int, at_once: int) -> Iterator[Pixels]:
    decode = _decoder(dataset, size)
    with ThreadPoolExecutor(THREADS) as pool:
        ahead = pool.map(decode, range(min(at_once, dataset.count)))
        for start in range(at_once, dataset.count + at_once, at_once):
            current = ahead
            ahead = pool.map(decode, range(start, min(start + at_once, dataset.count)))
            yield np.stack(list(current))


def _decoder(dataset: EvaluationSet, size: int) -> Callable[[int], Pixels]:
    *geometry, _to_tensor, _normalise = image_transform(size, is_train=False).transforms

    def decode(row: int) -> Pixels:
        try:
            with Image.open(io.BytesIO(dataset.image(row))) as image:
                for step in geometry:
                    image = step(image)
                return np.asarray(image)
        except Exception as error:  # a corrupt file makes Pillow's decoders raise a dozen types
            raise ReproError(
                f"{dataset.folder}: the image of '{dataset.key(row)}' cannot be decoded "
                f"({error or type(error).__name__}); fetch or replace it"
            ) from error

    return decode
