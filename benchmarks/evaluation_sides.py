"""One operation of benchmarks/evaluation.py in a process of its own, ours or the peer's, on the same features.

`python evaluation_sides.py <operation> <features.npz>` runs a small part to be warm, then all, and prints as JSON the
CPU seconds, by how many bytes the most memory that was held exceeds what was held before, and what was measured.
"""

# ruff: noqa: T201 # a benchmark prints
from __future__ import annotations

import itertools
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

Arrays = dict[str, np.ndarray[Any, Any]]
Measured = dict[str, float]


def our_retrieval(arrays: Arrays) -> Measured:
    """Recall at 5 in both directions."""
    from reprolib.evaluate import retrieval

    found = retrieval.recalls(arrays["image"], arrays["text"], arrays["own"], ks=(5,))
    return {"image_retrieval_recall@5": found.image.mean(), "text_retrieval_recall@5": found.text.mean()}


def peer_retrieval(arrays: Arrays, batch: int) -> Measured:
    """The peer's `evaluate` in single precision, with a model that hands features through."""
    from clip_benchmark.metrics import zeroshot_retrieval

    class Features:
        def encode_image(self, rows: torch.Tensor) -> torch.Tensor:
            return rows

        encode_text = encode_image

    image, text = (torch.from_numpy(arrays[name]) for name in ("image", "text"))
    ends = np.searchsorted(arrays["own"], np.arange(len(image) + 1))
    captions = [range(*span) for span in itertools.pairwise(ends)]
    loader = [(image[i : i + batch], captions[i : i + batch]) for i in range(0, len(image), batch)]
    found: Measured = zeroshot_retrieval.evaluate(Features(), loader, lambda rows: text[rows], "cpu", amp=False)
    return found


def some_pairs(arrays: Arrays) -> Arrays:
    """The first hundred images with their captions."""
    count = np.searchsorted(arrays["own"], 100)
    return {"image": arrays["image"][:100], "text": arrays["text"][:count], "own": arrays["own"][:count]}


OPERATIONS: dict[str, tuple[Callable[[Arrays], Measured], Callable[[Arrays], Arrays]]] = {
    "our-retrieval": (our_retrieval, some_pairs),
    "peer-retrieval-64": (lambda arrays: peer_retrieval(arrays, 64), some_pairs),
    "peer-retrieval-512": (lambda arrays: peer_retrieval(arrays, 512), some_pairs),
}
"""By name, the work and the part of its features that it warms up with."""


def main() -> None:
    """Measure what the command line names."""
    work, part = OPERATIONS[sys.argv[1]]
    torch.set_num_threads(1)
    with np.load(sys.argv[2]) as stored:
        arrays = dict(stored)
    work(part(arrays))
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew; else it is that of whoever started this
    before = held("VmRSS")
    started = time.process_time()
    found = {name: float(value) for name, value in work(arrays).items()}
    seconds = time.process_time() - started
    print(json.dumps({"cpu": seconds, "memory": held("VmHWM") - before, "found": found}))


def held(what: str) -> int:
    """Bytes of memory of this process, now (`VmRSS`) or at most (`VmHWM`)."""
    (line,) = (each for each in Path("/proc/self/status").read_text().splitlines() if each.startswith(what))
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    main()
