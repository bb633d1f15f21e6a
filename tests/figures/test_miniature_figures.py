"""Figures of a study that is not the paper's: the same code, and each says that it is the miniature."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import readable
import toy_ladder
from matplotlib.figure import Figure

from reprolib import figures, fit, params, scrutiny
from reprolib.errors import ReproError
from reprolib.figures import miniature
from reprolib.figures.panel import Drawing, Panel
from reprolib.figures.style import Encoding
from reprolib.paths import Tree
from reprolib.provenance import records

NOT_OURS = {"fig-survives": "no rows in its scrutiny of slopes", "fig-metaclip": "no models of MetaCLIP"}
"""Those that need models which a study of one series has not."""
OURS = [figure for figure in figures.FIGURES if figure not in NOT_OURS]


@pytest.fixture(scope="module")
def toy(repository: Tree, tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """A tree with the toy ladder, its laws and its scrutiny."""
    root = tmp_path_factory.mktemp("toy")
    for name in ("params.yaml", "requirements.lock"):
        shutil.copy(repository.root / name, root / name)
    shutil.copytree(repository.published, root / "paper" / "published")
    tree = Tree(root)
    toy_ladder.write(tree)
    whole = params.load(tree)
    quick = whole.model_copy(update={"fit": whole.fit.model_copy(update={"bootstrap": 100})})
    fit.run(tree, quick, "toy")
    scrutiny.run(tree, quick, "toy")
    return tree


@pytest.fixture(scope="module", autouse=True)
def painted_toy(toy: Tree) -> dict[str, Figure]:
    """Its figures; their records stand in the tree."""
    return {figure: figures.draw(toy, "toy", figure, toy.figures("toy")) for figure in OURS}


def record(tree: Tree, figure: str) -> dict[str, Any]:
    return records.read(tree.figures("toy") / f"{figure}.json", "figure")


@pytest.mark.parametrize("figure", OURS)
def test_it_says_plainly_that_it_is_the_miniature(toy: Tree, figure: str) -> None:
    made = record(toy, figure)
    assert made["title"].startswith("Miniature: ")
    assert "This is the miniature" in made["caption"]
    assert made["note"].startswith("Miniature: this repository's own small models on drawn pictographs")


@pytest.mark.parametrize("figure", OURS)
def test_nothing_on_it_is_the_papers(toy: Tree, figure: str) -> None:
    made = record(toy, figure)
    words = " ".join([made["title"], made["caption"], made["note"], *(panel["title"] for panel in made["panels"])])
    labels = [series["label"] for panel in made["panels"] for series in panel["series"]]
    for stranger in ("LAION", "the rows of Table", "Table 9", "ten models", "ViT-g/14", "our own fit", "not checkable"):
        assert stranger not in words
    assert not [label for label in labels if "OpenCLIP" in label]


@pytest.mark.parametrize("figure", OURS)
def test_it_can_be_read(painted_toy: dict[str, Figure], figure: str) -> None:
    assert readable.small_or_outside(painted_toy[figure]) == []
    assert readable.overlapping(painted_toy[figure]) == []


@pytest.mark.parametrize("figure", NOT_OURS)
def test_a_figure_of_models_that_the_study_has_not_is_one_sentence(toy: Tree, figure: str, tmp_path: Path) -> None:
    with pytest.raises(ReproError, match=NOT_OURS[figure]):
        figures.draw(toy, "toy", figure, tmp_path)


def test_panels_are_of_stand_ins(toy: Tree) -> None:
    titles = [panel["title"] for panel in record(toy, "fig1")["panels"]]
    assert titles == [
        "ImageNet stand-in",
        "ImageNet robustness stand-in (5 sets)",
        "MS-COCO stand-in image retrieval",
        "Flickr30K stand-in image retrieval",
    ]
    assert record(toy, "fig3")["panels"][0]["title"] == "VTAB stand-in (2 tasks)"


def test_the_panels_of_fig_9_are_the_studys_own_tasks(toy: Tree) -> None:
    titles = [panel["title"] for panel in record(toy, "fig9")["panels"]]
    assert titles == ["ImageNet stand-in", *(name.capitalize() for name in toy_ladder.TASKS)]


def test_fig8_has_predictions_beside_what_the_larger_models_measure(toy: Tree) -> None:
    panel = record(toy, "fig8")["panels"][0]
    (predicted,) = (series for series in panel["series"] if series["name"] == "Predicted")
    (measured,) = (series for series in panel["series"] if series["name"] == "Measured")
    assert predicted["budgets"] == ["28k", "28k", "2 × 28k", "2 × 28k"]
    assert predicted["x"][2:] == [2 * x for x in predicted["x"][:2]]
    assert measured["models"] == [*toy_ladder.LARGER]
    assert measured["x"] == pytest.approx(predicted["x"][:2])
    assert predicted["law"] == "zero-shot.imagenet1k.acc1.openclip-ladder"


def test_fig7_counts_the_test_images_with_a_look_alike(toy: Tree) -> None:
    (bars,) = record(toy, "fig7")["panels"][0]["series"]
    assert (bars["y"], bars["x"]) == (["pictographs-1k", "chess"], [25.0, 0.0])


def test_fig6_names_no_device_where_there_are_several(toy: Tree) -> None:
    made = record(toy, "fig6")
    assert {panel["x_label"] for panel in made["panels"]} == {"Processes"}
    assert set(made["provenance"]["inputs"]) >= {"results/toy/runs"}
    assert "results/toy/evals" not in made["provenance"]["inputs"]


def test_colours_shapes_and_sizes_rise_with_models_data_and_budgets(toy: Tree) -> None:
    encoding = record(toy, "fig1")["encoding"]
    assert list(encoding["colours"]) == [*toy_ladder.MODELS, *toy_ladder.LARGER]
    assert list(encoding["markers"]) == ["2k", "10k", "51k"]
    assert encoding == {**record(toy, "fig6")["encoding"]}


def test_fig_bottlenecks_shows_the_differences_of_the_record(toy: Tree) -> None:
    rows = records.read(toy.scrutiny("toy") / "bottlenecks.json", "scrutiny")["rows"]
    shown = [series for panel in record(toy, "fig-bottlenecks")["panels"] for series in panel["series"]]
    assert sorted(x for series in shown for x in series["x"]) == sorted(row["difference"] for row in rows)


def test_laws_that_show_no_fall_are_counted_on_the_figure(toy: Tree) -> None:
    made = record(toy, "fig9")
    laws = {path.stem: records.read(path, "law") for path in toy.laws("toy").iterdir()}
    drawn = {series["law"] for panel in made["panels"] for series in panel["series"] if series["law"]}
    flat = [law for law in drawn if laws[law]["intervals"]["alpha"][1] >= 0]
    assert (f"In {len(flat)} of 9 laws" in made["note"]) is bool(flat)


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("VTAB+", "VTAB+ stand-in"),
        ("ImageNet-A, full data", "ImageNet-A stand-in, full data"),
        ("Zodiac", "Zodiac"),
        ("COCO image R@5, ViT-x/8", "COCO stand-in image R@5, ViT-x/8"),
    ],
)
def test_the_longest_name_of_the_papers_sets_is_the_one_replaced(toy: Tree, title: str, told: str) -> None:
    from reprolib.study import Study

    panel = Panel("key", title, "", "", "log", "log", [])
    drawing = Drawing([panel], Encoding({}, {}, {}), "", columns=1, width=3, panel_height=2)
    assert miniature.told(Study(toy, "toy"), drawing).panels[0].title == told
