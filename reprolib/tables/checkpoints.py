"""Tables 5 to 8: one row per checkpoint, one column per score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from reprolib.tables.frame import Label, Table, table, with_best
from reprolib.tables.select import RUN_LEVELS, run_label, select
from reprolib.tables.spec import TableSpec

if TYPE_CHECKING:
    from reprolib.study import Study

NOT_LISTED = ("ViT-B-16-plus-240_laion400m_e32", "ViT-B-32_laion2b_e16")
"""Probed, yet not in Table 5: the first only enters the fits of Figs. 2 and 3, the second has a successor."""
SHOTS = {"10-shot": "10", "25-shot": "25", "full": "full"}
PROBES: dict[Label, tuple[str, str]] = {
    ("VTAB", ""): ("vtab-linear-probe", "full"),
    **{("ImageNet", label): ("imagenet1k", shots) for label, shots in SHOTS.items()},
    **{("CIFAR-100", label): ("cifar100", shots) for label, shots in SHOTS.items()},
}
EIGHT = {
    "ImageNet": "imagenet1k",
    "Cars": "cars",
    "DTD": "dtd",
    "EuroSAT": "eurosat",
    "GTSRB": "gtsrb",
    "MNIST": "mnist",
    "RESISC45": "resisc45",
    "SUN397": "sun397",
    "SVHN": "svhn",
}
STAGES = {
    "table6": ("eight-task-zero-shot", "Zero-shot accuracy on eight tasks", "before any fine-tuning"),
    "table7": ("eight-task-joint", "Accuracy after joint fine-tuning on eight tasks", "one model for all eight"),
    "table8": (
        "eight-task-patched",
        "Accuracy after patching for eight tasks",
        "weights interpolated between the zero-shot and the jointly fine-tuned model",
    ),
}


def scores(study: Study, task: str, columns: Mapping[Label, tuple[str, str]], without: Sequence[str] = ()) -> Table:
    """Top-1 accuracy in percent of every checkpoint measured on `task`.

    Args:
        study: The study.
        task: The task, as in the results table.
        columns: Data set and shots by column label; columns without any result are left out.
        without: Checkpoints to leave out.
    """
    found = select(study, task=task, metric="acc1")
    found = found[~found["run"].isin(without)]
    percent = {(row.run, row.dataset, row.shots): 100 * row.value for row in found.itertuples()}
    runs = found.drop_duplicates("run")
    names = list(runs["run"])
    measured = {key[1:] for key in percent}
    used = {label: key for label, key in columns.items() if key in measured}
    keys = list(used.values())
    made = table(
        RUN_LEVELS,
        [run_label(row.model, row.pretrain_data, row.budget) for row in runs.itertuples()],
        list(used),
        lambda i, j: percent.get((names[i], *keys[j])),
        ".2f",
    )
    return replace(with_best(made, "column"), columns_joined_by=" ")


SPECS = {
    "table5": TableSpec(
        title="Linear probes",
        caption="Top-1 accuracy in percent of a linear classifier on frozen image features, with 10, 25 or all "
        "training images per class; VTAB is a mean over its sets, with all images; the best of each column in bold",
        origin="recomputed",
        reads=("evals",),
        build=partial(scores, task="linear-probe", columns=PROBES, without=NOT_LISTED),
        note="The VTAB of the linear probes counts CIFAR-10 and not SUN397; that of the zero-shot results SUN397 and "
        "not CIFAR-10",
    ),
    **{
        identifier: TableSpec(
            title=title,
            caption=f"Top-1 accuracy in percent, {what}; the best of each column in bold",
            origin="transcribed",
            reads=("evals",),
            build=partial(scores, task=task, columns={(label,): (name, "") for label, name in EIGHT.items()}),
            note="The paper's own table is the only source of these numbers; its LAION-400M models and its ViT-B/32 on "
            "LAION-2B are other checkpoints than those of the zero-shot tables",
        )
        for identifier, (task, title, what) in STAGES.items()
    },
}
