"""Near-duplicates between a training pool and an evaluation set, by perceptual hash (the paper's Table 3 and Fig. 7).

The hash is the DCT pHash (Zauner, Implementation and Benchmarking of Perceptual Image Hash Functions, 2010), as the
package ImageHash computes it: 64 bits that say which of the 8 × 8 lowest frequencies of a 32 × 32 grey image are above
their median. The paper counts test images with an equal hash in the pool; here also those a few bits away.

Every pair is compared, more than 1e9 a second and core: seconds for the embedded world, hours for LAION-400M.
Reads and writes nothing.
"""

import io
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from reprolib.errors import ReproError

SIDE = 32
"""Pixels a side of the grey image."""
LOW = 8
"""Frequencies a side that are kept."""
CHUNK = 1024
"""Images that are hashed at once."""
EVALUATION_BLOCK, POOL_BLOCK = 16, 8192
"""Hashes compared at once; a block of pairs fits the cache of a core."""

Hashes = NDArray[np.uint64]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Matches:
    """Pairs of an evaluation image and a pool image, by evaluation row, then pool row."""

    evaluation: Rows
    pool: Rows
    distance: NDArray[np.uint8]
    """Bits in which the two hashes differ."""
    most: int
    """The greatest distance looked for."""

    def counts(self) -> Rows:
        """For each distance from 0 to `most`, the evaluation images with a pool image that near or nearer."""
        nearest = self.nearest().distance
        return np.cumsum(np.bincount(nearest, minlength=self.most + 1))

    def nearest(self) -> "Matches":
        """For each evaluation image with a match its nearest pool image, of several the first."""
        best_first = np.lexsort((self.pool, self.distance, self.evaluation))
        return self._take(best_first[np.unique(self.evaluation[best_first], return_index=True)[1]])

    def show(self, pairs: int) -> "Matches":
        """At most `pairs` pairs for a picture: each image with its nearest, spread evenly from near to far."""
        nearest = self.nearest()
        near_to_far = np.argsort(nearest.distance, kind="stable")
        spread = np.linspace(0, len(near_to_far) - 1, min(pairs, len(near_to_far))).round().astype(np.int64)
        return nearest._take(near_to_far[spread])

    def _take(self, which: Rows) -> "Matches":
        return Matches(self.evaluation[which], self.pool[which], self.distance[which], self.most)


def find(pool: Hashes, evaluation: Hashes, most: int) -> Matches:
    """All pairs whose hashes differ in at most `most` of 64 bits."""
    found: list[tuple[Rows, Rows, NDArray[np.uint8]]] = []
    for first in range(0, len(evaluation), EVALUATION_BLOCK):
        some = evaluation[first : first + EVALUATION_BLOCK, None]
        for start in range(0, len(pool), POOL_BLOCK):
            distance = np.bitwise_count(some ^ pool[start : start + POOL_BLOCK])
            near = np.flatnonzero(distance <= most)
            if len(near):
                row, column = np.divmod(near, distance.shape[1])
                found.append((row + first, column + start, distance.ravel()[near]))
    empty = (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.uint8))
    rows, columns, distances = (np.concatenate(parts) for parts in zip(empty, *found, strict=True))
    by_row = np.lexsort((columns, rows))
    return Matches(rows[by_row], columns[by_row], distances[by_row], most)


def without(pool: int, *matches: Matches, most: int) -> Rows:
    """The rows of a pool of that many images that are at most `most` bits away from no evaluation image.

    Raises:
        ReproError: Matches were looked for only up to a smaller distance.
    """
    kept = np.ones(pool, dtype=bool)
    for found in matches:
        if most > found.most:
            raise ReproError(
                f"duplicates up to {most} bits should be removed, but were looked for up to {found.most}; "
                "find them again with the larger distance"
            )
        kept[found.pool[found.distance <= most]] = False
    return np.flatnonzero(kept)


def of_pixels(pixels: NDArray[np.uint8]) -> Hashes:
    """The hashes of decoded images, (n, height, width, 3)."""
    if pixels.shape[1:3] != (SIDE, SIDE):
        return _of_stream(_grey(Image.fromarray(image)) for image in pixels)
    chunks = (pixels[start : start + CHUNK] for start in range(0, len(pixels), CHUNK))
    return np.concatenate([np.empty(0, np.uint64), *(_of_grey(_luma(chunk)) for chunk in chunks)])


def of_encoded(images: Iterable[bytes]) -> Hashes:
    """The hashes of encoded images.

    Raises:
        ReproError: One cannot be decoded; it is named by its number.
    """
    return _of_stream(_decoded(images))


def _decoded(images: Iterable[bytes]) -> Iterator[NDArray[np.uint8]]:
    for number, data in enumerate(images):
        try:
            with Image.open(io.BytesIO(data)) as image:
                yield _grey(image)
        except (OSError, SyntaxError) as error:
            raise ReproError(
                f"image {number} of {len(data)} bytes cannot be decoded for its hash ({error}); check the shards"
            ) from error


def _of_stream(greys: Iterable[NDArray[np.uint8]]) -> Hashes:
    remaining, hashes = iter(greys), [np.empty(0, np.uint64)]
    while chunk := list(itertools.islice(remaining, CHUNK)):
        hashes.append(_of_grey(np.stack(chunk)))
    return np.concatenate(hashes)


def _grey(image: Image.Image) -> NDArray[np.uint8]:
    return np.asarray(image.convert("L").resize((SIDE, SIDE), Image.Resampling.LANCZOS))


def _luma(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pillow's grey of RGB, ITU-R 601-2 in 16-bit fixed point."""
    red, green, blue = (pixels[..., channel].astype(np.uint32) for channel in range(3))
    return ((19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16).astype(np.uint8)


def _of_grey(grey: NDArray[np.uint8]) -> Hashes:
    angle = np.pi * np.arange(LOW)[:, None] * (2 * np.arange(SIDE) + 1) / (2 * SIDE)
    cosines = np.cos(angle)
    # A flat or symmetrical image lacks frequencies: without rounding, noise of the last bit would decide its hash.
    frequencies = (cosines @ grey.astype(np.float64) @ cosines.T).reshape(-1, LOW * LOW).round(6) + 0.0
    above = frequencies > np.median(frequencies, axis=1, keepdims=True)
    return np.packbits(above, axis=1).view(">u8").ravel().astype(np.uint64)
