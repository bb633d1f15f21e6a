"""What a form is: one record with the formula, its parameters and how a fit may search for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from reprolib.laws.checks import Floats, LawError

Columns = Callable[..., tuple[Any, ...]]
Slopes = Callable[..., tuple[tuple[Any, ...], ...]]
Cells = Callable[[tuple[Floats, ...], Floats], Mapping[str, Floats]]


@dataclass(frozen=True)
class Parameter:
    """One parameter of a form."""

    name: str
    meaning: str
    unit: str = "1"
    """In terms of the units of x and y, for instance `y / x**c`; `1` is dimensionless."""
    low: float = -np.inf
    high: float = np.inf
    log: bool = False
    """A nonlinear parameter above zero that acts by its logarithm: steps towards the optimum multiply it."""


@dataclass(frozen=True)
class Form:
    """A law y = f(x; parameters) that is a sum of columns, each times one linear parameter.

    Splitting off the linear parameters is what makes the search global: for given values of the others they are
    solved for exactly (variable projection). A form of one's own takes a few lines:

        >>> half = Form(
        ...     name="log",
        ...     formula="y = a - b * log(x)",
        ...     inputs=("x",),
        ...     parameters=(Parameter("a", "value at x = 1", "y"), Parameter("b", "fall per e-fold", "y", low=0)),
        ...     linear=("a", "b"),
        ...     columns=lambda x: (1.0, -np.log(x)),
        ... )

    Args of the functions: each input as an array (..., n), then each other parameter, by position and in the order
    of `parameters`, as an array (..., 1). Every column broadcasts to (..., n).
    """

    name: str
    formula: str
    inputs: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    linear: tuple[str, ...]
    """The linear parameters, in the order of the columns. Empty: the one column is the law itself."""
    columns: Columns
    cells: Cells = lambda x, y: {}
    """Values of the other parameters to start from, name to array (cells,), made from the data: (inputs, y)."""
    slopes: Slopes | None = None
    """`slopes(columns, *inputs, *others)`: for each column its derivative by each other parameter. Without it,
    central differences."""
    starts: int = 64
    """From how many cells a fit is polished; more for a form with many basins."""
    source: str = ""
    """Where the form was published."""
    exponent: str = ""
    """The parameter that comparisons are about."""
    floor: str = ""
    """The parameter that y never gets below."""
    positive: bool = True
    """Whether the inputs and y must be above zero."""

    def __post_init__(self) -> None:
        """Refuse a linear parameter that is none.

        Raises:
            LawError: `linear` names what is no parameter.
        """
        unknown = set(self.linear) - set(self.names)
        if unknown:
            raise LawError(f"form {self.name} calls {', '.join(sorted(unknown))} linear but has no such parameter")

    @property
    def names(self) -> tuple[str, ...]:
        """All parameters, in the order in which values and Jacobians hold them."""
        return tuple(parameter.name for parameter in self.parameters)

    @property
    def others(self) -> tuple[str, ...]:
        """The parameters that are not linear."""
        return tuple(name for name in self.names if name not in self.linear)

    def bounds(self, name: str) -> tuple[float, float]:
        """The lowest and the highest value that the parameter may take."""
        parameter = self.parameters[self.names.index(name)]
        return parameter.low, parameter.high

    def scales(self, name: str) -> bool:
        """Whether the parameter is a positive factor, whose error is one of its logarithm; a floor is none."""
        if self.parameters[self.names.index(name)].log:
            return True
        return name in self.linear and self.bounds(name)[0] == 0 and name != self.floor

    def values(self, inputs: tuple[Floats, ...], parameters: Mapping[str, Any]) -> Floats:
        """The law at `inputs`, each an array (n,), for one or many values of each parameter.

        Returns:
            An array (..., n), where ... is the shape of the parameters.
        """
        at = [np.asarray(parameters[name], dtype=np.float64)[..., None] for name in self.others]
        made = self.columns(*inputs, *at)
        if not self.linear:
            return np.asarray(made[0], dtype=np.float64)
        total: Any = 0.0
        for name, column in zip(self.linear, made, strict=True):
            total = total + np.asarray(parameters[name], dtype=np.float64)[..., None] * column
        return np.asarray(total + np.zeros_like(inputs[0]))

    def slopes_at(self, made: tuple[Any, ...], inputs: tuple[Floats, ...], at: list[Floats]) -> Any:
        """For each column in `made` its derivative by each of `others`, analytic where the form gives it."""
        if self.slopes is not None:
            return self.slopes(made, *inputs, *at)
        return tuple(zip(*(self._differences(inputs, at, which) for which in range(len(at))), strict=True))

    def _differences(self, inputs: tuple[Floats, ...], at: list[Floats], which: int) -> list[Floats]:
        # The cube root of the machine's precision balances the rounding against the truncation of a central difference.
        step = np.finfo(float).eps ** (1 / 3) * np.where(at[which] == 0, 1e-3, np.abs(at[which]))
        sides = []
        for sign in (1, -1):
            moved = [value + sign * step if number == which else value for number, value in enumerate(at)]
            sides.append(self.columns(*inputs, *moved))
        return [(np.asarray(up) - np.asarray(down)) / (2 * step) for up, down in zip(*sides, strict=True)]


def grid(**axes: Floats) -> dict[str, Floats]:
    """All combinations of the values on each axis, the last axis fastest: name to array (cells,)."""
    mesh = np.meshgrid(*axes.values(), indexing="ij")
    return {name: values.ravel() for name, values in zip(axes, mesh, strict=True)}
