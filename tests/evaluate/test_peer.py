"""Agreement with CLIP_benchmark 1.6.2 on fixed features: with recorded numbers, and directly where it is installed."""

import json
import warnings
from typing import Any

import numpy as np
import pytest
from peer_cases import CASES, FILE, KS, Classes, checksum, peer

from reprolib.evaluate import retrieval, zero_shot
from reprolib.evaluate.embeddings import Embeddings
from reprolib.evaluate.exact import similarities

RECORDED = json.loads(FILE.read_text())


def ours(name: str) -> dict[str, float | None]:
    case = CASES[name]
    if isinstance(case, Classes):
        return zero_shot.of_classes(similarities(case.image, case.head), case.labels)[0]
    assert retrieval.KS == KS
    return zero_shot.of_retrieval(Embeddings(case.image, None, case.text, case.image_of_text))[0]


@pytest.mark.parametrize("name", CASES)
def test_the_metrics_are_those_that_the_peer_recorded(name: str) -> None:
    recorded: dict[str, Any] = RECORDED[name]
    assert checksum(CASES[name]) == pytest.approx(recorded["checksum"], rel=1e-9), "NumPy draws other features"
    assert ours(name) == pytest.approx(recorded["metrics"], abs=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_the_metrics_are_those_that_the_peer_measures_now(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pytest.importorskip("clip_benchmark", reason="needs clip_benchmark 1.6.2, which the project does not depend on")
        if np.lib.NumpyVersion(np.__version__) >= "2.4.0":
            pytest.skip("clip_benchmark 1.6.2 fails on NumPy 2.4 and later")
        found = peer(CASES[name])
    assert ours(name) == pytest.approx(found, abs=1e-6)
