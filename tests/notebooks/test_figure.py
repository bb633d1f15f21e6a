"""`notebooks.figure`: four files into place, or none."""

import json

import pytest

from reprolib import notebooks
from reprolib.errors import ReproError
from reprolib.params import FigureItem, Params
from reprolib.paths import Tree

DRAW = """
from pathlib import Path
for suffix in suffixes:
    (Path(out) / f"{figure}.{suffix}").write_text(f"{study} {figure} {suffix}")
"""
PARAMETERS = "study = 'published'\nfigure = 'fig1'\nout = None"


@pytest.fixture
def params(params: Params) -> Params:
    """One figure, of a family `toy`."""
    return params.model_copy(update={"figures": {"mini-fig1": FigureItem(study="mini", figure="fig1", family="toy")}})


def shown(tree: Tree) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(tree.figures("mini").iterdir())}


def test_the_four_files_arrive_and_nothing_else_is_left(tree, params, make):
    make(PARAMETERS, "suffixes = ['pdf', 'svg', 'png', 'json', 'log']", DRAW)
    assert notebooks.figure(tree, params, "mini", "fig1") == tree.figures("mini") / "fig1.json"
    assert shown(tree) == {f"fig1.{suffix}": f"mini fig1 {suffix}" for suffix in ("json", "pdf", "png", "svg")}
    left = sorted(path.relative_to(tree.root).as_posix() for path in (tree.root / "build").rglob("*") if path.is_file())
    assert left == ["build/notebooks/mini-fig1.ipynb"]


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ("raise ValueError('no such law')", r"cell \[4\] failed with ValueError: no such law"),
        ("(Path(out) / 'fig1.png').unlink()", r"notebooks/toy\.ipynb ran but did not draw fig1\.png; it must call"),
    ],
)
def test_a_failure_leaves_the_figures_that_stood_there(tree, params, make, end, words):
    make(PARAMETERS, "suffixes = ['pdf', 'svg', 'png', 'json']", DRAW, end)
    tree.figures("mini").mkdir(parents=True)
    (tree.figures("mini") / "fig1.pdf").write_text("the old one")
    with pytest.raises(ReproError, match=words):
        notebooks.figure(tree, params, "mini", "fig1")
    assert shown(tree) == {"fig1.pdf": "the old one"}
    assert not list((tree.root / "build").glob("mini-fig1*"))


def test_an_unknown_figure_is_told_with_the_known_ones(tree, params):
    with pytest.raises(ReproError, match=r"there is no figure 'fig99'; the figures are fig1, "):
        notebooks.figure(tree, params, "mini", "fig99")


def test_a_place_that_cannot_be_written_is_told(tree, params, make):
    make(PARAMETERS)
    tree.figures("mini").parent.mkdir(parents=True)
    tree.figures("mini").write_text("a file where the folder should be")
    with pytest.raises(ReproError, match=r"cannot draw fig1 into .*figures/mini.*permissions"):
        notebooks.figure(tree, params, "mini", "fig1")


@pytest.mark.parametrize("figure", ["fig1", "fig7"])
def test_a_real_figure_is_drawn_through_its_notebook(copy: Tree, real: Params, figure: str) -> None:
    """One with laws and one without; the executed copy shows the picture and a table."""
    record = notebooks.figure(copy, real, "published", figure)
    assert json.loads(record.read_text())["id"] == figure
    assert (record.with_suffix(".png")).read_bytes().startswith(b"\x89PNG")
    executed = json.loads((copy.root / "build" / "notebooks" / f"published-{figure}.ipynb").read_text())
    outputs = [output for cell in executed["cells"] for output in cell.get("outputs", [])]
    assert {output["output_type"] for output in outputs} <= {"execute_result", "display_data"}, "nothing is printed"
    assert {"image/png", "text/html"} <= {kind for output in outputs for kind in output["data"]}


def test_every_cell_of_explore_runs_and_shows_its_controls(copy: Tree, real: Params) -> None:
    executed = notebooks.run(copy, real, copy.notebooks / "explore.ipynb", {"study": "published"})
    outputs = [output for cell in json.loads(executed.read_text())["cells"] for output in cell.get("outputs", [])]
    assert len(outputs) == 2
    assert all({"application/vnd.jupyter.widget-view+json", "image/png"} <= set(output["data"]) for output in outputs)
