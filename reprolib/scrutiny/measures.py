"""The eight zero-shot errors by which the paper compares CLIP and OpenCLIP, and the runs that measured them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from reprolib import ladder, names
from reprolib.lawspecs import CLIP, OPENCLIP, Series

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reprolib.study import Study

IMAGE, TEXT = "image_retrieval_recall@5", "text_retrieval_recall@5"
LEAST = 3
"""Runs with which a power law has a degree of freedom left."""


@dataclass(frozen=True)
class Measure:
    """One error, and what the paper says of its slopes."""

    dataset: str
    metric: str = "acc1"

    @property
    def steeper(self) -> str:
        """The series whose error the paper says falls the more steeply: CLIP's in classification (Sec. 4.1)."""
        return "CLIP" if self.metric == "acc1" else "OpenCLIP"

    @property
    def title(self) -> str:
        """As a reader calls it."""
        return names.measured(self.dataset, self.metric)

    def key(self) -> dict[str, str]:
        """What a row of a record carries of it."""
        return {"dataset": self.dataset, "metric": self.metric}


MEASURES = (
    Measure("imagenet1k"),
    Measure("imagenet_robustness"),
    Measure("vtab+"),
    Measure("vtab"),
    Measure("mscoco_captions", IMAGE),
    Measure("mscoco_captions", TEXT),
    Measure("flickr30k", IMAGE),
    Measure("flickr30k", TEXT),
)
"""The first two and the image retrievals are on Fig. 1, VTAB+ in Table 1; for the others the paper draws no law."""


def runs(study: Study, measure: Measure, series: Series) -> pd.DataFrame:
    """The runs of one series, by compute, with the columns `error` (a fraction) and those of the results table."""
    table = study.results
    named = table["model"].str.fullmatch(series.models) & table["run"].str.fullmatch(series.runs)
    wanted = {"task": "zero-shot", "shots": "", **measure.key(), "series": series.of}
    for column, value in wanted.items():
        named &= table[column] == value
    chosen = table[named].sort_values(["gmacs_total", "run"], ignore_index=True)
    return chosen.assign(error=1 - chosen["value"])


def openclip(study: Study, measure: Measure) -> pd.DataFrame:
    """The runs of the paper's own ladder."""
    return runs(study, measure, OPENCLIP)


def clip(study: Study, measure: Measure) -> pd.DataFrame:
    """OpenAI's ViTs at 224 px, as in the paper's figures."""
    return runs(study, measure, CLIP)


def by_data(rows: pd.DataFrame) -> list[str]:
    """The pre-training sets from the smallest to the largest."""
    return sorted(map(str, rows["pretrain_data"].unique()), key=ladder.size)


def enough(study: Study, skipped: list[dict[str, Any]]) -> Iterator[tuple[Measure, pd.DataFrame]]:
    """Each measure that has the runs for a law, with OpenCLIP's; of the others `skipped` is told."""
    for measure in MEASURES:
        rows = openclip(study, measure)
        if len(rows) < LEAST:
            skipped.append(lacking(measure, len(rows), "OpenCLIP"))
        else:
            yield measure, rows


def lacking(measure: Measure, number: int, series: str, need: int = LEAST) -> dict[str, Any]:
    """The entry of a record that says why a measure is not in it."""
    return {**measure.key(), "reason": f"the study has {number} {series} runs of {measure.title}; {need} are needed"}
