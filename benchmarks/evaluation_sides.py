"""One operation of benchmarks/evaluation.py in a process of its own, ours or the peer's, on the same features.

`python evaluation_sides.py <operation> <features.npz>` runs a small part to be warm, then all, and prints as JSON the
CPU seconds, by how many bytes the most memory that was held exceeds what was held before, and what was measured.
"""

# ruff: noqa: T201 # a benchmark prints
from __future__ import annotations

import contextlib
import io
import itertools
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

PROBE_RATE, PROBE_EPOCHS = 0.1, 10
PEER_WORKERS = 4
"""What the peer's command starts unless told otherwise."""
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


def our_probe(arrays: Arrays) -> Measured:
    """A linear probe by the paper's protocol: AdamW, batch 256, so many epochs at one learning rate."""
    from reprolib.evaluate import as_published
    from reprolib.evaluate.probes import Features

    rows, labels = torch.from_numpy(arrays["rows"]), arrays["labels"]
    data = Features(rows, labels, rows[:256], labels[:256], int(labels.max()) + 1, "benchmark")
    as_published.sweep(data, seed=0, rates=(PROBE_RATE,), epochs=(PROBE_EPOCHS,))
    return {}


def peer_probe(arrays: Arrays) -> Measured:
    """The peer's `train` on the same features; its own assertion of a GPU is stepped around."""
    from clip_benchmark.metrics import linear_probe

    torch.Tensor.cuda = torch.nn.Module.cuda = lambda self, *_, **__: self
    torch.nn.DataParallel = lambda model, **_: model
    rows, labels = (torch.from_numpy(arrays[name]) for name in ("rows", "labels"))
    loader = torch.utils.data.DataLoader(
        linear_probe.FeatureDataset(rows, labels), batch_size=256, shuffle=True, num_workers=PEER_WORKERS
    )
    with contextlib.redirect_stdout(io.StringIO()):
        classes = int(labels.max()) + 1
        linear_probe.train(loader, rows.shape[1], classes, 0, PROBE_RATE, PROBE_EPOCHS, False, "cpu", 0)
    return {}


def some_rows(arrays: Arrays) -> Arrays:
    """The first 512 rows, of all classes."""
    return {name: each[:512] for name, each in arrays.items()}


def some_pairs(arrays: Arrays) -> Arrays:
    """The first hundred images with their captions."""
    count = np.searchsorted(arrays["own"], 100)
    return {"image": arrays["image"][:100], "text": arrays["text"][:count], "own": arrays["own"][:count]}


OPERATIONS: dict[str, tuple[Callable[[Arrays], Measured], Callable[[Arrays], Arrays]]] = {
    "our-retrieval": (our_retrieval, some_pairs),
    "peer-retrieval-64": (lambda arrays: peer_retrieval(arrays, 64), some_pairs),
    "peer-retrieval-512": (lambda arrays: peer_retrieval(arrays, 512), some_pairs),
    "our-probe": (our_probe, some_rows),
    "peer-probe": (peer_probe, some_rows),
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
    started = spent()
    found = {name: float(value) for name, value in work(arrays).items()}
    seconds = spent() - started
    print(json.dumps({"cpu": seconds, "memory": held("VmHWM") - before, "found": found}))


def spent() -> float:
    """CPU seconds of this process and of those it has started and seen end."""
    return sum(os.times()[:4])


def held(what: str) -> int:
    """Bytes of memory of this process, now (`VmRSS`) or at most (`VmHWM`)."""
    (line,) = (each for each in Path("/proc/self/status").read_text().splitlines() if each.startswith(what))
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    main()
