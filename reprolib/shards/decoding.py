"""Encoded images to RGB arrays, and the report on those that cannot be decoded.

Pillow decodes. A JPEG larger than is asked for is scaled down inside its cosine transform, which from 512 px on makes
Pillow about as fast as simplejpeg, the fastest decoder measured. torchvision's PNG decoder is three times faster on
tiny images, but ends the whole process on a corrupt one.
"""

import io
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from reprolib.errors import ReproError


class UndecodableError(ReproError):
    """The bytes are no image that can be decoded whole; the message says why, in a clause."""


@dataclass(frozen=True)
class Undecodable:
    """The images of a dataset that could not be decoded."""

    total: int
    """Images in the dataset."""
    causes: dict[str, str] = field(default_factory=dict)
    """Why not, by the key of the sample."""

    def bound(self, tolerance: float, place: str) -> None:
        """Accept at most the share `tolerance` of undecodable images.

        Raises:
            ReproError: There are more; their number and the first keys are told.
        """
        if len(self.causes) <= tolerance * self.total:
            return
        first = "; ".join(f"'{key}': {cause}" for key, cause in list(self.causes.items())[:3])
        raise ReproError(
            f"{place}: {len(self.causes)} of {self.total} images cannot be decoded, more than the share {tolerance:g} "
            f"that is allowed ({first}); remove or replace them"
        )


def square(image: bytes, size: int) -> NDArray[np.uint8]:
    """(size, size, 3): the image in RGB, its shorter side scaled to `size` (bicubic), the middle of the longer kept.

    An image of that size is not resampled. Transparency is dropped, and orientation tags are not followed, as in
    open_clip's transform for evaluation.

    Raises:
        UndecodableError: It cannot be decoded.
    """
    try:
        with Image.open(io.BytesIO(image)) as opened:
            opened.draft("RGB", (size, size))
            # Pillow warns of a palette with transparency that goes to RGB in one step; the colours are the same in two.
            translucent = opened.mode == "P" and "transparency" in opened.info
            picture = (opened.convert("RGBA") if translucent else opened).convert("RGB")
    except UnidentifiedImageError as error:
        raise UndecodableError("it is in no known image format") from error
    except Exception as error:  # a corrupt file makes Pillow's decoders raise a dozen types
        raise UndecodableError(str(error) or type(error).__name__) from error
    if picture.size != (size, size):
        picture = _squared(picture, size)
    return np.asarray(picture)


def _squared(picture: Image.Image, size: int) -> Image.Image:
    side = min(picture.size)
    left, top = (picture.width - side) / 2, (picture.height - side) / 2
    box = (left, top, left + side, top + side)
    return picture.resize((size, size), Image.Resampling.BICUBIC, box=box)
