"""A zero-shot classifier: one direction for each class, the mean of its prompts' embeddings.

As `open_clip.build_zero_shot_classifier`, which differs by rounding only. Pure.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Encode = Callable[[list[str]], NDArray[np.float32]]
"""Texts to embeddings (n, d) of length one."""
AT_ONCE = 10_000
"""Prompts that are embedded before they are averaged."""


def weights(encode: Encode, classes: Sequence[str], templates: Sequence[str]) -> NDArray[np.float32]:
    """(classes, d): for each class the normalised mean over `templates`, in each of which `{c}` is the class."""
    step = max(AT_ONCE // len(templates), 1)
    return np.concatenate([_weights(encode, classes[i : i + step], templates) for i in range(0, len(classes), step)])


def _weights(encode: Encode, classes: Sequence[str], templates: Sequence[str]) -> NDArray[np.float32]:
    prompts = [template.replace("{c}", name) for name in classes for template in templates]
    means = encode(prompts).reshape(len(classes), len(templates), -1).mean(axis=1, dtype=np.float64)
    made: NDArray[np.float32] = (means / np.linalg.norm(means, axis=1, keepdims=True)).astype(np.float32)
    return made
