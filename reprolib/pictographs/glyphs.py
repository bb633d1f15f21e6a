"""Pictographs of DejaVu Sans as masks of the scenes' small sizes.

A glyph is drawn once, large, its ink centred and scaled to one extent, so that a comma and a coffin fill the same
square. A scene asks for it at a size, an angle and as a filled shape or an outline; each mask is made once in a
process. Reads the font that matplotlib carries; writes nothing.
"""

import functools
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib import font_manager
from numpy.typing import NDArray
from PIL import Image, ImageFilter, ImageFont

MASTER_PX = 128
PEN_PX = 5  # side of the pen that follows an edge of the master: about 0.8 px at the usual size of 20 px
# Thin strokes go pale when scaled down; this much contrast brings them back.
_CONTRAST = 1.35


class Mask(NamedTuple):
    """Ink of one glyph: (h, w) uint8 coverage, and where its first pixel lies from the centre, in pixels."""

    ink: NDArray[np.uint8]
    top: int
    left: int


@functools.cache
def _font_file() -> Path:
    return Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"


@functools.cache
def _font() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_font_file(), MASTER_PX)


def drawable(ranges: Iterable[range]) -> list[int]:
    """The code points of `ranges` for which the font has a glyph of its own, ascending."""
    known = font_manager.get_font(_font_file()).get_charmap()
    return [point for each in ranges for point in each if point in known]


@functools.cache
def master(character: str) -> Image.Image:
    """The glyph, its ink centred in a square of `MASTER_PX` pixels and as large as fits."""
    ink = _font().getmask(character, mode="L")
    drawn = Image.fromarray(np.array(ink, dtype=np.uint8).reshape(ink.size[1], ink.size[0]))
    drawn = drawn.crop(drawn.getbbox())
    side = max(drawn.size)
    square = Image.new("L", (side, side))
    square.paste(drawn, ((side - drawn.width) // 2, (side - drawn.height) // 2))
    return square.resize((MASTER_PX, MASTER_PX), Image.Resampling.BICUBIC)


@functools.cache
def _outline(character: str) -> Image.Image:
    margin = PEN_PX
    wide = Image.new("L", (MASTER_PX + 2 * margin,) * 2)
    wide.paste(master(character), (margin, margin))
    outer = np.asarray(wide.filter(ImageFilter.MaxFilter(PEN_PX)), dtype=np.int16)
    inner = np.asarray(wide.filter(ImageFilter.MinFilter(PEN_PX)), dtype=np.int16)
    return Image.fromarray((outer - inner).astype(np.uint8)).resize((MASTER_PX,) * 2, Image.Resampling.BICUBIC)


@functools.cache
def mask(character: str, size: int, angle: int = 0, outline: bool = False) -> Mask:
    """The glyph with its longer side `size` pixels long, turned by `angle` degrees counter-clockwise."""
    drawn = _outline(character) if outline else master(character)
    side = size
    if angle:
        side = int(size * 1.42) + 1
        wide = Image.new("L", (MASTER_PX * side // size,) * 2)
        margin = (wide.width - MASTER_PX) // 2
        wide.paste(drawn, (margin, margin))
        drawn = wide.rotate(angle, Image.Resampling.BILINEAR)
    small = np.asarray(drawn.resize((side, side), Image.Resampling.BOX), dtype=np.int32)
    ink = np.minimum((small * int(_CONTRAST * 256)) >> 8, 255).astype(np.uint8)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return Mask(np.ascontiguousarray(cut), int(rows[0]) - side // 2, int(columns[0]) - side // 2)
