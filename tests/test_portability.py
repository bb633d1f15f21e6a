"""Numbers hold on another machine: each kind of them is made again in processes that imitate one, and compared.

The processes take other kernels of BLAS, NumPy and ATen and one thread. What two machines may differ by is stated for
each kind: a share of an interval's width for laws, samples for a probe. `make portability` is the long form of this.
"""

import importlib
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy._core import _multiarray_umath as umath  # the only place that says which kernels are in use

from reprolib import figures, laws, params, tables
from reprolib.paths import Tree
from reprolib.scrutiny import pretraining
from reprolib.scrutiny.procedures import Workshop
from reprolib.study import Study

ROOT = Path(__file__).resolve().parent.parent
OPTIONAL = [name for name in umath.__cpu_dispatch__ if umath.__cpu_features__.get(name)]
MACHINES = {
    "other kernels": {
        "OPENBLAS_CORETYPE": "Nehalem" if "X86_V2" in umath.__cpu_baseline__ else "",
        "NPY_DISABLE_CPU_FEATURES": " ".join(OPTIONAL),
    },
    "one thread": {
        "ATEN_CPU_CAPABILITY": "default",
        **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    },
}
LAW, PROFILE = 1e-9, 1e-8
"""By what share of its interval's width a parameter or an end may differ; a profile's ends are found by a search."""
DRAWN = 1e-9
"""By what share a number of a figure may differ: it is read or a sum of a few."""
LOGIT = 1e-5
"""By how much a logit of a probe may differ; they are told in single precision."""
SAMPLES = 1
"""By how many test samples a probe may differ: a tie, or a logit that rounds to the other side."""


def fits() -> dict[str, Any]:
    """A law through three points, a profile of one with a floor, and a bootstrap that chooses its frontier again."""
    record = json.loads((ROOT / "results/published/laws/eight-task-patched.svhn.acc1.clip.json").read_text())
    three = [[point[axis] for point in record["points"]] for axis in ("x", "y")]
    compute = np.geomspace(1e10, 1e13, 14)
    error = (0.08 + 900 * compute**-0.33) * np.exp(0.03 * np.cos(7.0 * np.arange(14)))
    made = {
        "delta": laws.fit(None, "power", *three, loss="log", method="delta"),
        "profile": laws.fit(None, "power-floor", compute, error, loss="log"),
        "pairs": laws.fit(None, "power", compute, error, loss="log", frontier="pareto", bootstrap=400),
    }
    return {
        name: {"params": dict(law.params), "intervals": dict(law.intervals), "objective": law.objective}
        for name, law in made.items()
    }


def scrutiny() -> dict[str, Any]:
    """The part about pre-training data."""
    tree = Tree(ROOT)
    return pretraining.build(Study(tree, "published"), Workshop(params.load(tree).fit))


def figure() -> list[Any]:
    """The series of Fig. 1."""
    family = importlib.import_module(f"reprolib.figures.{figures.spec('fig1').family}")
    panels: list[Any] = family.compose(Study(Tree(ROOT), "published"), "fig1").record()["panels"]
    return panels


def table() -> Any:
    """The cells of Table 4, computed from laws, as they are shown."""
    study = Study(Tree(ROOT), "published")
    return tables.entry("table4").of(study).build(study).cells


def probe() -> dict[str, Any]:
    """A probe on embeddings of four noisy classes."""
    import torch

    from reprolib.evaluate.probes import Features
    from reprolib.evaluate.probes import probe as fitted

    rng = np.random.default_rng(0)
    centres, labels = rng.standard_normal((4, 24)), np.arange(400) % 4
    rows = centres[labels] + 2.5 * rng.standard_normal((400, 24))
    unit = torch.from_numpy((rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32))
    found = fitted(Features(unit[:200], labels[:200], unit[200:], labels[200:], 4, "synthetic"), seed=0)
    return {"strength": found.strength, "hits": int(found.hits.sum()), "logits": found.logits.tolist()}


def numbers() -> dict[str, Any]:
    """All of it, as JSON would have it."""
    made = {"fits": fits(), "scrutiny": scrutiny(), "figure": figure(), "table": table(), "probe": probe()}
    return json.loads(json.dumps(made, default=lambda value: getattr(value, "item", lambda: str(value))()))


@cache
def here() -> dict[str, Any]:
    return numbers()


@pytest.fixture(scope="module", params=MACHINES)
def there(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The same from a process that imitates another machine."""
    settings = {key: value for key, value in MACHINES[request.param].items() if value}
    run = subprocess.run(
        [sys.executable, __file__], env={**os.environ, **settings}, cwd=ROOT, capture_output=True, text=True, check=True
    )
    return json.loads(run.stdout)


def apart(one: Any, other: Any, path: str = "") -> dict[str, tuple[Any, Any]]:
    """Where two records are not equal: the path, and both values."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        pairs: Any = [(f"{path}.{key}", one[key], other[key]) for key in one]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = [(f"{path}[{i}]", *both) for i, both in enumerate(zip(one, other, strict=True))]
    else:
        return {} if one == other else {path: (one, other)}
    return {key: value for each, a, b in pairs for key, value in apart(a, b, each).items()}


@pytest.mark.parametrize(("law", "share"), [("delta", LAW), ("profile", PROFILE), ("pairs", LAW)])
def test_parameters_and_intervals_are_the_same_as_shares_of_their_interval(
    there: dict[str, Any], law: str, share: float
) -> None:
    one, other = here()["fits"][law], there["fits"][law]
    for name, (low, high) in one["intervals"].items():
        ends = [*other["intervals"][name], other["params"][name]]
        assert ends == pytest.approx([low, high, one["params"][name]], rel=0, abs=share * (high - low)), name
    assert other["objective"] == pytest.approx(one["objective"], rel=LAW)


def test_a_part_of_the_scrutiny_is_the_same_as_shares_of_its_intervals(there: dict[str, Any]) -> None:
    one, other = here()["scrutiny"], there["scrutiny"]
    assert len(one["rows"]) > 5
    for row, again in zip(one["rows"], other["rows"], strict=True):
        for name, interval in row["intervals"].items():
            assert again["intervals"][name] == pytest.approx(interval, rel=0, abs=LAW * (interval[1] - interval[0]))
            assert again["params"][name] == pytest.approx(row["params"][name], abs=LAW * (interval[1] - interval[0]))
    for pair, again in zip(one["differences"], other["differences"], strict=True):
        assert again["difference"] == pytest.approx(pair["difference"], abs=LAW * np.ptp(pair["interval"]))
        assert again["excludes_zero"] == pair["excludes_zero"]


def test_a_figure_shows_the_same_series(there: dict[str, Any]) -> None:
    assert len(here()["figure"]) > 1
    for path, (one, other) in apart(here()["figure"], there["figure"]).items():
        assert other == pytest.approx(one, rel=DRAWN), path


def test_a_table_shows_the_same_cells(there: dict[str, Any]) -> None:
    assert here()["table"]
    assert apart(here()["table"], there["table"]) == {}


def test_a_probe_chooses_the_same_strength_and_hits_the_same_samples(there: dict[str, Any]) -> None:
    one, other = here()["probe"], there["probe"]
    assert 100 < one["hits"] < 200
    assert other["strength"] == one["strength"]
    assert abs(other["hits"] - one["hits"]) <= SAMPLES
    assert np.asarray(other["logits"]) == pytest.approx(np.asarray(one["logits"]), abs=LOGIT)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(numbers()))
