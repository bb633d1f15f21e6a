"""Scenes to pixels. Whole-number arithmetic only, so that a picture is the same on every processor.

Pure: (32, 32, 3) uint8 arrays in RGB; `png` encodes one.
"""

import functools
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from reprolib.pictographs import glyphs
from reprolib.pictographs.scenes import SIDE, Ground, Placed, Scene

NOISES = 64
_NOISE = 22  # largest step of the noise, of 255
_STRIPE = 2  # pixels

Pixels = NDArray[np.uint8]


def render(scene: Scene) -> Pixels:
    """The picture of `scene`: (32, 32, 3) uint8."""
    canvas = _ground(scene.ground)
    for item in scene.objects:
        _paint(canvas, item)
    for patch in scene.patches:
        canvas[patch.top : patch.bottom, patch.left : patch.right] = patch.rgb
    return canvas.astype(np.uint8)


def png(pixels: Pixels) -> bytes:
    """`pixels` as a PNG file, the same bytes for the same pixels; weakly compressed, as small noise hardly shrinks."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _ground(ground: Ground) -> NDArray[np.int32]:
    canvas = np.empty((SIDE, SIDE, 3), dtype=np.int32)
    canvas[:] = ground.rgb
    if ground.kind == "noise":
        return np.clip(canvas + _noises()[ground.variant], 0, 255)  # type: ignore[no-any-return]
    if ground.kind != "plain":
        share = _shares()[ground.kind][ground.variant % 8]
        canvas += ((np.array(ground.other, dtype=np.int32) - canvas) * share) >> 8
    return canvas


def _paint(canvas: NDArray[np.int32], item: Placed) -> None:
    ink, top, left = glyphs.mask(item.character, item.size, item.angle, item.fill == "outline")
    top, left = top + item.y, left + item.x
    above, before = max(0, -top), max(0, -left)
    ink = ink[above : SIDE - top, before : SIDE - left]
    top, left = top + above, left + before
    under = canvas[top : top + ink.shape[0], left : left + ink.shape[1]]
    paint = np.array(item.rgb, dtype=np.int32)
    if item.fill == "striped":
        odd = _stripes()[top : top + ink.shape[0], left : left + ink.shape[1], None]
        paint = np.where(odd, np.array(item.second, dtype=np.int32), paint)
    under += ((paint - under) * ink[:, :, None]) // 255


@functools.cache
def _stripes() -> NDArray[np.bool_]:
    rows, columns = np.mgrid[:SIDE, :SIDE]
    return np.asarray((rows + columns) // _STRIPE % 2 == 1)


@functools.cache
def _shares() -> dict[str, NDArray[np.int32]]:
    """By kind, eight (32, 32, 1) maps of the second colour's share, of 256."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    ramps = [rows, columns, (rows + columns) // 2, (rows + SIDE - 1 - columns) // 2]
    ramps += [SIDE - 1 - ramp for ramp in ramps]
    stripes = [(ramp // width) % 2 * (SIDE - 1) for width in (2, 4) for ramp in ramps[:4]]
    checks = [
        ((rows + shift) // width + (columns + shift) // width) % 2 * (SIDE - 1)
        for width in (3, 5, 6, 8)
        for shift in (0, 2)
    ]
    maps = {"gradient": ramps, "stripes": stripes, "checks": checks}
    return {kind: (np.stack(each)[..., None] * 256 // (SIDE - 1)).astype(np.int32) for kind, each in maps.items()}


@functools.cache
def _noises() -> NDArray[np.int32]:
    """(64, 32, 32, 1) grey textures: fine noise, and noise of two and four pixels' grain."""
    bits = np.random.Philox(key=2**32).random_raw(NOISES * SIDE * SIDE // 8).view(np.uint8)
    fine = bits.reshape(NOISES, SIDE, SIDE).astype(np.int32) * (2 * _NOISE + 1) // 256 - _NOISE
    for first, grain in ((1, 2), (2, 4)):
        coarse = fine[first::3, ::grain, ::grain]
        fine[first::3] = coarse.repeat(grain, axis=1).repeat(grain, axis=2)
    return fine[..., None]
