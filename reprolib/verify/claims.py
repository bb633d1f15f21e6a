"""paper/claims.yaml as typed, frozen claims: what the paper states, where, and how it is checked.

Reads paper/claims.yaml with ruamel.yaml, as DVC would. An unknown field, a double id, a recompute function that does
not exist or a claim without a reason is an error that names the claim. `reprolib verify` reads it; nothing writes it.
"""

import inspect
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from reprolib import files
from reprolib.errors import ReproError
from reprolib.verify.compare import Test, Verdict
from reprolib.verify.compare import number as printed_number
from reprolib.verify.registry import functions

TIERS = (0, 1, 2, 3, 4)
ITEM = r"^((fig|table)(\d{1,2}|(-[a-z]+)+)|C\d\d|laws|scrutiny)$"
Words = Annotated[str, Field(min_length=1)]
Sentence = Annotated[str, Field(min_length=20)]


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Call(BaseModel):
    """A registered function and its arguments."""

    model_config = ConfigDict(extra="allow", frozen=True)
    function: Words

    @property
    def arguments(self) -> dict[str, Any]:
        """What the function is called with, besides the bench."""
        return dict(self.model_extra or {})

    @model_validator(mode="after")
    def _known(self) -> "Call":
        registered = functions()
        if self.function not in registered:
            raise ValueError(f"there is no recompute function '{self.function}'; use one of {', '.join(registered)}")
        try:
            inspect.signature(registered[self.function]).bind(None, **self.arguments)
        except TypeError as error:
            raise ValueError(f"'{self.function}' {error}") from error
        return self


class Claim(_Settings):
    """One statement of the paper, or a rule that covers many printed numbers."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]*$")]
    item: Annotated[str, Field(pattern=ITEM)]
    """The figure, table or text statement that it is checked with."""
    where: Words
    """Section, figure or table of the paper (v2)."""
    states: Sentence
    """What the paper states there, in our own words."""
    printed: list[Words] = []
    """The numbers as printed, in the order in which `recompute` gives ours; empty where a rule reads the facts."""
    test: Test = Test.PRINTED
    bound: float | None = None
    """For `at most` and `at least`: what the statement comes to in numbers."""
    tolerance: Annotated[float, Field(ge=0)] = 0
    unit: str = ""
    reason: Sentence
    """Why this tolerance, or why the claim cannot be checked here."""
    recompute: list[Call] = []
    """The calls that give our numbers, one after the other."""
    tier: Annotated[int, Field(ge=1, le=2)] = 1
    """1: from the committed results; 2: from laws that are fitted again."""
    expect: Verdict
    differing: Annotated[int, Field(ge=0)] = 0
    """How many of the numbers are expected to differ, so that a finding does not hide a fault beside it."""
    explanation: str = ""
    """Why the verdict is not simply `exact`."""

    @model_validator(mode="after")
    def _coherent(self) -> "Claim":
        if (self.expect is Verdict.NOT_CHECKABLE) == bool(self.recompute):
            raise ValueError("a claim has `recompute` or expects 'not checkable here', one of the two")
        if self.expect is Verdict.DIFFERS and len(self.explanation) < 20:
            raise ValueError("a claim that is expected to differ needs an `explanation`")
        if (self.expect is Verdict.DIFFERS) != bool(self.differing):
            raise ValueError(
                "`differing` says how many numbers differ in a claim that is expected to differ, and only there"
            )
        if (self.bound is not None) != (self.test in (Test.AT_MOST, Test.AT_LEAST)):
            raise ValueError("`bound` goes with the tests 'at most' and 'at least', and they with it")
        if self.test in (Test.PRINTED, Test.RECORDED) and self.tolerance:
            raise ValueError(f"the test '{self.test}' knows no tolerance but the rounding of the {self.test} digits")
        if self.test in (Test.PRINTED, Test.WITHIN):
            for text in self.printed if self.recompute else []:
                _must_be_a_number(text)
        return self


class OwnClaim(Claim):
    """A statement about the files of a study that is trained here; it stands in no paper and not in claims.yaml."""

    item: Words


def _must_be_a_number(text: str) -> None:
    try:
        printed_number(text)
    except ReproError as error:
        raise ValueError(str(error)) from error


class _Book(_Settings):
    claims: list[Claim]


def load(path: Path) -> list[Claim]:
    """All claims, in the order of the file.

    Raises:
        ReproError: The file is missing or not YAML, or a claim is wrong; the claim is named.
    """
    raw = files.read_yaml(path)
    try:
        book = _Book.model_validate(raw)
    except ValidationError as error:
        raise ReproError(f"{path}: {_fault(raw, error)}; mend that claim") from error
    ids = [claim.id for claim in book.claims]
    double = next((name for name in ids if ids.count(name) > 1), None)
    if double:
        raise ReproError(f"{path}: claim {double} stands twice; each id may stand once")
    return book.claims


def _fault(raw: Any, error: ValidationError) -> str:
    first = error.errors()[0]
    place = list(first["loc"])
    who = "the file"
    if len(place) > 1 and place[0] == "claims":
        entry = raw["claims"][place[1]]
        who = f"claim {entry.get('id', place[1]) if isinstance(entry, dict) else place[1]}"
        place = place[2:]
    where = ".".join(str(part) for part in place)
    what = "no such field" if first["type"] == "extra_forbidden" else first["msg"].removeprefix("Value error, ")
    came = "" if first["type"] in ("value_error", "missing") else f" (got {first['input']!r})"
    return ": ".join(part for part in (who, where, f"{what}{came}") if part)
