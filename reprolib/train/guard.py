"""Stops a run whose loss has left the numbers, or is worse than guessing and stays so, before it spoils a checkpoint.

A contrastive loss over a batch of B pairs is ln B for a model that guesses. A fresh model may be worse, its temperature
being set for a trained one, and a step may spike; but a run that is worse than guessing for many steps on end after its
warm-up does not come back (the paper saw this half-way through L/14 and H/14).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from reprolib.errors import ReproError

ABOVE = 0.5
"""How far above ln B a loss is worse than guessing."""
PATIENCE = 50
"""Steps on end that may be so after the warm-up."""


class DivergedError(ReproError):
    """The run cannot go on as it is."""


@dataclass
class Guard:
    """Watches one run."""

    name: str
    batch: int
    warmup: int
    worse: int = field(default=0, init=False)
    """Steps on end, so far, that were worse than guessing."""

    def check(self, step: int, loss: float, norm: float) -> None:
        """Look at a step before its weights change.

        Args:
            step: The step at hand.
            loss: Mean over the global batch.
            norm: Of the whole gradient.

        Raises:
            DivergedError: Loss or gradient is not finite, or the loss was worse than guessing for `PATIENCE` steps.
        """
        if not (math.isfinite(loss) and math.isfinite(norm)):
            raise self._stop(step, f"the loss is {loss:.3g} and the norm of its gradient {norm:.3g}")
        guess = math.log(self.batch)
        self.worse = self.worse + 1 if step >= self.warmup and loss > guess + ABOVE else 0
        if self.worse == PATIENCE:
            raise self._stop(step, f"for {PATIENCE} steps the loss is above {guess + ABOVE:.2f}, worse than guessing")

    def _stop(self, step: int, what: str) -> DivergedError:
        return DivergedError(
            f"run '{self.name}' stopped before step {step} ({step * self.batch:,} samples): {what}; its last good "
            "weights are kept; lower learning_rate, lengthen warmup or, on a GPU, set precision to fp32"
        )
