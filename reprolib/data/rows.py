"""Rows of facts: what a cell may hold, what a row is, and the strict reading of CSV text into rows.

`reprolib.data.facts` lists the tables that are made of them.
"""

import csv
import re
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from reprolib.errors import ReproError

PLAIN_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")


def _number(cell: object) -> object:
    if isinstance(cell, str) and not PLAIN_NUMBER.fullmatch(cell):
        raise ValueError("should be a plain number")
    return cell


def _number_or_nothing(cell: object) -> object:
    return None if cell == "" else _number(cell)


def _yes_no(cell: object) -> object:
    answers = {"yes": True, "no": False}
    if not isinstance(cell, str) or cell not in answers:
        raise ValueError("should be 'yes' or 'no'")
    return answers[cell]


Text = Annotated[str, Field(min_length=1)]
Run = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Model = Annotated[str, Field(pattern=r"^(ViT|RN)[A-Za-z0-9-]+$")]
Budget = Literal["3B", "13B", "34B"]
PretrainData = Literal["LAION-80M", "LAION-400M", "LAION-2B", "CLIP-WIT"]
Shots = Literal["10", "25", "full"]
Metric = Literal[
    "acc1",
    "acc5",
    "mean_per_class_recall",
    "mean_average_precision",
    "image_retrieval_recall@5",
    "text_retrieval_recall@5",
]
YesNo = Annotated[bool, BeforeValidator(_yes_no)]
Count = Annotated[int, BeforeValidator(_number), Field(gt=0)]
CountOrNothing = Annotated[Annotated[int, Field(gt=0)] | None, BeforeValidator(_number_or_nothing)]
Positive = Annotated[float, BeforeValidator(_number), Field(gt=0)]
PositiveOrNothing = Annotated[Annotated[float, Field(gt=0)] | None, BeforeValidator(_number_or_nothing)]
Fraction = Annotated[float, BeforeValidator(_number), Field(ge=0, le=1)]
FractionOrNothing = Annotated[Annotated[float, Field(ge=0, le=1)] | None, BeforeValidator(_number_or_nothing)]
Percent = Annotated[float, BeforeValidator(_number), Field(ge=0, le=100)]


class Row(BaseModel):
    """A line of a table: its fields are the columns, `file` is the table's stem, `key` is what may stand only once."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    file: ClassVar[str]
    key: ClassVar[tuple[str, ...]]
    source: Text

    @classmethod
    def columns(cls) -> list[str]:
        """The columns in the order of the file; `source` stands last."""
        return [*(name for name in cls.model_fields if name != "source"), "source"]

    @property
    def id(self) -> tuple[Any, ...]:
        """The values of `key`, which no other row of the table has."""
        return tuple(getattr(self, column) for column in self.key)


R = TypeVar("R", bound=Row)


def parse(row: type[R], text: str, name: str, sources: set[str] | None = None) -> list[R]:
    """The rows in CSV `text`, which errors call `name`; `sources`, if given, are the keys that may stand as source."""
    rows: list[R] = []
    seen: dict[tuple[Any, ...], int] = {}
    for line, cells in _cells(name, text, row.columns()):
        try:
            fact = row.model_validate(cells)
        except ValidationError as error:
            raise _bad_cell(name, line, error) from error
        if sources is not None and fact.source not in sources:
            raise ReproError(
                f"{name} line {line}, column 'source': sources.csv lists no such source "
                f"(got {fact.source!r}); add it there or mend the cell"
            )
        first = seen.setdefault(fact.id, line)
        if first != line:
            raise ReproError(
                f"{name} line {line}, columns {', '.join(row.key)}: {fact.id} stood in line {first} already; "
                "each may stand once, so restore the file with git"
            )
        rows.append(fact)
    return rows


def _cells(name: str, text: str, expected: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and cells by column of each data line, once the header is seen to be the expected one."""
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    try:
        header = next(reader, [])
        if sorted(header) != sorted(expected):
            missing, unknown = sorted(set(expected) - set(header)), sorted(set(header) - set(expected))
            what = (
                f"lacks {missing}" if missing else f"has unknown {unknown}" if unknown else f"repeats some of {header}"
            )
            raise ReproError(f"{name} line 1: the header {what}; the columns are {', '.join(expected)}")
        for cells in reader:
            if len(cells) != len(header):
                raise ReproError(
                    f"{name} line {reader.line_num}: {len(header)} cells were expected, but {len(cells)} came "
                    f"(got {','.join(cells)!r}); restore the file with git"
                )
            yield reader.line_num, dict(zip(header, cells, strict=True))
    except csv.Error as error:
        raise ReproError(f"{name} line {reader.line_num} is not CSV: {error}; restore the file with git") from error


def _bad_cell(name: str, line: int, error: ValidationError) -> ReproError:
    first = error.errors()[0]
    what = first["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return ReproError(
        f"{name} line {line}, column '{first['loc'][0]}': {what} (got {first['input']!r}); restore the file with git"
    )
