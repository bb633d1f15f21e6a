"""What table builders take from a study's results, and in which order it stands in a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprolib import ladder
from reprolib.errors import ReproError
from reprolib.names import model as model_name
from reprolib.study import OPENAI_DATA, Study
from reprolib.tables.frame import Label, LackingError

if TYPE_CHECKING:
    import pandas as pd

RUN_LEVELS = ("Model", "Pre-training data", "Samples seen")
SCORES = {"ImageNet": ("imagenet1k", "acc1"), "COCO": ("mscoco_captions", "image_retrieval_recall@5")}
"""Data set and metric by column, where a table has room for a class set and a retrieval set."""


def select(study: Study, **conditions: str) -> pd.DataFrame:
    """The rows of the results table with the given values, smaller models, data sets and budgets first.

    Raises:
        LackingError: The study has none.
        ReproError: Its records are damaged.
    """
    results = study.results
    try:
        chosen = study.select(**conditions)
    except ReproError as error:
        raise LackingError(str(error)) from error
    cost = results.groupby("model")["gmacs_per_sample"].min()
    order = chosen.assign(
        _model=chosen["model"].map(cost),
        _data=chosen["pretrain_data"].map(data_size),
        _budget=chosen["budget"].map(size),
    )
    order = order.sort_values(["_model", "model", "_data", "pretrain_data", "_budget", "run"], kind="stable")
    return order.drop(columns=["_model", "_data", "_budget"])


def size(name: str) -> float:
    """The number in a name, for instance 4e8 for `LAION-400M` and 1.3e10 for `13B`; 0 if there is none."""
    return ladder.size(name)[0]


def data_size(pretrain_data: str) -> float:
    """`size`, with OpenAI's data before all others, as in the paper's tables."""
    return -1.0 if pretrain_data == OPENAI_DATA else size(pretrain_data)


def run_label(model: str, pretrain_data: str, budget: str) -> Label:
    """The row label of a model, with the levels `RUN_LEVELS`."""
    return (model_name(model), pretrain_data, budget)
