"""Table 1: the largest models of each series on three zero-shot scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprolib.study import PUBLISHED
from reprolib.tables.frame import Table, table, with_best
from reprolib.tables.select import RUN_LEVELS, data_size, run_label, select
from reprolib.tables.spec import TableSpec

if TYPE_CHECKING:
    from reprolib.study import Study

MODELS = (
    ("ViT-L-14", "CLIP-WIT", "13B"),
    ("ViT-L-14", "LAION-2B", "34B"),
    ("ViT-H-14", "LAION-2B", "34B"),
)
"""Those that the paper puts first."""
SCORES = {
    "ImageNet": ("imagenet1k", "acc1"),
    "VTAB+": ("vtab+", "acc1"),
    "COCO": ("mscoco_captions", "image_retrieval_recall@5"),
}


def highlights(study: Study) -> Table:
    """Three models in percent with one decimal: those of the paper, or a study's own of the largest compute."""
    models = MODELS if study.name == PUBLISHED else _largest(study, len(MODELS))

    def score(model: str, data: str, budget: str, dataset: str, metric: str) -> float:
        found = select(
            study, task="zero-shot", model=model, pretrain_data=data, budget=budget, dataset=dataset, metric=metric
        )
        return 100 * float(found["value"].item())

    scores = list(SCORES.values())
    made = table(
        RUN_LEVELS,
        [run_label(*key) for key in models],
        [(name,) for name in SCORES],
        lambda i, j: score(*models[i], *scores[j]),
        ".1f",
    )
    return with_best(made, "column")


def _largest(study: Study, count: int) -> list[tuple[str, str, str]]:
    """Model, data and budget of the largest run of each of the `count` models of the largest compute, ascending."""
    runs = select(study, task="zero-shot", series="OpenCLIP").drop_duplicates("run")
    runs = runs.assign(size=runs["pretrain_data"].map(data_size)).sort_values(["gmacs_total", "size"], kind="stable")
    largest = runs.drop_duplicates("model", keep="last").tail(count)
    return list(zip(largest["model"], largest["pretrain_data"], largest["budget"], strict=True))


SPECS = {
    "table1": TableSpec(
        title="Zero-shot performance of the largest models",
        caption="Top-1 accuracy on ImageNet and on average over the sets of VTAB+, image retrieval recall@5 on "
        "MS-COCO, in percent; the best of each column in bold",
        origin="recomputed",
        reads=("evals",),
        build=highlights,
    )
}
