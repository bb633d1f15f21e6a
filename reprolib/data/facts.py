"""The facts in paper/published/*.csv, one typed row model per table, read strictly.

Reads: `paper/published/<table>.csv` and, for the `source` column, `sources.csv`. Writes nothing. A column that is
unknown or missing, a cell that is not what its column holds, a row that stands twice and a source that `sources.csv`
does not list are errors that name file, line, column and value.

    rows = facts.read(tree, facts.ZeroShot)
    facts.read_all(tree)  # every table, as `reprolib verify files` does
"""

from typing import Annotated, Literal

from pydantic import Field

from reprolib import files
from reprolib.data.rows import (
    Budget,
    Count,
    CountOrNothing,
    Fraction,
    FractionOrNothing,
    Metric,
    Model,
    Percent,
    Positive,
    PositiveOrNothing,
    PretrainData,
    R,
    Row,
    Run,
    Shots,
    Text,
    YesNo,
    parse,
)
from reprolib.errors import ReproError
from reprolib.paths import Tree


class Source(Row):
    """Where facts come from; every other table's `source` is a key of this one."""

    file = "sources"
    key = ("source",)
    citation: Text
    address: Annotated[str, Field(pattern=r"^https://")]
    licence: Text
    note: str


class ZeroShot(Row):
    """One zero-shot result of one of the 29 + 3 models; values are fractions, compute is in GMAC."""

    file = "zero_shot"
    key = ("run", "dataset", "metric")
    run: Run
    model: Model
    pretrain_data: PretrainData
    budget: Budget
    samples_seen: Count
    gmacs_per_sample: Positive
    gmacs_total: Positive
    dataset: Text
    metric: Metric
    value: Fraction


class LinearProbe(Row):
    """The best of nine probe settings for one checkpoint, data set and number of shots (Figs. 2 and 3, Table 5)."""

    file = "linear_probe"
    key = ("run", "dataset", "shots", "metric")
    run: Run
    model: Model
    pretrain_data: PretrainData
    budget: Budget
    samples_seen: Count
    gmacs_total: Positive
    dataset: Text
    shots: Shots
    metric: Metric
    value: Fraction
    learning_rate: Positive
    epochs: Count
    batch_size: Count


class EightTask(Row):
    """One cell of Tables 6, 7 or 8."""

    file = "eight_tasks"
    key = ("run", "task", "dataset")
    run: Run
    model: Model
    pretrain_data: PretrainData
    budget: Budget
    task: Literal["eight-task-zero-shot", "eight-task-joint", "eight-task-patched"]
    dataset: Text
    acc1_percent: Percent
    note: str


class ImageNetFineTune(Row):
    """One accuracy of Table 9, beside the same model's number in the timm result files."""

    file = "imagenet_finetune"
    key = ("model", "image_size", "pretrain_data", "extra_fine_tuning", "dataset")
    model: Model
    image_size: Count
    pretrain_data: PretrainData
    extra_fine_tuning: Literal["none", "ImageNet-12k"]
    params_m: Positive
    gmacs: Positive
    activations_m: Positive
    dataset: Text
    acc1_percent: Percent
    timm_model: Text
    timm_acc1_percent: Percent
    timm_crop: Fraction


class OpenAIModel(Row):
    """An OpenAI model as the open_clip documentation lists it: the public substitute behind Fig. 12."""

    file = "openai_models"
    key = ("run",)
    run: Run
    model: Model
    pretrain_data: PretrainData
    budget: Budget
    samples_seen: Count
    gmacs_per_sample: PositiveOrNothing
    gflops_profile: Positive
    imagenet1k_acc1_percent: Percent
    mscoco_image_recall5_percent: Percent
    mscoco_text_recall5_percent: Percent
    flickr30k_image_recall5_percent: Percent
    note: str


class LaterModel(Row):
    """A model trained after the paper: a check of its extrapolations on unseen data."""

    file = "later_models"
    key = ("checkpoint", "dataset", "metric")
    model: Model
    checkpoint: Text
    dataset: Text
    metric: Metric
    gmacs_total: Positive
    measured_percent: Percent
    note: str


class TrainingRun(Row):
    """How one of the 29 models was trained (Table 18)."""

    file = "training_runs"
    key = ("run",)
    run: Run
    model: Model
    pretrain_data: PretrainData
    budget: Budget
    learning_rate: Positive
    warmup_steps: Count
    epochs: Count
    samples_per_epoch: Count
    gpus: Count
    local_batch: Count
    samples_per_second: Positive
    checkpoint_url: Text
    details_url: str


class LearningCurve(Row):
    """Zero-shot ImageNet accuracy of one model after one epoch; top-5 is absent for some runs."""

    file = "learning_curves"
    key = ("run", "epoch")
    run: Run
    epoch: Count
    acc1: Fraction
    acc5: FractionOrNothing


class Architecture(Row):
    """Size and forward cost of one architecture, both towers and each (Table 25)."""

    file = "architectures"
    key = ("model",)
    model: Model
    image_size: Count
    image_width: Count
    text_width: Count
    embed_dim: Count
    gmacs: Positive
    macts: Positive
    mparams: Positive
    image_gmacs: Positive
    image_macts: Positive
    image_mparams: Positive
    text_gmacs: Positive
    text_macts: Positive
    text_mparams: Positive


class ArchitectureDepth(Row):
    """Layers of the two towers (Table 25)."""

    file = "architecture_depths"
    key = ("model",)
    model: Model
    image_depth: Count
    text_depth: Count


class EvaluationDataset(Row):
    """An evaluation set, its size and the averages it counts in (Table 26)."""

    file = "evaluation_datasets"
    key = ("dataset",)
    dataset: Text
    title: Text
    abbreviation: str
    test_size: Count
    classes: CountOrNothing
    vtab_plus: YesNo
    vtab_zero_shot: YesNo
    vtab_linear_probe: YesNo
    imagenet_robustness: YesNo
    metric: Text


class Control(Row):
    """A control experiment (Tables 12 to 15)."""

    file = "controls"
    key = ("table", "model", "setting")
    table: Literal["12", "13", "14", "15"]
    control: Text
    model: Model
    pretrain_data: Text
    budget: Budget
    setting: Text
    acc1_percent: Percent


class Deduplication(Row):
    """Zero-shot accuracy before and after duplicates of the training set were taken out."""

    file = "deduplication"
    key = ("model", "dataset")
    model: Model
    pretrain_data: PretrainData
    budget: Budget
    dataset: Text
    acc1_percent_before: Percent
    acc1_percent_after: Percent


class Duplicates(Row):
    """Share of a test set that also stands in LAION-400M (Table 3)."""

    file = "duplicates"
    key = ("dataset",)
    dataset: Text
    overlap_percent: Percent
    method: Text


class FineTuneSetting(Row):
    """A fine-tuning hyper-parameter (Tables 10 and 11, and what the text and a released run state)."""

    file = "finetune_hyperparameters"
    key = ("table", "stage", "model", "hyperparameter")
    table: Literal["10", "11", "text", "n/a"]
    stage: Text
    model: Text
    hyperparameter: Text
    value: Text


class Hardware(Row):
    """A fact about the machines."""

    file = "hardware"
    key = ("item",)
    item: Text
    value: Text


class Throughput(Row):
    """Training speed that was published elsewhere: a substitute for the unpublished series of Fig. 6."""

    file = "throughput"
    key = ("model", "precision")
    model: Model
    pretrain_data: PretrainData
    gpus: Count
    local_batch: Count
    precision: Literal["float16", "bfloat16"]
    samples_per_second: Positive


class PretrainingDataset(Row):
    """A pre-training set and its size, as Table 2 or the text states it."""

    file = "pretraining_datasets"
    key = ("table", "dataset")
    table: Literal["2", "text"]
    dataset: Text
    access: Text
    english_pairs: Text


class PrintedCell(Row):
    """A table cell exactly as printed."""

    file = "printed_cells"
    key = ("table", "row", "column")
    table: Text
    row: Text
    column: Text
    printed: Text


class PrintedCoefficient(Row):
    """A coefficient of E = beta C^alpha exactly as printed in a figure's legend."""

    file = "printed_coefficients"
    key = ("figure", "dataset", "metric", "shots", "series", "parameter")
    figure: Literal["1", "2", "3"]
    task: Literal["zero-shot", "linear-probe"]
    dataset: Text
    metric: Metric
    shots: Literal["", "10", "25", "full"]
    series: Literal["OpenCLIP", "CLIP"]
    parameter: Literal["beta", "alpha"]
    printed: Text


class MetaClipModel(Row):
    """A model that the MetaCLIP paper compares, by architecture and pre-training set, and how long it was trained."""

    file = "metaclip_models"
    key = ("model", "pretrain_data")
    model: Model
    pretrain_data: Text
    samples_seen: Count
    global_batch: CountOrNothing


class MetaClipScore(Row):
    """One cell of the MetaCLIP paper, of its README or of the open_clip documentation; `mean-…` are printed means."""

    file = "metaclip"
    key = ("table", "model", "pretrain_data", "dataset")
    table: Literal["4", "5", "6", "7", "8", "9", "Figure 1", "README", "open_clip"]
    model: Model
    pretrain_data: Text
    dataset: Text
    percent: Percent


TABLES: dict[str, type[Row]] = {row.file: row for row in Row.__subclasses__()}


def read(tree: Tree, row: type[R]) -> list[R]:
    """The rows of the table that `row` describes, in the order of the file.

    Raises:
        ReproError: The file is missing or breaks its model; file, line, column and value are named.
    """
    known = None if row is Source else {source.source for source in read(tree, Source)}
    path = tree.published / f"{row.file}.csv"
    return parse(row, files.read_text(path), tree.relative(path), known)


def read_all(tree: Tree) -> dict[str, list[Row]]:
    """Every table by file stem, each checked.

    Raises:
        ReproError: A table is broken or missing, or the folder holds a file that no model describes.
    """
    strangers = sorted({path.stem for path in tree.published.glob("*.csv")} - set(TABLES))
    if strangers:
        raise ReproError(
            f"{tree.relative(tree.published)}/{strangers[0]}.csv is no table of facts; "
            "describe it in reprolib/data/facts.py or remove it"
        )
    return {name: list(read(tree, row)) for name, row in TABLES.items()}
