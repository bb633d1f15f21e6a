"""What follows from MetaCLIP's printed tables alone: their means recomputed, and the cells that cannot be right.

Reads paper/published/metaclip.csv and metaclip_models.csv (Xu et al., arXiv 2309.16671, version 6). Tables 4 to 7 have
26 data sets a model and print their mean; Table 9 has 38, whose means Table 8 prints. A printed mean that its own cells
cannot give, whatever was lost in rounding, is not possible. Where one cell alone would have to be wrong for it, and
another table prints that cell with the value that it would need, the cell is named.

    for mean in metaclip.means(facts.read(tree, facts.MetaClipScore)): ...
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from reprolib.errors import ReproError

if TYPE_CHECKING:
    from reprolib.data.facts import MetaClipScore

Key: TypeAlias = tuple[str, str, str]
"""Table, model and pre-training set."""
Scores: TypeAlias = dict[Key, dict[str, float]]

ROUNDING = 0.1
"""How far in pp a printed mean may lie from the mean of its cells: all are rounded to 0.1, so half of that for each."""
DUST = 1e-9
"""Of sums of decimals."""
SHIFTS = ("imagenetv2", "imagenet-a", "imagenet-r", "imagenet_sketch", "objectnet")
"""The five of the first paper's ImageNet robustness, all of them in Table 9."""
MEAN_26, MEAN_38 = "mean-26", "mean-38"
SIZES = {"4": 26, "5": 26, "6": 26, "7": 26, "9": 38}
"""How many data sets each table has."""
GROUPS: dict[str, tuple[str, ...]] = {
    "mean-vtab": (
        *("caltech101", "cifar100", "clevr_count", "clevr_distance", "dtd", "eurosat", "kitti", "flowers", "pets"),
        *("resisc45", "sun397", "svhn", "camelyon17"),
    ),
    "mean-retrieval": ("flickr", "mscoco", "winogavil"),
}
"""The cells whose means Table 8 prints under these names, as Table 9 groups them: Camelyon17 stands under VTAB."""


@dataclass(frozen=True)
class Mean:
    """A mean as printed and as its cells give it, in percent."""

    table: str
    """That prints the mean."""
    model: str
    pretrain_data: str
    name: str
    printed: float
    ours: float
    cells: Mapping[str, float]
    """By data set, from the table that prints the cells."""

    @property
    def difference(self) -> float:
        """Ours less the printed one, in pp."""
        return self.ours - self.printed

    @property
    def possible(self) -> bool:
        """Whether rounding alone may explain the difference."""
        return abs(self.difference) <= ROUNDING + DUST


@dataclass(frozen=True)
class Slip:
    """A printed cell that cannot be right, and what another table prints for it, in percent."""

    model: str
    pretrain_data: str
    dataset: str
    table: str
    printed: float
    elsewhere: float
    elsewhere_table: str


def scores(rows: Iterable[MetaClipScore]) -> Scores:
    """Every cell by table, model and pre-training set, then by data set or name of a mean; in percent."""
    found: Scores = {}
    for row in rows:
        found.setdefault((row.table, row.model, row.pretrain_data), {})[row.dataset] = row.percent
    return found


def means(rows: Iterable[MetaClipScore]) -> list[Mean]:
    """Every printed mean whose cells are known, in the order of the tables.

    Raises:
        ReproError: A table lacks a cell.
    """
    found = scores(rows)
    made = []
    for (table, model, data), cells in found.items():
        if MEAN_26 in cells:
            own = _whole((table, model, data), {name: value for name, value in cells.items() if name != MEAN_26})
            made.append(Mean(table, model, data, MEAN_26, cells[MEAN_26], statistics.fmean(own.values()), own))
        if MEAN_38 in cells:
            below = _whole(("9", model, data), found.get(("9", model, data), {}))
            for name, members in {MEAN_38: tuple(below), **GROUPS}.items():
                own = {dataset: below[dataset] for dataset in members}
                made.append(Mean(table, model, data, name, cells[name], statistics.fmean(own.values()), own))
    return made


def slips(rows: Iterable[MetaClipScore]) -> list[Slip]:
    """The cells of Table 9 that alone explain every mean of their model that is not possible; none where several may.

    A cell explains a mean if the value that Table 4 or 5 prints for the same model and data set makes it possible. The
    two must lie farther apart than they do for any other model, since the tables differ in prompts and splits.
    """
    listed = list(rows)
    below = [mean for mean in means(listed) if mean.table == "8"]
    twice = _twice(scores(listed))
    made = []
    for model, data in dict.fromkeys((mean.model, mean.pretrain_data) for mean in below if not mean.possible):
        own = [mean for mean in below if (mean.model, mean.pretrain_data) == (model, data)]
        candidates = [
            slip
            for slip in twice
            if (slip.model, slip.pretrain_data) == (model, data)
            and _farthest(slip, twice)
            and all(_possible_with(mean, slip) for mean in own)
        ]
        made += candidates if len(candidates) == 1 else []
    return made


def robustness(found: Scores, model: str, data: str) -> float | None:
    """The mean over `SHIFTS` in percent, the first paper's measure, from Table 9; None if it has no such model."""
    cells = found.get(("9", model, data))
    return None if cells is None else statistics.fmean(cells[name] for name in SHIFTS)


def _whole(key: Key, cells: dict[str, float]) -> dict[str, float]:
    table, model, data = key
    if len(cells) != SIZES[table]:
        raise ReproError(
            f"paper/published/metaclip.csv has {len(cells)} data sets of table {table} for {model} on {data}, but the "
            f"table has {SIZES[table]}; restore the file with git"
        )
    return cells


def _twice(found: Scores) -> list[Slip]:
    """Every cell of Table 9 that Table 4 or 5 prints as well, as if it were wrong."""
    made = []
    for (table, model, data), below in found.items():
        if table == "9":
            other = next(each for each in ("5", "4") if (each, model, data) in found)
            beside = found[other, model, data]
            made += [Slip(model, data, name, "9", below[name], beside[name], other) for name in below if name in beside]
    return made


def _farthest(slip: Slip, twice: list[Slip]) -> bool:
    others = [each for each in twice if each.dataset == slip.dataset and each != slip]
    return all(abs(slip.printed - slip.elsewhere) > abs(each.printed - each.elsewhere) for each in others)


def _possible_with(mean: Mean, slip: Slip) -> bool:
    """Whether `mean` is possible once the cell has the other table's value."""
    moved = (slip.elsewhere - slip.printed) / len(mean.cells) if slip.dataset in mean.cells else 0.0
    return abs(mean.difference + moved) <= ROUNDING + DUST
