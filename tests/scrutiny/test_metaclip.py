"""MetaCLIP's models beside the laws: points from the facts, offsets and ends that can be worked out by hand."""

import math
from typing import Any

import pandas as pd
import pytest

from reprolib.laws.comparison import compare
from reprolib.params import Params
from reprolib.scrutiny import measures, metaclip
from reprolib.scrutiny.measures import Measure
from reprolib.scrutiny.procedures import ALL, BINS, POWER, Workshop
from reprolib.study import Study

IMAGENET, ROBUSTNESS = metaclip.DRAWN


@pytest.fixture(scope="module")
def work(knobs: Params) -> Workshop:
    """Fits with few resamples, shared by all tests here."""
    return Workshop(knobs.fit)


@pytest.fixture(scope="module")
def record(published: Study, work: Workshop) -> dict[str, Any]:
    """The content of the record, made now."""
    return metaclip.build(published, work)


def row(record: dict[str, Any], part: str, **conditions: Any) -> dict[str, Any]:
    """The one row with these values."""
    (found,) = (each for each in record[part] if all(each[key] == value for key, value in conditions.items()))
    return found


def test_compute_is_the_architectures_times_the_samples(published: Study) -> None:
    models = metaclip.trained(published, IMAGENET).set_index("run")
    assert models.loc["ViT-B-16 MetaCLIP-400M", "gmacs_total"] == pytest.approx(20.57 * 12.8e9)
    assert models.loc["ViT-G-14 MetaCLIP-2.5B", "gmacs_total"] == pytest.approx(532.92 * 12.8e9)
    assert models.loc["ViT-H-14 MetaCLIP v1.2", "gmacs_total"] == pytest.approx(190.97 * 35e9)
    assert 1 - models.loc["ViT-H-14 MetaCLIP-2.5B", "error"] == pytest.approx(0.805)
    assert len(models) == 3 + 3 + 5 + 1


def test_the_ablation_and_other_peoples_models_are_no_models_of_metaclip(published: Study) -> None:
    data = set(metaclip.trained(published, ROBUSTNESS)["pretrain_data"])
    assert data == {"MetaCLIP-400M", "MetaCLIP-1B", "MetaCLIP-2.5B"}


def test_every_model_stands_beside_every_law_and_clip_beside_openclips(record: dict[str, Any]) -> None:
    count = {(each["dataset"], each["law"], each["rule"]): 0 for each in record["rows"]}
    for each in record["rows"]:
        count[each["dataset"], each["law"], each["rule"]] += 1
    assert count == {
        ("imagenet1k", "OpenCLIP", "bins"): 15,
        ("imagenet1k", "OpenCLIP", "pareto"): 15,
        ("imagenet1k", "CLIP", "all"): 12,
        ("imagenet_robustness", "OpenCLIP", "bins"): 14,
        ("imagenet_robustness", "OpenCLIP", "pareto"): 14,
        ("imagenet_robustness", "CLIP", "all"): 11,
    }


def test_the_factor_is_where_the_law_has_the_models_error(record: dict[str, Any]) -> None:
    law = row(record, "laws", dataset="imagenet1k", series="OpenCLIP", rule=BINS)["params"]
    for each in record["rows"]:
        if (each["dataset"], each["law"], each["rule"]) == ("imagenet1k", "OpenCLIP", BINS):
            equal = law["beta"] * (each["factor"] * each["gmacs_total"]) ** law["alpha"]
            assert 100 * equal == pytest.approx(100 - each["measured"])
            assert each["log10_error"] == pytest.approx(law["alpha"] * math.log10(each["factor"]))


def test_known_offsets_from_the_papers_law(record: dict[str, Any]) -> None:
    beside = {"dataset": "imagenet1k", "law": "OpenCLIP", "rule": BINS, "model": "ViT-L-14"}
    assert row(record, "rows", **beside, pretrain_data="MetaCLIP-400M")["factor"] == pytest.approx(2.75, abs=0.01)
    assert row(record, "rows", **beside, pretrain_data="MetaCLIP-1B")["factor"] == pytest.approx(8.45, abs=0.01)
    assert row(record, "rows", **beside, pretrain_data="CLIP-WIT")["predicted"] == pytest.approx(73.36, abs=0.01)


@pytest.mark.parametrize(("rule", "series"), [(BINS, "OpenCLIP"), (ALL, "CLIP")])
def test_an_interval_of_the_factor_ends_where_the_band_leaves_the_error(
    record: dict[str, Any], published: Study, work: Workshop, rule: str, series: str
) -> None:
    rows = measures.openclip(published, IMAGENET) if series == "OpenCLIP" else measures.clip(published, IMAGENET)
    law = work.fit(rows, rule, POWER, "delta" if rule == ALL else "pairs")
    conditions = {"law": series, "rule": rule, "model": "ViT-B-16", "pretrain_data": "MetaCLIP-1B"}
    found = row(record, "rows", dataset="imagenet1k", **conditions)
    for kind, new in (("law", False), ("run", True)):
        below, above = (end * found["gmacs_total"] for end in found["factor_intervals"][kind])
        assert float(law.interval(below, new=new)[0]) == pytest.approx(1 - found["measured"] / 100, rel=1e-6)
        assert float(law.interval(above, new=new)[1]) == pytest.approx(1 - found["measured"] / 100, rel=1e-6)
        assert below < found["factor"] * found["gmacs_total"] < above


def test_a_new_run_is_less_certain_than_the_law(published: Study) -> None:
    """With all the resamples that intervals of new runs need."""
    for each in published.scrutiny["metaclip"]["rows"]:
        for name in ("predicted_intervals", "log10_intervals", "factor_intervals"):
            (a, b), (low, high) = each[name]["law"], each[name]["run"]
            assert low < a < b < high


def test_inside_says_whether_a_new_run_could_be_as_good(record: dict[str, Any]) -> None:
    for each in record["rows"]:
        low, high = each["predicted_intervals"]["run"]
        assert each["inside"] is (low <= each["measured"] <= high)
    bins = {"dataset": "imagenet1k", "law": "OpenCLIP", "rule": BINS}
    assert row(record, "rows", **bins, model="ViT-B-32", pretrain_data="MetaCLIP-400M")["inside"] is True
    assert row(record, "rows", **bins, model="ViT-L-14", pretrain_data="MetaCLIP-2.5B")["inside"] is False


def test_an_end_that_the_data_do_not_give_is_none(published: Study, work: Workshop) -> None:
    """The delta band of three models widens faster than the law falls, once the level is high enough."""
    law = work.fit(measures.clip(published, Measure("vtab+")), ALL, POWER, "delta")
    error = float(law.predict(1e12))
    assert metaclip._end(law, error, 1e12, 1.0, 1, new=True) is None
    assert metaclip._end(law, error, 1e12, 1.0, -1, new=True) is None


def test_each_set_has_a_law_of_its_own_models(record: dict[str, Any]) -> None:
    points = {
        (each["dataset"], each["series"]): each["n_points"] for each in record["laws"] if "MetaCLIP" in each["series"]
    }
    assert points == {
        (dataset, f"MetaCLIP-{data}"): number
        for dataset in ("imagenet1k", "imagenet_robustness")
        for data, number in (("400M", 3), ("1B", 3), ("2.5B", 5))
    }
    slope = math.log((1 - 0.762) / (1 - 0.655)) / math.log(87.73 / 7.4)
    fitted = row(record, "laws", dataset="imagenet1k", series="MetaCLIP-400M")["params"]["alpha"]
    assert fitted == pytest.approx(slope, abs=0.01)


def test_matched_differences_keep_three_models_on_each_side(record: dict[str, Any]) -> None:
    matched = [each for each in record["differences"] if each["design"] == "matched"]
    assert {tuple(each["n_points"]) for each in matched} == {(3, 3)}
    assert {each["first"] for each in matched if each["second"] == "MetaCLIP-1B"} == {"LAION-400M", "LAION-2B"}
    found = row(record, "differences", dataset="imagenet1k", design="matched", first="LAION-400M", second="MetaCLIP-1B")
    assert found["difference"] == pytest.approx(found["exponents"][1] - found["exponents"][0])
    assert found["interval"][0] < found["difference"] < found["interval"][1] < 0


def test_differences_are_those_that_the_comparison_of_laws_finds(
    record: dict[str, Any], published: Study, work: Workshop
) -> None:
    runs = measures.openclip(published, IMAGENET)
    theirs = runs[runs["pretrain_data"] == "LAION-400M"].assign(series="LAION-400M")
    models = metaclip.trained(published, IMAGENET)
    ours = models[models["pretrain_data"] == "MetaCLIP-2.5B"].assign(series="MetaCLIP-2.5B")
    pair = compare(
        pd.concat([theirs, ours]), POWER, "gmacs_total", "error", by="series", match=["model", "budget"],
        loss="log", method="delta", level=work.settings.level,
    ).pairs[-1]  # fmt: skip
    conditions = {"design": "matched", "first": "LAION-400M", "second": "MetaCLIP-2.5B"}
    found = row(record, "differences", dataset="imagenet1k", **conditions)
    assert pair.design == "matched"
    assert pair.interval is not None
    assert found["difference"] == pytest.approx(pair.value)
    assert found["interval"] == pytest.approx(list(pair.interval))


def test_what_cannot_be_compared_is_skipped_with_a_reason(record: dict[str, Any]) -> None:
    reasons = {each["metric"]: each["reason"] for each in record["skipped"]}
    assert len(record["skipped"]) == 6
    assert "recall@1" in reasons["image_retrieval_recall@5"]
    assert "no such mean" in reasons["acc1"]


def test_another_study_has_no_models_of_metaclip(toy: Study, work: Workshop) -> None:
    made = metaclip.build(toy, work)
    assert made["rows"] == []
    assert "beside the study 'published' alone" in made["skipped"][0]["reason"]
