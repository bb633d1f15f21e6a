"""Two pictures of the world: its samples and evaluation sets, and evaluation images beside their near-duplicates.

`draw` writes training samples by caption style and every evaluation set beside what it stands for to `gallery.png`, for
the README, and `gallery.pdf`, for print; and pairs of look-alikes, as `reprolib.shards.stage` found them, to
`duplicates.png` and `.pdf`. What is shown is chosen by rule: the first samples that fit, or those with the shortest
captions; pairs spread evenly from near to far. `reprolib gallery mini` runs it.
"""

import io
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from reprolib import files
from reprolib.figures import style
from reprolib.pictographs import heldout
from reprolib.pictographs.heldout import HeldOut
from reprolib.pictographs.rendering import Pixels
from reprolib.pictographs.world import STYLES, World

HEIGHT = 7.3  # inches; the width is a full page's
DPI = 300
_SMALL, _TEXT, _HEAD = 6.4, 7.0, 8.5  # points
_LINE = 0.118  # inches from line to line of small text
_STYLE_NAMES = {"sentence": "Full sentence", "keywords": "Keywords", "junk": "Junk", "wrong": "Of another scene"}
_FITS = 56  # characters of a caption beside its picture
_COLUMNS = 7  # classes shown
_TRIED = 200  # samples of a retrieval set, of which the one with the fewest lines is shown


Shown = Mapping[str, Sequence[Mapping[str, int]]]
"""By evaluation set, pairs: numbers of the samples `evaluation` and `pool`, and the `bits` in which hashes differ."""


def draw(world: World, shown: Shown, folder: Path) -> None:
    """Write both pictures of `world` into `folder`, as PNG and PDF.

    Raises:
        ReproError: The files cannot be written.
    """
    with style.context("pictographs"):
        for name, figure in (("gallery", paint(world)), ("duplicates", paint_pairs(world, shown))):
            for suffix, metadata in (("png", {"Software": None}), ("pdf", {"CreationDate": None})):
                buffer = io.BytesIO()
                figure.savefig(buffer, format=suffix, dpi=DPI, metadata=metadata)
                files.write(folder / f"{name}.{suffix}", buffer.getvalue())


def paint(world: World) -> Figure:
    """The gallery as a figure; coordinates are inches from the top left corner."""
    figure = Figure(figsize=(style.FULL_WIDTH, HEIGHT))
    axes = figure.add_axes((0, 0, 1, 1))
    sets = heldout.sets(world)
    _training(axes, world, 0.06)
    _classes(axes, sets, 2.4)
    _retrieval(axes, sets, 2.4)
    _tasks(axes, sets, 5.56)
    axes.set(xlim=(0, style.FULL_WIDTH), ylim=(HEIGHT, 0))
    axes.set_axis_off()
    return figure


def paint_pairs(world: World, shown: Shown) -> Figure:
    """A row for each set: evaluation image and pool image side by side, and the bits between their hashes."""
    sets = heldout.sets(world)
    height = 0.42 + 0.66 * len(shown)
    figure = Figure(figsize=(style.FULL_WIDTH, height))
    axes = figure.add_axes((0, 0, 1, 1))
    _head(axes, 0.1, 0.06, "Evaluation images (left of each pair) and their nearest look-alikes in the pool")
    for row, (name, pairs) in enumerate(shown.items()):
        y = 0.36 + row * 0.66
        _text(axes, 0.1, y + 0.06, sets[name].stands_for, _TEXT, weight="bold")
        for column, pair in enumerate(pairs):
            x = 1.3 + column * 0.81
            _image(axes, sets[name].sample(pair["evaluation"])[0], x, y, 0.36)
            _image(axes, world.sample(pair["pool"])[0], x + 0.37, y, 0.36)
            told = f"{pair['bits']} bits apart" if pair["bits"] else "equal hashes"
            _line(axes, x, y + 0.5, told, _SMALL, color=style.SOFT)
    axes.set(xlim=(0, style.FULL_WIDTH), ylim=(height, 0))
    axes.set_axis_off()
    return figure


def _training(axes: Axes, world: World, top: float) -> None:
    """A column for each caption style; down the column, pictures of one, two and three objects."""
    _head(axes, 0.1, top, "Training samples, by the style of their captions")
    width = (style.FULL_WIDTH - 0.1) / len(STYLES)
    for column, name in enumerate(name for name, share in zip(STYLES, world.shares, strict=True) if share):
        left = 0.1 + column * width
        _line(
            axes,
            left,
            top + 0.32,
            f"{_STYLE_NAMES[name]}, {world.shares[STYLES.index(name)]:.0%}",
            _TEXT,
            weight="bold",
        )
        for row in range(3):
            pixels, caption = next(_shown(world, name, objects=row + 1))
            y = top + 0.4 + row * 0.64
            _image(axes, pixels, left, y, 0.58)
            _text(axes, left + 0.65, y, _wrapped(caption, 19), _SMALL)


def _shown(world: World, name: str, objects: int) -> Iterator[tuple[Pixels, str]]:
    for i in range(100_000):
        pixels, caption, truth = world.sample(i)
        if truth["style"] == name and len(truth["objects"]) == objects and len(caption) <= _FITS:
            yield pixels, caption


def _classes(axes: Axes, sets: dict[str, HeldOut], top: float) -> None:
    """A row for each class set, a column for each of some classes."""
    _head(axes, 0.1, top, "Class sets: one class a column")
    chosen = [sets[name] for name in _MANNERS]
    labels = list(islice((n for n, name in enumerate(chosen[0].classes) if _is_short(name)), _COLUMNS))
    for column, label in enumerate(labels):
        name = chosen[0].classes[label].replace(" ", "\n")
        _text(axes, 1.33 + column * 0.45, top + 0.32, name, _SMALL, ha="center", va="center", linespacing=1.0)
    for row, each in enumerate(chosen):
        y = top + 0.46 + row * 0.44
        _text(axes, 0.1, y + 0.03, each.stands_for.replace("-1k", ""), _TEXT, weight="bold")
        _text(axes, 0.1, y + 0.17, _MANNERS[each.name], _SMALL, color=style.SOFT)
        for column, label in enumerate(labels):
            _image(axes, each.sample(label)[0], 1.12 + column * 0.45, y, 0.41)


_MANNERS = {
    "pictographs-1k": "one object, plain",
    "pictographs-v2": "drawn again",
    "pictographs-sketch": "outlines",
    "pictographs-r": "textures, palettes",
    "pictographs-objectnet": "turned, patterns",
    "pictographs-a": "small, cluttered,\ncovered",
}


def _is_short(name: str) -> bool:
    words = name.split()
    return len(words) <= 2 and max(map(len, words)) <= 7


def _retrieval(axes: Axes, sets: dict[str, HeldOut], top: float) -> None:
    """One picture of each retrieval set with its five captions."""
    left = 4.55
    _head(axes, left, top, "Retrieval: five captions each")
    for row, each in enumerate(each for each in sets.values() if each.kind == "retrieval"):
        y = top + 0.24 + row * 1.48
        pixels, texts, _, _ = min(map(each.sample, range(_TRIED)), key=lambda sample: _lines(sample[1]))
        _line(axes, left, y + 0.1, each.stands_for, _TEXT, weight="bold")
        _image(axes, pixels, left, y + 0.17, 0.58)
        for text in texts:
            lines = _wrapped(text, 33)
            _text(axes, left + 0.66, y + 0.16, lines, _SMALL)
            y += _LINE * (1 + lines.count("\n")) + 0.02


def _lines(texts: tuple[str, ...]) -> int:
    return sum(len(textwrap.wrap(text, 33)) for text in texts)


def _tasks(axes: Axes, sets: dict[str, HeldOut], top: float) -> None:
    """A picture of each task with its answer."""
    _head(axes, 0.1, top, "Tasks: what is asked, and the answer")
    tests = [each for each in sets.values() if each.kind == "task" and each.name.endswith("-test")]
    width = (style.FULL_WIDTH - 0.1) / 8
    for place, each in enumerate(tests):
        pixels, _, label, _ = each.sample(place)
        assert label is not None
        x, y = 0.1 + place % 8 * width, top + 0.24 + place // 8 * 0.77
        _line(axes, x, y + 0.09, each.name.split("-")[1], _SMALL, weight="bold")
        _image(axes, pixels, x, y + 0.14, 0.42)
        _line(axes, x, y + 0.67, each.classes[label], _SMALL, color=style.SOFT)


def _head(axes: Axes, x: float, y: float, text: str) -> None:
    _line(axes, x, y + 0.11, text, _HEAD, weight="bold")


def _line(axes: Axes, x: float, y: float, text: str, size: float, **how: Any) -> None:
    """One line that stands on `y`, level with its neighbours whatever letters are in it."""
    _text(axes, x, y, text, size, va="baseline", **how)


def _text(axes: Axes, x: float, y: float, text: str, size: float, **how: Any) -> None:
    axes.text(x, y, text, fontsize=size, **{"va": "top", "linespacing": 1.15, "parse_math": False, **how})


def _image(axes: Axes, pixels: Pixels, x: float, y: float, side: float) -> None:
    axes.imshow(pixels, extent=(x, x + side, y + side, y), interpolation="nearest", aspect="auto", zorder=2)
    # Without a rim, a picture on white has no end.
    axes.add_patch(Rectangle((x, y), side, side, fill=False, edgecolor=style.GRID, linewidth=0.6, zorder=3))


def _wrapped(text: str, width: int) -> str:
    return "\n".join(textwrap.wrap(text, width, break_on_hyphens=True))
