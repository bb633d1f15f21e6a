"""`reprolib.laws` beside `scipy.optimize.curve_fit` with many starts: CPU time for a refit, and who finds the optimum.

Reads nothing; writes benchmarks/laws.md. Run it on an idle machine: `python benchmarks/laws.py` (some minutes).

Both get the same resamples of the same data, made here from known laws. Our time is that of `fit` with 10,000
resamples, divided by them; curve_fit takes as many resamples as are patient. Its starts are drawn log-uniformly around
the truth by up to a factor of ten in each prefactor and uniformly over the range of plausible exponents, which a user
would not know so well. CPU seconds of all threads are compared, not wall time, so a second core helps nobody.
"""

# ruff: noqa: T201 # a benchmark prints
from __future__ import annotations

import os
import platform
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy
from scipy.optimize import curve_fit

from reprolib import laws

REFITS = 10_000
WORSE = 1e-4
"""A refit counts as missed if its objective is above the other's by more than this share."""


@dataclass(frozen=True)
class Case:
    """One law, its data, and how curve_fit is told to fit it."""

    title: str
    form: str
    loss: str
    goal: str
    inputs: tuple[np.ndarray[Any, Any], ...]
    y: np.ndarray[Any, Any]
    model: Callable[..., Any]
    """For curve_fit: the law, or its logarithm for a loss in log y."""
    draw: Callable[[np.random.Generator], list[float]]
    """A start for curve_fit."""
    starts: int
    patience: int
    """Resamples that curve_fit refits."""


def cases() -> list[Case]:
    """A 29-point four-parameter law as in the paper's Fig. 1, and L(N, D) with 245 runs as in Hoffmann et al."""
    rng = np.random.default_rng(0)
    compute = np.sort(10 ** rng.uniform(10.5, 12.9, 29))
    shifted = laws.FORMS["shifted-power-floor"]
    error = shifted.values((compute,), {"a": 2000.0, "b": 3e10, "c": -0.35, "d": 0.1})
    sizes, tokens = 10 ** rng.uniform(7.6, 10.2, 245), 10 ** rng.uniform(8.6, 11.4, 245)
    truth = {"E": 1.82, "A": 482.0, "B": 2085.0, "alpha": 0.348, "beta": 0.366}
    loss = laws.FORMS["chinchilla"].values((sizes, tokens), truth)
    return [
        Case(
            "a (C + b)^c + d, least squares, 29 points",
            "shifted-power-floor",
            "linear",
            "10,000 in under 10 s",
            (compute,),
            error * np.exp(0.04 * rng.standard_normal(29)),
            lambda x, a, b, c, d: a * (x + b) ** c + d,
            lambda r: [2000 * 10 ** r.uniform(-1, 1), 3e10 * 10 ** r.uniform(-1, 1), r.uniform(-1, -0.05), 0.05],
            64,
            20,
        ),
        Case(
            "L(N, D), Huber 1e-3 in log, 245 points",
            "chinchilla",
            "huber",
            "10,000 in under 60 s",
            (sizes, tokens),
            loss * np.exp(0.02 * rng.standard_t(4, 245)),
            lambda x, e, a, b, alpha, beta: np.log(e + a * x[0] ** -alpha + b * x[1] ** -beta),
            lambda r: [1.5, 480 * 10 ** r.uniform(-1, 1), 2000 * 10 ** r.uniform(-1, 1), *r.uniform(0.1, 0.8, 2)],
            32,
            6,
        ),
    ]


def ours(case: Case) -> tuple[float, float, float, laws.Fit]:
    """CPU seconds of one fit and of 10,000 refits, wall seconds of the latter, and the fit with its draws."""
    started = time.process_time()
    laws.fit(None, case.form, list(case.inputs), case.y, loss=case.loss, method="delta")
    single = time.process_time() - started
    started, wall = time.process_time(), time.perf_counter()
    fit = laws.fit(None, case.form, list(case.inputs), case.y, loss=case.loss, bootstrap=REFITS, seed=0)
    return single, time.process_time() - started - single, time.perf_counter() - wall, fit


def theirs(case: Case, counts: np.ndarray[Any, Any]) -> tuple[float, list[float]]:
    """CPU seconds and the best objective of curve_fit from many starts, for each row of counts."""
    rng = np.random.default_rng(1)
    log = case.loss == "huber"
    options = {"method": "trf", "loss": "huber", "f_scale": 1e-3} if log else {"method": "trf"}
    found = []
    started = time.process_time()
    for row in counts:
        rows = np.repeat(np.arange(len(case.y)), row)
        x = tuple(values[rows] for values in case.inputs)
        y = np.log(case.y[rows]) if log else case.y[rows]
        best = np.inf
        for _ in range(case.starts):
            start = case.draw(rng)
            low = [0.0] * len(start) if log else [0.0, 0.0, -10.0, 0.0]
            high = [np.inf] * len(start) if log else [np.inf, np.inf, 0.0, np.inf]
            try:
                place, _ = curve_fit(
                    case.model, x if log else x[0], y, p0=start, bounds=(low, high), x_scale=np.abs(start), **options
                )
            except RuntimeError:
                continue
            left = y - case.model(x if log else x[0], *place)
            size = np.abs(left)
            cost = np.where(size <= 1e-3, 0.5 * left**2, 1e-3 * (size - 5e-4)) if log else left**2
            best = min(best, float(cost.sum()))
        found.append(best)
    return (time.process_time() - started) / len(counts), found


def objectives(case: Case, fit: laws.Fit, counts: np.ndarray[Any, Any]) -> list[float]:
    """Our objective of the same resamples, from the draws of the fit."""
    assert fit.draws is not None
    made = []
    for row, draw in zip(counts, fit.draws, strict=False):
        law = fit.form.values(case.inputs, dict(zip(fit.free, draw, strict=True)))
        residual = np.log(case.y) - np.log(law) if fit.loss.log else case.y - law
        made.append(float((row * fit.loss.rho(residual)).sum()))
    return made


def main() -> None:
    """Run all cases and write the table."""
    heads = ("law", "one fit, CPU s", "10,000 refits, CPU s (wall s)", "goal", "curve_fit, CPU s a refit (starts)")
    heads += ("CPU ratio", "curve_fit worse", "we worse")
    lines = [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
    for case in cases():
        single, many, wall, fit = ours(case)
        # The rows that `fit` drew: same generator, same call (`reprolib.laws.resamples`).
        n = len(case.y)
        counts = np.random.default_rng([0, 0]).multinomial(n, np.full(n, 1 / n), size=REFITS)[: case.patience]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            peer, their = theirs(case, counts)
        our = objectives(case, fit, counts)
        missed = sum(t > o * (1 + WORSE) for t, o in zip(their, our, strict=True))
        lost = sum(o > t * (1 + WORSE) for t, o in zip(their, our, strict=True))
        lines.append(
            f"| {case.title} | {single:.2f} | {many:.1f} ({wall:.1f}) | {case.goal} | {peer:.2f} ({case.starts}) "
            f"| {peer / (many / REFITS):,.0f} | {missed} of {case.patience} | {lost} of {case.patience} |"
        )
        print(lines[-1], flush=True)
    about = (
        f"Python {platform.python_version()}, NumPy {np.__version__}, SciPy {scipy.__version__}, "
        f"{os.cpu_count()} processors ({platform.machine()})."
    )
    text = f"# Fits: `reprolib.laws` beside `curve_fit`\n\nWritten by `python benchmarks/laws.py`. {about}\n\n"
    text += "\n".join(lines) + "\n\nBoth were given the same resamples. "
    text += f"'Worse' counts refits whose objective is above the other's by more than {WORSE:g} of it.\n"
    Path(__file__).with_suffix(".md").write_text(text)


if __name__ == "__main__":
    main()
