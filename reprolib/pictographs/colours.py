"""The colours of the world: names that English has one word for, and which of them can be told from which.

Pure.
"""

import functools

COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (214, 36, 40),
    "orange": (245, 132, 20),
    "yellow": (250, 215, 50),
    "green": (44, 155, 60),
    "cyan": (60, 200, 215),
    "blue": (36, 84, 210),
    "purple": (132, 52, 178),
    "pink": (246, 130, 190),
    "brown": (128, 78, 42),
    "grey": (140, 140, 140),
    "black": (28, 28, 30),
    "white": (244, 244, 242),
}
NAMES = tuple(COLOURS)
# What a ground may be tinted with: pale black would be grey.
TINTS = tuple(name for name in COLOURS if name != "black")
PALE = 0.7  # how far a tint is from its colour to white
# Each channel of each object and background moves by up to this much, which no colour needs to reach another.
JITTER = 12
# Least distance of an object from its background, in the weighted RGB of `distance` (black to white is 650 here).
CONTRAST = 190.0


def distance(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    """How different two RGB colours look: the "redmean" approximation of the CIE distances, as in CompuPhase's note."""
    mean = (one[0] + other[0]) / 2
    red, green, blue = (a - b for a, b in zip(one, other, strict=True))
    squared = (2 + mean / 256) * red**2 + 4 * green**2 + (2 + (255 - mean) / 256) * blue**2
    return float(squared**0.5)


@functools.cache
def tint(name: str) -> tuple[int, int, int]:
    """The pale version of a colour."""
    red, green, blue = (round(PALE * 255 + (1 - PALE) * channel) for channel in COLOURS[name])
    return red, green, blue


@functools.cache
def under(colour: str) -> tuple[str, ...]:
    """The tints that a ground may have under an object of `colour`."""
    return tuple(name for name in TINTS if colour in against(name))


@functools.cache
def against(background: str) -> tuple[str, ...]:
    """The colours that an object may have on `background`, be it pale or full."""
    grounds = COLOURS[background], tint(background)
    return tuple(name for name, rgb in COLOURS.items() if min(distance(rgb, each) for each in grounds) >= CONTRAST)
