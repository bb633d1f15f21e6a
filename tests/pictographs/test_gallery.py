"""The gallery: two files, the same bytes every time, nothing outside of the page."""

from pathlib import Path

from PIL import Image

from reprolib.pictographs import World, gallery


def test_it_is_written_for_screen_and_print_and_is_the_same_again(world: World, tmp_path: Path) -> None:
    for name in ("one", "two"):
        gallery.draw(world, tmp_path / name)
    for suffix in (".png", ".pdf"):
        assert (tmp_path / f"one{suffix}").read_bytes() == (tmp_path / f"two{suffix}").read_bytes()
    with Image.open(tmp_path / "one.png") as picture:
        assert picture.width == 2100


def test_every_word_stands_on_the_page_and_on_no_other(world: World) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    from reprolib.figures import style

    with style.context("test"):
        figure = gallery.paint(world)
        renderer = FigureCanvasAgg(figure).get_renderer()
        boxes = [text.get_window_extent(renderer) for text in figure.axes[0].texts]
    width, height = figure.bbox.size
    assert all(box.x0 >= 0 and box.x1 <= width and box.y0 >= 0 and box.y1 <= height for box in boxes)
    for place, one in enumerate(boxes):
        for other in boxes[:place]:
            assert not one.padded(-1).overlaps(other.padded(-1)), (one, other)
