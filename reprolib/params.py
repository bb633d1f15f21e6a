"""params.yaml as typed, frozen settings. An unknown, missing or impossible one is an error that names it.

The file is read with ruamel.yaml, as DVC reads it (YAML 1.2), so that `1e-4` is a number to both.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from reprolib import files
from reprolib.errors import ReproError
from reprolib.paths import Tree

Seconds = Annotated[float, Field(gt=0, le=86_400)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9_-]+$")]


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


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
        raw = YAML(typ="safe").load(files.read_text(tree.params))
    except YAMLError as error:
        raise ReproError(f"{tree.params} is not YAML: {' '.join(str(error).split())}; mend it") from error
    try:
        return Params.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        what = "no such setting" if first["type"] == "extra_forbidden" else first["msg"]
        raise ReproError(f"{tree.params}: {where}: {what} (got {first.get('input')!r}); mend that line") from error
