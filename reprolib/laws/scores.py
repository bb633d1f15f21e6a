"""What held-out rows say of laws: immutable records of predictions, scores and the choice, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Held:
    """One row, predicted by a law that was not fitted to it."""

    row: int
    """Its number in the data, from 0."""
    x: tuple[float, ...]
    y: float
    predicted: float
    low: float | None
    """The interval for one new run; None where there is none."""
    high: float | None
    log_error: float | None
    """log(predicted / y), natural; above zero is predicted too high. None if the prediction is not above zero."""
    split: str
    """What the law was fitted to."""

    @property
    def inside(self) -> bool | None:
        """Whether y lies in its interval; None without one."""
        return None if self.low is None or self.high is None else self.low <= self.y <= self.high


@dataclass(frozen=True)
class Failure:
    """What could not be fitted or scored."""

    split: str
    """What the law was fitted to."""
    row: int | None
    """The row concerned, by its number in the data; None if it is not about one."""
    why: str

    @property
    def sentence(self) -> str:
        """The failure in words."""
        return f"fitted to {self.split}{'' if self.row is None else f', row {self.row}'}: {self.why}"


@dataclass(frozen=True)
class Score:
    """One combination of a form and a frontier rule on the rows that it was not fitted to."""

    form: str
    frontier: str
    """The rule as it was given: `none`, `pareto`, ..."""
    parameters: int
    """How many the form fits."""
    points: tuple[Held, ...]
    log_rmse: float | None
    """Root mean square of the log errors (natural logarithm); None if the combination cannot be scored."""
    standard_error: float | None
    """Of `log_rmse`, as if held-out rows erred independently; None with fewer than two."""
    bias: float | None
    """Mean log error; above zero is predicted too high."""
    bias_y: float | None
    """Mean error in the unit of y."""
    mean_absolute_error: float | None
    """In the unit of y."""
    inside: float | None
    """The share of the prediction intervals that hold their y; None without any."""
    intervals: int
    """How many rows have a prediction interval."""
    common_log_rmse: float | None
    """The same over the rows that all scored combinations predict; by this they are ranked."""
    failures: tuple[Failure, ...]

    @property
    def name(self) -> str:
        """The combination in words."""
        return self.form if self.frontier == "none" else f"{self.form} on frontier {self.frontier}"

    def line(self) -> str:
        """The score as a line of text."""
        if self.log_rmse is None:
            return f"{self.name}: not scored"
        error = "" if self.standard_error is None else f" ± {self.standard_error:.2g}"
        inside = (
            "" if self.inside is None else f", {100 * self.inside:.0f} % of {self.intervals} inside their intervals"
        )
        rows = "1 row" if len(self.points) == 1 else f"{len(self.points)} rows"
        return (
            f"{self.name}: log-RMSE {self.log_rmse:.4g}{error} on {rows}, bias {self.bias:+.3g} "
            f"({self.bias_y:+.3g} in y), mean absolute error {self.mean_absolute_error:.3g}{inside}"
        )

    def record(self) -> dict[str, Any]:
        """The score, ready for JSON."""
        points = [{**vars(point), "x": list(point.x), "inside": point.inside} for point in self.points]
        return {**vars(self), "points": points, "failures": [dict(vars(failure)) for failure in self.failures]}


@dataclass(frozen=True)
class Holdout:
    """Laws scored on rows that they were not fitted to, and the one that predicts best."""

    scheme: str
    """What was held out, in words."""
    scored: str
    """Which of the held-out rows count, in words."""
    scores: tuple[Score, ...]
    """In the order of the forms, and for each form of the frontiers."""
    best: int | None
    """The place of the chosen one in `scores`; None if none could be."""
    compared: int
    """How many rows all scored combinations predict."""
    margin: float | None
    """By how much the runner-up's log-RMSE is larger."""
    margin_error: float | None
    """The standard error of the margin, paired over the rows."""
    reason: str
    """The choice in words."""
    level: float
    """Of the prediction intervals."""

    @property
    def chosen(self) -> Score | None:
        """The combination with the smallest log-RMSE."""
        return None if self.best is None else self.scores[self.best]

    def summary(self) -> str:
        """The scores and the choice as lines of text."""
        lines = [f"held out: {self.scheme}; {self.scored}"]
        for score in self.scores:
            lines.append(f"  {score.line()}")
            if score.failures:
                more = f" (and {len(score.failures) - 1} more)" if len(score.failures) > 1 else ""
                lines.append(f"    left out: {score.failures[0].sentence}{more}")
        return "\n".join([*lines, f"  {self.reason}"])

    def record(self) -> dict[str, Any]:
        """All of it, ready for JSON."""
        chosen = self.chosen
        return {
            "scheme": self.scheme,
            "scored": self.scored,
            "level": self.level,
            "chosen": None if chosen is None else {"form": chosen.form, "frontier": chosen.frontier},
            "reason": self.reason,
            "compared": self.compared,
            "margin": self.margin,
            "margin_error": self.margin_error,
            "forms": [score.record() for score in self.scores],
        }

    def to_json(self) -> str:
        """The scores as JSON text, one line for each entry."""
        lines = (f" {json.dumps(key)}: {json.dumps(value, allow_nan=False)}" for key, value in self.record().items())
        return "{\n" + ",\n".join(lines) + "\n}\n"

    def renumbered(self, rows: Sequence[int]) -> Holdout:
        """The same with its rows called by other numbers: row i by `rows[i]`."""
        scores = tuple(
            replace(
                score,
                points=tuple(replace(point, row=int(rows[point.row])) for point in score.points),
                failures=tuple(
                    failure if failure.row is None else replace(failure, row=int(rows[failure.row]))
                    for failure in score.failures
                ),
            )
            for score in self.scores
        )
        return replace(self, scores=scores)


def scored(form: str, frontier: str, parameters: int, points: tuple[Held, ...], failures: tuple[Failure, ...]) -> Score:
    """The score of one combination from its predictions."""
    impossible = [point for point in points if point.log_error is None]
    failures += tuple(
        Failure(point.split, point.row, f"y would be {point.predicted:.4g}, which has no logarithm")
        for point in impossible
    )
    if impossible or not points:
        blank = (None,) * 6
        return Score(form, frontier, parameters, points, *blank, 0, None, failures)
    errors = log_errors(points)
    raw = np.array([point.predicted - point.y for point in points])
    inside = [point.inside for point in points if point.inside is not None]
    rmse = float(np.sqrt(np.mean(errors**2)))
    return Score(
        form=form,
        frontier=frontier,
        parameters=parameters,
        points=points,
        log_rmse=rmse,
        standard_error=_of_root(errors**2, rmse),
        bias=float(errors.mean()),
        bias_y=float(raw.mean()),
        mean_absolute_error=float(np.abs(raw).mean()),
        inside=float(np.mean(inside)) if inside else None,
        intervals=len(inside),
        common_log_rmse=None,
        failures=failures,
    )


def log_errors(points: Sequence[Held]) -> Any:
    """(m,)"""
    return np.array([point.log_error for point in points], dtype=np.float64)


def _of_root(squares: Any, root: float) -> float | None:
    """The standard error of the root of a mean, to first order."""
    if len(squares) < 2:
        return None
    return float(np.std(squares, ddof=1) / np.sqrt(len(squares)) / (2 * root)) if root > 0 else 0.0
