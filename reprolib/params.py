"""params.yaml as typed, frozen settings. An unknown, missing or impossible one is an error that names it.

No value is converted: `"5"` and `true` are no numbers.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reprolib import files
from reprolib.errors import ReproError
from reprolib.paths import Tree

Seconds = Annotated[float, Field(gt=0, le=86_400)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9_-]+$")]


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


class Released(_Settings):
    """One file that the authors released."""

    commit: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
    """The commit of the authors' repository that holds this version."""
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """The hash of its content."""


class Download(_Settings):
    """Where the released results come from, and how long to wait for them."""

    repository: Annotated[str, Field(pattern=r"^https?://")]
    """The address below which `<commit>/<file>` is found."""
    files: dict[str, Released]
    connect_timeout_s: Seconds
    """Longest wait for a connection."""
    read_timeout_s: Seconds
    """Longest silence of a server."""
    deadline_s: Seconds
    """Longest time for one file, all attempts together."""
    attempts: Annotated[int, Field(ge=1, le=20)]
    """How often a transfer is tried before giving up."""


class Fit(_Settings):
    """The paper's frontier and the level of the intervals."""

    bins: Annotated[int, Field(ge=2, le=100)]
    """Equal bins of log10 compute; the paper has five."""
    margin: Annotated[float, Field(ge=0, le=10)]
    """Added to the largest log10 compute before the range is split; the paper's script has 0.1."""
    level: Annotated[float, Field(gt=0, lt=1)]
    """Confidence level of every interval."""
    bootstrap: Annotated[int, Field(ge=100, le=1_000_000)]
    """Resamples for the interval of a law of a frontier; the frontier is chosen again in each."""
    seed: Annotated[int, Field(ge=0)]
    """What the resamples are drawn from."""


class Notebooks(_Settings):
    """Time limits of a notebook run."""

    start_timeout_s: Annotated[int, Field(gt=0)]
    """Longest wait for the kernel."""
    cell_timeout_s: Annotated[int, Field(gt=0)]
    """Longest time for one cell."""


class FigureItem(_Settings):
    """One figure of one study, and the notebook and module that draw its family."""

    study: Name
    figure: Name
    family: Name


class Params(_Settings):
    """All of params.yaml."""

    download: Download
    fit: Fit
    notebooks: Notebooks
    figures: dict[str, FigureItem]


def load(tree: Tree) -> Params:
    """Read and check params.yaml.

    Raises:
        ReproError: It is missing, not YAML, or a setting is unknown, missing or impossible; the setting is named.
    """
    try:
        settings = Params.model_validate(files.read_yaml(tree.params))
    except ValidationError as error:
        raise ReproError(f"{tree.params}: {_fault(error)}; mend that line") from error
    for key, item in settings.figures.items():
        if key != f"{item.study}-{item.figure}":
            raise ReproError(
                f"{tree.params}: figures.{key}: the name should be <study>-<figure>, here "
                f"'{item.study}-{item.figure}'; mend that line"
            )
    return settings


def _fault(error: ValidationError) -> str:
    """The fault to tell of several: a name that does not exist before the one that is missing because of it."""
    first = min(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "missing":
        return f"{where}: this setting is missing"
    what = "no such setting" if first["type"] == "extra_forbidden" else first["msg"]
    return f"{where}: {what} (got {first['input']!r})"
