"""`reprolib.evaluate` beside CLIP_benchmark 1.6.2 on the same features, and a second evaluation beside the first.

Writes benchmarks/evaluation.md. Run it on an idle machine: `python benchmarks/evaluation.py` (some minutes). It makes
an environment for the peer (`peers`), so it needs a package index. NumPy is older than 2.4 there, because the peer's
accuracy fails on later ones (https://github.com/LAION-AI/CLIP_benchmark/issues/147).

Each measurement is a process of its own with one thread (`evaluation_sides`). Both sides take turns; the medians of CPU
time are compared, and the most memory of any round is told.
"""

# ruff: noqa: T201 # a benchmark prints
from __future__ import annotations

import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import peers
from PIL import Image

from reprolib import files
from reprolib.evaluate import retrieval, sets, zero_shot
from reprolib.evaluate.encoder import Encoder
from reprolib.shards import writing
from reprolib.shards.sample import Sample
from reprolib.train import models

PINS = (
    "clip-benchmark==1.6.2",
    "numpy==2.3.5",
    "scikit-learn==1.9.1",
    "joblib==1.6.0",
    "threadpoolctl==3.8.0",
    "cloudpickle==3.1.2",
    "narwhals==2.28.0",
)
ROUNDS = 3
IMAGES, CAPTIONS, WIDTH = 5000, 25_000, 512
ROWS, CLASSES = 10_000, 100
PICTURES = 256


class Contest(NamedTuple):
    """One operation that both sides do on the same features."""

    title: str
    goal: str
    features: Callable[[], dict[str, np.ndarray[Any, Any]]]
    ours: str
    peer: str
    """Operations of `evaluation_sides`."""


def pairs() -> dict[str, np.ndarray[Any, Any]]:
    """Five captions an image, and about as many found among the first five as a ViT-B/32 finds on COCO."""
    rng = np.random.default_rng(0)
    image = rng.standard_normal((IMAGES, WIDTH), np.float32)
    own = np.repeat(np.arange(IMAGES), CAPTIONS // IMAGES)
    text = 0.15 * image[own] + rng.standard_normal((CAPTIONS, WIDTH), np.float32)
    image, text = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (image, text))
    return {"image": image, "text": text, "own": own}


def classes() -> dict[str, np.ndarray[Any, Any]]:
    """Features of length one without structure: an epoch takes as long whatever there is to learn."""
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((ROWS, WIDTH), np.float32)
    labels = rng.permutation(np.arange(ROWS) % CLASSES)
    return {"rows": rows / np.linalg.norm(rows, axis=1, keepdims=True), "labels": labels}


SIZE = f"retrieval, {IMAGES:,} × {CAPTIONS:,}, d {WIDTH}"
CONTESTS = (
    Contest(f"{SIZE}; peer's default batch, 64", "15×, 1 GB", pairs, "our-retrieval", "peer-retrieval-64"),
    Contest(f"{SIZE}; peer's batch 512", "15×, 1 GB", pairs, "our-retrieval", "peer-retrieval-512"),
    Contest(
        f"linear probe, 10 epochs of {ROWS:,} rows, d {WIDTH}, {CLASSES} classes",
        "10×",
        classes,
        "our-probe",
        "peer-probe",
    ),
)


def main() -> None:
    """Run all contests and write the table."""
    rows = [("operation", "ours, CPU s", "peer, CPU s", "ratio", "ours, MiB", "peer, MiB", "goal", "metrics differ by")]
    with tempfile.TemporaryDirectory() as temporary:
        with peers.environment("clip_benchmark", PINS, peers.kept(__doc__ or "")) as python:
            for contest in CONTESTS:
                rows.append(contend(contest, python, Path(temporary)))
                print(*rows[-1], sep=" | ", flush=True)
        again = twice(Path(temporary))
    text = "# Evaluation: `reprolib.evaluate` beside CLIP_benchmark\n\nWritten by `python benchmarks/evaluation.py`. "
    text += f"{peers.machine('numpy', 'torch')} The peer is {PINS[0]} on {PINS[1]}.\n\n{peers.table(rows)}\n"
    text += f"Medians of {ROUNDS} rounds, one thread each; MiB are those held beyond the features. Our first pass is "
    text += f"in {str(retrieval.fast()).removeprefix('torch.')} on this processor.\n\n{again}\n"
    files.write(Path(__file__).with_suffix(".md"), text)
    print(again)


def contend(contest: Contest, python: str, folder: Path) -> tuple[str, ...]:
    """Both sides in turns; a row of the table."""
    path = folder / "features.npz"
    np.savez(path, allow_pickle=False, **contest.features())
    ours, peer = [], []
    for _ in range(ROUNDS):
        ours.append(side(sys.executable, contest.ours, path))
        peer.append(side(python, contest.peer, path))
    cpu = [statistics.median(each["cpu"] for each in runs) for runs in (ours, peer)]
    memory = [max(each["memory"] for each in runs) / 2**20 for runs in (ours, peer)]
    apart = [abs(ours[0]["found"][name] - value) for name, value in peer[0]["found"].items()]
    return (
        contest.title,
        *(f"{seconds:.2f}" for seconds in cpu),
        f"{cpu[1] / cpu[0]:.1f}",
        *(f"{held:,.0f}" for held in memory),
        contest.goal,
        f"{max(apart):.0e}" if apart else "not compared: other starts",
    )


def side(python: str, operation: str, path: Path) -> dict[str, Any]:
    """What `evaluation_sides` prints."""
    here = Path(__file__).resolve().parent
    done = subprocess.run(
        [python, here / "evaluation_sides.py", operation, path],
        check=True,
        capture_output=True,
        env={**os.environ, **peers.ALIKE, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(here.parent)},
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def twice(folder: Path) -> str:
    """A ViT-B/32 with fresh weights on pictures of noise in ten classes, evaluated twice; a sentence."""
    classes, templates = [f"thing {number}" for number in range(10)], ["a {c}", "the {c}"]
    noise = map(picture, range(PICTURES))
    writing.write(folder / "noise", noise, name="noise", per_shard=PICTURES, classes=classes, templates=templates)
    model = Encoder("ViT-B-32", "0" * 64, models.build("ViT-B-32", seed=0).eval())
    seconds = []
    for _ in range(2):
        started = time.process_time()
        zero_shot.measure(model, sets.read(folder / "noise"), folder / "cache", "fresh")
        seconds.append(time.process_time() - started)
    return (
        f"A ViT-B/32 on {PICTURES} pictures of 224 px: the first evaluation takes {seconds[0]:.1f} CPU s, the second, "
        f"from the same embeddings, {seconds[1]:.2f} ({100 * seconds[1] / seconds[0]:.1f} %; the goal is 5 %)."
    )


def picture(number: int) -> Sample:
    """Noise of one of ten classes."""
    stream = io.BytesIO()
    pixels = np.random.default_rng(number).integers(0, 256, (224, 224, 3), np.uint8)
    Image.fromarray(pixels).save(stream, "PNG")
    return Sample(f"{number}", stream.getvalue(), "png", (), number % 10)


if __name__ == "__main__":
    main()
