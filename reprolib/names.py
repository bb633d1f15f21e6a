"""What a reader calls things: data sets, measures, laws, models and runs, for figures, tables, verdicts and report.

Ids such as `zero-shot.mscoco_captions.image_retrieval_recall@5.openclip` stay in records and file names; here it is
`COCO image R@5, OpenCLIP`.
"""

import re
from collections.abc import Mapping
from typing import Any

REPOSITORY = "this repository"
"""Where a check is about our own files and no statement of the paper."""
GREEK = {"alpha": "α", "beta": "β"}
DATASETS = {
    "imagenet1k": "ImageNet",
    "imagenetv2": "ImageNetV2",
    "imagenet-a": "ImageNet-A",
    "imagenet-c": "ImageNet-C",
    "imagenet-r": "ImageNet-R",
    "imagenet-real": "ImageNet-ReaL",
    "imagenet_sketch": "ImageNet-Sketch",
    "objectnet": "ObjectNet",
    "imagenet_robustness": "ImageNet robustness",
    "imagenet-robustness-4": "ImageNet robustness (4 sets)",
    "mscoco_captions": "COCO",
    "flickr30k": "Flickr30K",
    "vtab+": "VTAB+",
    "vtab": "VTAB",
    "vtab-linear-probe": "VTAB",
    "cars": "Stanford Cars",
    "cifar10": "CIFAR-10",
    "cifar100": "CIFAR-100",
    "dtd": "DTD",
    "eurosat": "EuroSAT",
    "gtsrb": "GTSRB",
    "mnist": "MNIST",
    "resisc45": "RESISC45",
    "sun397": "SUN397",
    "svhn": "SVHN",
    "eight-task-mean": "Mean of 8 tasks",
    "caltech101": "Caltech-101",
    "imagenet-o": "ImageNet-O",
    "mean-26": "mean of 26",
}
CLASSES = {"imagenet1k-head": "ImageNet, head classes", "imagenet1k-tail": "ImageNet, tail classes"}
"""The classes of a set that training shows most and least, measured apart."""
METRICS = {"image_retrieval_recall@5": "image R@5", "text_retrieval_recall@5": "text R@5"}
TASKS = {
    "zero-shot": "",
    "control": "control",
    "linear-probe": "linear probe",
    "linear-probe-as-published": "linear probe, chosen on the test set",
    "imagenet-fine-tune": "fine-tuned",
    "imagenet-12k-fine-tune": "fine-tuned, on ImageNet-12k before",
    "eight-task-zero-shot": "zero-shot",
    "eight-task-joint": "jointly fine-tuned",
    "eight-task-patched": "patched",
}
RULES = {"bins": "five bins", "pareto": "true Pareto", "hull": "convex hull", "all": "all runs", "matched": "matched"}
"""Which runs become points of a law; the first is the paper's way, the last takes the runs that CLIP has too."""
FORMS = {"power": "power law", "power-floor": "with floor", "shifted-power-floor": "with floor and shift"}


def dataset(name: str) -> str:
    """A data set as the paper writes it; one that the paper has not, by its own name."""
    plain = name.removeprefix("vtab/")
    return {**DATASETS, **CLASSES}.get(plain, plain)


def measured(name: str, metric: str) -> str:
    """Data set and metric; plain accuracy goes without saying."""
    return dataset(name) if metric == "acc1" else f"{dataset(name)} {METRICS.get(metric, metric)}"


def shots(number: str) -> str:
    """How many images per class a linear probe saw."""
    return {"": "", "full": "full data"}.get(number, f"{number}-shot")


def quantity(record: Mapping[str, Any]) -> str:
    """What a law is about: `ImageNet, linear probe, 10-shot`."""
    task = TASKS.get(record["task"], record["task"])
    return ", ".join(filter(None, (measured(record["dataset"], record["metric"]), task, shots(record["shots"]))))


def law(record: Mapping[str, Any]) -> str:
    """A law: `COCO image R@5, OpenCLIP`."""
    return f"{quantity(record)}, {record['series']}"


def procedure(rule: str, form: str) -> str:
    """How a law is made: `true Pareto, with floor`."""
    return f"{RULES[rule]}, {FORMS[form]}"


def model(name: str) -> str:
    """A model as the paper prints it: `ViT-B-32` is `ViT-B/32`."""
    return re.sub(r"^(ViT-[A-Za-z]+)-(\d+)", r"\1/\2", name)


def run(name: str) -> str:
    """A run: of a ladder by model, data and samples seen, any other by model and the tag of its checkpoint."""
    ladder = re.fullmatch(r"Model-(.+)_Data-(.+)_Samples-(.+?)_.*", name)
    if ladder:
        return f"{model(f'ViT-{ladder[1]}')}, LAION-{ladder[2]}, {ladder[3]}"
    trained = re.fullmatch(r"(ViT-[^_]+)_(\d[^_]*)_(\d[^_]*)(?:_(.+))?", name)
    if trained:
        return ", ".join(filter(None, (model(trained[1]), *trained.groups()[1:])))
    if " " in name:
        return ", ".join([model(name.split()[0]), *name.split()[1:]])
    architecture, _, tag = name.partition("_")
    return f"{model(architecture)} ({tag.replace('openai', 'OpenAI')})" if tag else model(name)
