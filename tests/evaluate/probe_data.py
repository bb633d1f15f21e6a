"""Features with classes in them, of norm one and off centre as a model's are."""

import numpy as np
import torch

from reprolib.evaluate.probes import Features


def features(rows: int, width: int, classes: int, seed: int = 0, apart: float = 1.0) -> tuple[torch.Tensor, np.ndarray]:
    """(rows, width) float32 and labels (rows,), which take turns; `apart` in units of the spread within a class."""
    rng = np.random.default_rng(seed)
    shape = rng.normal(size=(width, width)) * np.exp(-np.arange(width) / 8)
    centres = apart * np.random.default_rng(99).normal(size=(classes, width))
    labels = np.arange(rows) % classes
    drawn = (rng.normal(size=(rows, width)) + centres[labels]) @ np.eye(width) + rng.normal(
        size=(rows, width)
    ) @ shape.T
    return torch.nn.functional.normalize(torch.from_numpy(drawn + 2).float(), dim=1), labels


def task(rows: int = 60, width: int = 12, classes: int = 4, **changes: float) -> Features:
    return Features(
        *features(rows, width, classes, 1, **changes), *features(80, width, classes, 2, **changes), classes, "ab"
    )
