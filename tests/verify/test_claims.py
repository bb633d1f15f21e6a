"""paper/claims.yaml: every claim is there, each with a reason, and a wrong entry is told in one sentence by its id."""

from pathlib import Path

import pytest

from reprolib.data import facts
from reprolib.errors import ReproError
from reprolib.paths import Tree
from reprolib.verify import claims, items
from reprolib.verify.compare import Verdict

GOOD = """
claims:
- id: C02
  item: C02
  where: Sec. 4.1
  states: A statement of the paper in our words.
  printed: ["-0.11"]
  reason: The digits printed claim no more than that.
  recompute: [{function: law_parameters, parameter: alpha, laws: [a]}]
  tier: 2
  expect: exact
"""


@pytest.fixture(scope="module")
def book(repository: Tree) -> list[claims.Claim]:
    """All claims of the repository."""
    return claims.load(repository.claims)


def write(folder: Path, text: str) -> Path:
    """Claims in a file."""
    path = folder / "claims.yaml"
    path.write_text(text)
    return path


def test_every_item_has_a_claim(book: list[claims.Claim]) -> None:
    assert {claim.item for claim in book} == set(items.ITEMS) - {"files"}


def test_every_statement_of_the_text_is_a_claim_of_that_id(book: list[claims.Claim]) -> None:
    assert {f"C{number:02}" for number in range(1, 43)} <= {claim.id for claim in book}


def test_every_listed_text_claim_stands_where_the_source_material_has_it(
    book: list[claims.Claim], shared: Path
) -> None:
    import csv

    with (shared / "facts" / "text_claims.csv").open() as stream:
        listed = {row["id"] for row in csv.DictReader(stream)}
    assert listed <= {claim.id for claim in book}


def test_every_printed_coefficient_is_covered_by_a_rule(book: list[claims.Claim], repository: Tree) -> None:
    figures = {row.figure for row in facts.read(repository, facts.PrintedCoefficient)}
    assert figures == {call.arguments["figure"] for call in calls(book, "printed_coefficients")}


def test_every_printed_cell_is_covered_by_a_rule(book: list[claims.Claim], repository: Tree) -> None:
    tables = {row.table for row in facts.read(repository, facts.PrintedCell)}
    whole = {str(call.arguments["table"]) for call in calls(book, "printed_cells") if "columns" not in call.arguments}
    assert tables == whole | {call.arguments["table"] for call in calls(book, "unprinted_grid")}


def test_every_tolerance_has_its_own_reason_and_every_finding_an_explanation(book: list[claims.Claim]) -> None:
    for claim in book:
        assert len(claim.reason.split()) >= 6, claim.id
        if claim.expect is Verdict.DIFFERS:
            assert len(claim.explanation.split()) >= 6, claim.id


def calls(book: list[claims.Claim], function: str) -> list[claims.Call]:
    """Every call of a recompute function."""
    return [call for claim in book for call in claim.recompute if call.function == function]


def test_a_good_claim_loads(tmp_path: Path) -> None:
    (claim,) = claims.load(write(tmp_path, GOOD))
    assert claim.recompute[0].arguments == {"parameter": "alpha", "laws": ["a"]}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("where: Sec", "wher: Sec", "claim C02: where: Field required"),
        ("expect: exact", "expect: exact\n  colour: red", "claim C02: colour: no such field"),
        ("law_parameters", "os.system", "claim C02: recompute.0: there is no recompute function 'os.system'"),
        (
            "parameter: alpha",
            "parametre: alpha",
            "claim C02: recompute.0: 'law_parameters' missing a required argument",
        ),
        ("expect: exact", "expect: fine", "claim C02: expect: Input should be 'exact'"),
        ("expect: exact", "expect: differs", "claim C02: a claim that is expected to differ needs an `explanation`"),
        ("expect: exact", "expect: not checkable here", "claim C02: a claim has `recompute` or expects"),
        ("item: C02", "item: fig", "claim C02: item: String should match pattern"),
        ("  reason: The digits printed claim no more than that.\n", "", "claim C02: reason: Field required"),
        ("tier: 2", "tier: 2\n  tolerance: 0.1", "knows no tolerance"),
        (
            "tier: 2",
            "tier: 2\n  test: recorded\n  tolerance: 0.1",
            "knows no tolerance but the rounding of the recorded",
        ),
        ("tier: 2", "tier: 2\n  test: at most", "`bound` goes with"),
        ("-0.11", "about a tenth", "claim C02: the printed value 'about a tenth' is not a number"),
        ("claims:", "claims: [", "is not YAML"),
    ],
)
def test_a_wrong_claim_is_told_in_one_sentence_with_its_id(tmp_path: Path, old: str, new: str, told: str) -> None:
    with pytest.raises(ReproError) as caught:
        claims.load(write(tmp_path, GOOD.replace(old, new)))
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_double_id_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReproError, match="claim C02 stands twice"):
        claims.load(write(tmp_path, GOOD + GOOD.removeprefix("\nclaims:\n")))
