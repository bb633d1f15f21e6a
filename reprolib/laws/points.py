"""From a table to the points of a fit: columns, weights, known noise, clusters, all checked with one sentence each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reprolib.laws.checks import SAME_X, Floats, LawError
from reprolib.laws.forms import Form

Column = str | ArrayLike
"""The name of a column of the data, or the values themselves."""


@dataclass(frozen=True)
class Data:
    """n rows, ready to be fitted."""

    inputs: tuple[Floats, ...]
    """Each (n,), in the order of the form's inputs."""
    y: Floats
    """(n,)"""
    weights: Floats
    """(n,), 1 where none were given."""
    noise: Floats | None
    """Standard deviation of y that is known, (n,)."""
    clusters: NDArray[np.int64] | None
    """Which cluster each row belongs to, (n,), counted from 0."""
    rows: NDArray[np.int64]
    """The number of each row in the table handed in, (n,)."""
    series: tuple[str, ...] = ()
    """Of a joint fit: the name behind each code, which is its last input."""

    @property
    def size(self) -> int:
        """n."""
        return len(self.y)


def column(data: Any, name: Column, role: str) -> NDArray[Any]:
    """A column of `data` (anything that is indexed by names: DataFrame, dict), or the values given in its place.

    Raises:
        LawError: There is no such column, or it has rows and columns itself.
    """
    if not isinstance(name, str):
        values = np.asarray(name)
    elif data is None:
        raise LawError(f"{role} is the column '{name}', but there is no data; give data or the values themselves")
    elif name not in data:
        raise LawError(f"{role} is the column '{name}', which the data lack; they have {', '.join(map(str, data))}")
    else:
        values = np.asarray(data[name])
    if values.ndim != 1:
        raise LawError(f"{role} has {values.ndim} dimensions; give one flat sequence")
    return values


def numbers(data: Any, name: Column, role: str) -> Floats:
    """As `column`, as finite numbers.

    Raises:
        LawError: A value is not a number or not finite; `position` is its row.
    """
    values = column(data, name, role)
    try:
        made = values.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise LawError(f"{_called(role, name)} holds something that is not a number ({error}); give numbers") from error
    _refuse(~np.isfinite(made), made, _called(role, name), "finite")
    return made


def gather(
    data: Any,
    form: Form,
    x: Column | Sequence[Column],
    y: Column,
    *,
    log: bool,
    weights: Column | None = None,
    noise: Column | None = None,
    cluster: Column | None = None,
) -> Data:
    """The rows of `data` as a fit of `form` needs them.

    Args:
        data: Anything indexed by column names, or None if values are given instead of names.
        form: Says how many inputs there are and whether they must be above zero.
        x: One column for each input of the form: a name, `"N,D"`, or a sequence.
        y: The column to be explained.
        log: Whether the loss takes the logarithm of y.
        weights: Not negative; how many points one row counts for.
        noise: The standard deviation of y that is known, in the unit of y; `binomial:COLUMN` computes it from the
            number of test samples in that column, for a y that is a share.
        cluster: Rows with one value here are resampled together.

    Raises:
        LawError: Anything about them makes the fit impossible.
    """
    given = _inputs(form, x)
    inputs = tuple(numbers(data, each, role) for each, role in zip(given, form.inputs, strict=True))
    target = numbers(data, y, "y")
    for values, role in [*zip(inputs, form.inputs, strict=True), (target, "y")]:
        if len(values) != len(target):
            raise LawError(f"{role} has length {len(values)} and y has length {len(target)}; give one y for each row")
        if form.positive or (log and role == "y"):
            called = _called(role, y if role == "y" else given[form.inputs.index(role)])
            _refuse(values <= 0, values, called, "above zero, because logarithms are taken")
    _spread(form, inputs, target)
    return Data(
        inputs=inputs,
        y=target,
        weights=_weights(data, weights, len(target)),
        noise=None if noise is None else _noise(data, noise, target),
        clusters=None if cluster is None else _clusters(column(data, cluster, "cluster"), len(target)),
        rows=np.arange(len(target)),
    )


def _inputs(form: Form, x: Column | Sequence[Column]) -> list[Column]:
    if isinstance(x, str):
        given: list[Column] = [part.strip() for part in x.split(",")]
    elif isinstance(x, list | tuple) and len(x) and (isinstance(x[0], str) or np.ndim(x[0]) > 0):
        given = list(x)
    else:
        given = [x]  # type: ignore[list-item]
    if len(given) != len(form.inputs):
        raise LawError(f"form {form.name} needs the columns {','.join(form.inputs)} as x; {len(given)} came")
    return given


def _spread(form: Form, inputs: tuple[Floats, ...], y: Floats) -> None:
    if not len(y):
        raise LawError("there are no rows; give at least as many as the form has parameters")
    for values, role in zip(inputs, form.inputs, strict=True):
        apart = np.ptp(np.log10(values)) if form.positive else np.ptp(values)
        if apart < SAME_X:
            raise LawError(f"all {len(y)} values of {role} are {values[0]:.9g}; a law needs different ones")
    if np.ptp(y) <= 1e-14 * np.abs(y).max():
        raise LawError(f"y is constant: all {len(y)} values are {y[0]:.9g}, so there is nothing to explain")


def _weights(data: Any, weights: Column | None, size: int) -> Floats:
    if weights is None:
        return np.ones(size)
    made = _sized(numbers(data, weights, "weights"), "weights", size)
    _refuse(made < 0, made, "weights", "zero or more")
    if not made.any():
        raise LawError("all weights are zero; at least one point must count")
    return made


def _noise(data: Any, noise: Column, y: Floats) -> Floats:
    if isinstance(noise, str) and (found := re.fullmatch(r"binomial:(.+)", noise)):
        number = _sized(numbers(data, found[1], "noise"), "noise", len(y))
        _refuse(number < 1, number, "the number of test samples", "at least 1")
        _refuse((y < 0) | (y > 1), y, "y", "a share between 0 and 1, because its noise is binomial")
        # One sample more and half a success keep a share of exactly 0 or 1 from looking exact (Agresti and Coull).
        share = (y * number + 0.5) / (number + 1)
        return np.asarray(np.sqrt(share * (1 - share) / number))
    made = _sized(numbers(data, noise, "noise"), "noise", len(y))
    _refuse(made <= 0, made, "noise", "above zero")
    return made


def _clusters(values: NDArray[Any], size: int) -> NDArray[np.int64]:
    codes = np.unique(_sized(values.astype(str), "cluster", size), return_inverse=True)[1].astype(np.int64)
    if codes.max() == 0:
        raise LawError("every row is in one cluster; a cluster bootstrap needs at least two")
    return codes


def _sized(values: NDArray[Any], role: str, size: int) -> NDArray[Any]:
    if len(values) != size:
        raise LawError(f"{role} has length {len(values)} and y has length {size}; give one for each row")
    return values


def _called(role: str, name: Column) -> str:
    return f"{role} (column {name})" if isinstance(name, str) and name != role else role


def _refuse(bad: NDArray[np.bool_], values: Floats, role: str, need: str) -> None:
    if bad.any():
        at = int(np.argmax(bad))
        raise LawError(f"{role} holds {values[at]:.9g} at row {at}; every value must be {need}", at)


def settled(form: Form, given: Mapping[str, float], what: str) -> None:
    """Refuse values for parameters that the form lacks, or that lie outside of their bounds.

    Raises:
        LawError: One is wrong.
    """
    for name, value in given.items():
        if name not in form.names:
            raise LawError(f"{what} names '{name}'; form {form.name} has {', '.join(form.names)}")
        low, high = form.bounds(name)
        if not (np.isfinite(value) and low <= value <= high):
            raise LawError(f"{what} puts {name} at {value:g}; it must lie between {low:g} and {high:g}")
