"""Table 4: what the laws of Fig. 1 say of larger models and budgets; what was measured stands as measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from reprolib.budgets import NOMINAL_SAMPLES
from reprolib.data import facts
from reprolib.names import model as model_name
from reprolib.tables.frame import LackingError, Table, table
from reprolib.tables.select import SCORES, data_size, select, size
from reprolib.tables.spec import TableSpec

if TYPE_CHECKING:
    from reprolib.study import Study

MODELS = ("ViT-H-14", "ViT-g-14", "ViT-G-14")
DATA = "LAION-2B"


@dataclass(frozen=True)
class Reach:
    """How far to extrapolate."""

    gmacs: Mapping[str, float]
    """Forward GMACs of both towers per sample, by model."""
    samples: Mapping[str, float]
    """Samples seen, by budget."""
    data: str
    """The pre-training set of runs that count as measured."""


def extrapolations(study: Study, reach: Callable[[Study], Reach]) -> Table:
    """Scores in percent of every model and budget: as measured by a run, else 100 (1 - beta C^alpha)."""
    to = reach(study)
    models = list(to.gmacs)
    columns = [(name, budget) for name in SCORES for budget in to.samples]
    measured = _measured(study, to.data)

    def cell(i: int, j: int) -> float:
        name, budget = columns[j]
        law = _law(study, *SCORES[name])
        error: float = law["beta"] * (to.gmacs[models[i]] * to.samples[budget]) ** law["alpha"]
        return measured.get((models[i], name, budget), 100 * (1 - error))

    made = table(("Model",), [(model_name(model),) for model in models], columns, cell, ".2f")
    places = {
        (i, j)
        for i, model in enumerate(models)
        for j, (name, budget) in enumerate(columns)
        if (model, name, budget) in measured
    }
    return replace(made, measured=frozenset(places))


def _printed(study: Study) -> Reach:
    """The paper's: three models at nominal budgets."""
    gmacs = {row.model: row.gmacs for row in facts.read(study.tree, facts.Architecture)}
    return Reach({model: gmacs[model] for model in MODELS}, NOMINAL_SAMPLES, DATA)


def _trained(study: Study) -> Reach:
    """A study's own: the models that were not trained at every budget, at each budget and at twice the largest."""
    runs = select(study, task="zero-shot", series="OpenCLIP").drop_duplicates("run")
    data = max(runs["pretrain_data"], key=data_size)
    samples = runs.groupby("budget")["samples_seen"].mean().to_dict()
    samples = {budget: samples[budget] for budget in sorted(samples, key=size)}
    largest = list(samples)[-1]
    budgets = runs[runs["pretrain_data"] == data].groupby("model", sort=False)["budget"].nunique()
    beyond = budgets[budgets < len(samples)].index
    if beyond.empty:
        raise LackingError(f"study '{study.name}' has no model beyond its ladder: all were trained at every budget")
    gmacs = runs.groupby("model")["gmacs_per_sample"].first()
    return Reach({model: gmacs[model] for model in beyond}, {**samples, f"2 x {largest}": 2 * samples[largest]}, data)


def _law(study: Study, dataset: str, metric: str) -> dict[str, float]:
    plain = f"zero-shot.{dataset}.{metric}.openclip"
    # What predicts models beyond a ladder must not be fitted to them, where the study has such a law.
    identifier = alone if (alone := f"{plain}-ladder") in study.laws else plain
    if identifier not in study.laws:
        raise LackingError(
            f"study '{study.name}' has no law '{identifier}' to extrapolate from; run `reprolib fit {study.name}`"
        )
    params: dict[str, float] = study.laws[identifier]["params"]
    return params


def _measured(study: Study, data: str) -> dict[tuple[str, str, str], float]:
    """Percent by model, score and budget, of the runs on `data`."""
    rows = study.results[study.results["task"].eq("zero-shot") & study.results["pretrain_data"].eq(data)]
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
        build=partial(extrapolations, reach=_printed),
        elsewhere=TableSpec(
            title="Extrapolated zero-shot performance",
            caption="ImageNet top-1 accuracy and COCO image retrieval recall@5 in percent of the models larger than "
            "the ladder's, at its budgets and at twice the largest, from the study's own laws; cells in italics "
            "are measured",
            origin="recomputed",
            reads=("evals", "laws"),
            build=partial(extrapolations, reach=_trained),
        ),
    )
}
