"""One sample: an encoded image with its captions or its class, and the names of its members in a tar.

A dataset is a sequence of samples. `sources` makes them from what people have, `writing` stores them, `dataset` reads
them back equal.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

IMAGES = frozenset({"png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff"})
"""Extensions of members that hold the image of a sample."""
CAPTIONS, LABEL, ATTRIBUTES = "txt", "cls", "json"
"""Extensions of the other members: captions one a line, the class index in decimal, an object with the uid in it."""


@dataclass(frozen=True)
class Sample:
    """An encoded image and what is known about it."""

    key: str
    """Its name, unique in a dataset: letters, digits, `-` and `_`."""
    image: bytes
    """The encoded image, kept byte by byte."""
    extension: str
    """How it is encoded, one of `IMAGES`."""
    captions: tuple[str, ...]
    """One for training, several for retrieval, none in a class set; no line breaks in them."""
    label: int | None = None
    """The class index, from 0."""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    """What else is known, as JSON values; the name `uid` is taken."""

    @property
    def uid(self) -> str:
        """32 hex digits: the first 128 bits of the sha256 over key, image and captions."""
        digest = hashlib.sha256(f"{self.key}\0{len(self.image)}\0{len(self.captions)}\0".encode())
        digest.update(self.image)
        digest.update("\n".join(self.captions).encode())
        return digest.hexdigest()[:32]
