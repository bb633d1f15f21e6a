"""What every source is: samples that can be gone through again, and why they were read as they were."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from reprolib.shards.sample import Sample


@dataclass(frozen=True)
class Source:
    """Samples from somewhere."""

    kind: str
    """`dataset`, `webdataset`, `table`, `sidecars` or `classes`."""
    reason: str
    """What was found, in a clause."""
    samples: Callable[[], Iterator[Sample]]
    classes: Sequence[str] | None = None
    """The class names by class index, in a class set."""
    templates: Sequence[str] | None = None
    """Its prompt templates, each with `{c}` for the class."""

    def __iter__(self) -> Iterator[Sample]:
        """All samples, from the first."""
        return self.samples()
