"""The ladder of a study: the models that are trained on every data set for every budget, and those beyond it.

The 29 runs of Cherti et al. are such a ladder of three models, three sets and three budgets, and two larger models with
one run each; the miniature is made alike. It reads the results table and nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from reprolib.study import Study

SUFFIX = {"": 1.0, "K": 1e3, "M": 1e6, "B": 1e9}
MEASURED = {"task": "zero-shot", "series": "OpenCLIP", "dataset": "imagenet1k", "metric": "acc1"}
"""What every run of a ladder is measured on."""


@dataclass(frozen=True)
class Ladder:
    """The names of what was varied, each from small to large."""

    models: list[str]
    data: list[str]
    budgets: list[str]
    beyond: list[str]
    """Models that were trained for some of it only."""


def of_study(study: Study) -> Ladder:
    """The ladder of all runs of a study's own models."""
    table = study.results
    for column, value in MEASURED.items():
        table = table[table[column] == value]
    return of_runs(table)


def of_runs(runs: pd.DataFrame) -> Ladder:
    """The ladder in a table with a row for each run; `models` is empty where there is none."""
    by_compute = runs.sort_values(["gmacs_per_sample", "model"])["model"].unique()
    data, budgets = (sorted(runs[column].unique(), key=size) for column in ("pretrain_data", "budget"))
    cells = runs.groupby("model")[["pretrain_data", "budget"]].apply(lambda rows: len(rows.drop_duplicates()))
    whole = [model for model in by_compute if cells[model] == len(data) * len(budgets)]
    return Ladder(whole, data, budgets, [model for model in by_compute if model not in whole])


def size(name: str) -> tuple[float, str]:
    """A key that sorts names by the number in them: `3B` before `13B`, `LAION-80M` before `LAION-2B`."""
    found = re.search(r"(\d+(?:\.\d+)?)([KMB]?)\b", name.upper())
    return (float(found[1]) * SUFFIX[found[2]] if found else 0.0, name)
