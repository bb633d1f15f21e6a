"""Tables 5 to 8: one row per checkpoint, one column per score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from reprolib import names
from reprolib.tables.frame import Label, LackingError, Table, table, with_best
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
PROTOCOLS = {"Ours": "linear-probe", "As published": "linear-probe-as-published"}
SHORT = {"cars": "Cars"}
"""Data sets that have a shorter name here than elsewhere."""
STAGES = {
    "table6": ("eight-task-zero-shot", "Zero-shot accuracy on eight tasks", "before any fine-tuning"),
    "table7": ("eight-task-joint", "Accuracy after joint fine-tuning on eight tasks", "one model for all eight"),
    "table8": (
        "eight-task-patched",
        "Accuracy after patching for eight tasks",
        "weights interpolated between the zero-shot and the jointly fine-tuned model",
    ),
}


Key = tuple[str, str, str]
"""Task, data set and shots, as in the results table."""


def scores(study: Study, columns: Mapping[Label, Key], without: Sequence[str] = ()) -> Table:
    """Top-1 accuracy in percent of every checkpoint measured on any task of `columns`.

    Args:
        study: The study.
        columns: What each column shows; columns without any result are left out.
        without: Checkpoints to leave out.

    Raises:
        LackingError: There is none, or none with any of these scores.
    """
    tasks = {task for task, _, _ in columns.values()}
    found = select(study, metric="acc1")
    found = found[found["task"].isin(tasks) & ~found["run"].isin(without)]
    percent = {(row.run, row.task, row.dataset, row.shots): 100 * row.value for row in found.itertuples()}
    runs = found.drop_duplicates("run")
    measured = {key[1:] for key in percent}
    used = {label: key for label, key in columns.items() if key in measured}
    if not used:
        raise LackingError(
            f"study '{study.name}' has no results with task {' or '.join(sorted(tasks))} on a set of this table; "
            f"check results/{study.name}/evals"
        )
    of, keys = list(runs["run"]), list(used.values())
    made = table(
        RUN_LEVELS,
        [run_label(row.model, row.pretrain_data, row.budget) for row in runs.itertuples()],
        list(used),
        lambda i, j: percent.get((of[i], *keys[j])),
        ".2f",
    )
    return replace(with_best(made, "column"), columns_joined_by=" ")


def tasks(study: Study, stage: str) -> Table:
    """Accuracy on the class set and the study's own eight tasks after `stage`."""
    sets = ["imagenet1k", *study.eight_tasks]
    return scores(study, {(SHORT.get(name, names.dataset(name)),): (stage, name, "") for name in sets})


def _tasks_spec(stage: str, title: str, what: str) -> TableSpec:
    caption = f"Top-1 accuracy in percent, {what}; the best of each column in bold"
    build = partial(tasks, stage=stage)
    return TableSpec(
        title=title,
        caption=caption,
        origin="transcribed",
        reads=("evals",),
        build=build,
        note="The paper's own table is the only source of these numbers; its LAION-400M models and its ViT-B/32 on "
        "LAION-2B are other checkpoints than those of the zero-shot tables",
        elsewhere=TableSpec(title=title, caption=caption, origin="recomputed", reads=("evals",), build=build),
    )


SPECS = {
    "table5": TableSpec(
        title="Linear probes",
        caption="Top-1 accuracy in percent of a linear classifier on frozen image features, with 10, 25 or all "
        "training images per class; VTAB is a mean over its sets, with all images; the best of each column in bold",
        origin="recomputed",
        reads=("evals",),
        build=partial(
            scores, columns={label: ("linear-probe", *key) for label, key in PROBES.items()}, without=NOT_LISTED
        ),
        note="The VTAB of the linear probes counts CIFAR-10 and not SUN397; that of the zero-shot results SUN397 and "
        "not CIFAR-10",
        elsewhere=TableSpec(
            title="Linear probes",
            caption="Top-1 accuracy in percent of a linear classifier on frozen image features, with 10, 25 or all "
            "training images per class; VTAB is a mean over the diverse tasks, with all images; the best of each "
            "column in bold. Ours: settings chosen on training images held back. As published: the paper's protocol, "
            "the best of nine settings on the test images themselves",
            origin="recomputed",
            reads=("evals",),
            build=partial(
                scores,
                columns={
                    (protocol, *label): (task, *key)
                    for protocol, task in PROTOCOLS.items()
                    for label, key in PROBES.items()
                },
            ),
        ),
    ),
    **{identifier: _tasks_spec(*entries) for identifier, entries in STAGES.items()},
}
