"""Learning rates over a run, by the step that is about to be made.

Cosine with linear warm-up is the paper's (Sec. 3.2): each budget of samples is a run of its own. A constant rate with
a cooldown lets one long run, the trunk, serve several budgets: each is a short branch from a checkpoint of the trunk.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Cosine:
    """Linear warm-up to `peak`, then half a cosine to zero at the last step."""

    peak: float
    warmup: int
    """Steps."""
    steps: int
    """Of the whole run."""

    def at(self, step: int) -> float:
        """The rate of step 0, 1, … `steps - 1`; as open_clip's, so that a run can be compared step by step."""
        if step < self.warmup:
            return self.peak * (step + 1) / self.warmup
        return self.peak * 0.5 * (1 + math.cos(math.pi * (step - self.warmup) / (self.steps - self.warmup)))


@dataclass(frozen=True)
class ConstantCooldown:
    """Linear warm-up to `peak`, constant, then along `1 - sqrt` to zero over the last `cooldown` steps."""

    peak: float
    warmup: int
    steps: int
    cooldown: int
    """Steps; before them the rate does not depend on `steps`, so a longer run's checkpoint can be branched from."""

    def at(self, step: int) -> float:
        """The rate of step 0, 1, … `steps - 1`."""
        if step < self.warmup:
            return self.peak * (step + 1) / self.warmup
        left = self.steps - step
        if left > self.cooldown:
            return self.peak
        return self.peak * (1 - math.sqrt(1 - left / (self.cooldown + 1)))


Schedule = Cosine | ConstantCooldown
