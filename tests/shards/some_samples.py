"""Samples that the tests of the shard room store, and a dataset of them."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from reprolib.shards import writing
from reprolib.shards.manifest import Manifest
from reprolib.shards.sample import Sample


def encoded(pixels: np.ndarray, kind: str = "PNG") -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, kind)
    return stream.getvalue()


def picture(number: int, side: int = 8) -> np.ndarray:
    return np.random.default_rng(number).integers(0, 256, (side, side, 3), np.uint8)


def sample(number: int) -> Sample:
    return Sample(f"{number:06d}", encoded(picture(number)), "png", (f"picture {number}",), None, {"number": number})


def stored(folder: Path, count: int = 10, per_shard: int = 4) -> Manifest:
    """A dataset of `count` samples in `folder`."""
    return writing.write(folder, map(sample, range(count)), name="toy", per_shard=per_shard)
