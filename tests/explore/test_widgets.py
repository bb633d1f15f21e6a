"""The controls of explore.ipynb, in process: set a value, look at what changed."""

import pytest

from reprolib import params as settings
from reprolib.errors import ReproError
from reprolib.explore import points, views, widgets
from reprolib.paths import Tree
from reprolib.study import Study


@pytest.fixture(scope="module")
def study(repository: Tree) -> Study:
    return Study(repository, "published")


@pytest.fixture
def laws(study: Study) -> widgets.Laws:
    return widgets.Laws(study, settings.load(study.tree).fit)


def test_it_opens_on_the_first_panel_of_figure_1(laws):
    assert laws.asked() == {"task": "zero-shot", "dataset": "imagenet1k", "shots": "", "metric": "acc1"}
    assert laws.series.value == ("OpenCLIP", "CLIP")
    assert [one.law["n_points"] for one in laws.fitted] == [5, 3]
    assert bytes(laws.picture.value).startswith(b"\x89PNG")


def test_another_rule_draws_and_tells_another_law(laws):
    picture, words = laws.picture.value, laws.words.value
    laws.rule.value = points.ALL
    assert laws.fitted[0].law["n_points"] == 29
    assert laws.picture.value != picture
    assert laws.words.value != words


def test_another_task_offers_its_own_data_sets_shots_and_series(laws):
    laws.quantity["task"].value = "linear-probe"
    assert [value for _, value in laws.quantity["shots"].options] == ["10", "25", "full"]
    assert laws.quantity["dataset"].value == "imagenet1k", "what both tasks have is kept"
    assert "CLIP ResNet" not in laws.series.options
    laws.quantity["dataset"].value = "vtab/svhn"
    assert laws.asked()["dataset"] == "vtab/svhn"
    assert {one.rows["dataset"].iloc[0] for one in laws.fitted} == {"vtab/svhn"}


def test_one_choice_draws_once(laws, monkeypatch):
    """Four menus and a list change with the task; the reader waits for one picture."""
    drawn = []
    original = views.law_plot
    monkeypatch.setattr(views, "law_plot", lambda *given: drawn.append(1) or original(*given))
    laws.quantity["task"].value = "eight-task-joint"
    assert len(drawn) == 1


def test_my_own_model_appears_with_a_sentence_and_follows_its_numbers(laws):
    assert "percentage points" not in laws.words.value
    laws.own.value = True
    laws.law.value = "CLIP"
    laws.gmacs_per_sample.value = 100
    laws.samples_seen.value = 1e10
    laws.measured.value = 10
    before = laws.picture.value
    assert "above the law" in laws.words.value
    laws.measured.value = 90
    assert "below the law" in laws.words.value
    assert laws.picture.value != before


def test_impossible_numbers_are_told_and_the_picture_stays_without_the_model(laws):
    without = laws.picture.value
    laws.own.value = True
    laws.gmacs_per_sample.value = 0
    assert "must be above zero" in laws.words.value
    assert laws.picture.value == without


def test_no_series_keeps_the_picture_and_asks_for_one(laws):
    before = laws.picture.value
    laws.series.value = ()
    assert laws.picture.value == before
    assert "Choose at least one series" in laws.words.value


def test_series_without_a_law_still_show_their_points(laws):
    laws.series.value = ("OpenCLIP on LAION-80M",)
    assert [one.law for one in laws.fitted] == [None]
    assert laws.law.options == ()
    assert "choose another rule" in laws.words.value


def test_learning_curves_follow_the_chosen_runs(study):
    curves = widgets.Curves(study)
    before = curves.picture.value
    curves.runs.value = curves.runs.options[:1]
    assert curves.picture.value != before
    curves.runs.value = ()
    assert bytes(curves.picture.value).startswith(b"\x89PNG")


def test_a_learning_curve_ends_at_the_samples_seen_and_its_last_error(study):
    name = views.with_curves(study)[0]
    (line,) = views.curve_plot(study, [name]).axes[0].get_lines()
    last = study.runs[name]["learning_curve"][-1]
    assert (line.get_xdata()[-1], line.get_ydata()[-1]) == (last["samples_seen"], 100 * (1 - last["acc1"]))


def test_a_run_without_a_curve_is_told(study):
    with pytest.raises(ReproError, match="no learning curve of 'nobody'"):
        views.curve_plot(study, ["nobody"])


def test_where_controls_cannot_be_shown_the_picture_is(laws):
    assert {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"} <= set(laws._repr_mimebundle_())
