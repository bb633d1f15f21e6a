"""Quantiles: Student's t, and percentiles of resamples that reach as far as a small sample demands."""

import numpy as np
import pytest
import scipy.stats

from reprolib.laws.quantiles import expanded, reach, student, tail_of


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.999])
@pytest.mark.parametrize("dof", [1, 2, 27, 2.7])
def test_student_reaches_as_far_as_scipys_t(level: float, dof: float) -> None:
    assert student(level, dof) == pytest.approx(scipy.stats.t.ppf((1 + level) / 2, dof), rel=1e-9)


def test_percentiles_are_those_of_numpy_for_every_column() -> None:
    draws = np.random.default_rng(0).standard_normal((500, 3))
    low, high = expanded(draws, 0.05)
    assert np.array([low, high]) == pytest.approx(np.percentile(draws, [5, 95], axis=0))


def test_resamples_that_do_not_reach_the_tail_give_no_percentile() -> None:
    """0.005 of 199 resamples is less than one of them."""
    assert np.isnan(expanded(np.arange(199.0)[:, None], 0.005)).all()
    assert np.isfinite(expanded(np.arange(200.0)[:, None], 0.005)).all()


def test_residual_and_parametric_resamples_are_read_at_the_level_of_students_t() -> None:
    for kind in ("residual", "parametric"):
        tail = tail_of(kind, 0.95, dof=5, sample=7, free=2)
        assert scipy.stats.norm.isf(tail) == pytest.approx(scipy.stats.t.ppf(0.975, 5))


def test_pairs_are_widened_for_their_small_spread_as_well() -> None:
    """A resample's slope scatters by sqrt(dof / n) of its error, whatever n."""
    for sample, free in ((7, 2), (29, 3), (1000, 2)):
        tail = tail_of("pairs", 0.95, dof=sample - free, sample=sample, free=free)
        dof = sample - free
        assert scipy.stats.norm.isf(tail) == pytest.approx(scipy.stats.t.ppf(0.975, dof) * np.sqrt(sample / dof))
    assert tail_of("pairs", 0.95, dof=10**6, sample=10**6, free=2) == pytest.approx(0.025, rel=1e-3)


def test_known_noise_needs_no_widening() -> None:
    assert tail_of("noise", 0.9, dof=1, sample=3, free=2) == pytest.approx(0.05)


@pytest.mark.parametrize("sample", [2, 3])
def test_no_more_clusters_than_parameters_leave_no_tail(sample: int) -> None:
    assert tail_of("cluster", 0.95, dof=20, sample=sample, free=3) == 0.0


def test_reach_undoes_the_tail_of_a_normal() -> None:
    assert reach(0.025) == pytest.approx(1.959964, rel=1e-6)
