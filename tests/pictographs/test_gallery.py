"""The gallery: two pictures, the same bytes every time, nothing outside of the page."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reprolib.pictographs import World, gallery, heldout

SHOWN = {
    "pictographs-1k": [{"evaluation": 5, "pool": 7, "bits": 0}, {"evaluation": 6, "pool": 8, "bits": 12}],
    "retrieval-coco": [{"evaluation": 1, "pool": 2, "bits": 4}],
}


def test_it_is_written_for_screen_and_print_and_is_the_same_again(world: World, tmp_path: Path) -> None:
    for name in ("one", "two"):
        gallery.draw(world, SHOWN, tmp_path / name)
    files = ["duplicates.pdf", "duplicates.png", "gallery.pdf", "gallery.png"]
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == files
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    with Image.open(tmp_path / "one" / "gallery.png") as picture:
        assert picture.width == 2100


def test_a_pair_shows_the_two_samples_it_names(world: World) -> None:
    figure = gallery.paint_pairs(world, SHOWN)
    drawn = [np.asarray(image.get_array()) for image in figure.axes[0].images]
    sets = heldout.sets(world)
    for (name, pairs), first in zip(SHOWN.items(), (0, 4), strict=True):
        for place, pair in enumerate(pairs):
            assert (drawn[first + 2 * place] == sets[name].sample(pair["evaluation"])[0]).all()
            assert (drawn[first + 2 * place + 1] == world.sample(pair["pool"])[0]).all()
    assert [text.get_text() for text in figure.axes[0].texts if "bits" in text.get_text()] == [
        "12 bits apart",
        "4 bits apart",
    ]


@pytest.mark.parametrize("page", ["gallery", "duplicates"])
def test_every_word_stands_on_the_page_and_on_no_other(world: World, page: str) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    from reprolib.figures import style

    with style.context("test"):
        figure = gallery.paint(world) if page == "gallery" else gallery.paint_pairs(world, SHOWN)
        renderer = FigureCanvasAgg(figure).get_renderer()
        boxes = [text.get_window_extent(renderer) for text in figure.axes[0].texts]
    width, height = figure.bbox.size
    assert all(box.x0 >= 0 and box.x1 <= width and box.y0 >= 0 and box.y1 <= height for box in boxes)
    for place, one in enumerate(boxes):
        for other in boxes[:place]:
            assert not one.padded(-1).overlaps(other.padded(-1)), (one, other)
