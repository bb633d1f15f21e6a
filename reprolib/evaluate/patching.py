"""Patching: weights between a zero-shot model and its fine-tuned copy, and how much of the copy to take.

    weights(a) = (1 - a) * zero-shot + a * fine-tuned, a = 0, 0.1, ..., 1

(PAINT, Ilharco et al., arXiv 2208.05592; WiSE-FT is the same line.) The heads are the zero-shot ones throughout, so one
sweep gives all tasks and the class set. The paper takes the a of the best mean over the tasks among those that lose at
most one point on the class set. Here that is chosen on rows that are no test rows: sweep once over those, `choose`, and
read the chosen a off a sweep over the test rows; `choose` on the latter is the number 'as published'. Reads and writes
nothing.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from reprolib.errors import ReproError
from reprolib.evaluate import tuning

if TYPE_CHECKING:
    import open_clip

SHARES = tuple(tenths / 10 for tenths in range(11))
"""Of the fine-tuned weights."""
LOSS = 0.01
"""What the class set may lose of its accuracy."""


@dataclass(frozen=True)
class Sweep:
    """The hits of each mixture on each image set."""

    shares: tuple[float, ...]
    hits: dict[str, NDArray[np.bool_]]
    """(shares, n) by name of the set."""

    def accuracy(self, name: str) -> NDArray[np.float64]:
        """(shares,): top-1 on one set."""
        accuracy: NDArray[np.float64] = self.hits[name].mean(axis=1)
        return accuracy


def mixed(
    zero_shot: Mapping[str, torch.Tensor], fine_tuned: Mapping[str, torch.Tensor], share: float
) -> dict[str, torch.Tensor]:
    """Floating tensors between the two, `share` of the way; the others of `zero_shot`. Exact at 0 and 1.

    Raises:
        ReproError: The two differ in names or shapes; the first one that does is named.
    """
    _check(zero_shot, fine_tuned)
    return {
        name: value.lerp(fine_tuned[name], share) if value.is_floating_point() else value
        for name, value in zero_shot.items()
    }


def sweep(
    zero_shot: open_clip.CLIP,
    fine_tuned: open_clip.CLIP,
    sets: Sequence[tuning.ImageSet],
    shares: tuple[float, ...] = SHARES,
) -> Sweep:
    """Evaluate every mixture of two models on every set.

    Args:
        zero_shot: Left as it is.
        fine_tuned: From `joint.tuned`; left as it is.
        sets: With the zero-shot weights of the former.
        shares: Of the fine-tuned weights.

    Raises:
        ReproError: The models differ in names or shapes, or zero-shot weights are not of this model.
    """
    ends = zero_shot.state_dict(), fine_tuned.state_dict()
    between = copy.deepcopy(zero_shot)
    classifiers = [tuning.zero_shot(between, each.zero_shot) for each in sets]
    hits: dict[str, list[NDArray[np.bool_]]] = {each.name: [] for each in sets}
    for share in shares:
        between.load_state_dict(mixed(*ends, share))
        for classifier, each in zip(classifiers, sets, strict=True):
            hits[each.name].append(tuning.hits(classifier, each))
    return Sweep(shares, {name: np.stack(rows) for name, rows in hits.items()})


def choose(found: Sweep, class_set: str, loss: float = LOSS) -> float:
    """The share of the best mean accuracy over the tasks among those that the class set allows; of equals the least.

    Args:
        found: A sweep that has share 0 over the tasks and the class set.
        class_set: Its name; all other sets are tasks.
        loss: What it may lose of its zero-shot accuracy.

    Raises:
        ReproError: The sweep has no share 0, lacks the class set or has no task.
    """
    tasks = [name for name in found.hits if name != class_set]
    if 0.0 not in found.shares or class_set not in found.hits or not tasks:
        raise ReproError(
            f"the sweep should have share 0, the class set '{class_set}' and a task, but it has shares "
            f"{', '.join(map(str, found.shares))} of {', '.join(found.hits)}; add what is missing"
        )
    right = found.hits[class_set].sum(axis=1)
    # In rows: as a difference of fractions, a loss of one point exactly may come out above one point.
    lost = right[found.shares.index(0.0)] - right
    allowed = lost <= np.floor(loss * found.hits[class_set].shape[1] + 1e-9)
    mean = np.mean([found.accuracy(name) for name in tasks], axis=0)
    return min(
        (share for share, each in zip(found.shares, allowed, strict=True) if each),
        key=lambda share: (-round(float(mean[found.shares.index(share)]), 12), share),
    )


def _check(zero_shot: Mapping[str, torch.Tensor], fine_tuned: Mapping[str, torch.Tensor]) -> None:
    for name in (*zero_shot, *fine_tuned):
        one, other = (tuple(each[name].shape) if name in each else None for each in (zero_shot, fine_tuned))
        if one != other:
            came = " and ".join(f"{'nothing' if shape is None else shape}" for shape in (one, other))
            raise ReproError(
                f"two checkpoints to be mixed should have the same names and shapes, but '{name}' is {came}; take a "
                "model and its own fine-tuned copy"
            )
