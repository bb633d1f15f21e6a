"""The paper's nominal scales of samples seen, and the compute that they mean.

A run's true number of samples differs a little from its scale (Table 18: 12.2e9 to 13.2e9 for 13B). The paper's
extrapolations (Table 4, Fig. 8) put every model at the nominal number instead. The numbers are whole epochs of
LAION-80M and LAION-400M, as in the released notebook (`figures.ipynb` of LAION-AI/scaling-laws-openclip).
"""

from reprolib.errors import ReproError

LAION_80M = 80_000_415
"""Samples in one epoch of LAION-80M (`training_runs.csv`)."""
LAION_400M = 407_332_084
"""Samples in one epoch of LAION-400M (`training_runs.csv`)."""

NOMINAL_SAMPLES = {
    "3B": 32 * LAION_80M,
    "13B": 32 * LAION_400M,
    "34B": 84 * LAION_400M,
    "68B": 2 * 84 * LAION_400M,
}


def nominal_compute(gmacs_per_sample: float, budget: str) -> float:
    """Total compute in GMAC of a model at a nominal budget: forward GMACs of both towers per sample times samples.

    Raises:
        ReproError: The paper knows no such budget.
    """
    if budget not in NOMINAL_SAMPLES:
        known = ", ".join(NOMINAL_SAMPLES)
        raise ReproError(f"there is no budget '{budget}'; use one of {known}")
    return gmacs_per_sample * NOMINAL_SAMPLES[budget]
