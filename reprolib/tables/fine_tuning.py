"""Tables 9 to 11: ImageNet fine-tuning, its results and its settings."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from reprolib.data import facts
from reprolib.names import model as model_name
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


def settings(study: Study, number: str) -> Table:
    """The template of Table `number`, setting by model, as printed."""
    rows = [row for row in facts.read(study.tree, facts.FineTuneSetting) if row.table == number]
    names = list(dict.fromkeys(row.hyperparameter for row in rows))
    models = list(dict.fromkeys(row.model for row in rows))
    printed = {(row.hyperparameter, row.model): row.value for row in rows}
    return table(
        ("Setting",),
        [(SETTINGS.get(name, name.replace("_", " ").capitalize()),) for name in names],
        [(model_name(model),) for model in models],
        lambda i, j: printed[names[i], models[j]],
        "",
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
    ),
    **{
        identifier: TableSpec(
            title=f"Settings of fine-tuning on {what}",
            caption="The template of each architecture; single runs deviate from it",
            origin="transcribed",
            reads=("finetune_hyperparameters.csv",),
            build=partial(settings, number=identifier.removeprefix("table")),
            note=ONLY_SOURCE,
        )
        for identifier, what in (("table10", "ImageNet-1k"), ("table11", "ImageNet-12k"))
    },
}
