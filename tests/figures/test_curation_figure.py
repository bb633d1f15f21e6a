"""The figures of curation show the record and the results, colour the choices, and can be read."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import readable
import toy_curation
from matplotlib.figure import Figure

from reprolib import figures, names, params
from reprolib.errors import ReproError
from reprolib.figures import style
from reprolib.paths import Tree
from reprolib.provenance import records
from reprolib.study import Study

LAWS, MOVES = figures.OF_CURATION
CHOICES = ["raw", "balanced", "random", "basic", "score"]


@pytest.fixture(scope="module")
def curated(repository: Tree, tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """A tree with the toy study and its scrutiny."""
    root = tmp_path_factory.mktemp("curation")
    for name in ("params.yaml", "requirements.lock"):
        shutil.copy(repository.root / name, root / name)
    tree = Tree(root)
    toy_curation.write(tree)
    toy_curation.scrutinize(tree, params.load(tree).fit)
    return tree


@pytest.fixture(scope="module")
def sheets(curated: Tree) -> dict[str, Figure]:
    """Its figures; their records stand in the tree."""
    out = curated.figures(toy_curation.NAME)
    return {figure: figures.draw(curated, toy_curation.NAME, figure, out) for figure in figures.OF_CURATION}


@pytest.fixture(scope="module")
def shown(curated: Tree, sheets: dict[str, Figure]) -> dict[str, list[dict[str, Any]]]:
    """The panels of each."""
    folder = curated.figures(toy_curation.NAME)
    return {figure: records.read(folder / f"{figure}.json", "figure")["panels"] for figure in sheets}


@pytest.fixture(scope="module")
def record(curated: Tree) -> dict[str, Any]:
    made: dict[str, Any] = Study(curated, toy_curation.NAME).scrutiny["curation"]
    return made


def of(panel: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [series for series in panel["series"] if series["kind"] == kind]


@pytest.mark.parametrize("figure", figures.OF_CURATION)
def test_it_can_be_read(sheets: dict[str, Figure], figure: str) -> None:
    assert readable.small_or_outside(sheets[figure]) == []
    assert readable.overlapping(sheets[figure]) == []


def test_four_errors_stand_against_compute_with_a_law_a_choice(shown: dict[str, Any]) -> None:
    panels = shown[LAWS][:4]
    assert [panel["key"].split(".")[1] for panel in panels] == [
        *("imagenet1k", "mscoco_captions", "imagenet1k-head", "imagenet1k-tail")
    ]
    for panel in panels:
        assert [series["name"] for series in of(panel, "points")] == CHOICES
        assert [series["name"] for series in of(panel, "line")] == CHOICES
        assert all(len(series["x"]) == 6 for series in of(panel, "points"))


def test_points_are_the_results_and_lines_the_laws(shown: dict[str, Any], curated: Tree, record: Any) -> None:
    table = Study(curated, toy_curation.NAME).results.set_index(["run", "dataset", "metric"])
    laws = {(law["dataset"], law["data"]): law["params"] for law in record["laws"]}
    for panel in shown[LAWS][:4]:
        _, dataset, metric = panel["key"].split(".")
        for series in of(panel, "points"):
            for run, x, y in zip(series["runs"], series["x"], series["y"], strict=True):
                row = table.loc[run, dataset, metric]
                assert (x, y) == pytest.approx((row["gmacs_total"], 100 * (1 - row["value"])), rel=1e-9)
        for series in of(panel, "line"):
            law = laws[dataset, series["name"]]
            wanted = [100 * law["beta"] * x ** law["alpha"] for x in series["x"]]
            assert series["y"] == pytest.approx(wanted)
            assert f"C^{{{law['alpha']:.3f}}}" in series["label"]


def test_colour_is_the_choice_and_shape_the_architecture(sheets: dict[str, Figure], shown: dict[str, Any]) -> None:
    axes = sheets[LAWS].axes[0]
    entries = {
        text.get_text(): handle
        for legend in sheets[LAWS].legends
        for text, handle in zip(legend.get_texts(), legend.legend_handles, strict=True)
    }
    assert {*CHOICES, "ViT-one/8", "ViT-two/8", "ViT-three/8"} <= set(entries)
    drawn = {(float(line.get_xdata()[0]), round(float(line.get_ydata()[0]), 8)): line for line in axes.lines}
    for series in of(shown[LAWS][0], "points"):
        for x, y, model in zip(series["x"], series["y"], series["models"], strict=True):
            line = drawn[x, round(y, 8)]
            assert line.get_markerfacecolor() == style.SERIES_COLOURS[series["name"]]
            assert line.get_markerfacecolor() == entries[series["name"]].get_markerfacecolor()
            assert line.get_marker() == entries[names.model(model)].get_marker()


def test_head_and_tail_stand_against_t_with_intervals(shown: dict[str, Any], record: Any) -> None:
    for panel, dataset in zip(shown[LAWS][4:], ("imagenet1k-head", "imagenet1k-tail"), strict=True):
        rows = [row for row in record["t"] if row["dataset"] == dataset]
        (points,) = of(panel, "points")
        assert points["x"] == [26.7, 80.0, 320.0, toy_curation.MOST]
        assert points["y"] == [row["error"] for row in rows[:4]]
        assert list(map(list, zip(points["low"], points["high"], strict=True))) == [row["interval"] for row in rows[:4]]
        (level,) = of(panel, "line")
        assert set(level["y"]) == {rows[4]["error"]}


def test_each_interval_is_drawn_upright_through_its_point(sheets: dict[str, Figure], shown: dict[str, Any]) -> None:
    (points,) = of(shown[LAWS][5], "points")
    uprights = {
        (x, *line.get_ydata())
        for line in sheets[LAWS].axes[5].lines
        for x in set(line.get_xdata())
        if len(line.get_xdata()) == 2 and len(set(line.get_xdata())) == 1
    }
    assert uprights == set(zip(points["x"], points["low"], points["high"], strict=True))


def test_each_row_of_other_axes_tells_its_own_x(sheets: dict[str, Figure]) -> None:
    labels = [axes.get_xlabel() for axes in sheets[LAWS].axes]
    assert labels[:2] == ["", ""]
    assert labels[2] == labels[3] != labels[4] == labels[5]
    assert all(labels[2:])


def test_the_forest_shows_every_difference_and_offset_of_the_record(shown: dict[str, Any], record: Any) -> None:
    for panel, value, interval in zip(
        shown[MOVES], ("difference", "ratio"), ("interval", "ratio_interval"), strict=True
    ):
        points = {
            point
            for series in of(panel, "interval")
            for point in zip(series["x"], series["low"], series["high"], strict=True)
        }
        assert points == {(row[value], *row[interval]) for row in record["rows"]}
    assert [panel["marked"] for panel in shown[MOVES]] == [0, 1]


def test_the_note_counts_what_moves(curated: Tree, sheets: dict[str, Figure], record: Any) -> None:
    assert set(sheets) == {LAWS, MOVES}
    note = records.read(curated.figures(toy_curation.NAME) / f"{MOVES}.json", "figure")["note"]
    moves = [row["moves"] for row in record["rows"]]
    assert f"{moves.count('exponent')} show a change of the exponent" in note
    assert f"{moves.count('offset')} of the offset alone and {moves.count('neither')} neither" in note


def test_a_study_without_choices_is_one_sentence(repository: Tree, tmp_path: Path) -> None:
    with pytest.raises(ReproError, match="study 'published' has no choices of pairs in its scrutiny"):
        figures.draw(repository, "published", LAWS, tmp_path)
