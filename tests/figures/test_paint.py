"""Painting: what stands for what, and that it can be read."""

from pathlib import Path

import numpy as np
import pytest
import readable
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from reprolib import figures, names
from reprolib.figures import extrapolation, style
from reprolib.paths import Tree
from reprolib.provenance import records
from reprolib.study import Study


def swatches(figure: Figure, title: str) -> dict[str, object]:
    """Legend entries of the block `title`: label -> marker handle."""
    block = next(legend for legend in figure.legends if legend.get_title().get_text() == title)
    return {text.get_text(): handle for text, handle in zip(block.get_texts(), block.legend_handles, strict=True)}


def colour(line: object) -> str:
    """The colour that one sees: the face, or the edge of an open marker."""
    face = line.get_markerfacecolor()
    return to_hex(line.get_markeredgecolor() if face == "none" else face)


@pytest.mark.parametrize("figure", ["fig1", "fig2", "fig4", "fig6", "fig8", "fig11", "fig12"])
def test_a_swatch_has_the_colour_shape_and_size_of_its_points(
    painted: dict[str, Figure], drawn: Path, figure: str
) -> None:
    canvas = painted[figure]
    made = records.read(drawn / f"{figure}.json", "figure")
    architecture, data = swatches(canvas, "Architecture"), swatches(canvas, "Pre-training data")
    samples = swatches(canvas, "Samples seen") if figure != "fig6" else {}
    checked = 0
    for axes, panel in zip(canvas.axes, made["panels"], strict=True):
        points = [line for line in axes.lines if len(line.get_xdata()) == 1]
        for series in panel["series"]:
            for i, model in enumerate(series["models"]):
                place = ([series["x"][i]], [series["y"][i]])
                shape = data[series["data"][i]].get_marker()
                # Some runs coincide on Fig. 6: the paper gives them one throughput.
                here = [
                    line
                    for line in points
                    if np.allclose((line.get_xdata(), line.get_ydata()), place, rtol=1e-9, atol=0)
                ]
                line = next(line for line in here if line.get_marker() == shape)
                assert colour(line) == colour(architecture[names.model(model)]), (figure, model)
                if series["budgets"] and shape == "o":
                    assert line.get_markersize() == samples[series["budgets"][i]].get_markersize()
                checked += 1
        lines = {text.get_text().split(":")[0]: text for text in axes.get_legend().get_texts()}
        for name, handle in zip(lines, axes.get_legend().legend_handles, strict=True):
            if len(handle.get_xdata()) and handle.get_linestyle() != "None":
                law = next(line for line in axes.lines if line.get_label().startswith(f"{name}:"))
                assert handle.get_color() == law.get_color()
    assert checked >= 14


@pytest.mark.parametrize("figure", figures.FIGURES)
def test_no_text_is_small_or_leaves_the_figure(painted: dict[str, Figure], figure: str) -> None:
    assert readable.small_or_outside(painted[figure]) == []


@pytest.mark.parametrize("figure", figures.FIGURES)
def test_labels_do_not_overlap_each_other(painted: dict[str, Figure], figure: str) -> None:
    assert readable.overlapping(painted[figure]) == []


def test_the_encoding_is_the_same_on_every_figure(drawn: Path) -> None:
    for name in ("colours", "markers", "areas"):
        seen: dict[str, object] = {}
        for figure in figures.FIGURES:
            for key, value in records.read(drawn / f"{figure}.json", "figure")["encoding"][name].items():
                assert seen.setdefault(key, value) == value, (figure, key)
        assert len(set(map(str, seen.values()))) == len(seen), f"two {name} look alike"


def test_models_and_budgets_without_results_come_after_those_with(repository: Tree) -> None:
    drawing = extrapolation.compose(Study(repository, "published"), "fig8")
    assert list(drawing.encoding.areas) == ["3B", "13B", "34B", "68B"]
    assert sorted(drawing.encoding.areas.values()) == list(drawing.encoding.areas.values())
    assert drawing.encoding.colours["ViT-G-14"] == style.MODEL_COLOURS["ViT-G-14"]
