"""Compute-optimal sizes: the closed form of 6 N D, tables of architectures, intervals, and laws without an optimum."""

import json
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reprolib.laws import Fit, LawError, fit
from reprolib.laws.allocation import optimal

TRUTH = {"E": 1.7, "A": 400.0, "B": 410.0, "alpha": 0.34, "beta": 0.28}


def runs(n: int = 60, noise: float = 0.003, seed: int = 0) -> Any:
    """n runs of Chinchilla's law with log-normal noise."""
    rng = np.random.default_rng(seed)
    N, D = 10 ** rng.uniform(7, 10, n), 10 ** rng.uniform(9, 11.5, n)
    loss = TRUTH["E"] + TRUTH["A"] * N ** -TRUTH["alpha"] + TRUTH["B"] * D ** -TRUTH["beta"]
    return {"N": N, "D": D, "L": loss * np.exp(noise * rng.standard_normal(n))}


@cache
def fitted(noise: float = 0.003, seed: int = 0, bootstrap: int = 0) -> Fit:
    how: Any = {"bootstrap": bootstrap} if bootstrap else {"method": "delta"}
    return fit(runs(noise=noise, seed=seed), "chinchilla", "N,D", "L", loss="log", **how)


def law(**params: float) -> Fit:
    """A law with these parameters, known without error."""
    return replace(fitted(), params=MappingProxyType({**TRUTH, **params}), covariance=None)


def close(found: Any, expected: Any, rel: float = 1e-8) -> bool:
    return bool(found == pytest.approx(expected, rel=rel))


def closed_form(params: Any, budget: Any) -> tuple[Any, Any]:
    """N and D of Hoffmann et al., arXiv 2203.15556, eq. 4."""
    a, b = params["alpha"], params["beta"]
    N = (a * params["A"] / (b * params["B"])) ** (1 / (a + b)) * (budget / 6) ** (b / (a + b))
    return N, budget / 6 / N


@settings(max_examples=40)
@given(st.floats(0.1, 1), st.floats(0.1, 1), st.floats(0, 5), st.floats(0, 5), st.floats(15, 28))
def test_6nd_has_the_closed_form(alpha: float, beta: float, log_a: float, log_b: float, log_budget: float) -> None:
    at = law(alpha=alpha, beta=beta, A=10**log_a, B=10**log_b, E=0.0)
    N, D = closed_form(at.params, 10**log_budget)
    assume(N > 1 and D > 1)
    found = optimal(at, 10**log_budget)
    best = found.allocations[0]
    assert close((best.N, best.D), (N, D))
    assert close(best.loss, float(at.predict(N, D)), 1e-12)
    assert close(found.exponents["N"], beta / (alpha + beta))
    assert close(found.exponents["D"], alpha / (alpha + beta))


def test_a_floor_does_not_move_the_optimum_by_more_than_rounding() -> None:
    N, D = closed_form(TRUTH, 1e21)
    found = optimal(law(), 1e21).allocations[0]
    assert close((found.N, found.D), (N, D))


def test_no_other_spending_of_the_budget_has_a_smaller_loss() -> None:
    def price(N: Any) -> Any:
        return 6 * N + 3e4 * np.sqrt(N) + 1e9  # a vocabulary and a fixed cost beside the body

    found = optimal(law(), [1e19, 1e22], price, sizes=(1e6, 1e12))
    for best in found.allocations:
        assert best.N is not None
        assert close(best.D, best.budget / price(best.N), 1e-12)
        N = np.concatenate([np.geomspace(1e6, 1e12, 2000), best.N * np.geomspace(0.99, 1.01, 2001)])
        losses = law().predict(N, best.budget / price(N))
        assert best.loss == pytest.approx(losses.min(), rel=1e-13)


def test_a_function_equal_to_6nd_gives_the_same() -> None:
    one, other = optimal(fitted(), 1e21), optimal(fitted(), 1e21, lambda N: 6 * N, sizes=(1e6, 1e12))
    assert close(other.allocations[0].N, one.allocations[0].N, 1e-9)
    assert other.exponents["N"] == pytest.approx(one.exponents["N"], rel=1e-8)
    assert other.allocations[0].intervals["N"] == pytest.approx(one.allocations[0].intervals["N"], rel=1e-5)


def test_a_table_is_read_off_by_straight_lines_in_log_log() -> None:
    """Costs of 8 N**0.9 at the entries are 8 N**0.9 between them, whose optimum a substitution tells."""
    table = {f"m{at}": (N, 8 * N**0.9) for at, N in enumerate(np.geomspace(1e7, 1e11, 9))}
    found = optimal(law(), 1e20, table).allocations[0]
    # With D = C / (8 N**0.9) the loss is A N**-alpha + B (8 / C)**beta N**(0.9 beta).
    a, b = TRUTH["alpha"], 0.9 * TRUTH["beta"]
    N = (a * TRUTH["A"] / (b * TRUTH["B"] * (8 / 1e20) ** TRUTH["beta"])) ** (1 / (a + b))
    assert close(found.N, N)


def test_an_optimum_at_a_kink_of_the_table_is_that_entry() -> None:
    """Far too dear beyond the middle entry, far too cheap before it."""
    table = [(1e8, 5e9), (1e9, 6e9), (1e10, 6e13)]
    found = optimal(law(), 1e21, table).allocations[0]
    assert close(found.N, 1e9, 1e-6)
    assert found.entry is not None
    assert (found.entry.name, found.entry.N) == ("N = 1e+09", 1e9)


def test_the_best_entry_of_a_table_is_that_of_trying_each() -> None:
    table = {"S": (3e7, 2.2e8), "B": (9e7, 6e8), "L": (3e8, 1.9e9), "H": (6.3e8, 3.9e9), "G": (1.8e9, 1.2e10)}
    shuffled = dict(reversed(table.items()))
    for budget in np.geomspace(1e16, 1e21, 11):
        losses = {name: float(law().predict(N, budget / cost)) for name, (N, cost) in table.items()}
        for each in (table, shuffled):
            entry = optimal(law(), budget, each).allocations[0].entry
            assert entry is not None
            assert entry.name == min(losses, key=lambda name: losses[name])
            assert entry.loss == pytest.approx(min(losses.values()), rel=1e-14)
            assert entry.share is None


def test_an_optimum_beyond_the_table_is_not_given() -> None:
    table = {"S": (3e7, 2.2e8), "B": (9e7, 6e8)}
    found = optimal(law(), [1e12, 1e24], table)
    low, high = found.allocations
    assert (low.N, low.D, low.loss, high.N) == (None, None, None, None)
    assert low.intervals == {"N": None, "D": None, "loss": None}
    assert "the loss falls all the way to the smallest N looked at, 3e+07" in low.notes[0]
    assert "the loss falls all the way to the largest N looked at, 9e+07" in high.notes[0]
    assert low.entry is not None
    assert low.entry.name == "S"
    assert found.exponents == {"N": None, "D": None}
    assert "no exponents" in found.summary()


def test_a_law_that_gains_nothing_from_size_has_no_optimum() -> None:
    found = optimal(law(A=0.0), 1e21)
    assert found.allocations[0].N is None
    assert "no optimum: the loss falls all the way to the smallest N looked at" in found.summary()


def test_the_exponents_are_the_mean_slopes_over_the_budgets() -> None:
    found = optimal(law(), [1e22, 1e18, 1e20], lambda N: 6 * N + 1e9, sizes=(1e4, 1e14))
    assert found.between == (1e18, 1e22)
    first, last = found.allocations[1], found.allocations[0]
    assert found.exponents["N"] == pytest.approx(np.log((last.N or 0) / (first.N or 1)) / np.log(1e4), rel=1e-9)
    assert [each.budget for each in found.allocations] == [1e22, 1e18, 1e20]
    assert optimal(law(), 1e20).between == pytest.approx((1e20 / 10**0.5, 1e20 * 10**0.5))


def test_the_delta_method_is_that_of_the_closed_form() -> None:
    """Its derivatives by hand: of log N and of the exponent by alpha, beta, A and B."""
    at = fitted()
    p = at.params
    a, b = p["alpha"], p["beta"]
    total, size = a + b, np.log(1e21 / 6)
    log_g = np.log(a * p["A"] / (b * p["B"]))
    slopes = {
        "E": 0.0,
        "A": 1 / (p["A"] * total),
        "B": -1 / (p["B"] * total),
        "alpha": 1 / (a * total) - log_g / total**2 - b * size / total**2,
        "beta": -1 / (b * total) - log_g / total**2 + a * size / total**2,
    }
    by_hand = np.array([slopes[name] for name in at.free])
    assert at.covariance is not None
    half = 2.0040447832891455 * np.sqrt(by_hand @ at.covariance @ by_hand)  # Student's t at 55 degrees of freedom
    found = optimal(at, 1e21)
    N = found.allocations[0].N or 0.0
    assert found.allocations[0].intervals["N"] == pytest.approx((N * np.exp(-half), N * np.exp(half)), rel=1e-6)
    ratio = np.array([{"alpha": -b / total**2, "beta": a / total**2}.get(name, 0.0) for name in at.free])
    half = 2.0040447832891455 * np.sqrt(ratio @ at.covariance @ ratio)
    assert found.exponent_intervals["N"] == pytest.approx((b / total - half, b / total + half), rel=1e-6)
    low, high = at.interval(N, 1e21 / 6 / N, new=False)
    assert found.allocations[0].intervals["loss"] == pytest.approx((float(low), float(high)), rel=1e-6)


def test_intervals_hold_the_true_optimum_as_often_as_they_say() -> None:
    """80 % intervals of 300 estimates that scatter as their covariance says: within four s.d. (0.023 each).

    A tenth of the real errors, because the delta method is one of small errors.
    """
    at = replace(fitted(), covariance=0.01 * np.asarray(fitted().covariance))
    assert at.covariance is not None
    scattered = np.random.default_rng(0).multivariate_normal(list(at.params.values()), at.covariance, 300)
    truth = closed_form(at.params, 1e21)[0]
    caught = 0
    for values in scattered:
        params = MappingProxyType(dict(zip(at.free, map(float, values), strict=True)))
        low, high = optimal(replace(at, params=params), 1e21, level=0.8).allocations[0].intervals["N"] or (0, 0)
        caught += low <= truth <= high
    assert abs(caught / 300 - 0.8) < 0.092


def test_resamples_give_an_interval_like_that_of_the_delta_method() -> None:
    drawn, delta = optimal(fitted(bootstrap=1000), 1e21), optimal(fitted(), 1e21)
    for name in ("N", "D", "loss"):
        one, other = drawn.allocations[0].intervals[name], delta.allocations[0].intervals[name]
        assert one is not None
        assert other is not None
        assert np.log(one[1] / one[0]) == pytest.approx(np.log(other[1] / other[0]), rel=0.5)
        assert one[0] < other[1]
        assert other[0] < one[1]
    assert "the optimum of each of 1,000 resamples" in drawn.interval_method
    table = {f"m{at}": (N, 6 * N) for at, N in enumerate(np.geomspace(1e8, 1e11, 13))}
    entry = optimal(fitted(bootstrap=1000), 1e21, table).allocations[0].entry
    assert entry is not None
    assert entry.share is not None
    assert 0.3 < entry.share <= 1


def test_resamples_at_the_end_of_the_search_leave_no_interval() -> None:
    at = fitted(bootstrap=1000)
    N = optimal(at, 1e21).allocations[0].N or 0.0
    found = optimal(at, 1e21, lambda N: 6 * N, sizes=(1e6, N * 1.02)).allocations[0]
    assert close(found.N, N, 1e-6)
    assert found.intervals["N"] is None
    assert "of the resamples have their optimum at the end of the search" in found.notes[0]


def test_without_standard_errors_or_resamples_there_is_no_interval_but_a_reason() -> None:
    robust = fit(runs(), "chinchilla", "N,D", "L", loss="huber", method="delta")
    found = optimal(robust, 1e21)
    assert close(found.allocations[0].N, closed_form(robust.params, 1e21)[0])
    assert found.allocations[0].intervals["N"] is None
    assert found.allocations[0].notes[0] == "no interval of N: none, loss huber has none; give bootstrap"


def test_an_interval_that_tells_nothing_is_not_printed() -> None:
    at = fitted()
    assert at.covariance is not None
    found = optimal(replace(at, covariance=1e6 * at.covariance), 1e21).allocations[0]
    assert found.intervals["N"] is None
    assert "no interval of N: it would reach further than a factor of 100 to a side" in found.notes


def test_pinned_parameters_bring_no_error() -> None:
    pinned = fit(
        runs(), "chinchilla", "N,D", "L", loss="log", method="delta", pin={"alpha": 0.34, "beta": 0.28, "E": 1.7}
    )
    found = optimal(pinned, 1e21)
    assert found.exponents["N"] == pytest.approx(0.28 / 0.62, rel=1e-8)
    low, high = found.exponent_intervals["N"] or (0, 1)
    assert high - low < 1e-7
    assert found.allocations[0].intervals["N"] is not None


def test_json_holds_the_result() -> None:
    found = optimal(fitted(), [1e19, 1e21], [(1e7, 7e7), (1e9, 7e9), (1e11, 7e11)])
    record = json.loads(found.to_json())
    assert record["allocations"][1]["N"] == found.allocations[1].N
    assert record["allocations"][1]["intervals"]["D"] == list(found.allocations[1].intervals["D"] or ())
    assert record["exponents"]["N"] == found.exponents["N"]
    assert record["allocations"][0]["entry"]["name"] == "N = 1e+09"
    assert record["between"] == [1e19, 1e21]
    assert json.loads(optimal(law(), 1e12, [(1e7, 7e7), (1e9, 7e9)]).to_json())["allocations"][0]["N"] is None


@settings(max_examples=15)
@given(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3))
def test_units_of_the_cost_and_of_y_leave_the_sizes_as_they_are(unit: float, of_loss: float) -> None:
    one = optimal(law(), 1e21).allocations[0]
    other = optimal(law(), unit * 1e21, lambda N: 6 * unit * N, sizes=(1e6, 1e12)).allocations[0]
    assert close((other.N, other.D), (one.N, one.D))
    scaled = law(**{name: of_loss * TRUTH[name] for name in ("E", "A", "B")})
    assert close(optimal(scaled, 1e21).allocations[0].N, one.N)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"budget": 0}, "budget holds 0"),
        ({"budget": []}, "budget is empty; give at least one"),
        ({"cost": "3ND"}, "cost '3ND' is not known; expected 6ND, a function of N, or a table of N and cost"),
        ({"cost": lambda N: 6 * N}, "a cost that is a function needs the N between which it holds; give sizes"),
        ({"cost": lambda N: N - 1e9, "sizes": (1e6, 1e9)}, "the cost function gives -9.99e+08 at N = 1e+06"),
        ({"cost": lambda N: 6.0, "sizes": (1e6, 1e9)}, "the cost function gives shape () for (257,) values of N"),
        ({"cost": lambda N: float(N), "sizes": (1e6, 1e9)}, "the cost function takes no array of N"),
        ({"sizes": (1e9, 1e6)}, "sizes are 1e+09 and 1e+06; give the smallest and the largest N, above zero"),
        ({"cost": [(1e6, 1e7)]}, "a table of costs needs at least two entries"),
        ({"cost": [(1e6, 1e7), (1e7, -1)]}, "cost holds -1"),
        ({"cost": [(1e6, 1e7), (1e7, 1e6)]}, "N = 1e+06 and N = 1e+07 have costs that fall while N rises"),
        ({"cost": {"a": (1e6, 1e7), "b": (1e6, 2e7)}}, "a and b have the same N"),
        ({"cost": [(1e6, 1e7), (1e7, 1e8)], "sizes": (1e6, 1e8)}, "holds between its own smallest and largest N"),
        ({"level": 1}, "level is 1; it must lie between 0 and 1"),
    ],
)
def test_errors_say_what_is_wrong(change: Any, told: str) -> None:
    with pytest.raises(LawError) as caught:
        optimal(law(), **{"budget": 1e21, **change})
    assert told in str(caught.value)


def test_a_law_of_one_x_has_no_allocation() -> None:
    x = np.geomspace(1, 100, 5)
    with pytest.raises(LawError, match="form power has the inputs x; an optimum needs N and D"):
        optimal(fit({"x": x, "y": 1 / x}, "power", "x", "y", method="delta"), 1e21)
