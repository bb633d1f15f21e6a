"""Which laws a study gets: what error, of which models, through which points, and which figures draw them.

Those of the paper, for every study: `reprolib.fit` fits the ones whose results the study has. Reads the results table,
for the names of a study's own models and tasks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from reprolib import ladder
from reprolib.study import PUBLISHED, Study

EIGHT_MEAN = "eight-task-mean"


class Choice(Enum):
    """Which runs of a series become points; the value is the clause that the record carries."""

    FRONTIER = (
        "the smallest error in each of {bins} equal bins of log10 compute, placed at the bin's centre "
        "(the bins reach {margin} decades beyond the largest compute)"
    )
    BEST = "the most accurate run of each model, data set and budget"
    ALL = "every run"


@dataclass(frozen=True)
class Series:
    """Which models one line of a figure stands for."""

    name: str
    slug: str
    """The end of the law's id."""
    of: str
    """CLIP or OpenCLIP, the column `series` of a study's results."""
    takes: str
    """Which models those are, as a clause."""
    models: str = ".*"
    """A pattern that the whole model name matches."""
    runs: str = ".*"
    """A pattern that the whole run name matches."""


_VIT, _RESNET = r"ViT-\w-\d+", r"RN\d+(x\d+)?"
_PLAIN = r".*_ft-in1k-224px"
OPENCLIP = Series("OpenCLIP", "openclip", "OpenCLIP", "all models")
OPENCLIP_TABLE_5 = Series("OpenCLIP, Table 5 only", "openclip-table-5", "OpenCLIP", "the models of Table 5", _VIT)
OPENCLIP_PLAIN = Series("OpenCLIP", "openclip", "OpenCLIP", "models tuned at 224 px on ImageNet-1k alone", runs=_PLAIN)
CLIP = Series("CLIP", "clip", "CLIP", "ViTs at 224 px", _VIT)
CLIP_PLAIN = Series("CLIP", "clip", "CLIP", "models tuned at 224 px on ImageNet-1k alone", runs=_PLAIN)
CLIP_RESNET = Series("CLIP ResNet", "clip-resnet", "CLIP", "ResNets", _RESNET)
CLIP_BOTH = Series(
    "CLIP ResNet and ViT", "clip-resnet-and-vit", "CLIP", "ResNets and ViTs at 224 px", f"{_RESNET}|{_VIT}"
)


@dataclass(frozen=True)
class LawSpec:
    """One law to fit: what error, of which models, through which points."""

    task: str
    dataset: str
    series: Series
    choice: Choice
    figures: tuple[str, ...] = ()
    """Figures of the paper that draw it."""
    metric: str = "acc1"
    shots: str = ""
    printed: bool = False
    """Whether the paper prints its coefficients."""

    @property
    def id(self) -> str:
        """`<task>.<dataset>.<metric>[.<shots>].<series>`, which is also the name of the record."""
        parts = (self.task, self.dataset.replace("/", "-"), self.metric, self.shots, self.series.slug)
        return ".".join(part for part in parts if part)


_IMAGE, _TEXT = "image_retrieval_recall@5", "text_retrieval_recall@5"
_DRAWN = {  # (dataset, metric): figures of the OpenCLIP law, figures of the CLIP law
    ("imagenet1k", "acc1"): (("fig1", "fig8", "fig12"), ("fig1", "fig12")),
    ("imagenet_robustness", "acc1"): (("fig1",), ("fig1",)),
    ("mscoco_captions", _IMAGE): (("fig1", "fig8", "fig12"), ("fig1", "fig12")),
    ("flickr30k", _IMAGE): (("fig1",), ("fig1",)),
}
_EXTRAPOLATED = (("imagenet1k", "acc1"), ("mscoco_captions", _IMAGE))
_NOT_DRAWN = (("mscoco_captions", _TEXT), ("flickr30k", _TEXT), ("vtab", "acc1"), ("vtab+", "acc1"))
_PROBES = (
    *(("fig2", dataset, shots) for dataset in ("imagenet1k", "cifar100") for shots in ("10", "25", "full")),
    ("fig3", "vtab-linear-probe", "full"),
)


def laws_of(study: Study) -> tuple[LawSpec, ...]:
    """The laws that the figures draw of a study: the paper's, and of another study's ladder one that it predicts by."""
    own = study.name == PUBLISHED
    # Where models are tuned in several ways, as the paper's are, only those tuned alike make a law.
    tuned = (OPENCLIP_PLAIN, CLIP_PLAIN) if own else (OPENCLIP, CLIP)
    return (
        *(
            LawSpec("zero-shot", dataset, series, choice, _drawn(figures, own), metric, printed=own)
            for (dataset, metric), (ours, theirs) in _DRAWN.items()
            for series, choice, figures in ((OPENCLIP, Choice.FRONTIER, ours), (CLIP, Choice.ALL, theirs))
        ),
        *(
            LawSpec("zero-shot", dataset, series, choice, (), metric)
            for dataset, metric in _NOT_DRAWN
            for series, choice in ((OPENCLIP, Choice.FRONTIER), (CLIP, Choice.ALL))
        ),
        *(
            LawSpec("zero-shot", dataset, series, Choice.ALL, ("fig12",), metric)
            for dataset, metric in _EXTRAPOLATED
            for series in (CLIP_RESNET, CLIP_BOTH)
        ),
        *(
            LawSpec("zero-shot", dataset, series, Choice.FRONTIER, ("fig8",), metric)
            for series in ([] if own else _ladder_alone(study))
            for dataset, metric in _EXTRAPOLATED
        ),
        *(
            LawSpec("linear-probe", dataset, series, choice, (figure,), shots=shots, printed=printed)
            for figure, dataset, shots in _PROBES
            for series, choice, printed in (
                (OPENCLIP, Choice.BEST, own),
                (OPENCLIP_TABLE_5, Choice.BEST, False),
                (CLIP, Choice.ALL, own),
            )
        ),
        *(
            LawSpec("imagenet-fine-tune", dataset, series, Choice.ALL, ("fig4",))
            for dataset in ("imagenet1k", "imagenet-robustness-4")
            for series in tuned
        ),
        *(
            LawSpec(task, dataset, series, Choice.ALL, (figure,))
            for figure, task, dataset in _jointly_tuned(study.eight_tasks)
            for series in (OPENCLIP, CLIP)
        ),
    )


def _drawn(figures: tuple[str, ...], own: bool) -> tuple[str, ...]:
    """The law of all models is not drawn on where another is fitted without those that it is to predict."""
    return figures if own else tuple(figure for figure in figures if figure != "fig8")


def _jointly_tuned(tasks: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Figure, task and data set of each error before, after and between."""
    for dataset in ("imagenet1k", *tasks, EIGHT_MEAN):
        yield "fig9", "eight-task-zero-shot", dataset
    yield "fig5", "eight-task-joint", EIGHT_MEAN
    for dataset in tasks:
        yield "fig10", "eight-task-joint", dataset
    for dataset in ("imagenet1k", *tasks, EIGHT_MEAN):
        yield "fig11", "eight-task-patched", dataset


def _ladder_alone(study: Study) -> list[Series]:
    """The models below those that a study trained to test its own predictions, as a series; none if it has no such."""
    found = ladder.of_study(study)
    if not (found.models and found.beyond):
        return []
    models = "|".join(re.escape(model) for model in found.models)
    takes = "the models that are trained on every data set for every budget"
    return [Series("Ladder alone", "openclip-ladder", "OpenCLIP", takes, models)]
