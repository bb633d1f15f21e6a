"""Tables 9 to 11: ImageNet fine-tuning, its results and its settings."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from reprolib import names
from reprolib.data import facts
from reprolib.names import model as model_name
from reprolib.study import TUNED
from reprolib.tables.checkpoints import scores
from reprolib.tables.frame import Number, Table, table
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
TUNED_TO = dict(zip(TUNED, ("ImageNet", "Eight tasks"), strict=True))
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
    """The fine-tuned towers of a study trained here: top-1 accuracy in percent."""
    return scores(study, {(label,): ("imagenet-fine-tune", name, "") for name, label in OWN_DATASETS.items()})


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


def own_settings(study: Study) -> Table:
    """What a study trained here sets of its recipes, setting by what is tuned to."""
    recipes = study.evaluation_settings
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


OWN_SETTINGS = TableSpec(
    title="Settings of fine-tuning",
    caption="The recipe of all models, for fine-tuning on ImageNet and for joint fine-tuning on eight tasks; what is "
    "not listed is as in the paper",
    origin="recomputed",
    reads=("evaluation.json", "evals"),
    build=own_settings,
)
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
            caption="Top-1 accuracy in percent of image towers fine-tuned on ImageNet, there and on its shifts, and "
            "the mean over the shifts; the best of each column in bold",
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
            elsewhere=elsewhere,
        )
        for identifier, what, elsewhere in (("table10", "ImageNet-1k", OWN_SETTINGS), ("table11", "ImageNet-12k", None))
    },
}
