"""What a fit gives: one immutable record that predicts, tells its uncertainty, and goes to JSON and back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from reprolib.laws.checks import Floats, LawError
from reprolib.laws.forms import Form, form_of
from reprolib.laws.joint import together
from reprolib.laws.losses import Loss
from reprolib.laws.predictions import bands

Interval = tuple[float, float]


@dataclass(frozen=True)
class Account:
    """How the optimum was searched for."""

    cells: int
    """Places of the surface that were ranked."""
    starts: int
    """Places from which the optimum was walked to."""
    basins: int
    """Different optima that were found."""
    share: float
    """The share of the starts that ended in the best one."""
    gap: float | None
    """By what share of its objective the second best is worse; None if there is one."""


@dataclass(frozen=True)
class Fit:
    """A fitted law: what was estimated, how well, and how far to trust it."""

    form: Form
    loss: Loss
    params: Mapping[str, float]
    """Every parameter of the form, the pinned ones too."""
    intervals: Mapping[str, Interval | None]
    """For each parameter that was fitted; None where none can be trusted, and `notes` says why."""
    notes: Mapping[str, str]
    """What a reader of an interval must know, by parameter."""
    level: float
    """The confidence level, for instance 0.95."""
    method: str
    """How the intervals were made: delta, profile, pairs, residual, parametric, cluster or noise."""
    interval_method: str
    """The same as a sentence, with what the intervals leave out."""
    status: str
    """How the fit went, as a sentence to be read."""
    converged: bool
    objective: float
    objective_name: str
    rmse: float
    """Root mean square of the residuals that the loss uses: in the unit of y, or in log y (natural logarithm)."""
    spread: float
    """Standard deviation of a single run about the law, rmse with the degrees of freedom; NaN without any."""
    n_points: int
    dof: int
    """Degrees of freedom: points less the parameters that were fitted."""
    points: tuple[int, ...]
    """The rows fitted, by their number in the data, from 0."""
    dropped: tuple[int, ...]
    """The rows that the frontier left out."""
    frontier: str
    """The rule of the frontier as a clause; empty if all points were taken."""
    account: Account
    free: tuple[str, ...]
    """The parameters that `covariance` and `draws` are about."""
    covariance: Floats | None = field(repr=False, compare=False)
    """(free, free); None where a direction is flat or no degree of freedom is left."""
    draws: Floats | None = field(repr=False, compare=False)
    """(resamples, free): the parameters of every resample."""
    sample: int
    """Rows, or clusters, that the resamples imitate; `n_points` without resamples."""
    residuals: tuple[float, ...] = field(repr=False)
    """As the loss sees them, in the order of `points`."""
    seed: int
    """What the resamples were drawn from."""
    series: tuple[str, ...] = ()
    """Of a joint fit: the series, whose number from 0 is the last input; otherwise empty."""

    def __post_init__(self) -> None:
        """Close the arrays against writing."""
        for array in (self.covariance, self.draws):
            if array is not None:
                array.flags.writeable = False

    @property
    def basins(self) -> int:
        """Different optima that the search found."""
        return self.account.basins

    def predict(self, *inputs: ArrayLike) -> Floats:
        """The law at one or many values of each input, in the unit of y."""
        shaped = np.broadcast_arrays(*(np.asarray(each, dtype=np.float64) for each in inputs))
        if len(shaped) != len(self.form.inputs):
            raise LawError(f"form {self.form.name} predicts from {', '.join(self.form.inputs)}; {len(shaped)} came")
        for name, values in zip(self.form.inputs, shaped, strict=True):
            if self.form.positive and not (values > 0).all():
                bad = values[~(values > 0)][0]
                raise LawError(f"{name} holds {bad:.9g}; form {self.form.name} predicts where it is above zero")
        flat = tuple(each.reshape(-1) for each in shaped)
        return self.form.values(flat, self.params).reshape(shaped[0].shape)

    def interval(self, *inputs: ArrayLike, new: bool = True, level: float | None = None) -> tuple[Floats, Floats]:
        """Low and high of what to expect at the inputs.

        Args:
            inputs: As for `predict`.
            new: For one new run, so with its own residual noise; else for the law itself.
            level: The confidence level; by default the fit's.

        Returns:
            Two arrays of the shape of the inputs; NaN where no interval can be trusted.
        """
        shaped = np.broadcast_arrays(*(np.asarray(each, dtype=np.float64) for each in inputs))
        self.predict(*shaped)
        flat = tuple(each.reshape(-1) for each in shaped)
        low, high = bands(self, flat, new=new, level=self.level if level is None else level)
        return low.reshape(shaped[0].shape), high.reshape(shaped[0].shape)

    def forecast(self, *place: float) -> dict[str, Any]:
        """The law at one place as a record: x, value, low and high for a new run, mean_low and mean_high of the law."""
        ends = [*self.interval(*place), *self.interval(*place, new=False)]
        return {
            "x": place[0] if len(place) == 1 else list(place),
            "value": float(self.predict(*place)),
            **dict(zip(("low", "high", "mean_low", "mean_high"), (_finite(float(end)) for end in ends), strict=True)),
        }

    def renumbered(self, rows: Sequence[int]) -> Fit:
        """The same fit with its rows called by other numbers: row i by `rows[i]`."""
        return replace(
            self,
            points=tuple(int(rows[row]) for row in self.points),
            dropped=tuple(int(rows[row]) for row in self.dropped),
        )

    def summary(self) -> str:
        """The fit as lines of text."""
        lines = [f"{self.form.name}: {self.form.formula}", f"  {self.n_points} points, {self.objective_name}"]
        for name, value in self.params.items():
            if name not in self.intervals:
                lines.append(f"  {name:>8} = {value:.6g} (pinned)")
                continue
            interval = self.intervals[name]
            told = f"[{interval[0]:.6g}, {interval[1]:.6g}]" if interval else "no interval"
            note = f" ({self.notes[name]})" if name in self.notes else ""
            lines.append(f"  {name:>8} = {value:.6g}  {100 * self.level:g} % {told}{note}")
        lines += [f"  {self.interval_method}", f"  status: {self.status}"]
        return "\n".join(lines)

    def record(self) -> dict[str, Any]:
        """Everything but the draws, ready for JSON."""
        return {
            "form": self.form.name,
            "formula": self.form.formula,
            "params": dict(self.params),
            "units": {parameter.name: parameter.unit for parameter in self.form.parameters},
            "intervals": {name: None if pair is None else list(pair) for name, pair in self.intervals.items()},
            "notes": dict(self.notes),
            "level": self.level,
            "method": self.method,
            "interval_method": self.interval_method,
            "status": self.status,
            "converged": self.converged,
            "loss": {
                "name": self.loss.name,
                "log": self.loss.log,
                "delta": self.loss.delta,
                "factor": self.loss.factor,
                "quantile": self.loss.quantile,
            },
            "objective": self.objective,
            "objective_name": self.objective_name,
            "rmse": self.rmse,
            "spread": None if np.isnan(self.spread) else self.spread,
            "n_points": self.n_points,
            "dof": self.dof,
            "points": list(self.points),
            "dropped": list(self.dropped),
            "frontier": self.frontier,
            "basins": self.basins,
            "search": {**vars(self.account), "gap": _finite(self.account.gap)},
            "free": list(self.free),
            "covariance": None if self.covariance is None else self.covariance.tolist(),
            "sample": self.sample,
            "residuals": list(self.residuals),
            "seed": self.seed,
            "series": list(self.series),
        }

    def to_json(self, predictions: Sequence[Mapping[str, Any]] = ()) -> str:
        """The fit as JSON text that `from_json` reads back without loss; one line for each entry.

        Args:
            predictions: Forecasts (`forecast`) to stand beside it, for a reader without Python.
        """
        draws = None if self.draws is None else self.draws.tolist()
        record = {**self.record(), "predictions": list(predictions), "draws": draws}
        lines = (f" {json.dumps(key)}: {json.dumps(value, allow_nan=False)}" for key, value in record.items())
        return "{\n" + ",\n".join(lines) + "\n}\n"

    @classmethod
    def from_json(cls, text: str, form: Form | None = None) -> Fit:
        """The fit that `to_json` wrote.

        Args:
            text: The JSON.
            form: The form, if it is not one that `form_of` knows.

        Raises:
            LawError: The text is not such a fit.
        """
        try:
            return _read(json.loads(text), form)
        except (ValueError, KeyError, TypeError) as error:
            if isinstance(error, LawError):
                raise
            raise LawError(f"the text is no fit that `to_json` wrote ({error!r}); give its unchanged JSON") from error


def _finite(value: float | None) -> float | None:
    return value if value is not None and np.isfinite(value) else None


def _read(record: dict[str, Any], form: Form | None) -> Fit:
    form = form or form_of(record["form"])
    if record["series"] and form.inputs[-1] != "series":
        shared = tuple(name for name in form.names if name in record["params"])
        form = together(form, tuple(record["series"]), shared)
    if set(form.names) != set(record["params"]):
        raise LawError(
            f"the text is a fit of {', '.join(record['params'])}; form {form.name} has {', '.join(form.names)}"
        )
    search, loss = record["search"], record["loss"]
    return Fit(
        form=form,
        loss=Loss(**loss),
        params=MappingProxyType({name: float(value) for name, value in record["params"].items()}),
        intervals=MappingProxyType(
            {name: None if pair is None else (pair[0], pair[1]) for name, pair in record["intervals"].items()}
        ),
        notes=MappingProxyType(record["notes"]),
        spread=float("nan") if record["spread"] is None else record["spread"],
        points=tuple(record["points"]),
        dropped=tuple(record["dropped"]),
        account=Account(**search),
        free=tuple(record["free"]),
        covariance=None
        if record["covariance"] is None
        else np.array(record["covariance"]).reshape(len(record["free"]), len(record["free"])),
        draws=None if record["draws"] is None else np.array(record["draws"]),
        residuals=tuple(record["residuals"]),
        series=tuple(record["series"]),
        **{
            name: record[name]
            for name in (
                "level", "method", "interval_method", "status", "converged", "objective", "objective_name",
                "rmse", "n_points", "dof", "frontier", "sample", "seed",
            )
        },
    )  # fmt: skip
