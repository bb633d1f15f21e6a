"""The manifest of a dataset: what its folder must hold, byte for byte.

`writing` makes it, `checking` compares the folder with it, and what is derived from a dataset (decoded pixels) is kept
under the hash of its shards.
"""

import hashlib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from reprolib import files
from reprolib.errors import ReproError

FILE = "manifest.json"
CLASSES = "classnames.txt"
TEMPLATES = "zeroshot_classification_templates.txt"
"""The names that CLIP_benchmark gives the two files of a class set: one class, one template with `{c}`, a line."""

Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=1)]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Shard(_Record):
    """One tar."""

    name: Annotated[str, Field(pattern=r"^[0-9]{5,}\.tar$")]
    count: Count
    """Samples in it."""
    bytes: Count
    """Its size."""
    sha256: Hash


class Manifest(_Record):
    """What the folder of a dataset must hold."""

    version: Literal[1] = 1
    """Of this format."""
    name: str
    count: Count
    """Samples in all shards."""
    shards: tuple[Shard, ...]
    texts: dict[str, Hash] = {}
    """The sha256 of each text file beside the shards; class sets have them."""
    notes: dict[str, Any] = {}
    """How it was made, in the words of whoever made it."""

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if sum(shard.count for shard in self.shards) != self.count:
            raise ValueError("the counts of the shards do not add up to the count of the dataset")
        names = [shard.name for shard in self.shards]
        if len(set(names)) < len(names):
            raise ValueError(f"it lists {max(names, key=names.count)} twice")
        return self

    @property
    def content(self) -> str:
        """The sha256 over the hashes of the shards in order: equal for equal samples in equal order and split."""
        return hashlib.sha256("".join(shard.sha256 for shard in self.shards).encode()).hexdigest()

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The manifest of the dataset in `folder`.

        Raises:
            ReproError: There is none, or it is not one of this version.
        """
        path = folder / FILE
        if not path.is_file():
            raise ReproError(f"{folder} should hold a dataset, but it has no {FILE}; make it with the shard command")
        try:
            return cls.model_validate(files.read_json(path))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the whole"
            raise ReproError(f"{path}: {where}: {first['msg']}; make the dataset again") from error

    def write(self, folder: Path) -> None:
        """Write it into `folder`."""
        files.write_json(folder / FILE, self.model_dump(mode="json"))
