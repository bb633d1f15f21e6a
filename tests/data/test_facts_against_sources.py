"""The embedded tables hold the source material cell by cell, under their own names and nothing else."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reprolib.paths import Tree

Line = dict[str, str]
Seen = tuple[Any, ...] | list[tuple[Any, ...]]


def read(path: Path) -> list[Line]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def number(cell: str) -> float | str:
    try:
        return float(cell)
    except ValueError:
        return cell


def tuples(lines: list[Line], of: Callable[[Line], Seen]) -> Iterator[tuple[Any, ...]]:
    for line in lines:
        seen = of(line)
        for one in seen if isinstance(seen, list) else [seen]:
            yield tuple(number(cell) for cell in one)


def columns(*names: str) -> Callable[[Line], Seen]:
    return lambda line: tuple(line[name] for name in names)


def hyphen(model: str) -> str:
    return (model if model.startswith(("ViT", "RN", "all")) else f"ViT-{model}").replace("/", "-")


def openai(data: str) -> str:
    return "CLIP-WIT" if "OpenAI" in data else data


def printed(table: str, row: str, column: str, value: str) -> tuple[str, ...]:
    return (table, row, column, value)


PROBED = {"vtab19": "VTAB", "imagenet1k": "ImageNet", "cifar100": "CIFAR-100"}
HIGHLIGHTS = {
    "imagenet_zeroshot_top1": "ImageNet",
    "vtabplus35_mean_top1": "VTAB+",
    "mscoco_image_retrieval_R@5": "COCO",
}
EXTRAPOLATED = {"imagenet1k": "ImageNet", "mscoco_captions": "COCO"}
RESOURCES = {
    "Batch per GPU": "local_batch",
    "Batch": "global_batch",
    "Learning rate": "base_lr",
    "Warm-up steps": "warmup_steps",
    "GPUs": "n_gpus",
    "Hours": "time_hours",
    "GPU-hours": "gpu_hours",
    "MWh": "energy_mwh",
}
SIZES = {
    "Image width": "image_width",
    "Text width": "text_width",
    "Embedding": "embed_dim",
    "Image depth": "image_depth",
    "Text depth": "text_depth",
    "Activations (M)": "activations_m",
    "Parameters (M)": "params_m",
    "GMAC": "gmac_per_sample",
}
STAGES = {"6": "eight-task-zero-shot", "7": "eight-task-joint", "8": "eight-task-patched"}


def probe_cell(line: Line) -> Seen:
    if line["table"] != "5":
        return []
    shots = "" if line["eval_dataset"] == "vtab19" else f" {line['shots_per_class']}"
    shots = shots if shots in ("", " full") else f"{shots}-shot"
    row = f"{line['model']}, {line['pretrain_data']}, {line['samples_seen']}"
    return printed("5", row, PROBED[line["eval_dataset"]] + shots, line["acc1_pct"])


def grid_cell(line: Line) -> Seen:
    table = "vtab-unprinted" if line["table"].startswith("unprinted") else line["table"]
    return printed(
        table, f"ViT-{line['model']}, {line['samples_seen']}", line["pretrain_data"], line["paper_value_pct"]
    )


def resource_cells(line: Line) -> Seen:
    total = line["model"] == "TOTAL"
    row = "Total" if total else f"{line['model']}, {line['pretrain_data']}, {line['samples_seen']}"
    return [printed("18", row, title, line[column]) for title, column in RESOURCES.items() if line[column]]


def probe_results(line: Line) -> Seen:
    """The source has its own names for two sets, and nan for the top-5 accuracy of sets with at most five classes."""
    dataset = {"imagenet1k-unverified": "imagenet1k", "vtab_svhn": "vtab/svhn"}.get(
        line["eval_dataset"], line["eval_dataset"]
    )
    shared = (
        f"{line['model']}_{line['open_clip_pretrained']}",
        line["pretrain_data"],
        line["samples_seen"],
        line["samples_seen_exact"],
        line["compute_gmac"],
        dataset,
        line["shots_per_class"],
        line["best_lr"],
        line["best_epochs"],
        line["batch_size"],
    )
    metrics = (
        ("acc1", "best_acc1"),
        ("acc5", "acc5"),
        ("mean_per_class_recall", "mean_per_class_recall"),
    )
    return [(*shared, metric, line[column]) for metric, column in metrics if line[column] != "nan"]


def coefficients(line: Line) -> Seen:
    if not line["beta_printed"]:
        return []
    series = "CLIP" if line["series"].startswith("CLIP") else "OpenCLIP"
    if line["figure"].startswith("1"):
        dataset, metric = line["task"].split("|")
        shared: tuple[str, ...] = ("1", dataset, metric, "", series)
    else:
        *_, dataset, shots = line["task"].split()
        dataset = "vtab-linear-probe" if dataset == "vtab19" else dataset
        shared = (line["figure"], dataset, "acc1", shots.removesuffix("-shot"), series)
    return [(*shared, "beta", line["beta_printed"]), (*shared, "alpha", line["alpha_printed"])]


CELLS = columns("table", "row", "column", "printed")
CASES: dict[str, tuple[str, str, Callable[[Line], Seen], Callable[[Line], Seen]]] = {
    "table 1": (
        "table01_highlights",
        "printed_cells",
        lambda line: printed(
            "1",
            f"{line['arch']}, {openai(line['pretrain_data'])}, {line['samples_seen']}",
            HIGHLIGHTS[line["metric"]],
            line["value_pct"],
        ),
        lambda line: CELLS(line) if line["table"] == "1" else [],
    ),
    "table 2": (
        "table02_pretraining_datasets",
        "pretraining_datasets",
        columns("table", "dataset", "access", "n_english_pairs"),
        columns("table", "dataset", "access", "english_pairs"),
    ),
    "table 3": (
        "table03_phash_overlap",
        "duplicates",
        columns("downstream_dataset", "overlap_with_laion400m_pct"),
        columns("dataset", "overlap_percent"),
    ),
    "table 4": (
        "table04_extrapolations",
        "printed_cells",
        lambda line: printed(
            "4", line["model"], f"{EXTRAPOLATED[line['task']]}, {line['samples_seen']}", line["value"]
        ),
        lambda line: CELLS(line) if line["table"] == "4" else [],
    ),
    "table 5": (
        "table05_linear_probe",
        "printed_cells",
        probe_cell,
        lambda line: CELLS(line) if line["table"] == "5" else [],
    ),
    "tables 6 to 8": (
        "tables06_08_eight_task_finetune",
        "eight_tasks",
        lambda line: (
            []
            if "derived" in line["confidence"]
            else (
                STAGES[line["table"]],
                hyphen(line["model"]),
                line["pretrain_data"],
                line["samples_seen"],
                line["eval_dataset"],
                line["acc1_pct"],
                line["checkpoint_note"],
            )
        ),
        columns("task", "model", "pretrain_data", "budget", "dataset", "acc1_percent", "note"),
    ),
    "table 9": (
        "table09_imagenet_finetune",
        "imagenet_finetune",
        lambda line: (
            hyphen(line["model"]),
            line["image_size"],
            line["pretrain_data"],
            {"None": "none", "IN-12k": "ImageNet-12k"}[line["extra_ft"]],
            *(line[name] for name in ("params_m", "gmac", "acts_m", "eval_dataset", "acc1_pct")),
            *(line[name] for name in ("timm_model", "timm_results_top1", "timm_crop_pct")),
        ),
        columns(
            *("model", "image_size", "pretrain_data", "extra_fine_tuning", "params_m", "gmacs", "activations_m"),
            *("dataset", "acc1_percent", "timm_model", "timm_acc1_percent", "timm_crop"),
        ),
    ),
    "tables 10 and 11": (
        "tables10_11_finetune_hyperparameters",
        "finetune_hyperparameters",
        lambda line: (line["table"], hyphen(line["model"]), line["hyperparameter"], line["value"]),
        columns("table", "model", "hyperparameter", "value"),
    ),
    "tables 12 to 15": (
        "tables12_15_control_experiments",
        "controls",
        lambda line: (
            *(line["table"], line["control"], hyphen(line["model"]), line["pretrain_data"], line["samples_seen"]),
            *(line["setting"], line["imagenet_zeroshot_top1"]),
        ),
        columns("table", "control", "model", "pretrain_data", "budget", "setting", "acc1_percent"),
    ),
    "tables 16 and 19 to 24": (
        "tables16_19to24_zeroshot_grids",
        "printed_cells",
        grid_cell,
        lambda line: CELLS(line) if line["table"] in ("16", *map(str, range(19, 25)), "vtab-unprinted") else [],
    ),
    "table 17": (
        "table17_vtabplus_details",
        "printed_cells",
        lambda line: printed(
            "17",
            line["dataset"],
            f"{line['model'][:5]}/{line['model'][6:]}, {line['samples_seen']}",
            line["paper_value_pct"],
        ),
        lambda line: CELLS(line) if line["table"] == "17" else [],
    ),
    "table 18": (
        "table18_pretraining_hparams_resources",
        "printed_cells",
        resource_cells,
        lambda line: CELLS(line) if line["table"] == "18" else [],
    ),
    "table 25": (
        "table25_architectures",
        "printed_cells",
        lambda line: [printed("25", line["model"], title, line[column]) for title, column in SIZES.items()],
        lambda line: CELLS(line) if line["table"] == "25" else [],
    ),
    "depths of table 25": (
        "table25_architectures",
        "architecture_depths",
        lambda line: (hyphen(line["model"]), line["image_depth"], line["text_depth"]),
        columns("model", "image_depth", "text_depth"),
    ),
    "table 26": (
        "table26_eval_datasets",
        "evaluation_datasets",
        columns(
            *("upstream_csv_name", "dataset", "abbreviation", "test_size", "n_classes", "in_vtabplus35"),
            *("in_zero_shot_vtab19", "in_linear_probe_vtab19", "in_imagenet_robustness5", "paper_metric"),
        ),
        columns(
            *("dataset", "title", "abbreviation", "test_size", "classes", "vtab_plus"),
            *("vtab_zero_shot", "vtab_linear_probe", "imagenet_robustness", "metric"),
        ),
    ),
    "probes": (
        "linear_probe_best_per_dataset",
        "linear_probe",
        probe_results,
        columns(
            *("run", "pretrain_data", "budget", "samples_seen", "gmacs_total", "dataset", "shots"),
            *("learning_rate", "epochs", "batch_size", "metric", "value"),
        ),
    ),
    "coefficients": (
        "fit_coefficients",
        "printed_coefficients",
        coefficients,
        columns("figure", "dataset", "metric", "shots", "series", "parameter", "printed"),
    ),
    "throughput": (
        "fig06_throughput_public_substitute",
        "throughput",
        lambda line: (
            [
                tuple(
                    line[name]
                    for name in ("model", "pretrain_data", "n_gpus", "local_batch", "precision", "samples_per_sec")
                )
            ]
            if line["precision"]
            else []
        ),
        columns("model", "pretrain_data", "gpus", "local_batch", "precision", "samples_per_second"),
    ),
    "figure 12": (
        "fig12_openai_models_public_substitute",
        "openai_models",
        columns(
            *("model", "samples_seen_assumed", "gflops_open_clip_profile", "imagenet_zeroshot_top1_pct"),
            *("mscoco_image_R5_pct", "mscoco_text_R5_pct", "flickr_image_R5_pct"),
        ),
        columns(
            *("model", "samples_seen", "gflops_profile", "imagenet1k_acc1_percent"),
            *("mscoco_image_recall5_percent", "mscoco_text_recall5_percent", "flickr30k_image_recall5_percent"),
        ),
    ),
    "later models": (
        "heldout_checks_of_extrapolation",
        "later_models",
        columns("open_clip_checkpoint", "task", "compute_gmac_nominal", "measured_later"),
        columns("checkpoint", "dataset", "gmacs_total", "measured_percent"),
    ),
    "hardware": ("hardware", "hardware", columns("item", "value"), columns("item", "value")),
    "deduplication": (
        "text_dedup_effect",
        "deduplication",
        columns("dataset", "before", "after_removing_duplicates"),
        columns("dataset", "acc1_percent_before", "acc1_percent_after"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_table_agrees_with_its_source_cell_by_cell(repository: Tree, shared: Path, name: str) -> None:
    source, table, theirs, ours = CASES[name]
    expected = sorted(tuples(read(shared / "facts" / f"{source}.csv"), theirs), key=str)
    embedded = sorted(tuples(read(repository.published / f"{table}.csv"), ours), key=str)
    assert expected
    assert embedded == expected
