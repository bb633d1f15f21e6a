"""Fits to some of the rows of a table: of one series, or of the rows that are not held out.

The table is checked once as a whole, so that an error names the row by its number in it, and every fit tells its
points by that number too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from reprolib.laws.checks import LawError
from reprolib.laws.fitting import fit
from reprolib.laws.forms import Form, form_of
from reprolib.laws.frontiers import Rule
from reprolib.laws.losses import Loss, loss_of
from reprolib.laws.points import Column, Data, gather
from reprolib.laws.result import Fit

Rows = NDArray[np.int64]
"""Numbers of rows, from 0."""


class Options(TypedDict, total=False):
    """What `fit` can be told beside the data, the form, the frontier and the seed; see there."""

    loss: Loss | str
    delta: float | None
    factor: float | None
    quantile: float | None
    weights: Column | None
    noise: Column | None
    pin: Mapping[str, float] | None
    bounds: Mapping[str, tuple[float, float]] | None
    bootstrap: int
    method: str
    cluster: Column | None
    level: float


@dataclass(frozen=True)
class Table:
    """The rows of a table as one form needs them, and how any of them are fitted."""

    form: Form
    data: Data
    settings: Mapping[str, Any]
    """The options of `fit` that are not columns."""
    weighted: bool

    def fit(self, rows: Rows, rule: Rule, seed: int, **changed: Any) -> Fit:
        """The law through these rows, its points by their number in the whole table.

        Raises:
            LawError: As of `fit`.
        """
        data = self.data
        inputs = tuple(values[rows] for values in data.inputs)
        made = fit(
            None,
            self.form,
            inputs if len(inputs) > 1 else inputs[0],
            data.y[rows],
            weights=data.weights[rows] if self.weighted else None,
            noise=None if data.noise is None else data.noise[rows],
            cluster=None if data.clusters is None else data.clusters[rows],
            frontier=rule,
            seed=seed,
            **{**self.settings, **changed},
        )
        return made.renumbered([int(row) for row in rows])


def table(data: Any, form: Form | str, x: Column | Sequence[Column], y: Column, options: Options) -> Table:
    """The whole table, checked.

    Raises:
        LawError: A column is missing or holds what no law can be fitted to, or a loss is not known.
    """
    form = form_of(form)
    settings: dict[str, Any] = {**options}
    columns = {name: settings.pop(name, None) for name in ("weights", "noise", "cluster")}
    loss = loss_of(
        settings.pop("loss", "linear"), **{name: settings.pop(name, None) for name in ("delta", "factor", "quantile")}
    )
    rows = gather(data, form, x, y, log=loss.log, **columns)
    return Table(form, rows, {**settings, "loss": loss}, columns["weights"] is not None)


def series_of(values: NDArray[Any], size: int, chosen: Sequence[str] | None) -> dict[str, Rows]:
    """The rows of each series, by name: in the order chosen, else sorted.

    Raises:
        LawError: There are fewer than two, or a chosen one is not there.
    """
    if len(values) != size:
        raise LawError(f"by has length {len(values)} and y has length {size}; give one series for each row")
    names = values.astype(str)
    there = sorted(set(names.tolist()))
    order = list(dict.fromkeys(there if chosen is None else map(str, chosen)))
    for name in order:
        if name not in there:
            raise LawError(f"series names '{name}', which by lacks; it has {', '.join(there)}")
    if len(order) < 2:
        raise LawError(f"there is one series, '{order[0]}'; a comparison needs at least two" if order else
                       "series is empty; a comparison needs at least two")  # fmt: skip
    return {name: np.flatnonzero(names == name) for name in order}
