"""Tables 16 and 19 to 24: one metric of every model of the ladder, architecture and samples seen against data set."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from reprolib.errors import ReproError
from reprolib.names import model as model_name
from reprolib.tables.frame import Table, table, with_best
from reprolib.tables.select import data_size, select, size
from reprolib.tables.spec import TableSpec

if TYPE_CHECKING:
    from reprolib.study import Study

GRIDS = {
    "table16": ("VTAB+ zero-shot accuracy", "vtab+", "acc1", "Mean top-1 accuracy over its classification sets"),
    "table19": ("ImageNet zero-shot accuracy", "imagenet1k", "acc1", "Top-1 accuracy"),
    "table20": (
        "Zero-shot accuracy under distribution shift",
        "imagenet_robustness",
        "acc1",
        "Mean top-1 accuracy over ImageNet-v2, -R, -Sketch, -A and ObjectNet",
    ),
    "table21": ("MS-COCO image retrieval", "mscoco_captions", "image_retrieval_recall@5", "Zero-shot recall@5"),
    "table22": ("MS-COCO text retrieval", "mscoco_captions", "text_retrieval_recall@5", "Zero-shot recall@5"),
    "table23": ("Flickr30K image retrieval", "flickr30k", "image_retrieval_recall@5", "Zero-shot recall@5"),
    "table24": ("Flickr30K text retrieval", "flickr30k", "text_retrieval_recall@5", "Zero-shot recall@5"),
}

SHIFTS = "Mean top-1 accuracy over ImageNetV2, ImageNet-R, ImageNet-Sketch, ImageNet-A and ObjectNet"
"""Each by its whole name, so that a miniature can say what stands for it."""


def grid(study: Study, dataset: str, metric: str) -> Table:
    """Every OpenCLIP run's `metric` on `dataset` in percent; runs that differ in the seed alone are averaged.

    Raises:
        ReproError: Two runs want the same cell.
    """
    found = select(study, task="zero-shot", series="OpenCLIP", dataset=dataset, metric=metric)
    cell = ["model", "budget", "pretrain_data"]
    double = found[found.duplicated([*cell, "seed"], keep=False)]
    if len(double):
        raise ReproError(
            f"results/{study.name}/evals: {', '.join(double['run'])} are the same model, data, budget and seed, "
            f"but the grid of '{dataset}' has one cell for them; remove one"
        )
    seeds = found.groupby(cell, sort=False)["value"]
    percent = 100 * seeds.mean()
    models = list(dict.fromkeys(found["model"]))
    keys = sorted(
        dict.fromkeys(zip(found["model"], found["budget"], strict=True)),
        key=lambda key: (models.index(key[0]), size(key[1])),
    )
    data = sorted(set(found["pretrain_data"]), key=lambda name: (data_size(name), name))
    made = table(
        ("Model", "Samples seen"),
        [(model_name(model), budget) for model, budget in keys],
        [(name,) for name in data],
        lambda i, j: percent.get((*keys[i], data[j])),
        ".2f",
    )
    note = "Cells are means over seeds" if seeds.size().max() > 1 else ""
    return replace(with_best(made, "table"), note=note)


def _spec(title: str, dataset: str, metric: str, what: str) -> TableSpec:
    return TableSpec(
        title=title,
        caption=f"{what} in percent; the best model in bold",
        origin="recomputed",
        reads=("evals",),
        build=partial(grid, dataset=dataset, metric=metric),
    )


SPECS = {identifier: _spec(*entries) for identifier, entries in GRIDS.items()}
SPECS["table20"] = replace(SPECS["table20"], elsewhere=_spec(*GRIDS["table20"][:-1], SHIFTS))
