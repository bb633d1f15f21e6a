"""The figures: each from one study's results and laws, saved as PDF, SVG and PNG with the series that it shows.

A family module (`zero_shot.py`, `linear_probe.py`, …) turns a study into a `panel.Drawing`: numbers and what they mean,
no paint. `paint.py` paints any drawing in the one style of `style.py`, `save.py` writes and stamps it.

Reads what the family's `inputs` lists (`results/<study>/…`, for some `paper/published/*.csv`); writes `figN.pdf`,
`figN.svg`, `figN.png` and `figN.json`, the record; figures of our own have names, `fig-survives`. Run it through
`reprolib figures <study> <figure>`, or:

    figures.draw(tree, "published", "fig1", tree.figures("published"))
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reprolib import provenance
from reprolib.errors import ReproError
from reprolib.study import PUBLISHED, Study

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from matplotlib.figure import Figure

    from reprolib.figures.panel import Drawing
    from reprolib.paths import Tree


ELSEWHERE = "This is the miniature: small models trained here, and drawn pictographs in the place of the paper's sets."


@dataclass(frozen=True)
class FigureSpec:
    """What a figure shows, in the paper's numbering (v2)."""

    title: str
    family: str
    """The module here and the notebook that draw it."""
    caption: str
    elsewhere: tuple[str, str] | None = None
    """Title and caption of another study's figure, where the paper's would be wrong of it."""

    def words(self, study: str) -> dict[str, str]:
        """Title and caption of the figure of `study`."""
        if study == PUBLISHED:
            return {"title": self.title, "caption": self.caption}
        title, caption = self.elsewhere or (self.title, self.caption)
        return {"title": f"Miniature: {title}", "caption": f"{caption} {ELSEWHERE}"}


FIGURES: dict[str, FigureSpec] = {
    "fig1": FigureSpec(
        "Zero-shot classification and retrieval against compute",
        "zero_shot",
        "Zero-shot error falls as a power law of total pre-training compute, on ImageNet, on its five shifted versions "
        "and in image retrieval. Colour is the architecture, shape the pre-training data, size the samples seen.",
    ),
    "fig2": FigureSpec(
        "Linear probes on ImageNet and CIFAR-100 against compute",
        "linear_probe",
        "Error of a linear classifier on frozen image features, trained on 10 or 25 images per class or on all.",
    ),
    "fig3": FigureSpec(
        "Linear probes on VTAB against compute",
        "linear_probe",
        "Mean error of linear classifiers on frozen image features over 19 VTAB tasks, full training sets.",
        (
            "Linear probes on tasks against compute",
            "Mean error of linear classifiers on frozen image features over all tasks, full training sets.",
        ),
    ),
    "fig4": FigureSpec(
        "ImageNet fine-tuning against pre-training compute",
        "fine_tuning",
        "Error of image towers after fine-tuning on ImageNet at 224 px, on ImageNet itself and on shifted versions.",
    ),
    "fig5": FigureSpec(
        "Joint fine-tuning on eight tasks against pre-training compute",
        "fine_tuning",
        "Mean error over eight tasks of one image tower fine-tuned on all eight together.",
    ),
    "fig6": FigureSpec(
        "Training throughput against the number of GPUs",
        "throughput",
        "Public training speeds, in all and per GPU.",
        ("Training throughput against the number of processes", "Training speed of every run, in all and per process."),
    ),
    "fig7": FigureSpec(
        "Test images that stand in LAION-400M",
        "duplicates",
        "Share of each test set with an exact perceptual-hash match in LAION-400M (the numbers of Table 3).",
        (
            "Test images that look like training images",
            "Share of each test set with an exact perceptual-hash match in the training pool.",
        ),
    ),
    "fig8": FigureSpec(
        "Extrapolation to larger models and budgets",
        "extrapolation",
        "The laws of Fig. 1 drawn on beyond the trained models, with predictions at nominal budgets.",
        (
            "Extrapolation to larger models and budgets",
            "The law of the three smaller models drawn on, with predictions for the larger ones and what they measure.",
        ),
    ),
    "fig9": FigureSpec(
        "Zero-shot error per task against compute",
        "fine_tuning",
        "Zero-shot error of the ten models of Table 6 on ImageNet and eight tasks.",
        (
            "Zero-shot error per task against compute",
            "Zero-shot error of the models that are tuned, on ImageNet and eight tasks.",
        ),
    ),
    "fig10": FigureSpec(
        "Error per task after joint fine-tuning against compute",
        "fine_tuning",
        "Error of the ten models of Table 7 on each of the eight tasks after one joint fine-tuning.",
        (
            "Error per task after joint fine-tuning against compute",
            "Error on each of the eight tasks after one joint fine-tuning.",
        ),
    ),
    "fig11": FigureSpec(
        "Error per task after patching against compute",
        "fine_tuning",
        "Error of the ten models of Table 8 on ImageNet and eight tasks, weights interpolated after fine-tuning.",
        (
            "Error per task after patching against compute",
            "Error on ImageNet and eight tasks, weights interpolated after fine-tuning.",
        ),
    ),
    "fig12": FigureSpec(
        "Zero-shot error against compute with OpenAI's ResNets",
        "zero_shot",
        "The ImageNet and COCO panels of Fig. 1 with OpenAI's ResNet models added.",
        ("Zero-shot error against compute", "The ImageNet and COCO panels of Fig. 1; there are no ResNets to add."),
    ),
    "fig-survives": FigureSpec(
        "Do the claims about slopes survive",
        "scrutiny",
        "Exponent of CLIP minus that of OpenCLIP for eight errors, under the paper's frontier and under others.",
    ),
    "fig-frontiers": FigureSpec(
        "Other frontiers, and a floor",
        "scrutiny",
        "The paper's law of five bins beside laws of the true Pareto frontier, without and with a floor.",
    ),
    "fig-exponents": FigureSpec(
        "The exponent by pre-training data",
        "scrutiny",
        "Exponents of the laws through all runs on one pre-training set, and their differences on matched runs.",
    ),
    "fig-bottlenecks": FigureSpec(
        "Does scaling one thing alone stop paying",
        "scrutiny",
        "Exponents of the error in samples seen and in model size, at the small end of another thing less than at the "
        "large end.",
    ),
    "fig-forecast": FigureSpec(
        "The extrapolations against models trained later",
        "scrutiny",
        "Predictions for ViT-g/14 and ViT-bigG/14, trained after the paper, by five procedures.",
        ("Extrapolations against larger models", "Predictions for the models beyond the ladder by five procedures."),
    ),
    "fig-metaclip": FigureSpec(
        "MetaCLIP's models on the axis of Fig. 1",
        "metaclip",
        "MetaCLIP's, OpenCLIP's and OpenAI's models on one axis of compute, with the laws of Fig. 1 drawn on and laws "
        "through MetaCLIP's models of one set.",
    ),
}
"""The paper's figures by number, then our own by name."""
OF_CURATION: dict[str, FigureSpec] = {
    "fig-curation": FigureSpec(
        "What the choice of training pairs does to the laws",
        "curation",
        "Zero-shot error against compute of one ladder trained on several choices of pairs from one pool, head and "
        "tail classes apart, and against the limit t of balancing. Colour is the choice, shape the architecture.",
    ),
    "fig-curation-moves": FigureSpec(
        "Does the choice of pairs move the exponent or only the offset",
        "curation",
        "Difference of exponents and factor on the error between choices of pairs, cell by cell of one ladder.",
    ),
}
"""Those that a study of curation alone has."""


def spec(figure: str) -> FigureSpec:
    """The entry of `figure`.

    Raises:
        ReproError: There is no such figure.
    """
    known = FIGURES | OF_CURATION
    if figure not in known:
        raise ReproError(f"there is no figure '{figure}'; the figures are {', '.join(known)}")
    return known[figure]


def draw(tree: Tree, study: str, figure: str, out: Path) -> Figure:
    """Draw `figure` from `study` and write its four files to `out`; the returned figure shows itself in a notebook.

    Raises:
        ReproError: As `record_of`. Nothing is written then.
    """
    from reprolib.figures import paint, save, style

    subject = Study(tree, study)
    stamp = provenance.take(
        tree,
        inputs=_inputs(subject, figure),
        stage="figures",
        settings={"study": study, "figure": figure},
        reason="matplotlib draws on the CPU",
    )
    drawing = _composed(subject, figure)
    with style.context(salt=f"{study}-{figure}"):
        painted = paint.paint(drawing)
        save.save(painted, _content(subject, figure, drawing), out, stamp.confirm())
    return painted


def record_of(study: Study, figure: str) -> dict[str, Any]:
    """The content of the record of `figure`, unrounded; nothing is painted or written.

    Raises:
        ReproError: There is no such figure, or the study lacks what it shows.
    """
    _inputs(study, figure)
    return _content(study, figure, _composed(study, figure))


def _family(figure: str) -> ModuleType:
    return importlib.import_module(f"{__name__}.{spec(figure).family}")


def _inputs(study: Study, figure: str) -> list[Path]:
    inputs: list[Path] = _family(figure).inputs(study.tree, study.name)
    for path in inputs:
        if not path.exists():
            raise ReproError(
                f"{figure} of study '{study.name}' needs {study.tree.relative(path)}, which is missing; run `dvc repro`"
            )
    return inputs


def _composed(study: Study, figure: str) -> Drawing:
    from reprolib.figures import miniature

    drawing: Drawing = _family(figure).compose(study, figure)
    return drawing if study.name == PUBLISHED else miniature.told(study, drawing)


def _content(study: Study, figure: str, drawing: Drawing) -> dict[str, Any]:
    entry = spec(figure)
    return {
        "id": figure,
        "study": study.name,
        "family": entry.family,
        **entry.words(study.name),
        **drawing.record(),
    }
