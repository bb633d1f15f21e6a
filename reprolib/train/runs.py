"""The runs of a group: every combination that params.yaml names, each with its name, recipe and budget in samples."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from reprolib import params
from reprolib.errors import ReproError
from reprolib.params import Group, Mini, Recipe
from reprolib.train.schedules import ConstantCooldown, Cosine, Schedule

SHORT = {"global_batch": "batch", "learning_rate": "lr", "resample": "resampled"}
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
    changes: dict[str, Any] = field(default_factory=dict)
    """What of seed, resampling and recipe differs from the rest of its study."""

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
        """What a state must share with this run to be gone on from: all but the budget, for a trunk; else all.

        The number of processes is one of the settings, because sums in another order have other bits.
        """
        same = {"model": self.model, "data": self.data, "seed": self.seed, "resample": self.resample}
        same |= {
            "recipe": self.recipe.model_dump(exclude={"state_every", "checkpoints_per_decade"}),
            "warmup_steps": self.schedule.warmup,
        }
        return same if self.cooldown else {**same, "samples": self.samples}


def of(group: Group, study: Mini) -> list[Run]:
    """The runs of `group` in the order of the lists, budgets ascending within each, so that a trunk comes first.

    Raises:
        ReproError: A list or a change names a data set, budget or setting that there is not, or two runs are the same.
    """
    budgets = sorted(group.budgets, key=lambda name: study.budgets.get(name, 0))
    combined = itertools.product(group.models, group.data, group.changes, budgets)
    made = [_run(group, study, model, data, budget, dict(changes)) for model, data, changes, budget in combined]
    if len({run.recipe.processes for run in made}) > 1:
        raise ReproError(
            f"params.yaml: train.{group.study}-{group.group}.changes: the runs of a group share their processes, but "
            "here their number differs; put them into groups of their own"
        )
    twice = [name for name, count in Counter(run.name for run in made).items() if count > 1]
    if twice:
        raise ReproError(
            f"params.yaml: train.{group.study}-{group.group}: the run '{twice[0]}' is asked for twice; remove one"
        )
    return made


def _run(group: Group, study: Mini, model: str, data: str, budget: str, changes: dict[str, Any]) -> Run:
    place = f"params.yaml: train.{group.study}-{group.group}"
    model, data, budget = (
        str(changes.pop(key, value)) for key, value in (("model", model), ("data", data), ("budget", budget))
    )
    for what, name, known in (
        ("data", data, {**study.pool.subsets, **study.pool.apart, **study.curation.subsets}),
        ("budgets", budget, study.budgets),
    ):
        if name not in known:
            raise ReproError(f"{place}.{what}: '{name}' is not known; expected one of {', '.join(known)}")
    name = "_".join([model, data, budget, *(_shown(key, value) for key, value in changes.items())])
    of_recipe = {key: value for key, value in changes.items() if key not in ("seed", "resample")}
    try:
        recipe = Recipe.model_validate({**study.recipe.model_dump(), **of_recipe})
    except ValidationError as error:
        raise ReproError(f"{place}.changes: {params.fault(error)}; mend that line") from error
    least = min(study.budgets.values())
    seed, resample = int(changes.get("seed", 0)), bool(changes.get("resample", False))
    return Run(name, model, data, budget, study.budgets[budget], seed, resample, recipe, least, changes)


def _shown(key: str, value: Any) -> str:
    name = SHORT.get(key, key)
    return name if value is True else f"{name}{value}"


def fingerprint(parts: Sequence[Any]) -> str:
    """A hash over values that JSON can hold."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
