"""A record shows the digits that hold on every machine: no fewer are compared, and none beyond them matter."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprolib import precision
from reprolib.paths import Tree

NOISE = 1e-9
"""Of an interval's width: by so much BLAS kernels differ."""
FINITE = st.floats(-1e9, 1e9, allow_subnormal=False).filter(lambda value: value == 0 or abs(value) > 1e-30)
NAMES = st.sampled_from(["alpha", "beta", "floor"])
INTERVALS = st.tuples(FINITE, FINITE).map(sorted) | st.none()
LAWS = st.fixed_dictionaries(
    {
        "params": st.dictionaries(NAMES, FINITE),
        "intervals": st.dictionaries(NAMES, INTERVALS),
        "objective": FINITE,
        "points": st.lists(st.fixed_dictionaries({"x": FINITE, "y": FINITE, "run": st.text()}), max_size=2),
        "n_points": st.integers(),
    }
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | FINITE | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
KINDS = st.sampled_from(sorted(precision.RULES))
COMMITTED = {
    "law": "results/published/laws/zero-shot.imagenet1k.acc1.clip.json",
    "scrutiny": "results/published/scrutiny/*.json",
    "figure": "paper/figures/published/fig1.json",
    "table": "paper/tables/published/table17.json",
    "evaluation": "results/mini/evals/ViT-femto-8_51k_25k.json",
    "run": "results/published/runs/Model-B-16_*_Samples-3B_*.json",
    "numbers": "paper/numbers/published.json",
}


@given(LAWS)
@settings(max_examples=50)
def test_a_law_that_was_rounded_is_rounded(law: dict[str, Any]) -> None:
    once = precision.quantised("law", law)
    assert precision.quantised("law", once) == once


@given(KINDS, st.dictionaries(st.text(max_size=3), VALUES, max_size=4))
def test_any_record_is_rounded_once_and_is_the_same_as_the_unrounded_one(kind: str, content: dict[str, Any]) -> None:
    once = precision.quantised(kind, content)
    assert precision.quantised(kind, once) == once
    assert precision.same(kind, once, content)


@given(LAWS, st.integers(0, 10**6))
def test_noise_below_a_billionth_of_an_interval_changes_no_law(law: dict[str, Any], seed: int) -> None:
    recorded = precision.quantised("law", law)
    for name, interval in law["intervals"].items():
        if interval and name in law["params"] and name != "beta":
            low, high = interval
            law["params"][name] += NOISE * (high - low) * math.sin(seed)
            law["intervals"][name] = [low, high + NOISE * (high - low) * math.cos(seed)]
    assert precision.same("law", recorded, law)


def test_an_estimate_shows_what_its_interval_determines() -> None:
    law = {
        "params": {"beta": 596.4571234, "alpha": -0.36109231847},
        "intervals": {"beta": [273.64321987, 1300.0901234], "alpha": [-0.5123456789, -0.2123456789]},
        "objective": 0.00180976397412,
    }
    assert precision.quantised("law", law) == {
        "params": {"beta": 596.4571, "alpha": -0.3610923},
        "intervals": {"beta": [273.6432, 1300.09], "alpha": [-0.5123457, -0.2123457]},
        "objective": 0.001809764,
    }


def test_what_is_estimated_by_its_logarithm_keeps_its_digits_beside_a_wide_interval() -> None:
    law = {"params": {"beta": 2304.1234567}, "intervals": {"beta": [1.964305683e-14, 2.702612e20]}}
    rounded = precision.quantised("law", law)
    assert rounded == {"params": {"beta": 2304.1}, "intervals": {"beta": [1.9643e-14, 2.7026e20]}}
    to_zero = precision.quantised("law", {"params": {"beta": 0.7712345}, "intervals": {"beta": [0, 195785300.4]}})
    assert to_zero["params"]["beta"] == 0.77123


def test_without_an_interval_or_with_half_of_one_a_number_has_digits() -> None:
    whole = {"factor": 0.123456789123, "factor_intervals": {"law": [0.0512345678, None], "run": [None, None]}}
    assert precision.quantised("scrutiny", whole)["factor"] == 0.1234568
    lone = {"params": {"alpha": -0.123456789123}, "intervals": {"alpha": None}}
    assert precision.quantised("law", lone)["params"]["alpha"] == -0.12345679


@pytest.mark.parametrize(
    ("recorded", "recomputed", "label"),
    [
        ({"y": [1.0, 2.0]}, {"y": [1.0, 2.2]}, "y[1]"),
        ({"y": [1.0]}, {"y": [1.0, 2.0]}, "y[1]"),
        ({"y": [1.0, 2.0]}, {"y": [1.0]}, "y[1]"),
        ({"name": "CLIP"}, {"name": "OpenCLIP"}, "name"),
        ({"a": 1}, {"a": 1, "b": 2}, "b"),
        ({"a": 1}, {"a": 2}, "a"),
        ({"runs": None}, {"runs": []}, "runs"),
        ({"printed": True}, {"printed": 1}, "printed"),
        ({"value": 0.0}, {"value": 1e-30}, "value"),
        ({"value": 1e-30}, {"value": 0.0}, "value"),
    ],
)
def test_what_differs_is_named(recorded: Any, recomputed: Any, label: str) -> None:
    assert [each.label for each in precision.differences("figure", recorded, recomputed) if not each.same] == [label]


def test_records_of_a_kind_without_a_rule_are_as_they_are() -> None:
    content = {"loss": 5.392175555229187}
    assert precision.quantised("data", content) == content
    assert not precision.same("data", content, {"loss": 5.392175555229188})


@pytest.mark.parametrize("step", [1, -1])
@pytest.mark.parametrize("kind", COMMITTED)
def test_one_unit_in_the_last_digit_of_any_number_that_a_record_shows_is_caught(
    repository: Tree, kind: str, step: int
) -> None:
    """Unless the number lies so near to a rounding boundary that either digit is its own."""
    paths = sorted(repository.root.glob(COMMITTED[kind]))
    assert paths
    for path in paths:
        content = _content(path)
        recorded = precision.quantised(kind, content)
        sure = {
            each.label
            for each in precision.differences(kind, recorded, content)
            if each.sort != f"{kind} {precision.WORD}" and each.units < 0.48 and each.recomputed
        }
        other = _moved(recorded, precision.units(kind, content), step)
        caught = {each.label for each in precision.differences(kind, other, content) if not each.same}
        assert sure
        assert sure <= caught


def _content(path: Path) -> dict[str, Any]:
    return {key: value for key, value in json.loads(path.read_text()).items() if key not in ("provenance", "seal")}


def _moved(value: Any, units: dict[precision.Path, precision.Unit], step: int, path: precision.Path = ()) -> Any:
    """`value` with each number that has a unit changed by so many of them."""
    if isinstance(value, dict):
        return {key: _moved(each, units, step, (*path, key)) for key, each in value.items()}
    if isinstance(value, list):
        return [_moved(each, units, step, (*path, index)) for index, each in enumerate(value)]
    power = units[path].power if path in units else None
    if power is None:
        return value
    return value + step if isinstance(value, int) else float(round(value + step * 10.0**power, -power))
