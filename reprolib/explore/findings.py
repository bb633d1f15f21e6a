"""What the paper finds, in its own study and in the miniature: two numbers a finding, their intervals, and a verdict.

    findings.table(Study(tree, "published"), Study(tree, "mini"))

A finding is a number of which the sign matters: an exponent below zero, a difference above. It *reproduces* where the
intervals of both studies lie on one side of zero, the same one; it *does not* where the miniature's lies on the other
side; and where an interval holds zero, or there is none, it *cannot be told*. Sizes are not compared: the models of
the two studies are five orders of magnitude apart. Reads laws, results and scrutiny of both studies; writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, stdev
from typing import TYPE_CHECKING, Any

import pandas as pd

from reprolib import names
from reprolib.laws.quantiles import student

if TYPE_CHECKING:
    from reprolib.study import Study

REPRODUCES, CONTRARY, OPEN = "reproduces", "does not reproduce", "cannot be told"
LEVEL = 0.95
FALLS = "error falls with compute: exponent"
LAWS = {  # the law of Figs. 1 to 5 and 11 that says it
    "zero-shot.imagenet1k.acc1.openclip": "ImageNet, zero-shot",
    "zero-shot.imagenet_robustness.acc1.openclip": "ImageNet robustness, zero-shot",
    "zero-shot.mscoco_captions.image_retrieval_recall@5.openclip": "COCO image retrieval",
    "zero-shot.flickr30k.image_retrieval_recall@5.openclip": "Flickr30K image retrieval",
    "linear-probe.imagenet1k.acc1.10.openclip": "ImageNet, linear probe, 10-shot",
    "linear-probe.imagenet1k.acc1.full.openclip": "ImageNet, linear probe, all images",
    "linear-probe.vtab-linear-probe.acc1.full.openclip": "VTAB, linear probe",
    "imagenet-fine-tune.imagenet1k.acc1.openclip": "ImageNet, fine-tuned",
    "eight-task-joint.eight-task-mean.acc1.openclip": "Mean of 8 tasks, jointly fine-tuned",
    "eight-task-patched.eight-task-mean.acc1.openclip": "Mean of 8 tasks, patched",
}
_FULL, _TEN, _TWENTY_FIVE = (("linear-probe", "imagenet1k", shots) for shots in ("full", "10", "25"))
_CLASS_SET = ("zero-shot", "imagenet1k", "")
_BEFORE, _TUNED, _PATCHED = (
    (f"eight-task-{stage}", "eight-task-mean", "") for stage in ("zero-shot", "joint", "patched")
)
ORDERS = {  # accuracy of the first above that of the second, on the same models
    "all images beat 10 a class (linear probe)": (_FULL, _TEN),
    "25 images a class beat 10 (linear probe)": (_TWENTY_FIVE, _TEN),
    "a probe beats prompts on ImageNet": (_FULL, _CLASS_SET),
    "shifted sets are harder than ImageNet": (_CLASS_SET, ("zero-shot", "imagenet_robustness", "")),
    "joint fine-tuning raises the mean of 8 tasks": (_TUNED, _BEFORE),
    "patching raises the mean of 8 tasks": (_PATCHED, _BEFORE),
}
EXTRA = "_ft-in12k-"
"""In the names of the paper's towers that were tuned to ImageNet-12k before (Table 9)."""
BOTTLENECKS = {
    "samples by data": "training for longer pays less on the smallest data than on the largest",
    "model by data": "a larger model pays less on the smallest data than on the largest",
    "samples by model": "training for longer pays less for the smallest model than for the largest",
}
"""By the question of `reprolib.scrutiny.bottlenecks`."""


@dataclass(frozen=True)
class Number:
    """A measured number whose sign is a finding."""

    value: float
    interval: tuple[float, float] | None
    of: str
    """What it was taken from, as a clause."""

    @property
    def sign(self) -> int:
        """Of the whole interval; 0 where it holds zero or there is none."""
        if self.interval is None or self.interval[0] <= 0 <= self.interval[1]:
            return 0
        return 1 if self.interval[0] > 0 else -1

    def __str__(self) -> str:
        """For a reader."""
        ends = "no interval" if self.interval is None else f"[{self.interval[0]:+.3f}, {self.interval[1]:+.3f}]"
        return f"{self.value:+.3f} {ends}"


def table(paper: Study, miniature: Study) -> pd.DataFrame:
    """A row a finding: the number in both studies, and whether it reproduces."""
    one, other = numbers(paper), numbers(miniature)
    rows = [
        {
            "finding": finding,
            paper.name: str(one[finding]),
            miniature.name: str(other[finding]) if finding in other else "not measured",
            "verdict": verdict(one[finding], other.get(finding)),
        }
        for finding in one
    ]
    return pd.DataFrame(rows).set_index("finding")


def verdict(paper: Number, miniature: Number | None) -> str:
    """Whether the miniature's number has the sign of the paper's, by their intervals."""
    if miniature is None or paper.sign == 0 or miniature.sign == 0:
        return OPEN
    return REPRODUCES if paper.sign == miniature.sign else CONTRARY


def numbers(study: Study) -> dict[str, Number]:
    """The findings that the records of `study` have a number for, by what they say."""
    found = {f"{title}: {FALLS}": _exponent(study.laws[law]) for law, title in LAWS.items() if law in study.laws}
    for claim, (first, second) in ORDERS.items():
        gains = _gains(study, first, second)
        if len(gains) > 1:
            found[f"{claim}: gain"] = _mean(gains)
    if len(gains := _of_extra_fine_tuning(study)) > 1:
        found["fine-tuning on ImageNet-12k before raises ImageNet: gain"] = _mean(gains)
    for row in study.scrutiny.get("bottlenecks", {}).get("rows", []):
        interval = None if row["interval"] is None else (row["interval"][0], row["interval"][1])
        claim = (
            f"{names.measured(row['dataset'], row['metric'])}: {BOTTLENECKS[row['question']]}: difference of exponents"
        )
        found[claim] = Number(row["difference"], interval, "the scrutiny's part on bottlenecks")
    return found


def _exponent(law: dict[str, Any]) -> Number:
    low, high = law["intervals"]["alpha"]
    return Number(law["params"]["alpha"], (low, high), f"the law {law['id']}, {law['n_points']} points")


def _gains(study: Study, first: Sequence[str], second: Sequence[str]) -> list[float]:
    """The differences of accuracy over the runs that have both."""
    one, other = (_accuracy(study, *which) for which in (first, second))
    return [one[run] - other[run] for run in sorted(one.keys() & other.keys())]


def _of_extra_fine_tuning(study: Study) -> list[float]:
    """The differences over towers tuned in both ways; in the paper's study each way is a checkpoint of its own."""
    tuned = _accuracy(study, "imagenet-fine-tune", "imagenet1k", "")
    twice = {run.replace(EXTRA, "_ft-"): value for run, value in tuned.items() if EXTRA in run}
    twice |= _accuracy(study, "imagenet-12k-fine-tune", "imagenet1k", "")
    return [twice[run] - tuned[run] for run in sorted(tuned.keys() & twice.keys())]


def _accuracy(study: Study, task: str, dataset: str, shots: str) -> dict[str, float]:
    rows = study.results
    wanted = rows["series"].eq("OpenCLIP") & rows["metric"].eq("acc1") & rows["task"].eq(task)
    wanted &= rows["dataset"].eq(dataset) & rows["shots"].eq(shots)
    return dict(zip(rows[wanted]["run"], rows[wanted]["value"], strict=True))


def _mean(gains: list[float]) -> Number:
    """With Student's interval over models, which are what the finding is about."""
    half = student(LEVEL, len(gains) - 1) * stdev(gains) / len(gains) ** 0.5
    return Number(mean(gains), (mean(gains) - half, mean(gains) + half), f"{len(gains)} models")
