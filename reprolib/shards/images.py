"""Encoded images by relative name, from a folder or from the tars in it; and what a key is made from.

A member of a tar that leads out of it, or is no file, is refused (`tar`); so is a name in a table that leads out of the
folder of its images.
"""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from reprolib.errors import ReproError
from reprolib.shards import tar
from reprolib.shards.index import mapped
from reprolib.shards.sample import IMAGES

_SLUG = 64


def is_image(name: str) -> bool:
    """Whether `name` has the extension of an image and is not hidden."""
    last = name.rpartition("/")[2]
    return not last.startswith(".") and extension_of(last) in IMAGES


def extension_of(name: str) -> str:
    """The extension of `name`, in small letters."""
    return name.rpartition(".")[2].lower()


def key_of(name: str) -> str:
    """A key for the image of this relative name: readable, without dots, and the same whatever else there is.

    Its last 12 hex digits are of the sha256 of the name, so two names do not share a key.
    """
    stem = name.rpartition(".")[0] if "." in name.rpartition("/")[2] else name
    slug = re.sub(r"[^A-Za-z0-9_]+", "-", stem).strip("-")[:_SLUG]
    return f"{slug}-{hashlib.sha256(name.encode(errors='surrogateescape')).hexdigest()[:12]}".lstrip("-")


def one_line(text: str) -> str:
    """A caption without line breaks: every run of white space becomes one space, as CLIP's tokenizer reads it."""
    return " ".join(text.split())


class Folder:
    """Image files below a folder."""

    def __init__(self, root: Path) -> None:
        """Those below `root`."""
        self.root = root.resolve()

    def read(self, name: str) -> bytes | None:
        """The image of this relative name, None if there is none.

        Raises:
            ReproError: The name leads out of the folder.
        """
        path = (self.root / name).resolve()
        if not path.is_relative_to(self.root):
            raise ReproError(f"the image name '{name}' leads out of {self.root}; use names relative to that folder")
        return path.read_bytes() if path.is_file() else None


class Archives:
    """Image files in tars, by their names there."""

    def __init__(self, paths: Sequence[Path]) -> None:
        """Those in the tars `paths`; a name that comes twice is an error."""
        self._maps = [mapped(path) for path in paths]
        self._places: dict[str, tuple[int, int, int]] = {}
        for number, (path, archive) in enumerate(zip(paths, self._maps, strict=True)):
            for name, offset, size in tar.members(archive, path):
                if name in self._places:
                    raise ReproError(f"{path}: the member '{name}' comes twice; pack it once")
                self._places[name] = (number, offset, size)

    def read(self, name: str) -> bytes | None:
        """The image of this name, None if there is none."""
        place = self._places.get(name)
        if place is None:
            return None
        number, offset, size = place
        return self._maps[number][offset : offset + size]
