"""What balancing is compared with: the whole pool, a random part, a filter by length, and one by score.

Each takes the uids of a pool (and what else it looks at, in the same order) and gives the uids of a subset, ascending,
with the reasons why others are not in it. Pure.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reprolib.errors import ReproError
from reprolib.shards import subsets
from reprolib.shards.subsets import Uids

LEAST_WORDS, LEAST_CHARACTERS = 3, 6
LEAST_SIDE, MOST_ASPECT = 200, 3.0
"""DataComp's basic filter (Gadre et al., arXiv 2304.14108): more than two words and five characters; images with a
shorter side of at least 200 pixels and an aspect ratio of at most 3."""


class Subset(NamedTuple):
    """Some samples of a pool."""

    uids: Uids
    """Ascending."""
    lost: dict[str, int]
    """Why how many others are not among them, in the order of the steps."""


def everything(uids: Uids) -> Subset:
    """The pool as it is."""
    return Subset(np.sort(uids), {})


def random(uids: Uids, size: int, seed: int) -> Subset:
    """So many at random; a smaller part of the same seed lies in every larger one, and no order or shards matter.

    Raises:
        ReproError: The pool has fewer samples.
    """
    chosen = subsets.nested(uids, {"random": size}, seed)["random"]
    return Subset(chosen, {"the draw left it out": len(uids) - len(chosen)})


def basic(
    uids: Uids, captions: Sequence[str], sides: NDArray[np.int64] | None = None, *, least_side: int = LEAST_SIDE
) -> Subset:
    """DataComp's basic filter without its guess of the language: by the length of captions and the shape of images.

    Args:
        uids: Of the pool.
        captions: One each; words are what stands between white space.
        sides: (n, 2) width and height of each image in pixels; None looks at captions alone.
        least_side: The least length of the shorter side.
    """
    reasons = [_reason(caption) for caption in captions]
    if sides is not None:
        shorter, longer = sides.min(1), sides.max(1)
        small, long = shorter < least_side, longer > MOST_ASPECT * shorter
        for place in np.flatnonzero(small | long).tolist():
            reasons[place] = reasons[place] or (
                f"a side of the image is below {least_side} pixels" if small[place] else "the image is too long"
            )
    kept = np.array([reason is None for reason in reasons], np.bool_)
    return Subset(np.sort(uids[kept]), dict(Counter(reason for reason in reasons if reason)))


def by_score(
    uids: Uids, scores: NDArray[np.floating], *, size: int | None = None, least: float | None = None
) -> Subset:
    """The samples of highest score, of equal ones those of smaller uid; for instance by CLIP's similarity.

    Args:
        uids: Of the pool.
        scores: (n,): one each.
        size: How many are kept, or None.
        least: The least score that is kept, or None; one of the two is given.

    Raises:
        ReproError: Neither or both are given, a score is not a number, or the pool has fewer samples.
    """
    if np.isnan(scores).any():
        raise ReproError(
            f"every sample should have a score, but {int(np.isnan(scores).sum())} have none; score them all"
        )
    if least is not None and size is None:
        kept = scores >= least
        return Subset(np.sort(uids[kept]), {"its score is too low": int((~kept).sum())})
    if least is not None or size is None:
        raise ReproError("a filter by score should have a size or a least score, one of them; give one")
    if not 1 <= size <= len(uids):
        raise ReproError(f"a filter by score should keep 1 to {len(uids)} samples, but {size} are asked for; change it")
    best = np.lexsort((uids["f1"], uids["f0"], -scores))[:size]
    return Subset(np.sort(uids[best]), {"its score is too low": len(uids) - size})


def _reason(caption: str) -> str | None:
    if len(caption.split()) < LEAST_WORDS:
        return f"the caption has fewer than {LEAST_WORDS} words"
    if len(caption) < LEAST_CHARACTERS:
        return f"the caption has fewer than {LEAST_CHARACTERS} characters"
    return None
