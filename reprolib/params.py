"""params.yaml as typed, frozen settings. An unknown, missing or impossible one is an error that names it.

No value is converted: `"5"` and `true` are no numbers.
"""

from typing import Annotated, Literal

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


Count = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Pool(_Settings):
    """The pairs of a study made here, and its nested subsets."""

    seed: Annotated[int, Field(ge=0)]
    """What the world's samples follow from."""
    per_shard: Count
    """Samples in a shard."""
    subsets: dict[str, Count]
    """By name, how many pairs; each holds the smaller ones. The largest is the whole pool."""
    apart: dict[str, Count]
    """By name, subsets of the pool that share no pair with the smaller ones above, for the control of the paper's
    Table 13."""
    leave_out: Annotated[int, Field(ge=0, le=8)] | None
    """Leave pairs out of the subsets whose image is within so many bits of an evaluation image, by perceptual hash;
    `null` leaves them in, as the paper does, and only counts them."""
    validation: Count
    """Held-out pairs of the same world, for the number beside each checkpoint."""
    held_out: Annotated[float, Field(gt=0, le=1)]
    """Share of each evaluation set to draw: 1, but for a quick try."""


class Recipe(_Settings):
    """How every run of a study is trained, unless its group says otherwise."""

    global_batch: Annotated[int, Field(ge=2)]
    """Pairs a step, over all ranks."""
    learning_rate: Positive
    """The largest, after warm-up."""
    warmup: Share
    """Steps of linear warm-up, as a share of the run's; a trunk's are those of its smallest budget."""
    schedule: Literal["cosine", "constant-cooldown"]
    """`cosine` is the paper's; with `constant-cooldown` one trunk serves all budgets."""
    cooldown: Share
    """Steps of the cooldown, as a share of the run's; a cosine has none."""
    beta1: Share
    beta2: Share
    epsilon: Positive
    """Of AdamW."""
    weight_decay: Annotated[float, Field(ge=0)]
    """Of matrices only."""
    precision: Literal["fp32", "bf16"]
    """`bf16` computes in bfloat16 where that is safe and keeps weights in float32; slow on a CPU without such units."""
    accumulate: Count
    """Parts into which a rank's batch is cut to save memory; the gradient stays that of the whole batch."""
    recompute: bool
    """Compute activations again in the backward pass instead of keeping them (gradient checkpointing)."""
    compile: bool
    """Compile the model with TorchInductor: minutes at the start, faster steps after."""
    crop: Share
    """The smallest share of an image's area that a random crop keeps; 1 crops nothing."""
    checkpoints_per_decade: Count
    """Checkpoints at equal steps of log10 samples."""
    state_every: Count
    """Samples between two saves of the full state, from which a killed run goes on."""
    shard: bool
    """Part weights, gradients and moments over the ranks (FSDP2), for a model that does not fit on one device."""
    processes: Count
    """Ranks on this machine where there is no GPU; with GPUs there is one for each."""


class JointTuning(_Settings):
    """How one image tower is tuned to eight tasks; what is not here is as in the paper."""

    steps: Count
    """Over all tasks together."""
    batch: Count
    learning_rate: Positive
    """The peak of a cosine."""
    warmup: Annotated[int, Field(ge=0)]
    """Steps of linear rise before."""


class SingleTuning(_Settings):
    """How an image tower is tuned to a class set; what is not here is as in the paper's Table 10."""

    epochs: Count
    batch: Count
    learning_rate: Positive
    """The peak of the head; blocks below have less."""
    warmup_epochs: Annotated[int, Field(ge=0)]
    layer_decay: Share
    """Of the learning rate from each block to the one below it."""
    averaging: Share
    """What the moving average of the weights keeps of itself in a step."""


class Evaluation(_Settings):
    """What is trained on top of the models, each setting chosen on held-back training rows."""

    seed: Annotated[int, Field(ge=0)]
    """Which rows are drawn as shots and held back, and the order of what is tuned."""
    joint: JointTuning
    single: SingleTuning
    intermediate: SingleTuning
    """To more classes, before `single`."""


class Group(_Settings):
    """The runs that one pipeline stage trains: every model on every data set, for every budget, with every change."""

    study: Name
    group: Name
    models: list[str]
    """Names of configurations in reprolib/train/configs, or of open_clip."""
    data: list[str]
    """Names of subsets."""
    budgets: list[str]
    """Names of samples-seen scales."""
    changes: list[dict[str, int | float | str | bool]] = Field(min_length=1)
    """What differs from the rest of the group and from the recipe, `{}` for nothing: settings of the recipe; `model`,
    `data` or `budget`; `seed` of initial weights and order alike, 0 otherwise; `resample: true` to draw samples with
    replacement."""


class Curated(_Settings):
    """One subset of the pool, chosen by a method of `reprolib.curate`."""

    method: Literal["raw", "random", "basic", "score", "balanced"]
    size: Count | None = None
    """Samples; of a balanced subset the expected number, which decides t."""
    t: Positive | None = None
    """Of balancing: how many captions an entry of the head brings in the mean."""


class Curation(_Settings):
    """The study `curation`: what the choice of training pairs does to the laws."""

    seed: Annotated[int, Field(ge=0)]
    """What random and balanced subsets are drawn from."""
    scorer: str
    """`<group>/<run>` of the study `mini` whose model scores images against captions."""
    subsets: dict[str, Curated]
    """By name."""
    train: dict[str, Group]
    """The groups of runs, as under `train`; stages of their own, apart from the pipeline that `dvc repro` runs."""


class Mini(_Settings):
    """The study whose models are trained here, and the other that is trained on its pairs."""

    pool: Pool
    recipe: Recipe
    budgets: dict[str, Count]
    """By name, samples seen."""
    evaluate: Evaluation
    curation: Curation


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
    mini: Mini
    train: dict[str, Group]
    figures: dict[str, FigureItem]

    @property
    def groups(self) -> dict[str, Group]:
        """All groups of runs by `<study>-<group>`, whichever pipeline trains them."""
        return {**self.train, **self.mini.curation.train}


def load(tree: Tree) -> Params:
    """Read and check params.yaml.

    Raises:
        ReproError: It is missing, not YAML, or a setting is unknown, missing or impossible; the setting is named.
    """
    try:
        settings = Params.model_validate(files.read_yaml(tree.params))
    except ValidationError as error:
        raise ReproError(f"{tree.params}: {fault(error)}; mend that line") from error
    named = [("figures", key, f"{item.study}-{item.figure}") for key, item in settings.figures.items()]
    named += [("train", key, f"{item.study}-{item.group}") for key, item in settings.groups.items()]
    for where, key, name in named:
        if key != name:
            raise ReproError(
                f"{tree.params}: {where}.{key}: the name should be made of the study and the item, here '{name}'; "
                "mend that line"
            )
    return settings


def fault(error: ValidationError) -> str:
    """The fault to tell of several: a name that does not exist before the one that is missing because of it."""
    first = min(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "missing":
        return f"{where}: this setting is missing"
    what = "no such setting" if first["type"] == "extra_forbidden" else first["msg"]
    return f"{where}: {what} (got {first['input']!r})"
