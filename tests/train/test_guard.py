"""A run is stopped by what is no number and by a loss that stays worse than guessing, and by nothing else."""

import math

import pytest

from reprolib.train.guard import PATIENCE, DivergedError, Guard


def test_a_falling_loss_passes() -> None:
    guard = Guard("a", 256, warmup=5)
    for step in range(100):
        guard.check(step, math.log(256) * 0.99**step, 1.0)


@pytest.mark.parametrize(("loss", "norm"), [(math.nan, 1.0), (math.inf, 1.0), (5.0, math.nan), (5.0, math.inf)])
def test_what_is_no_number_stops_the_run_with_one_sentence(loss: float, norm: float) -> None:
    with pytest.raises(DivergedError, match=r"^run 'a' stopped before step 7 \(1,792 samples\): the loss is .*fp32$"):
        Guard("a", 256, warmup=50).check(7, loss, norm)


def test_a_loss_that_stays_worse_than_guessing_stops_the_run_after_its_warmup_only() -> None:
    guard = Guard("a", 256, warmup=80)
    for step in range(80 + PATIENCE - 1):
        guard.check(step, 7.0, 1.0)
    with pytest.raises(DivergedError, match=r"for 50 steps the loss is above 6\.05, worse than guessing"):
        guard.check(80 + PATIENCE - 1, 7.0, 1.0)


def test_spikes_that_pass_stop_nothing() -> None:
    guard = Guard("a", 256, warmup=0)
    for step in range(20 * PATIENCE):
        guard.check(step, 20.0 if step % PATIENCE else 3.0, 1.0)
