"""The scrutiny of the paper's own study: known answers, worked out before by other code."""

from typing import Any

import pytest

from reprolib import scrutiny
from reprolib.params import Params
from reprolib.scrutiny import pretraining, slopes
from reprolib.scrutiny.measures import IMAGE, MEASURES, TEXT
from reprolib.scrutiny.procedures import Workshop
from reprolib.study import Study

# Exponents of OpenCLIP (five bins) and CLIP, and whether the difference excludes zero (five bins with the frontier
# chosen again, true Pareto).
KNOWN = {
    ("imagenet1k", "acc1"): (-0.1114, -0.1638, True),
    ("imagenet_robustness", "acc1"): (-0.1255, -0.2378, True),
    ("vtab+", "acc1"): (-0.0436, -0.0908, False),
    ("vtab", "acc1"): (-0.0238, -0.0518, False),
    ("mscoco_captions", IMAGE): (-0.0794, -0.0508, True),
    ("mscoco_captions", TEXT): (-0.1023, -0.0767, False),
    ("flickr30k", IMAGE): (-0.1892, -0.1028, True),
    ("flickr30k", TEXT): (-0.3821, -0.2705, False),
}


def row(study: Study, part: str, **conditions: Any) -> dict[str, Any]:
    """The one row of a part with these values."""
    (found,) = (
        each for each in study.scrutiny[part]["rows"] if all(each[key] == value for key, value in conditions.items())
    )
    return found


def test_every_part_has_a_record_of_the_study(published: Study) -> None:
    assert set(published.scrutiny) == set(scrutiny.PARTS)
    for part, record in published.scrutiny.items():
        assert record["part"] == part
        assert record["rows"] or (part == "curation" and record["skipped"])


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.title)
def test_the_exponents_and_the_verdict_under_five_bins_are_those_known(published: Study, measure: Any) -> None:
    ours, theirs, told_apart = KNOWN[measure.dataset, measure.metric]
    found = row(published, "slopes", **measure.key(), design="bins")
    assert found["exponents"]["OpenCLIP"] == pytest.approx(ours, abs=5e-5)
    assert found["exponents"]["CLIP"] == pytest.approx(theirs, abs=5e-5)
    assert (found["chosen_again"]["survives"] == "yes") is told_apart
    assert found["n_points"] == {"OpenCLIP": 5, "CLIP": 3}
    assert found["dof"] == {"OpenCLIP": 3, "CLIP": 1}


def test_the_matched_design_has_exactly_three_runs_on_each_side(published: Study) -> None:
    found = row(published, "slopes", dataset="imagenet1k", design="matched", data="LAION-400M")
    assert found["runs"]["CLIP"] == ["ViT-B-32_openai", "ViT-B-16_openai", "ViT-L-14_openai"]
    assert found["runs"]["OpenCLIP"] == [
        "Model-B-32_Data-400M_Samples-13B_lr-1e-3_bs-86k",
        "Model-B-16_Data-400M_Samples-13B_lr-5e-4_bs-33k",
        "Model-L-14_Data-400M_Samples-13B_lr-1e-3_bs-86k",
    ]
    assert found["survives"] == "no"


def test_a_third_of_the_imagenet_gap_vanishes_on_matched_runs(published: Study) -> None:
    bins = row(published, "slopes", dataset="imagenet1k", design="bins")["difference"]
    matched = row(published, "slopes", dataset="imagenet1k", design="matched", data="LAION-400M")["difference"]
    assert 0.25 < 1 - matched / bins < 0.45


def test_a_frontier_law_is_that_of_the_fit_stage(published: Study) -> None:
    law = published.laws["zero-shot.imagenet1k.acc1.openclip"]
    found = row(published, "frontiers", dataset="imagenet1k", rule="bins", form="power")
    assert found["params"] == law["params"]
    assert found["intervals"] == law["intervals"]


@pytest.mark.parametrize(("data", "alpha"), [("LAION-2B", -0.114), ("LAION-400M", -0.097), ("LAION-80M", -0.059)])
def test_the_exponent_by_data_is_known(published: Study, data: str, alpha: float) -> None:
    assert row(published, "pretraining", dataset="imagenet1k", data=data)["params"]["alpha"] == pytest.approx(
        alpha, abs=6e-4
    )


@pytest.mark.parametrize(
    ("rule", "form", "error"),
    [("pareto", "power", 0.16), ("pareto", "power-floor", 0.34), ("bins", "power", 0.57), ("all", "power", 2.91)],
)
def test_the_mean_error_on_the_held_out_largest_run_is_known(
    published: Study, rule: str, form: str, error: float
) -> None:
    """Over the six errors on whose frontier the largest run stands."""
    rows = [row(published, "heldout", **each.key(), scheme="largest", rule=rule, form=form) for each in MEASURES]
    errors = [each["error_pp"] for each in rows if each["dataset"] not in ("vtab", "vtab+")]
    assert len(errors) == 6
    assert sum(errors) / 6 == pytest.approx(error, abs=0.006)


@pytest.mark.parametrize(
    ("dataset", "predicted"), [("imagenet1k", (79.11, 80.75)), ("mscoco_captions", (74.48, 75.93))]
)
def test_the_forecasts_of_the_papers_law_are_those_that_it_prints(
    published: Study, dataset: str, predicted: tuple[float, float]
) -> None:
    rows = [each for each in published.scrutiny["forecasts"]["rows"] if each["dataset"] == dataset]
    rows = [each for each in rows if (each["rule"], each["form"]) == ("bins", "power")]
    assert [round(each["predicted"], 2) for each in rows] == list(predicted)
    assert all(each["inside"] for each in rows)


def test_no_interval_is_given_that_has_a_bound_in_its_resamples(published: Study) -> None:
    for each in published.scrutiny["frontiers"]["rows"]:
        if "resampled" in each and each["resampled"]["without_floor"] > 0.01:
            assert each["resampled"]["intervals"]["floor"] is None
            assert each["resampled"]["notes"]["floor"]


def test_two_parts_made_again_are_the_committed_ones(published: Study, repository: Any) -> None:
    from reprolib import params

    work = Workshop(params.load(repository).fit)
    again = pretraining.build(published, work)
    committed = published.scrutiny["pretraining"]
    for mine, theirs in zip(again["rows"], committed["rows"], strict=True):
        assert mine["params"]["alpha"] == pytest.approx(theirs["params"]["alpha"], rel=1e-6)


def test_the_words_of_the_verdicts_are_told(published: Study, knobs: Params) -> None:
    record = published.scrutiny["slopes"]
    assert {each["survives"] for each in record["rows"]} <= set(record["words"]) == set(slopes.WORDS)
