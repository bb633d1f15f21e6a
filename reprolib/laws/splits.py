"""Which rows are held out: above a threshold, the largest, each next size in turn, or each row in turn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reprolib.laws.checks import Floats, LawError
from reprolib.laws.subsets import Rows

SCHEMES = ("above", "largest", "rolling", "leave-one-out")


@dataclass(frozen=True)
class Split:
    """Rows to fit to, and rows to predict."""

    name: str
    """What is fitted to, in words."""
    trained: Rows
    held: Rows
    row: int | None = None
    """The row held out, where it is each row's turn."""


def splits(along: Floats, scheme: str, above: float | None, largest: int | None) -> tuple[str, list[Split]]:
    """The splits of a scheme, with the scheme in words.

    No row that is fitted to stands at the same place as one held out because of its size.

    Args:
        along: (n,) what the rows are ordered by, for instance compute.
        scheme: One of `SCHEMES`; a threshold or a number that is given goes before it.
        above: Rows at this value or above are held out.
        largest: How many of the largest rows are held out; all that equal the last of them are too.

    Raises:
        LawError: The scheme is not known, its settings contradict each other, or it leaves nothing on one side.
    """
    if scheme not in SCHEMES:
        raise LawError(f"scheme '{scheme}' is not known; expected one of {', '.join(SCHEMES)}")
    given = [name for name, value in (("above", above), ("largest", largest)) if value is not None]
    if len(given) == 2 or (given and scheme in ("rolling", "leave-one-out")):
        other = "largest" if len(given) == 2 else f"scheme '{scheme}'"
        raise LawError(f"{given[0]} and {other} both say what is held out; give one of them")
    if above is not None:
        return f"rows at {above:g} or above are held out", [_cut(along, above, f"rows below {above:g}")]
    if scheme == "above":
        raise LawError("scheme 'above' needs the threshold; give above")
    if scheme == "largest":
        return _largest(along, 1 if largest is None else largest)
    if scheme == "rolling":
        cuts = np.unique(along)[1:]
        told = "each size in turn is predicted from everything below it"
        return told, [
            Split(f"rows below {cut:g}", np.flatnonzero(along < cut), np.flatnonzero(along == cut)) for cut in cuts
        ]
    rows = np.arange(len(along))
    return "each row in turn is predicted from all others", [
        Split("all other rows", np.delete(rows, row), rows[row : row + 1], int(row)) for row in rows
    ]


def _largest(along: Floats, number: int) -> tuple[str, list[Split]]:
    if not 1 <= number < len(along):
        raise LawError(f"largest is {number}; it must lie between 1 and {len(along) - 1}, the rows less one")
    cut = float(np.sort(along)[-number])
    made = _cut(along, cut, f"rows below {cut:g}")
    told = "the largest row is held out" if number == 1 else f"the {number} largest rows are held out"
    if len(made.held) > number:
        told += f", with {len(made.held) - number} more of the same size"
    return told, [made]


def _cut(along: Floats, cut: float, name: str) -> Split:
    made = Split(name, np.flatnonzero(along < cut), np.flatnonzero(along >= cut))
    if not len(made.held):
        raise LawError(f"no row stands at {cut:g} or above; the largest is {along.max():.9g}")
    if not len(made.trained):
        raise LawError(f"every row stands at {cut:g} or above, so none is left to fit to; the smallest is "
                       f"{along.min():.9g}")  # fmt: skip
    return made
