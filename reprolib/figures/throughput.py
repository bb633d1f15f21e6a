"""Fig. 6: training throughput against the number of devices.

Reads results/<study>/runs and resources (of the paper's study evals as well, for the encoding), and
paper/published/throughput.csv.
The paper's series, one L/14 model on 4 to more than 1000 GPUs, was not released. What is public is the rate of each of
its training runs, and LAION's blog adds two float16 rates; batch sizes, clusters and models differ, so no efficiency
can be worked out from them. Of another study it shows that study's own runs.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from reprolib.data import facts
from reprolib.figures import style
from reprolib.figures.panel import Drawing, Panel, Series
from reprolib.paths import Tree
from reprolib.study import PUBLISHED, Study

if TYPE_CHECKING:
    import pandas as pd

STATED = "above about 84 % efficiency at 1024 GPUs"
"""What the paper's text states (App. A.2, claim C34)."""
BLOG = "float16, from LAION's blog"
PLURALS = {"GPU": "GPUs", "process": "Processes"}
SUBSTITUTE = (
    "Public substitute: the rates of the training runs (Table 18), which differ in batch size and cluster. The paper's "
    f"own series was not released, so what its text states, {STATED}, is not checkable here."
)
OWN = "The rates of this study's training runs (its Table 18): several models, and few numbers of devices."


def inputs(tree: Tree, study: str) -> list[Path]:
    """What this figure is drawn from."""
    return [
        *([tree.evals(study)] if study == PUBLISHED else []),
        tree.runs(study),
        tree.resources(study),
        tree.published / f"{facts.Throughput.file}.csv",
        tree.published / f"{facts.Source.file}.csv",
    ]


def compose(study: Study, figure: str) -> Drawing:
    """Fig. 6 as numbers."""
    runs = [{**study.resources[name], **run} for name, run in study.runs.items()]
    runs.sort(key=lambda run: (run["config"]["devices"], run["run"]))
    further = _further(study, runs) if study.name == PUBLISHED else []
    kind = runs[0]["device"]["kind"]
    devices = {run["device"]["name"].removeprefix("NVIDIA ") for run in runs}
    named = f"{PLURALS[kind]} ({devices.pop()})" if len(devices) == 1 else PLURALS[kind]
    panels = [
        Panel(
            key,
            title,
            named,
            y_label,
            "log",
            "log",
            [
                Series(
                    name=name,
                    kind="points",
                    x=[float(run["config"]["devices"]) for run in chosen],
                    y=[run["samples_per_second"] / (run["config"]["devices"] if per_gpu else 1) for run in chosen],
                    runs=[run["run"] for run in chosen],
                    label=name if hollow else "",
                    models=[run["model"] for run in chosen],
                    data=[run["pretrain_data"] for run in chosen],
                    hollow=hollow,
                )
                for name, chosen, hollow in (("Training runs", runs, False), (BLOG, further, True))
                if chosen
            ],
        )
        for key, title, y_label, per_gpu in (
            ("total", "Throughput", "Samples per second", False),
            (f"per-{kind.lower()}", f"Throughput per {kind}", f"Samples per second per {kind}", True),
        )
    ]
    note = SUBSTITUTE if study.name == PUBLISHED else OWN
    return Drawing(panels, style.encode(_seen(study)), note, columns=2, width=style.FULL_WIDTH, panel_height=2.3)


def _seen(study: Study) -> pd.DataFrame:
    """What the encoding is of: a study's own runs, so that none has to be evaluated; of the paper's all its models."""
    if study.name == PUBLISHED:
        return study.results
    import pandas as pd

    return pd.DataFrame(study.runs.values())


def _further(study: Study, runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """LAION's rates that no run record holds, each as the run that it belongs to with that rate in place."""
    known = {(run["model"], run["config"]["devices"], run["samples_per_second"]) for run in runs}
    rates = {}
    for fact in facts.read(study.tree, facts.Throughput):
        if (fact.model, fact.gpus, fact.samples_per_second) not in known:
            rates[fact.model, fact.pretrain_data, fact.gpus] = fact.samples_per_second
    return [
        {**run, "samples_per_second": rates[key]}
        for run in runs
        if (key := (run["model"], run["pretrain_data"], run["config"]["devices"])) in rates
    ]
