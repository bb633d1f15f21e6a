"""Tables 9 to 11: ImageNet fine-tuning, its results and its settings."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from reprolib import names
from reprolib.data import facts
from reprolib.names import model as model_name
from reprolib.study import TUNED
from reprolib.tables.frame import LackingError, Number, Table, table, with_best
from reprolib.tables.select import RUN_LEVELS, run_label, select
from reprolib.tables.spec import TableSpec

if TYPE_CHECKING:
    from reprolib.study import Study

LEVELS = ("Model", "Image size", "Pre-training data", "Extra fine-tuning")
SIZES = ("Params (M)", "GMAC", "Acts (M)")
DATASETS = {
    "imagenet1k": "ImageNet",
    "imagenet-real": "ReaL",
    "imagenetv2": "V2",
    "imagenet-a": "A",
    "imagenet-r": "R",
    "imagenet_sketch": "Sketch",
}
SETTINGS = {
    "ema_weight_smoothing": "EMA weight smoothing",
    "layerwise_lr_decay": "Layer-wise LR decay",
    "mixup_alpha": "Mixup alpha",
    "cutmix_alpha": "CutMix alpha",
    "randaugment_magnitude_range": "RandAugment magnitude",
    "randaugment_num_ops": "RandAugment operations",
    "random_erase_prob": "Random erase probability",
    "warmup_epochs": "Warm-up epochs",
    "color_jitter": "Colour jitter",
    "averaging": "EMA weight smoothing",
    "batch": "Batch size",
    "layer_decay": "Layer-wise LR decay",
    "learning_rate": "Peak learning rate",
    "warmup": "Warm-up steps",
}
TUNED_TO = dict(zip(TUNED, ("ImageNet", "Eight tasks", "ImageNet-12k"), strict=True))
WIDE = "for ImageNet-12k stands pictographs-12k-train, which has every concept of the world"
EXTRA = {"imagenet-fine-tune": "none", "imagenet-12k-fine-tune": "ImageNet-12k"}
OWN_DATASETS = {
    **{
        name: names.dataset(name)
        for name in ("imagenet1k", "imagenetv2", "imagenet-a", "imagenet-r", "imagenet_sketch")
    },
    "imagenet-robustness-4": "Mean of shifts",
}


def results(study: Study) -> Table:
    """The fine-tuned image towers in the paper's order: cost of the tower, then top-1 accuracy in percent."""
    models: dict[tuple[str, ...], tuple[Number, ...]] = {}
    percent: dict[tuple[tuple[str, ...], str], Number] = {}
    for row in facts.read(study.tree, facts.ImageNetFineTune):
        label = (model_name(row.model), str(row.image_size), row.pretrain_data, row.extra_fine_tuning)
        models[label] = (row.params_m, row.gmacs, row.activations_m)
        percent[label, row.dataset] = row.acc1_percent
    labels, sets, first = list(models), list(DATASETS), len(SIZES)
    return table(
        LEVELS,
        labels,
        [(name,) for name in (*SIZES, *DATASETS.values())],
        lambda i, j: models[labels[i]][j] if j < first else percent[labels[i], sets[j - first]],
        lambda _, j, number: f"{number:.1f}" if j < first else f"{number:.2f}",
    )


def own_results(study: Study) -> Table:
    """The fine-tuned towers of a study trained here, with extra fine-tuning and without: top-1 accuracy in percent."""
    found = select(study, metric="acc1")
    found = found[found["task"].isin(EXTRA)]
    if found.empty:
        raise LackingError(f"study '{study.name}' has no results with task {' or '.join(EXTRA)}")
    percent = {(row.run, row.task, row.dataset): 100 * row.value for row in found.itertuples()}
    towers = {
        (run.run, task): (*run_label(run.model, run.pretrain_data, run.budget), extra)
        for run in found.drop_duplicates("run").itertuples()
        for task, extra in EXTRA.items()
    }
    of, sets = list(towers), list(OWN_DATASETS)
    made = table(
        (*RUN_LEVELS, LEVELS[-1]),
        list(towers.values()),
        [(label,) for label in OWN_DATASETS.values()],
        lambda i, j: percent.get((*of[i], sets[j])),
        ".2f",
    )
    return with_best(made, "column")


def settings(study: Study, number: str) -> Table:
    """The template of Table `number`, setting by model, as printed."""
    rows = [row for row in facts.read(study.tree, facts.FineTuneSetting) if row.table == number]
    hyperparameters = list(dict.fromkeys(row.hyperparameter for row in rows))
    models = list(dict.fromkeys(row.model for row in rows))
    printed = {(row.hyperparameter, row.model): row.value for row in rows}
    return table(
        ("Setting",),
        [(_setting(name),) for name in hyperparameters],
        [(model_name(model),) for model in models],
        lambda i, j: printed[hyperparameters[i], models[j]],
        "",
    )


def own_settings(study: Study, of: tuple[str, ...]) -> Table:
    """What a study trained here sets of its recipes `of`, setting by what is tuned to."""
    recipes = {recipe: study.evaluation_settings[recipe] for recipe in of}
    hyperparameters = list(dict.fromkeys(name for recipe in recipes.values() for name in recipe))
    return table(
        ("Setting",),
        [(_setting(name),) for name in hyperparameters],
        [(TUNED_TO[recipe],) for recipe in recipes],
        lambda i, j: list(recipes.values())[j].get(hyperparameters[i]),
        "g",
    )


def _setting(name: str) -> str:
    return SETTINGS.get(name, name.replace("_", " ").capitalize())


def _own_settings(title: str, what: str, *of: str) -> TableSpec:
    return TableSpec(
        title=title,
        caption=f"The recipe of all models, {what}; what is not listed is as in the paper",
        origin="recomputed",
        reads=("evaluation.json", "evals"),
        build=partial(own_settings, of=of),
    )


OWN_SETTINGS = {
    "table10": _own_settings("Settings of fine-tuning", "for ImageNet and for eight tasks jointly", "single", "joint"),
    "table11": _own_settings(
        "Settings of fine-tuning on ImageNet-12k", f"before they are tuned to ImageNet; {WIDE}", "intermediate"
    ),
}
ONLY_SOURCE = "The paper's own table is the only source of these numbers"
SPECS = {
    "table9": TableSpec(
        title="Fine-tuning on ImageNet",
        caption="Image towers fine-tuned on ImageNet-1k, some on ImageNet-12k before: cost of the tower and top-1 "
        "accuracy in percent on ImageNet and its variants",
        origin="transcribed",
        reads=("imagenet_finetune.csv",),
        build=results,
        note="The paper's own table is the source of these numbers; the timm result files, which hold the same models, "
        "agree at 224 px and differ more above, probably by the test crop",
        elsewhere=TableSpec(
            title="Fine-tuning on ImageNet",
            caption="Top-1 accuracy in percent of image towers fine-tuned on ImageNet, some on ImageNet-12k before, "
            f"there and on its shifts, and the mean over the shifts; the best of each column in bold; {WIDE}",
            origin="recomputed",
            reads=("evals",),
            build=own_results,
        ),
    ),
    **{
        identifier: TableSpec(
            title=f"Settings of fine-tuning on {what}",
            caption="The template of each architecture; single runs deviate from it",
            origin="transcribed",
            reads=("finetune_hyperparameters.csv",),
            build=partial(settings, number=identifier.removeprefix("table")),
            note=ONLY_SOURCE,
            elsewhere=OWN_SETTINGS[identifier],
        )
        for identifier, what in (("table10", "ImageNet-1k"), ("table11", "ImageNet-12k"))
    },
}
