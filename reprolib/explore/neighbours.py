"""Are the settings of fine-tuning good ones: each beside its neighbours, on training images that were held back.

    neighbours.table(tree, params.load(tree), "mini", "ladder/ViT-femto-8_51k_25k")

By such tables the settings in params.yaml were chosen: of the learning rates by the best, of epochs and steps by the
time there is. No test set is opened. Reads a checkpoint and training parts of a study that is trained here; writes
nothing but the cache. One row of ViT-femto takes half a minute on one core.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from reprolib.errors import ReproError
from reprolib.provenance import records

if TYPE_CHECKING:
    from reprolib.evaluate.encoder import Encoder
    from reprolib.evaluate.suite import Suite
    from reprolib.evaluate.tuning import Classifier, ImageSet
    from reprolib.params import Evaluation, Params
    from reprolib.paths import Tree
    from reprolib.results import Result

CHANGES: Mapping[str, Mapping[str, float]] = {
    "as set": {},
    "a third of the learning rate": {"learning_rate": 1 / 3},
    "three times the learning rate": {"learning_rate": 3.0},
    "twice as long": {"epochs": 2.0, "steps": 2.0},
}
"""By what a setting of all recipes is multiplied."""
AT_ONCE, AFTER_MORE, JOINTLY = "class set", "class set, after more classes", "mean of eight tasks, jointly"


def table(
    tree: Tree, settings: Params, study: str, run: str, changes: Mapping[str, Mapping[str, float]] = CHANGES
) -> pd.DataFrame:
    """Accuracy in percent on held-back training images with its 95 % interval, a change a row.

    Args:
        tree: Where.
        settings: Whose recipes are changed.
        study: One that is trained here.
        run: A group and a run of it.
        changes: By name, by what to multiply which settings.

    Raises:
        ReproError: The run or its checkpoint is missing or damaged, or so is a set.
    """
    from reprolib.evaluate import encoder, suite

    record = records.read(tree.runs(study) / f"{run}.json", "run")
    weights = tree.trained(study) / run / record["weights"]["file"]
    if not weights.is_file():
        raise ReproError(f"{weights}, the checkpoint of '{run}', is missing; run `make retrain`, which trains it")
    checkpoint = encoder.load(record["model"], weights)
    sets = suite.read(tree, study, check=False)
    rows = {
        change: _row(checkpoint, sets, tree, _changed(settings.mini.evaluate, factors))
        for change, factors in changes.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def _row(checkpoint: Encoder, sets: Suite, tree: Tree, how: Evaluation) -> dict[str, str]:
    from reprolib.evaluate import joint, measured, single, tuned, tuning
    from reprolib.evaluate.suite import CLASS_SET, EIGHT

    def score(classifier: Classifier, held: ImageSet) -> Result:
        return measured.of_hits("", held.name, tuning.hits(classifier, held), "held back")

    fit, back = tuned.split(checkpoint, sets.few_shot[CLASS_SET].train, tree.cache, how.seed)
    starts = {
        AT_ONCE: tuning.zero_shot(checkpoint.model, fit.zero_shot),
        AFTER_MORE: tuned.intermediate(checkpoint, sets, tree.cache, how),
    }
    found = {
        way: score(single.tuned(start, fit, tuned.single_recipe(how.single), seed=how.seed), back)
        for way, start in starts.items()
    }
    parts = [tuned.split(checkpoint, sets.tasks[name].train, tree.cache, how.seed) for name in EIGHT]
    model = joint.tuned(checkpoint.model, [one for one, _ in parts], tuned.joint_recipe(how.joint), seed=how.seed)
    scores = [score(tuning.zero_shot(model, held.zero_shot), held) for _, held in parts]
    found[JOINTLY] = measured.mean("", "tasks", scores)
    return {way: _told(result) for way, result in found.items()}


def _told(result: Result) -> str:
    low, high = result.interval or (math.nan, math.nan)
    return f"{100 * result.value:.1f} [{100 * low:.1f}, {100 * high:.1f}]"


def _changed(how: Evaluation, factors: Mapping[str, float]) -> Evaluation:
    """Every recipe that has the setting, with that setting multiplied; whole numbers stay whole."""
    content = how.model_dump()
    for recipe in ("single", "intermediate", "joint"):
        for name, factor in factors.items():
            if name in content[recipe]:
                was = content[recipe][name]
                content[recipe][name] = round(was * factor) if isinstance(was, int) else was * factor
    return how.model_validate(content)
