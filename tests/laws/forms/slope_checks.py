"""Two ways to differentiate a column without its analytic slopes: the complex step, and Richardson's differences."""

from typing import Any

import numpy as np

from reprolib.laws.forms import Form


def _shaped(value: Any, n: int) -> np.ndarray:
    return np.broadcast_to(np.asarray(value), (n,))


def analytic(form: Form, x: tuple[np.ndarray, ...], at: list[float]) -> np.ndarray:
    """The form's own slopes, (columns, parameters, n)."""
    values: list[Any] = [np.array([value]) for value in at]
    slopes = form.slopes_at(form.columns(*x, *values), x, values)
    return np.array([[_shaped(slope, len(x[0])) for slope in column] for column in slopes])


def by_complex_step(form: Form, x: tuple[np.ndarray, ...], at: list[float]) -> np.ndarray:
    """Exact to rounding: nothing is subtracted."""
    made = []
    for which, value in enumerate(at):
        step = 1e-40 * max(abs(value), 1e-20)
        moved: list[Any] = [np.array([number + (1j * step if i == which else 0)]) for i, number in enumerate(at)]
        made.append([_shaped(np.imag(column) / step, len(x[0])) for column in form.columns(*x, *moved)])
    return np.array(made).transpose(1, 0, 2)


def by_richardson(form: Form, x: tuple[np.ndarray, ...], at: list[float], share: float = 1e-3) -> np.ndarray:
    """Central differences at one step and at half of it, so that their leading error cancels."""

    def central(which: int, step: float) -> np.ndarray:
        sides = []
        for sign in (1, -1):
            moved: list[Any] = [np.array([number + (sign * step if i == which else 0)]) for i, number in enumerate(at)]
            sides.append(np.array([_shaped(column, len(x[0])) for column in form.columns(*x, *moved)]))
        return (sides[0] - sides[1]) / (2 * step)

    made = []
    for which, value in enumerate(at):
        step = share * max(abs(value), 1e-2)
        whole, half, quarter = (central(which, step * part) for part in (1, 0.5, 0.25))
        once, twice = (4 * half - whole) / 3, (4 * quarter - half) / 3
        made.append((16 * twice - once) / 15)
    return np.array(made).transpose(1, 0, 2)


def agree(form: Form, x: tuple[np.ndarray, ...], at: list[float], by: Any, tolerance: float) -> bool:
    """Whether the form's slopes and those of `by` differ by less than this share of their size over the points.

    A slope that changes its column by less than 1e-3 of itself while the parameter doubles is compared with that:
    differences see it only through the column's rounding.
    """
    one, other = analytic(form, x, at), by(form, x, at)
    made = form.columns(*x, *(np.array([value]) for value in at))
    column = np.array([np.abs(_shaped(each, len(x[0]))).max() for each in made])[:, None, None]
    least = 1e-3 * column / np.maximum(np.abs(at), 1e-2)[None, :, None]
    size = np.maximum(np.abs(other).max(axis=2, keepdims=True), least)
    return bool((np.abs(one - other) <= tolerance * size).all())
