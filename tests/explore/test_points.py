"""Points, rules and laws behind the controls, on the published study."""

import itertools

import pytest

from reprolib import params as settings
from reprolib.errors import ReproError
from reprolib.explore import points
from reprolib.params import Fit
from reprolib.paths import Tree
from reprolib.study import Study

IMAGENET = {"task": "zero-shot", "dataset": "imagenet1k", "shots": "", "metric": "acc1"}


@pytest.fixture(scope="module")
def study(repository: Tree) -> Study:
    return Study(repository, "published")


@pytest.fixture(scope="module")
def fit(repository: Tree) -> Fit:
    return settings.load(repository).fit


def test_the_frontier_rule_gives_the_law_of_the_figures(study, fit):
    """Two ways to one law: refitted from the points, and read from the record that Figure 1 draws."""
    (refitted,) = points.fit(study, IMAGENET, ("OpenCLIP",), points.BINS, fit)
    (recorded,) = points.fit(study, IMAGENET, ("OpenCLIP",), points.FIGURES, fit)
    assert refitted.law["params"] == pytest.approx(recorded.law["params"], rel=1e-5)
    assert refitted.law["intervals"]["alpha"] == pytest.approx(recorded.law["intervals"]["alpha"], rel=1e-5)
    assert list(refitted.rows["kept"]) == list(recorded.rows["kept"])
    assert refitted.rows["kept"].sum() == 5


def test_the_law_of_openais_models_goes_through_all_three(study, fit):
    recorded = points.fit(study, IMAGENET, ("CLIP",), points.FIGURES, fit)
    refitted = points.fit(study, IMAGENET, ("CLIP",), points.ALL, fit)
    assert [one.law["n_points"] for one in recorded + refitted] == [3, 3]
    assert refitted[0].law["params"] == pytest.approx(recorded[0].law["params"], rel=1e-5)


def test_all_points_and_pareto_keep_what_they_say(study, fit):
    (everything,) = points.fit(study, IMAGENET, ("OpenCLIP",), points.ALL, fit)
    (front,) = points.fit(study, IMAGENET, ("OpenCLIP",), points.PARETO, fit)
    assert everything.law["n_points"] == len(everything.rows) == 29
    kept = front.rows[front.rows["kept"]]
    assert front.law["n_points"] == len(kept) < 29
    for _, run in front.rows.iterrows():
        cheaper = front.rows[front.rows["gmacs_total"] <= run["gmacs_total"]]
        assert run["kept"] == (run["error"] <= cheaper["error"].min())


def test_series_split_openclip_by_data_and_openai_by_architecture(study):
    found = points.series(study.select(**IMAGENET))
    by_data = ["OpenCLIP on LAION-2B", "OpenCLIP on LAION-400M", "OpenCLIP on LAION-80M"]
    assert list(found) == ["OpenCLIP", *by_data, "CLIP", "CLIP ResNet"]
    assert sum(len(found[name]) for name in by_data) == len(found["OpenCLIP"])
    assert set(found["CLIP"]["model"]) == {"ViT-B-32", "ViT-B-16", "ViT-L-14"}


def test_what_cannot_be_fitted_says_why(study, fit):
    quantity = {**IMAGENET, "dataset": "objectnet"}
    (none,) = points.fit(study, quantity, ("OpenCLIP on LAION-2B",), points.FIGURES, fit)
    assert none.law is None
    assert "choose another rule" in none.why


def test_an_unknown_rule_is_told_with_the_known_ones(study, fit):
    with pytest.raises(ReproError, match="choose one of as in the figures, all points, best of each bin, true Pareto"):
        points.fit(study, IMAGENET, ("OpenCLIP",), "pareto", fit)


def test_every_kind_of_quantity_can_be_asked_by_every_rule(study, fit):
    """No choice of the controls ends in an exception; a data set for each task, shots and metric."""
    quantities = study.results[list(points.COLUMNS)].drop_duplicates(["task", "shots", "metric"]).to_dict("records")
    fit = fit.model_copy(update={"bootstrap": 100})
    for quantity, rule in itertools.product(quantities, points.RULES):
        names = tuple(points.series(study.select(**quantity)))
        for one in points.fit(study, quantity, names, rule, fit):
            assert (one.law is None) == one.why.startswith("no law"), (quantity, rule, one.series)


def at(law, compute):
    """The error that a law gives, from its two coefficients."""
    return law["params"]["beta"] * compute ** law["params"]["alpha"]


def test_a_model_on_the_law_has_no_residual_and_needs_its_own_compute(study, fit):
    (law,) = points.fit(study, IMAGENET, ("OpenCLIP",), points.FIGURES, fit)
    accuracy = 1 - at(law.law, 100 * 1e10)
    standing = points.stand(law, 100, 1e10, accuracy)
    assert standing.residual == pytest.approx(0, abs=1e-12)
    assert standing.needed == pytest.approx(1e12)
    assert "on the law" in standing.sentence()


@pytest.mark.parametrize(
    ("better", "words"), [(+0.02, "-2.00 percentage points: below"), (-0.02, "+2.00 percentage points: above")]
)
def test_a_better_model_is_below_the_law_and_a_worse_one_above(study, fit, better, words):
    (law,) = points.fit(study, IMAGENET, ("OpenCLIP",), points.FIGURES, fit)
    predicted = at(law.law, 1e12)
    standing = points.stand(law, 100, 1e10, 1 - predicted + better)
    assert words in standing.sentence()
    assert (standing.needed > 1e12) == (better > 0)
    assert "extrapolated" not in standing.sentence()


def test_a_compute_beyond_the_runs_is_called_extrapolated(study, fit):
    (law,) = points.fit(study, IMAGENET, ("OpenCLIP",), points.FIGURES, fit)
    assert "extrapolated" in points.stand(law, 532.92, 68e9, 0.8).sentence()


@pytest.mark.parametrize(
    ("gmacs", "samples", "accuracy"), [(0, 1e9, 0.5), (1, -1, 0.5), (1, 1e9, 1.0), (1, 1e9, float("nan"))]
)
def test_an_impossible_model_is_refused(study, fit, gmacs, samples, accuracy):
    (law,) = points.fit(study, IMAGENET, ("OpenCLIP",), points.FIGURES, fit)
    with pytest.raises(ReproError, match="must be"):
        points.stand(law, gmacs, samples, accuracy)
