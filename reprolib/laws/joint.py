"""Several series in one fit, with some parameters in common: one form made of copies of another.

The copy of a column belongs to the rows of its series, so the law stays a sum of columns. The search stays global by
going through candidate values of the shared parameters, from the separate fits, the pooled fit and between them, with
the best cell of every series for each candidate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reprolib.laws.checks import Floats, LawError
from reprolib.laws.forms import Form
from reprolib.laws.frontiers import Rule
from reprolib.laws.losses import loss_of
from reprolib.laws.points import Data
from reprolib.laws.polish import polished
from reprolib.laws.problem import Problem
from reprolib.laws.search import cells_of, linear_at, rank

BETWEEN = 9
"""Candidates between the smallest and the largest separate estimate of the shared parameters."""
STEPS, ENOUGH = 30, 1e-8
"""As `polish.STEPS` and `polish.ENOUGH`, for candidates, which are only places to start from."""


def joined(
    form: Form, rows: Data, by: NDArray[Any] | None, share: tuple[str, ...], pin: Mapping[str, float], rule: Rule
) -> tuple[Form, Data, dict[str, float]]:
    """The form of all series together, the rows with their series as a further input, and the pins of every copy.

    Raises:
        LawError: `by` and `share` do not go together, name what is not there, or there is a frontier.
    """
    if by is None or not share:
        raise LawError("by and share belong together: by says which series a row is in, share what they have in common")
    unknown = [name for name in share if name not in form.names]
    if unknown:
        raise LawError(f"share names '{unknown[0]}'; form {form.name} has {', '.join(form.names)}")
    if rule.name != "none":
        raise LawError(f"a joint fit takes points as they are; choose the frontier '{rule.name}' for each series first")
    if len(by) != rows.size:
        raise LawError(f"by has length {len(by)} and y has length {rows.size}; give one series for each row")
    series, codes = np.unique(by.astype(str), return_inverse=True)
    if len(series) < 2:
        raise LawError(f"by puts every row into series '{series[0]}'; a joint fit needs at least two")
    pins = {copy: value for name, value in pin.items() for copy in ([name] if name in share else _copies(name, series))}
    names = tuple(map(str, series))
    inputs = (*rows.inputs, codes.astype(np.float64))
    return together(form, names, share), replace(rows, inputs=inputs, series=names), pins


def _copies(name: str, series: Any) -> list[str]:
    return [f"{name}[{each}]" for each in series]


def together(form: Form, series: tuple[str, ...], share: tuple[str, ...]) -> Form:
    """The form of all series, whose last input is the number of the series from 0."""
    parameters = [
        replace(parameter, name=copy)
        for parameter in form.parameters
        for copy in ([parameter.name] if parameter.name in share else _copies(parameter.name, series))
    ]
    names = [parameter.name for parameter in parameters]
    place = {
        (name, number): name if name in share else f"{name}[{each}]"
        for name in form.names
        for number, each in enumerate(series)
    }
    linear = tuple(dict.fromkeys(place[name, number] for name in form.linear for number in range(len(series))))
    others = [name for name in names if name not in linear]

    def spread(made: list[Any]) -> tuple[Any, ...]:
        """Sum what belongs to one linear parameter: the shared one has a part in every series."""
        total: dict[str, Any] = {}
        for name, number, part in made:
            copy = place[name, number]
            total[copy] = total[copy] + part if copy in total else part
        return tuple(total[name] for name in linear) if linear else (sum(part for _, _, part in made),)

    def own(number: int, at: tuple[Any, ...]) -> list[Any]:
        return [at[others.index(place[name, number])] for name in form.others]

    def columns(*arguments: Any) -> tuple[Any, ...]:
        inputs, codes = arguments[: len(form.inputs)], arguments[len(form.inputs)]
        at = arguments[len(form.inputs) + 1 :]
        made = []
        for number in range(len(series)):
            mine = codes == number
            parts = form.columns(*inputs, *own(number, at))
            made += [(name, number, part * mine) for name, part in zip(form.linear or ("",), parts, strict=True)]
        return spread(made) if form.linear else (sum(part for _, _, part in made),)

    def slopes(made: tuple[Any, ...], *arguments: Any) -> tuple[tuple[Any, ...], ...]:
        inputs, codes = arguments[: len(form.inputs)], arguments[len(form.inputs)]
        at = arguments[len(form.inputs) + 1 :]
        table: dict[tuple[str, str], Any] = {}
        for number in range(len(series)):
            mine = codes == number
            mine_at = own(number, at)
            parts = form.columns(*inputs, *mine_at)
            by = form.slopes_at(parts, inputs, list(mine_at))
            for j, column in enumerate(form.linear or ("",)):
                for k, other in enumerate(form.others):
                    key = (place.get((column, number), ""), place[other, number])
                    table[key] = table.get(key, 0.0) + by[j][k] * mine
        return tuple(tuple(table.get((column, other), 0.0) for other in others) for column in linear or ("",))

    return Form(
        name=form.name,
        formula=f"{form.formula}, with {', '.join(share)} shared by {', '.join(series)}",
        inputs=(*form.inputs, "series"),
        parameters=tuple(parameters),
        linear=linear,
        columns=columns,
        slopes=slopes,
        cells=lambda inputs, y: _cells(form, inputs, y, len(series), share, place),
        exponent=form.exponent,
        floor=form.floor if form.floor in share else "",
        positive=False,
        source=form.source,
    )


def _cells(
    form: Form, inputs: tuple[Floats, ...], y: Floats, number: int, share: tuple[str, ...], place: Mapping[Any, str]
) -> dict[str, Floats]:
    loss = loss_of("log" if form.positive and (y > 0).all() else "linear")

    def best(rows: NDArray[np.bool_], held: Mapping[str, float]) -> dict[str, float]:
        fixed = {name: np.array([value]) for name, value in held.items()}
        mine = tuple(values[rows] for values in inputs[:-1])
        alone = Problem(form, loss, mine, y[rows], np.ones((1, int(rows.sum()))), fixed)
        cells = cells_of(alone)
        first = cells[[np.argmin(rank(alone, cells)[0])]]
        found = polished(alone, first, linear_at(alone, first), steps=STEPS, enough=ENOUGH)
        return dict(zip([*form.others, *form.linear], [*found.others[0], *found.linear[0]], strict=False))

    members = [inputs[-1] == code for code in range(number)]
    apart = [best(rows, {}) for rows in members]
    pooled = best(np.ones(len(y), dtype=bool), {})
    seen = np.array([[each[name] for name in share] for each in [*apart, pooled]])
    steps = np.linspace(0, 1, BETWEEN)[:, None]
    candidates = np.concatenate([seen, seen.min(0) + steps * (seen.max(0) - seen.min(0))])
    made: dict[str, list[float]] = {}
    for candidate in candidates:
        held = dict(zip(share, candidate, strict=True))
        for code, rows in enumerate(members):
            found = best(rows, held)
            for name in form.others:
                if name not in share or code == 0:
                    made.setdefault(place[name, code], []).append(held.get(name, found[name]))
    return {name: np.array(values) for name, values in made.items()}
