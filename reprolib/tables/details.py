"""Table 17: every set of VTAB+ for the strongest model of each architecture."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reprolib.data import facts
from reprolib.names import model as model_name
from reprolib.tables.frame import LackingError, Table, table, with_best
from reprolib.tables.select import data_size, select, size
from reprolib.tables.spec import TableSpec

if TYPE_CHECKING:
    from reprolib.study import Study

AVERAGE = ("vtab+", "VTAB+ (Avg.)")


def details(study: Study) -> Table:
    """Top-1 accuracy in percent, by data set and model.

    The columns are the models trained on the largest data set, each at its largest budget, in order of total compute.
    """
    found = select(study, task="zero-shot", series="OpenCLIP", metric="acc1")
    found = found[found["pretrain_data"] == max(found["pretrain_data"], key=data_size)]
    largest = found.groupby("model")["budget"].transform(lambda budgets: max(budgets, key=size))
    runs = found[found["budget"] == largest].drop_duplicates("run").sort_values("gmacs_total")
    sets = {row.dataset: row.abbreviation for row in facts.read(study.tree, facts.EvaluationDataset) if row.vtab_plus}
    sets |= [AVERAGE]
    percent = {(row.run, row.dataset): 100 * row.value for row in found.itertuples()}
    names, rows = list(runs["run"]), list(sets)
    missing = [(run, name) for run in names for name in rows if (run, name) not in percent]
    if missing:
        run, name = missing[0]
        raise LackingError(
            f"study '{study.name}' has no zero-shot accuracy of {run} on '{name}' of VTAB+; "
            f"check results/{study.name}/evals"
        )
    made = table(
        ("Data set",),
        [(title,) for title in sets.values()],
        [(model_name(row.model), row.budget) for row in runs.itertuples()],
        lambda i, j: percent[names[j], rows[i]],
        ".2f",
    )
    return replace(with_best(made, "row"), rules=frozenset({rows.index(AVERAGE[0])}))


SPECS = {
    "table17": TableSpec(
        title="Zero-shot accuracy on each set of VTAB+",
        caption="Top-1 accuracy in percent of each architecture trained on the largest data set with the most samples "
        "seen; the best of each row in bold",
        origin="recomputed",
        reads=("evals", "evaluation_datasets.csv"),
        build=details,
    )
}
