"""Table 17: every set of VTAB+ for the strongest model of each architecture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from reprolib import names
from reprolib.data import facts
from reprolib.tables.frame import LackingError, Table, table, with_best
from reprolib.tables.select import data_size, select, size
from reprolib.tables.spec import TableSpec

if TYPE_CHECKING:
    from reprolib.study import Study

AVERAGE = ("vtab+", "VTAB+ (Avg.)")


def details(study: Study, sets_of: Callable[[Study], Mapping[str, str]]) -> Table:
    """Top-1 accuracy in percent, by data set and model.

    The columns are the models trained on the largest data set, each at its largest budget, in order of total compute.
    """
    found = select(study, task="zero-shot", series="OpenCLIP", metric="acc1")
    found = found[found["pretrain_data"] == max(found["pretrain_data"], key=data_size)]
    largest = found.groupby("model")["budget"].transform(lambda budgets: max(budgets, key=size))
    runs = found[found["budget"] == largest].drop_duplicates("run").sort_values("gmacs_total")
    sets = {**sets_of(study), AVERAGE[0]: AVERAGE[1]}
    percent = {(row.run, row.dataset): 100 * row.value for row in found.itertuples()}
    measured, rows = list(runs["run"]), list(sets)
    missing = [(run, name) for run in measured for name in rows if (run, name) not in percent]
    if missing:
        run, name = missing[0]
        raise LackingError(
            f"study '{study.name}' has no zero-shot accuracy of {run} on '{name}' of VTAB+; "
            f"check results/{study.name}/evals"
        )
    made = table(
        ("Data set",),
        [(title,) for title in sets.values()],
        [(names.model(row.model), row.budget) for row in runs.itertuples()],
        lambda i, j: percent[measured[j], rows[i]],
        ".2f",
    )
    return replace(with_best(made, "row"), rules=frozenset({rows.index(AVERAGE[0])}))


def _printed(study: Study) -> Mapping[str, str]:
    """The paper's sets of VTAB+ with their abbreviations."""
    return {row.dataset: row.abbreviation for row in facts.read(study.tree, facts.EvaluationDataset) if row.vtab_plus}


def _classified(study: Study) -> Mapping[str, str]:
    """A study's own: every set of classes that was measured, those that stand for one of the paper first."""
    measured = study.results[study.results["task"].eq("zero-shot") & study.results["metric"].eq("acc1")]
    single = set(measured[measured["n_test"].notna()]["dataset"])
    ordered = [*(name for name in names.DATASETS if name in single), *sorted(single - set(names.DATASETS))]
    return {name: names.dataset(name) for name in ordered}


SPECS = {
    "table17": TableSpec(
        title="Zero-shot accuracy on each set of VTAB+",
        caption="Top-1 accuracy in percent of each architecture trained on the largest data set with the most samples "
        "seen; the best of each row in bold",
        origin="recomputed",
        reads=("evals", "evaluation_datasets.csv"),
        build=partial(details, sets_of=_printed),
        elsewhere=TableSpec(
            title="Zero-shot accuracy on each set of VTAB+",
            caption="Top-1 accuracy in percent of each architecture trained on the largest data set with the most "
            "samples seen, on ImageNet, its shifts and the diverse tasks; the best of each row in bold",
            origin="recomputed",
            reads=("evals",),
            build=partial(details, sets_of=_classified),
        ),
    )
}
