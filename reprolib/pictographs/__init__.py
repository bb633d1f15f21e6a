"""The embedded image–text world: scenes of Unicode pictographs with captions, deterministic from a seed.

`World` makes training samples, `heldout.sets` the evaluation sets under stated shifts, `gallery.draw` a picture of
both. Pure functions; the gallery alone writes a file.
"""

from reprolib.pictographs.world import World

__all__ = ["World"]
