"""What the report says, without a browser: verdicts, damage, sizes, the terminal summary."""

import copy
from pathlib import Path

import pytest
import report_sample

from reprolib.paths import Tree
from reprolib.verify import report
from reprolib.verify.report import content


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return report_sample.tree(tmp_path_factory.mktemp("tree"))


@pytest.fixture(scope="module")
def page(tree: Tree) -> str:
    return report.render(tree, report_sample.verdicts())


def test_the_picture_in_the_page_is_the_committed_one(tree: Tree, page: str) -> None:
    drawn = (tree.figures("published") / "fig1.svg").read_bytes()
    assert report_sample.embedded(page, "image/svg+xml") == [drawn]


def test_a_large_drawing_goes_in_as_png(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "LARGEST_SVG", 100)
    page = report.render(tree, report_sample.verdicts())
    drawn = (tree.figures("published") / "fig1.png").read_bytes()
    assert report_sample.embedded(page, "image/png") == [drawn]


def test_a_changed_or_missing_file_is_named_in_its_place_and_not_shown(page: str) -> None:
    assert "fig2.svg is not the file that its record names" in page
    assert "fig7.json" in page
    assert "changed by hand" not in page


def test_laws_stand_with_greek_letters_and_intervals(page: str) -> None:
    assert "E = β · C<sup>α</sup>" in page
    assert "<b>5.863</b>" in page
    assert "−0.134 to −0.0887" in page


def test_few_numbers_of_a_claim_stand_in_its_table_and_many_open_on_demand(page: str) -> None:
    short = page[page.index('<article id="C09"') : page.index('<article id="C34"')]
    assert short.count('<tr class="part">') == 2
    assert "<details" not in short
    assert "<summary>The 40 numbers</summary>" in page


@pytest.mark.parametrize(
    ("value", "text"),
    [(-0.11138, "−0.1114"), (211.663, "211.7"), (10570.3, "10,570"), (3.0151e-6, "3.015×10⁻⁶"), (1.4e10, "1.4×10¹⁰")],
)
def test_numbers_have_four_digits_and_true_signs(value: float, text: str) -> None:
    assert content.number(value) == text


def test_a_hyphen_becomes_a_minus_only_before_a_number_of_its_own() -> None:
    assert content.minus("-0.11, 5e-4, 0.1-0.3, B-32, (-2)") == "−0.11, 5e-4, 0.1-0.3, B-32, (−2)"


def test_unexpected_items_stand_first(page: str) -> None:
    assert page.index('id="unexpected"') < page.index('id="contents"')
    assert "1 of 8 items came out otherwise than expected" in page


def test_an_expected_difference_reads_as_a_finding(page: str) -> None:
    findings = page[page.index('id="findings"') : page.index('id="filter"')]
    assert "A typo: Table 4 is right." in findings
    assert 'href="#table4"' not in findings, "an unexpected difference is no finding"


def test_without_unexpected_items_there_is_no_alarm(tree: Tree) -> None:
    verdicts = copy.deepcopy(report_sample.verdicts())
    verdicts["items"] = [item for item in verdicts["items"] if item["expected"]]
    page = report.render(tree, verdicts)
    assert 'id="unexpected"' not in page
    assert "All 7 items came out as expected" in page


def test_the_summary_counts_names_the_unexpected_and_gives_the_path() -> None:
    text = report.summary(report_sample.verdicts(), Path("report/index.html"))
    lines = text.splitlines()
    assert lines[0] == "8 items checked in 12 s: 3 exact, 1 within tolerance, 2 differs, 2 not checkable here."
    assert lines[1].startswith("UNEXPECTED  table4: ")
    assert lines[-1] == "Report: report/index.html"
