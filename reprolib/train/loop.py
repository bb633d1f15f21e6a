"""One training run, from its first step or from where it was killed, to its last.

Reads a loader, which is a function of the step, and the state that an earlier attempt left; writes into the run's
folder:

    state.safetensors            weights, optimiser and step, now and then; gone when the run is done
    trunk.safetensors            the same, where a trunk's cooldown begins; a longer budget goes on from it
    samples-<n>.safetensors      weights after n samples, which open_clip loads; the largest n is the end
    metrics.jsonl                one step a line
    resources.json               what the run took on this machine; it differs each time, so DVC leaves it out
    done.json                    written last: the run's length and its held-out numbers

A step follows from the step before, the samples' order and nothing else. So a run that was killed and started again
ends with the bits of one that never stopped, where all of it is computed alike: on CPUs of one kind (the same kernels
of ATen, oneDNN and BLAS), with the same torch and the same number of processes and threads. Where one of these differs,
the weights of a short run lie some 1e-5 apart.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reprolib import files
from reprolib.train import checkpoints, journal, models, optimiser, ranks, sharding
from reprolib.train.gradients import Contrast
from reprolib.train.guard import DivergedError, Guard
from reprolib.train.validation import validate

if TYPE_CHECKING:
    import torch

    from reprolib.shards.loader import Loader
    from reprolib.train.ranks import Ranks
    from reprolib.train.runs import Run

STATE, TRUNK, RESOURCES, DONE = "state.safetensors", "trunk.safetensors", "resources.json", "done.json"


@dataclass
class Clock:
    """What a run has cost so far, over all its attempts."""

    training_s: float = 0.0
    waiting_s: float = 0.0
    """Of it, for data."""
    validating_s: float = 0.0
    attempts: int = 0
    at: list[dict[str, Any]] = field(default_factory=list)
    """Held-out numbers at each checkpoint."""


def train(
    run: Run,
    loader: Loader,
    held_out: tuple[torch.Tensor, torch.Tensor],
    folder: Path,
    group: Ranks,
    *,
    identity: dict[str, Any],
    start: Path | None = None,
    tensorboard: bool = False,
    notes: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Train `run` to its end; every rank calls this, the first one writes.

    Args:
        run: What to train.
        loader: This rank's share of each global batch.
        held_out: Images and tokens for the numbers beside the checkpoints.
        folder: Of the run.
        group: The ranks.
        identity: What a state must say of itself to be gone on from.
        start: The state of a trunk to begin with, where the run has none of its own.
        tensorboard: Whether to write files for TensorBoard, into the run's folder.
        notes: What `resources.json` is to say of the machine besides.

    Returns:
        What `done.json` and `resources.json` hold.

    Raises:
        DivergedError: The loss is no number any more, or stays worse than guessing; the last good weights are kept.
        ReproError: A state is damaged or another run's.
    """
    course = Course(run, folder, group, identity)
    clock, step = course.resume(start)
    if group.first:
        journal.cut(folder, step)
    board = folder / "tensorboard" if tensorboard and group.first else None
    with journal.Journal(folder, run.name, run.steps, tensorboard=board) as log:
        _steps(course, loader, held_out, clock, step, log)
    took = {**asdict(clock), **(notes or {})}
    done = {"samples_seen": run.seen, "steps": run.steps, "devices": group.world, "at": took.pop("at")}
    if group.first:
        files.write_json(folder / RESOURCES, took)
        files.write_json(folder / DONE, done)
        (folder / STATE).unlink(missing_ok=True)
    group.wait()
    return {**done, **took}


class Course:
    """A run under way: model, optimiser, and how their state is kept."""

    def __init__(self, run: Run, folder: Path, group: Ranks, identity: dict[str, Any]) -> None:
        """Build the model with the run's seed; nothing is read yet."""
        import torch

        self.run, self.folder, self.group, self.identity = run, folder, group, identity
        torch.use_deterministic_algorithms(group.device.type == "cpu")
        self.model = models.build(run.model, seed=run.seed, device="cpu" if run.recipe.shard else group.device)
        self.model.train()
        self.model.set_grad_checkpointing(run.recipe.recompute)
        parallel = ranks.wrapped(self.model, group, shard=run.recipe.shard)
        self.optimiser = optimiser.adamw(self.model, run.recipe)  # after sharding, which makes parameters anew
        if run.recipe.compile:
            # In place and a block at a time: all blocks of a tower share one compilation, as DDP and FSDP2 like it.
            for block in models.blocks(self.model):
                block.compile()
        bf16 = run.recipe.precision == "bf16"
        self.contrast = Contrast(parallel, group, accumulate=run.recipe.accumulate, bf16=bf16)
        per_decade = run.recipe.checkpoints_per_decade
        self.milestones = {
            max(1, round(samples / run.recipe.global_batch))
            for samples in checkpoints.log_spaced(run.seen, per_decade, min(run.least, run.seen))
        } | {run.steps}

    def resume(self, start: Path | None) -> tuple[Clock, int]:
        """Take up the run's own state, else `start`, else begin at step 0."""
        path = self.folder / STATE if (self.folder / STATE).is_file() else start
        self.group.wait()  # the first rank may write a state only after the others have looked for one
        if path is None:
            return Clock(attempts=1), 0
        state = checkpoints.load_state(path, self.model, self.optimiser, identity=self.identity)
        clock = Clock(**state["clock"])
        clock.attempts += 1
        return clock, int(state["step"])

    def keep(self, name: str, step: int, clock: Clock) -> None:
        """Save the full state before `step`; every rank calls this."""
        meta = {"step": step, "clock": asdict(clock)}
        path = self.folder / name if self.group.first else None
        checkpoints.save_state(path, self.model, self.optimiser, identity=self.identity, meta=meta)

    def norm(self) -> float:
        """Of the gradient of all parameters together, the same on every rank."""
        return sharding.norm([each.grad for each in self.model.parameters() if each.grad is not None])

    def milestone(self, step: int, held_out: tuple[torch.Tensor, torch.Tensor], clock: Clock) -> None:
        """Save the weights after `step` steps, with the held-out numbers."""
        begun = time.perf_counter()
        samples = step * self.run.recipe.global_batch
        clock.at.append({"samples_seen": samples, **validate(self.model, *held_out, self.group)})
        checkpoints.save_weights(self.folder / checkpoints.name_of(samples) if self.group.first else None, self.model)
        clock.validating_s += time.perf_counter() - begun


def _steps(
    course: Course,
    loader: Loader,
    held_out: tuple[torch.Tensor, torch.Tensor],
    clock: Clock,
    first: int,
    log: journal.Journal,
) -> None:
    run, group = course.run, course.group
    schedule, batch = run.schedule, run.recipe.global_batch
    guard = Guard(run.name, batch, round(run.recipe.warmup * run.steps))
    every = max(1, run.recipe.state_every // batch)
    begun = time.perf_counter()
    for step, (images, tokens) in enumerate(loader.from_step(first, run.steps), first):
        arrived = time.perf_counter()
        if course.run.cooldown and step == run.steps - run.cooldown:
            course.keep(TRUNK, step, clock)
        rate = schedule.at(step)
        for each in course.optimiser.param_groups:
            each["lr"] = rate
        course.optimiser.zero_grad(set_to_none=True)
        loss = course.contrast.backward(images.to(group.device), tokens.to(group.device))
        loss_now, norm = group.total(loss).item() / group.world, course.norm()
        try:
            guard.check(step, loss_now, norm)
        except DivergedError:
            course.keep(STATE, step, clock)
            raise
        course.optimiser.step()
        optimiser.cool(course.model)
        ended = time.perf_counter()
        clock.training_s += ended - begun
        clock.waiting_s += arrived - begun
        if group.first:
            log.step(
                step=step,
                samples=(step + 1) * batch,
                loss=loss_now,
                learning_rate=rate,
                gradient_norm=norm,
                temperature=course.model.logit_scale.exp().item(),
                samples_per_s=batch / (ended - begun),
            )
        if step + 1 in course.milestones:
            course.milestone(step + 1, held_out, clock)
        if (step + 1) % every == 0 and step + 1 < run.steps:
            course.keep(STATE, step + 1, clock)
        begun = time.perf_counter()
