"""The published study with its committed scrutiny, and a toy study with a ladder of its own."""

from typing import Any

import pytest

from reprolib import params as settings
from reprolib import results
from reprolib.params import Params
from reprolib.paths import Tree
from reprolib.study import Study

STAMP: dict[str, Any] = {"inputs": {}, "code": {}}
GMACS = {"ViT-B-32": 7.4, "ViT-B-16": 20.6, "ViT-L-14": 87.7}


@pytest.fixture(scope="session")
def published(repository: Tree) -> Study:
    """The study as it is committed; `reprolib verify scrutiny` makes its records again."""
    return Study(repository, "published")


@pytest.fixture(scope="session")
def knobs(repository: Tree) -> Params:
    """The repository's settings with fewer resamples, where it is not their number that is tested."""
    whole = settings.load(repository)
    return whole.model_copy(update={"fit": whole.fit.model_copy(update={"bootstrap": 200})})


@pytest.fixture
def toy(facts_tree: Tree) -> Study:
    """Six OpenCLIP models on two data sets and no CLIP, with ImageNet alone."""
    for data, gain in (("1M", 0.0), ("4M", 0.05)):
        for number, (model, gmacs) in enumerate(GMACS.items()):
            _add(facts_tree, f"{model}-{data}", model, data, gmacs * 1e6, 0.3 + 0.1 * number + gain)
    return Study(facts_tree, "toy")


def _add(tree: Tree, run: str, model: str, data: str, gmacs: float, value: float) -> None:
    measured = results.Result(
        task="zero-shot", dataset="imagenet1k", shots="", metric="acc1", value=value, n_test=1000, source="test"
    )
    evaluation = results.Evaluation(
        study="toy",
        run=run,
        model=model,
        pretrain_data=data,
        budget="1M",
        samples_seen=1_000_000,
        gmacs_per_sample=gmacs / 1e6,
        gmacs_total=gmacs,
        seed=0,
        results=[measured],
    )
    results.write(tree, evaluation, STAMP)
