"""The results table: one row per (study, run, task, dataset, shots, metric).

Laws, figures, tables and verdicts read it and nothing else. On disk it is one sealed record per run,
`results/<study>/evals/<run>.json`; here it is one data frame. Values are fractions in [0, 1]. Compute is forward GMACs
of both towers times samples seen, as in the paper (Sec. 4, App. B). The column `run` names the checkpoint: two
checkpoints of one model, data set and budget are two runs (the paper has such pairs, Tables 6 and 19). `budget` is the
nominal samples-seen scale, for instance 13B.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reprolib.errors import ReproError
from reprolib.provenance import records

if TYPE_CHECKING:
    import pandas as pd

    from reprolib.paths import Tree

KEY = ["study", "run", "task", "dataset", "shots", "metric"]
RUN_COLUMNS = [
    "study",
    "run",
    "model",
    "pretrain_data",
    "budget",
    "samples_seen",
    "gmacs_per_sample",
    "gmacs_total",
    "seed",
]
RESULT_COLUMNS = ["task", "dataset", "shots", "metric", "value", "interval", "n_test", "source"]


class Result(BaseModel):
    """One measured number."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    task: str
    dataset: str
    shots: str
    """Training images per class of a probe: `10`, `25`, `full`; empty where no probe was trained."""
    metric: str
    value: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
    interval: tuple[Annotated[float, Field(ge=0, le=1)], Annotated[float, Field(ge=0, le=1)]] | None = None
    """From the test samples, at 95 %; none where they are not known, as of all that was only published."""
    n_test: Annotated[int, Field(gt=0)] | None
    source: str


class Evaluation(BaseModel):
    """All that was measured on one checkpoint."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    study: str
    run: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    model: str
    pretrain_data: str
    budget: str
    samples_seen: Annotated[int, Field(gt=0)]
    gmacs_per_sample: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    gmacs_total: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    seed: int | None
    results: list[Result]


def write(tree: Tree, evaluation: Evaluation, provenance: Mapping[str, Any]) -> None:
    """Seal one evaluation into `results/<study>/evals/<run>.json`."""
    path = tree.evals(evaluation.study) / f"{evaluation.run}.json"
    records.write(path, "evaluation", evaluation.model_dump(), provenance)


def load(tree: Tree, study: str) -> pd.DataFrame:
    """The results table of a study, sorted by its key, with the columns `RUN_COLUMNS` and `RESULT_COLUMNS`.

    Raises:
        ReproError: There are no records, one is damaged or impossible, or a key stands twice; the row is named.
    """
    import pandas as pd

    folder = tree.evals(study)
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise ReproError(f"{folder} holds no evaluations; run `reprolib download {study}` or `dvc repro` first")
    rows = []
    for path in paths:
        record = records.read(path, "evaluation")
        content = {key: record[key] for key in Evaluation.model_fields if key in record}
        try:
            evaluation = Evaluation.model_validate(content)
        except ValidationError as error:
            raise ReproError(f"{path}: {describe(error)}; run `reprolib download {study}` again") from error
        shared = evaluation.model_dump(exclude={"results"})
        rows += [{**shared, **result.model_dump()} for result in evaluation.results]
    table = pd.DataFrame(rows, columns=[*RUN_COLUMNS, *RESULT_COLUMNS])
    double = table[table.duplicated(KEY)]
    if len(double):
        raise ReproError(f"{folder}: the row {tuple(double.iloc[0][KEY])} stands twice; each key may stand once")
    return table.sort_values(KEY, ignore_index=True)


def describe(error: ValidationError) -> str:
    """The first fault of a pydantic error as a clause: where, what is wrong, what came."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or "the whole"
    return f"{where}: {first['msg'][0].lower()}{first['msg'][1:]} (got {first.get('input')!r})"
