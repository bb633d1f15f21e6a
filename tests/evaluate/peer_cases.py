"""Fixed features, and what CLIP_benchmark 1.6.2 measures on them.

`peer.json` beside this holds what its own `evaluate` functions returned, once, with torch 2.15.0 on a CPU, in the
environment that the benchmark makes:

    python benchmarks/evaluation.py --environment /tmp/peers
    /tmp/peers/clip_benchmark/bin/python tests/evaluate/peer_cases.py

The features follow from the seeds; a sum of them is stored too, to tell a changed generator from a changed metric.
"""

# ruff: noqa: T201 # a script prints
import json
import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

FILE = Path(__file__).with_name("peer.json")
KS = (1, 5, 10)
Array = np.ndarray[Any, Any]


class Classes(NamedTuple):
    """Features of images (n, d), directions of classes (classes, d), and labels (n,) or (n, classes)."""

    image: Array
    head: Array
    labels: Array


class Pairs(NamedTuple):
    """Features of images (n, d) and captions (m, d), and the image of each caption (m,)."""

    image: Array
    text: Array
    image_of_text: Array


def unit(rows: Array) -> Array:
    rows = rows.astype(np.float64)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def classes(seed: int, n: int, count: int, *, skipped: int = 0, several: bool = False, half: bool = False) -> Classes:
    """Labels leave out the last `skipped` classes; with `half` the features went through float16."""
    rng = np.random.default_rng(seed)
    head = rng.standard_normal((count, 16))
    if several:
        labels = rng.random((n, count)) < 0.2
        labels[:, count - skipped :] = False
        image = labels @ head + rng.standard_normal((n, 16))
    else:
        labels = rng.integers(0, count - skipped, n)
        image = head[labels] * 0.5 + rng.standard_normal((n, 16))
    image, head = unit(image), unit(head)
    if half:
        image, head = (unit(each.astype(np.float16)) for each in (image, head))
    return Classes(image, head, labels)


def pairs(seed: int, n: int, most: int, *, half: bool = False) -> Pairs:
    """Each image has from 1 to `most` captions."""
    rng = np.random.default_rng(seed)
    image = rng.standard_normal((n, 16))
    image_of_text = np.repeat(np.arange(n), rng.integers(1, most + 1, n))
    text = image[image_of_text] * 0.7 + rng.standard_normal((len(image_of_text), 16))
    image, text = unit(image), unit(text)
    if half:
        image, text = (unit(each.astype(np.float16)) for each in (image, text))
    return Pairs(image, text, image_of_text)


CASES: dict[str, Classes | Pairs] = {
    "ten classes": classes(1, 300, 10),
    "classes without samples": classes(2, 200, 12, skipped=4),
    "four classes": classes(3, 150, 4),
    "five classes": classes(4, 150, 5),
    "half precision classes": classes(5, 300, 10, half=True),
    "several classes an image": classes(6, 200, 8, several=True, skipped=2),
    "one caption": pairs(7, 120, 1),
    "uneven captions": pairs(8, 150, 7),
    "half precision captions": pairs(9, 150, 5, half=True),
}


def checksum(case: Classes | Pairs) -> float:
    return float(sum(np.abs(each.astype(np.float64)).sum() for each in case))


def peer(case: Classes | Pairs) -> dict[str, float | None]:
    """What CLIP_benchmark says; needs it."""
    import torch
    from clip_benchmark.metrics import zeroshot_classification, zeroshot_retrieval

    class Features:
        """Stands for a model whose features are given."""

        def encode_image(self, rows: torch.Tensor) -> torch.Tensor:
            return rows

        encode_text = encode_image

    first = torch.from_numpy(case.image)
    if isinstance(case, Pairs):
        text = torch.from_numpy(case.text)
        own = [np.flatnonzero(case.image_of_text == row).tolist() for row in range(len(first))]
        batches = [(first[i : i + 32], own[i : i + 32]) for i in range(0, len(first), 32)]
        found = zeroshot_retrieval.evaluate(
            Features(), batches, lambda rows: text[rows], "cpu", amp=False, recall_k_list=list(KS)
        )
    else:
        head = torch.from_numpy(case.head)

        class Loader(list[Any]):
            dataset = type("Dataset", (), {"classes": range(len(head))})

        found = zeroshot_classification.evaluate(
            Features(),
            Loader([(first, torch.from_numpy(case.labels))]),
            lambda rows: head[[int(row) for row in rows]],
            [str(row) for row in range(len(head))],
            ["{c}"],
            "cpu",
            amp=False,
        )
    return {name: None if math.isnan(value) else float(value) for name, value in found.items()}


if __name__ == "__main__":
    made = {name: {"checksum": checksum(case), "metrics": peer(case)} for name, case in CASES.items()}
    FILE.write_text(json.dumps(made, indent=1) + "\n")
    print(f"{FILE}: {len(made)} cases")
