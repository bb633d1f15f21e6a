"""Recall at k of images by captions and of captions by images, for several captions an image.

As CLIP_benchmark and the papers define it: a caption is a hit if its image is among the first k images; an image is a
hit if one of its captions at least is among the first k captions. The tie rule is that of `metrics`: by score,
descending, then by index, ascending. Scores are those of `exact`, so hits depend on no chunk size, thread or processor.

No score matrix is kept and nothing is sorted. A first pass counts in low precision how many rank ahead of the right
answer at least and at most; queries that these bounds leave open at a k are counted exactly. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from reprolib.errors import ReproError
from reprolib.evaluate.exact import grid, similarities

KS = (1, 5, 10)
CHUNK = 256
"""Queries whose scores are in memory at once."""
MANY = 32
"""Scores a query from which on a matrix product is faster than as many single ones."""

Vectors = NDArray[np.floating[Any]]
Counts = NDArray[np.int64]
Bounds = tuple[Counts, Counts]


@dataclass(frozen=True)
class Recalls:
    """Whether each query was a hit."""

    ks: tuple[int, ...]
    image: NDArray[np.bool_]
    """(ks, m): image retrieval, a query for each caption."""
    text: NDArray[np.bool_]
    """(ks, n): text retrieval, a query for each image."""


@dataclass(frozen=True)
class _Queries:
    """The queries of one direction, which are the gallery of the other."""

    vectors: Vectors
    rounded: torch.Tensor
    """The vectors in low precision."""
    score: NDArray[np.float64]
    """Of the right answer, exact."""
    answer: Counts
    """The index of the right answer in the gallery."""
    below: NDArray[np.float32]
    above: NDArray[np.float32]
    """What has a score in low precision beyond these is behind the right answer, or ahead of it, for sure."""


def recalls(
    image: Vectors,
    text: Vectors,
    image_of_text: NDArray[np.integer[Any]],
    ks: Sequence[int] = KS,
    chunk: int = CHUNK,
) -> Recalls:
    """The hits of every query in both directions.

    Args:
        image: (n, d), of length one.
        text: (m, d), of length one.
        image_of_text: (m,), ascending: the row of the image of each caption; every image has one caption at least.
        ks: Ranks up to which an answer counts.
        chunk: Queries at once; no result depends on it.

    Raises:
        ReproError: A caption has no image, an image no caption, or captions are not in the order of the images.
    """
    _check(len(image), len(text), image_of_text)
    by_text, by_image = _queries(text, image, np.asarray(image_of_text, np.int64), chunk)
    bounds = _bounds(by_text, by_image, chunk)
    return Recalls(
        tuple(ks),
        image=_hits(by_text, by_image, bounds[0], ks, chunk),
        text=_hits(by_image, by_text, bounds[1], ks, chunk),
    )


def _check(images: int, texts: int, image_of_text: NDArray[np.integer[Any]]) -> None:
    if len(image_of_text) != texts or (np.diff(image_of_text) < 0).any():
        raise ReproError(
            f"image_of_text should tell the image of each of {texts} captions, ascending, but it has "
            f"{len(image_of_text)} entries or is not in order; sort the captions by their images"
        )
    there = np.unique(image_of_text)
    if len(there) != images or there[0] != 0 or there[-1] != images - 1:
        raise ReproError(
            f"each of {images} images should have a caption and each caption an image, but captions name "
            f"{len(there)} images from {there.min(initial=0)} to {there.max(initial=-1)}; add what is missing or leave "
            "those out"
        )


def _queries(texts: Vectors, images: Vectors, image_of_text: Counts, chunk: int) -> tuple[_Queries, _Queries]:
    """Captions that ask for their image, and images that ask for the caption of theirs that ranks first."""
    starts = range(0, len(texts), chunk)
    score = np.concatenate([_dots(texts[i : i + chunk], images[image_of_text[i : i + chunk]]) for i in starts])
    numbers = np.arange(len(images))
    best = np.maximum.reduceat(score, np.searchsorted(image_of_text, numbers))
    candidates = np.flatnonzero(score == best[image_of_text])
    leader = candidates[np.searchsorted(image_of_text[candidates], numbers)]  # of equal ones the first
    (text, text_size, text_off), (image, image_size, image_off) = _rounded(texts, chunk), _rounded(images, chunk)
    # By how much a score may be off before it is rounded; float32 sums, with room for any order.
    summing = (texts.shape[1] + 2) * 2.0**-23
    text_error = text_off * image_size.max() + (text_size + text_off) * image_off.max() + summing
    image_error = image_off * text_size.max() + (image_size + image_off) * text_off.max() + summing
    return (
        _Queries(texts, text, score, image_of_text, _low(score - text_error), _low(score + text_error)),
        _Queries(images, image, best, leader, _low(best - image_error), _low(best + image_error)),
    )


def _rounded(vectors: Vectors, chunk: int) -> tuple[torch.Tensor, NDArray[np.float64], NDArray[np.float64]]:
    """The vectors in low precision, their lengths before, and the lengths of what they lost."""
    rounded = torch.empty(vectors.shape, dtype=fast())
    length, lost = np.empty(len(vectors)), np.empty(len(vectors))
    for start in range(0, len(vectors), chunk):
        rows = slice(start, start + chunk)
        exact = grid(vectors[rows])
        rounded[rows] = torch.from_numpy(exact)
        length[rows] = np.sqrt(np.einsum("nd,nd->n", exact, exact))
        exact -= rounded[rows].double().numpy()
        lost[rows] = np.sqrt(np.einsum("nd,nd->n", exact, exact))
    return rounded, length, lost


def _bounds(by_text: _Queries, by_image: _Queries, chunk: int) -> tuple[Bounds, Bounds]:
    """How many rank ahead of the right answer at least and at most, for each caption and for each image."""
    # The right answer is among those that may be ahead of it, but is not.
    text, image = (
        (np.zeros(len(each.score), np.int64), np.full(len(each.score), -1, np.int64)) for each in (by_text, by_image)
    )
    for start in range(0, len(by_text.score), chunk):
        rows = slice(start, start + chunk)
        scores = _scores(by_text.rounded[rows], by_image.rounded)
        text[0][rows] += _count(scores > by_text.above[rows, None], axis=1)
        text[1][rows] += _count(scores >= by_text.below[rows, None], axis=1)
        image[0][:] += _count(scores > by_image.above, axis=0)
        image[1][:] += _count(scores >= by_image.below, axis=0)
    return text, image


def _hits(queries: _Queries, gallery: _Queries, bounds: Bounds, ks: Sequence[int], chunk: int) -> NDArray[np.bool_]:
    """(ks, queries); the rank of a query is counted exactly if it may be a hit or not."""
    least, most = bounds
    unsure = np.flatnonzero(np.any([(least < k) & (k <= most) for k in ks], axis=0))
    for start in range(0, len(unsure), chunk):
        rows = unsure[start : start + chunk]
        most[rows] = _ranks(queries, gallery, rows)
    return np.stack([most < k for k in ks])


def _ranks(queries: _Queries, gallery: _Queries, rows: Counts) -> Counts:
    """How many rank ahead of the right answer; scores are computed exactly where low precision does not tell."""
    scores = _scores(queries.rounded[rows], gallery.rounded)
    above, below = queries.above[rows, None], queries.below[rows, None]
    near = (scores >= below) & (scores <= above)
    if np.count_nonzero(near) > MANY * len(rows):
        exact = similarities(queries.vectors[rows], gallery.vectors)
        own, answer = queries.score[rows, None], queries.answer[rows, None]
        return _count((exact > own) | ((exact == own) & (np.arange(exact.shape[1]) < answer)), axis=1)
    row, item = np.nonzero(near)
    exact = _dots(queries.vectors[rows[row]], gallery.vectors[item])
    own, answer = queries.score[rows[row]], queries.answer[rows[row]]
    ahead = (exact > own) | ((exact == own) & (item < answer))
    return _count(scores > above, axis=1) + np.bincount(row[ahead], minlength=len(rows))


def fast() -> torch.dtype:
    """bfloat16 where the processor multiplies matrices of it, which is then four times faster."""
    capable = torch.cpu.get_capabilities()
    return torch.bfloat16 if capable.get("avx512_bf16") or capable.get("amx_bf16") else torch.float32


def _scores(queries: torch.Tensor, gallery: torch.Tensor) -> NDArray[np.float32]:
    scores: NDArray[np.float32] = (queries @ gallery.T).float().numpy()
    return scores


def _low(score: NDArray[np.float64]) -> NDArray[np.float32]:
    """Rounded as scores are; rounding keeps order, so that a score beyond another stays beyond or becomes equal."""
    low: NDArray[np.float32] = torch.from_numpy(score).float().to(fast()).float().numpy()
    return low


def _dots(one: Vectors, other: Vectors) -> NDArray[np.float64]:
    dots: NDArray[np.float64] = np.einsum("nd,nd->n", grid(one), grid(other))
    return dots


def _count(mask: NDArray[np.bool_], axis: int) -> Counts:
    # Of all ways to count in NumPy, and of those in torch, this is by far the fastest.
    counts: Counts = np.add.reduce(mask.view(np.uint8), axis=axis, dtype=np.uint32).astype(np.int64)
    return counts
