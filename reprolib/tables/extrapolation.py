"""Table 4: what the laws of Fig. 1 say of larger models and budgets; what was measured stands as measured."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reprolib.budgets import NOMINAL_SAMPLES, nominal_compute
from reprolib.data import facts
from reprolib.names import model as model_name
from reprolib.tables.frame import LackingError, Table, table
from reprolib.tables.spec import TableSpec

if TYPE_CHECKING:
    from reprolib.study import Study

MODELS = ("ViT-H-14", "ViT-g-14", "ViT-G-14")
SCORES = {"ImageNet": ("imagenet1k", "acc1"), "COCO": ("mscoco_captions", "image_retrieval_recall@5")}
DATA = "LAION-2B"


def extrapolations(study: Study) -> Table:
    """Scores in percent of `MODELS` at every nominal budget: as measured by a run, else 100 (1 - beta C^alpha)."""
    gmacs = {row.model: row.gmacs for row in facts.read(study.tree, facts.Architecture)}
    columns = [(name, budget) for name in SCORES for budget in NOMINAL_SAMPLES]
    measured = _measured(study)

    def cell(i: int, j: int) -> float:
        name, budget = columns[j]
        law = _law(study, *SCORES[name])
        error: float = law["beta"] * nominal_compute(gmacs[MODELS[i]], budget) ** law["alpha"]
        return measured.get((MODELS[i], name, budget), 100 * (1 - error))

    made = table(("Model",), [(model_name(model),) for model in MODELS], columns, cell, ".2f")
    places = {
        (i, j)
        for i, model in enumerate(MODELS)
        for j, (name, budget) in enumerate(columns)
        if (model, name, budget) in measured
    }
    return replace(made, measured=frozenset(places))


def _law(study: Study, dataset: str, metric: str) -> dict[str, float]:
    identifier = f"zero-shot.{dataset}.{metric}.openclip"
    if identifier not in study.laws:
        raise LackingError(
            f"study '{study.name}' has no law '{identifier}' to extrapolate from; run `reprolib fit {study.name}`"
        )
    params: dict[str, float] = study.laws[identifier]["params"]
    return params


def _measured(study: Study) -> dict[tuple[str, str, str], float]:
    """Percent by model, score and budget, of the runs on LAION-2B."""
    rows = study.results[study.results["task"].eq("zero-shot") & study.results["pretrain_data"].eq(DATA)]
    found = {}
    for name, (dataset, metric) in SCORES.items():
        scored = rows[rows["dataset"].eq(dataset) & rows["metric"].eq(metric)]
        for row in scored.itertuples():
            found[row.model, name, row.budget] = 100 * row.value
    return found


SPECS = {
    "table4": TableSpec(
        title="Extrapolated zero-shot performance",
        caption="ImageNet top-1 accuracy and MS-COCO image retrieval recall@5 in percent at nominal samples seen, from "
        "the OpenCLIP laws of Fig. 1; cells in italics are measured",
        origin="recomputed",
        reads=("evals", "laws", "architectures.csv"),
        build=extrapolations,
    )
}
