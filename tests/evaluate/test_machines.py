"""What follows from given embeddings is the same on other machines, imitated by the kernels that libraries choose."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from probe_data import task

from reprolib.evaluate import probes
from reprolib.evaluate.softmax import Regression

OTHER = {
    "OPENBLAS_CORETYPE": "Nehalem",
    "ATEN_CPU_CAPABILITY": "default",
    "MKL_CBWR": "COMPATIBLE",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
    "OMP_NUM_THREADS": "2",
    "OPENBLAS_NUM_THREADS": "2",
}
"""An old processor with two threads; variables of libraries that are not there change nothing."""
PROGRAM = """
import hashlib
import numpy as np
import torch
from reprolib.evaluate import exact, metrics, retrieval

rng = np.random.default_rng(0)
vectors = rng.standard_normal((1100, 193))
vectors[500:600] = vectors[600:700]
vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
images, texts = vectors[:300], vectors[300:]
found = retrieval.recalls(images, texts, np.repeat(np.arange(300), np.r_[np.full(200, 3), np.full(100, 2)]))
scores = exact.similarities(images, texts)
made = scores, metrics.ranks(scores, np.arange(300)), found.image, found.text
print(*(hashlib.sha256(each.tobytes()).hexdigest() for each in made))
plain = images @ texts.T, (torch.from_numpy(images) @ torch.from_numpy(texts).T).numpy()
print(*(hashlib.sha256(each.tobytes()).hexdigest() for each in plain))
"""


def hashes(**environment: str) -> tuple[str, str]:
    """Of similarities, ranks and hits; and of plain products in float32."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", **environment},
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    exact, plain = done.stdout.splitlines()
    return exact, plain


def test_similarities_ranks_and_hits_have_the_same_bits_under_other_kernels() -> None:
    here, there = hashes(), hashes(**OTHER)
    assert here[0] == there[0]
    if here[1] == there[1]:
        pytest.skip("the libraries of this processor take the same kernels whatever is asked for")


def test_a_probe_follows_from_its_features_as_far_as_float32_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the weakest penalty, whose minimum is flattest; the two first logits are about five apart."""
    monkeypatch.setattr(probes, "STRENGTHS", probes.STRENGTHS[-1:])
    data = task(200)
    found = probes.probe(data, seed=0)
    labels = torch.from_numpy(data.train_labels)
    minimum = Regression(data.train, labels, 4).solved(found.strength).logits(data.test).numpy()
    assert np.abs(found.logits - minimum).max() < 3e-4
    noise = torch.randn(data.train.shape, generator=torch.Generator().manual_seed(0))
    other = probes.probe(data._replace(train=data.train + 1e-7 * noise), seed=0)
    assert np.abs(found.logits - other.logits).max() < 1e-3
    assert (found.hits == other.hits).all()
