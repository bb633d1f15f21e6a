"""The runs of a group: every combination that params.yaml names, each with its name, recipe and budget in samples."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from reprolib import params
from reprolib.errors import ReproError
from reprolib.params import Group, Mini, Recipe
from reprolib.train.schedules import ConstantCooldown, Cosine, Schedule

RESAMPLE = "resample"
SHORT = {"global_batch": "batch", "learning_rate": "lr", RESAMPLE: "resampled"}
"""How a changed setting shows in the name of a run."""


@dataclass(frozen=True)
class Run:
    """One model to train on one data set for one budget."""

    name: str
    model: str
    data: str
    budget: str
    samples: int
    """Asked for; `steps` whole batches are seen."""
    seed: int
    resample: bool
    recipe: Recipe
    least: int
    """Samples of the smallest budget of its study, whose warm-up a trunk has."""

    @property
    def steps(self) -> int:
        """The number of global batches nearest to the budget."""
        return max(1, round(self.samples / self.recipe.global_batch))

    @property
    def seen(self) -> int:
        """Samples seen in the end: within half a batch of the budget."""
        return self.steps * self.recipe.global_batch

    @property
    def schedule(self) -> Schedule:
        """The learning rate by step."""
        peak = self.recipe.learning_rate
        if self.recipe.schedule == "cosine":
            return Cosine(peak, round(self.recipe.warmup * self.steps), self.steps)
        warmup = round(self.recipe.warmup * self.least / self.recipe.global_batch)
        return ConstantCooldown(peak, warmup, self.steps, self.cooldown)

    @property
    def cooldown(self) -> int:
        """Steps at the end that are no part of the trunk; none with a cosine."""
        return round(self.recipe.cooldown * self.steps) if self.recipe.schedule == "constant-cooldown" else 0

    @property
    def trunk(self) -> dict[str, Any]:
        """What a state must share with this run to be gone on from: all but the budget, for a trunk; else all."""
        same = {"model": self.model, "data": self.data, "seed": self.seed, "resample": self.resample}
        same["recipe"] = self.recipe.model_dump(exclude={"processes", "state_every", "checkpoints_per_decade"})
        return same if self.cooldown else {**same, "samples": self.samples}


def of(group: Group, study: Mini) -> list[Run]:
    """The runs of `group` in the order of the lists, budgets ascending within each, so that a trunk comes first.

    Raises:
        ReproError: A list names a data set, budget or setting that there is not.
    """
    known = {**study.pool.subsets, **study.pool.apart}
    for what, names, there in (("data", group.data, known), ("budgets", group.budgets, study.budgets)):
        for name in names:
            if name not in there:
                raise ReproError(
                    f"params.yaml: train.{group.study}-{group.group}.{what}: '{name}' is not known; "
                    f"expected one of {', '.join(there)}"
                )
    budgets = sorted(group.budgets, key=lambda name: study.budgets[name])
    least = min(study.budgets.values())
    made = []
    combined = itertools.product(group.models, group.data, group.seeds, _combinations(group), budgets)
    for model, data, seed, changes, budget in combined:
        recipe = _changed(study.recipe, changes, group)
        shown = "".join(f"_{_shown(key, value)}" for key, value in changes.items())
        name = f"{model}_{data}_{budget}{f'_seed{seed}' if seed else ''}{shown}"
        resample = bool(changes.get(RESAMPLE, False))
        made.append(Run(name, model, data, budget, study.budgets[budget], seed, resample, recipe, least))
    return made


def _combinations(group: Group) -> list[dict[str, Any]]:
    values = itertools.product(*group.changes.values())
    return [dict(zip(group.changes, each, strict=True)) for each in values]


def _changed(recipe: Recipe, changes: dict[str, Any], group: Group) -> Recipe:
    settings = {**recipe.model_dump(), **{key: value for key, value in changes.items() if key != RESAMPLE}}
    try:
        return Recipe.model_validate(settings)
    except ValidationError as error:
        where = f"params.yaml: train.{group.study}-{group.group}.changes"
        raise ReproError(f"{where}: {params.fault(error)}; mend that line") from error


def _shown(key: str, value: Any) -> str:
    name = SHORT.get(key, key)
    return name if value is True else f"{name}{value}"


def fingerprint(parts: Sequence[Any]) -> str:
    """A hash over values that JSON can hold."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
