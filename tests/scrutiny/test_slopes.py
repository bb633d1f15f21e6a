"""The judgement of a difference of slopes: sides, words, and the noise of the test set."""

import math

import numpy as np
import pandas as pd
import pytest

from reprolib.laws.differences import welch
from reprolib.scrutiny import slopes
from reprolib.scrutiny.measures import IMAGE, Measure

CLASSIFICATION, RETRIEVAL = Measure("imagenet1k"), Measure("flickr30k", IMAGE)


@pytest.mark.parametrize(
    ("measure", "value", "word"),
    [
        (CLASSIFICATION, -1.0, "yes"),
        (CLASSIFICATION, 1.0, "reversed"),
        (CLASSIFICATION, -0.01, "no"),
        (RETRIEVAL, 1.0, "yes"),
        (RETRIEVAL, -1.0, "reversed"),
    ],
)
def test_a_difference_counts_on_the_side_that_the_paper_claims(measure: Measure, value: float, word: str) -> None:
    judged = slopes._judged(measure, welch(value, (0.05, 0.05), (9, 9), 0.95))
    assert judged is not None
    assert judged["survives"] == word


def test_two_ways_that_disagree_leave_the_verdict_open() -> None:
    assert slopes._word([{"survives": "yes"}, {"survives": "no"}]) == "depends"
    assert slopes._word([{"survives": "no"}, None]) == "no"
    assert slopes._word([None]) is None


def test_the_noise_of_a_slope_is_what_simulated_test_sets_give() -> None:
    rows = pd.DataFrame({"gmacs_total": [1e10, 1e11, 1e12], "error": [0.4, 0.3, 0.2], "n_test": [1000] * 3})
    rng = np.random.default_rng(0)
    drawn = rng.binomial(1000, rows["error"].to_numpy(), size=(20_000, 3)) / 1000
    u = np.log(rows["gmacs_total"])
    simulated = np.polyfit(u, np.log(drawn).T, 1)[0].std()
    assert math.sqrt(slopes._noise_of_slope(rows)) == pytest.approx(simulated, rel=0.03)
