"""Learning rates: warm-up, the cosine of open_clip, and a trunk that does not know its budget."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprolib.train.schedules import ConstantCooldown, Cosine

STEPS = st.integers(2, 500)


@given(STEPS, st.floats(0, 0.5))
def test_a_cosine_is_open_clips_step_by_step(steps: int, share: float) -> None:
    scheduler = pytest.importorskip("open_clip_train.scheduler")
    warmup = int(share * steps)
    groups = [{"lr": 0.0}]
    theirs = scheduler.cosine_lr(type("Optimizer", (), {"param_groups": groups})(), 2e-3, warmup, steps)
    ours = Cosine(2e-3, warmup, steps)
    for step in range(steps):
        assert ours.at(step) == pytest.approx(theirs(step), rel=1e-12)


@given(STEPS, st.floats(0, 0.5))
def test_warmup_rises_to_the_peak_and_what_follows_never_rises(steps: int, share: float) -> None:
    warmup = int(share * steps)
    for schedule in (Cosine(1.0, warmup, steps), ConstantCooldown(1.0, warmup, steps, max(1, steps // 5))):
        rates = [schedule.at(step) for step in range(steps)]
        assert all(0 < rate <= 1 for rate in rates)
        assert rates[:warmup] == pytest.approx([(step + 1) / warmup for step in range(warmup)])
        assert all(later <= earlier for earlier, later in zip(rates[warmup:], rates[warmup + 1 :], strict=False))


def test_before_its_cooldown_a_trunk_does_not_know_its_budget() -> None:
    short, long = ConstantCooldown(1.0, 10, 100, 20), ConstantCooldown(1.0, 10, 500, 100)
    assert [short.at(step) for step in range(80)] == [long.at(step) for step in range(80)]
    assert short.at(80) < long.at(80)


def test_a_cooldown_ends_near_zero() -> None:
    assert ConstantCooldown(1.0, 0, 1000, 200).at(999) < 0.01
