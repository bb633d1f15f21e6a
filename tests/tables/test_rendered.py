"""The three texts of a table: CSV that reads back, LaTeX with booktabs rules and escapes, HTML that can be embedded."""

import csv
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from reprolib import tables
from reprolib.tables.frame import Table
from reprolib.tables.render import as_csv, as_html, as_latex

ABOUT = {
    "id": "table9",
    "study": "toy",
    "title": "A & B",
    "caption": "50 % <i>of</i> a_b",
    "note": "",
    "origin": "mixed",
}
AWKWARD = Table(
    ("Model & co",),
    [("a_b",), ("100 %",), ("Total",)],
    [("x < y",), ("$#{}~^\\",)],
    [["1.0", "<b>"], ["2.0", ""], ["3.0", ""]],
    [[1.0, None], [2.0, None], [3.0, None]],
    best=frozenset({(1, 0)}),
    measured=frozenset({(0, 0)}),
    rules=frozenset({2}),
)
VOID = {"meta", "br", "img", "hr"}


class Tree(HTMLParser):
    """Fails on tags that do not nest; keeps the cells of the table and the style and script texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows: list[list[str]] = []
        self.texts: dict[str, str] = {"style": "", "script": "", "figcaption": ""}
        self.ids: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data
        for tag in self.texts:
            if tag in self.open:
                self.texts[tag] += data


@pytest.mark.parametrize("name", tables.TABLES)
def test_the_csv_holds_the_displayed_cells(name: str, published_tables: Path, made: dict[str, dict[str, Any]]) -> None:
    with (published_tables / f"{name}.csv").open(newline="") as stream:
        header, *rows = csv.reader(stream)
    levels = len(header) - len(made[name]["columns"])
    assert header[levels:] == made[name]["columns"]
    assert ", ".join(header[:levels]) == made[name]["row_header"]
    assert [row[levels:] for row in rows] == made[name]["cells"]
    assert [", ".join(filter(None, row[:levels])) for row in rows] == made[name]["rows"]


@pytest.mark.parametrize("name", tables.TABLES)
def test_the_latex_has_the_three_rules_and_one_line_a_row(
    name: str, published_tables: Path, made: dict[str, dict[str, Any]]
) -> None:
    text = (published_tables / f"{name}.tex").read_text()
    for rule in (r"\toprule", r"\bottomrule"):
        assert text.count(rule) == 1
    body = text.split("\\midrule\n", 1)[1].split(r"\bottomrule")[0]
    assert body.count(r"\\" + "\n") == len(made[name]["rows"])
    commands = set(re.findall(r"\\([a-zA-Z]+)", text.split("\n", 1)[1]))
    assert commands <= {
        *("begin", "end", "centering", "caption", "label", "toprule", "midrule", "bottomrule", "addlinespace"),
        *("multicolumn", "textbf", "textit", "footnotesize", "scriptsize", "setlength", "tabcolsep"),
    }


@pytest.mark.parametrize("name", tables.TABLES)
def test_no_sign_in_the_latex_is_left_bare(name: str, published_tables: Path) -> None:
    """After the stamp's comment line every %, _, # and $ is escaped, and & stands between cells only."""
    lines = (published_tables / f"{name}.tex").read_text().splitlines()[1:]
    for line in lines:
        assert not re.search(r"(?<!\\)[%_#$]", line), line
        assert "&" not in line.replace(r"\&", "") or line.endswith(r"\\"), line


def test_awkward_signs_are_escaped_in_latex() -> None:
    text = as_latex(AWKWARD, ABOUT)
    assert r"A \& B. 50 \% <i>of</i> a\_b." in text
    assert r"Model \& co & x < y & \$\#\{\}\textasciitilde{}\textasciicircum{}\textbackslash{} \\" in text
    assert r"a\_b & \textit{1.0} & <b> \\" in text
    assert r"100 \% & \textbf{2.0} & -- \\" in text


def test_a_total_stands_under_a_rule_with_its_gaps_left_blank() -> None:
    assert "\\midrule\nTotal & 3.0 &  \\\\\n\\bottomrule" in as_latex(AWKWARD, ABOUT)
    assert Tree(as_html(AWKWARD, ABOUT)).rows[-1] == ["Total", "3.0", ""]


def test_awkward_signs_are_text_in_html() -> None:
    tree = Tree(as_html(AWKWARD, ABOUT))
    assert tree.rows == [
        ["Model & co", "x < y", "$#{}~^\\"],
        ["a_b", "1.0", "<b>"],
        ["100 %", "2.0", "–"],
        ["Total", "3.0", ""],
    ]
    assert tree.texts["figcaption"] == "Table 9. A & B. 50 % <i>of</i> a_b."


def test_the_marks_are_classes_in_html() -> None:
    text = as_html(AWKWARD, ABOUT)
    assert re.search(r'class="[^"]*\bbest\b[^"]*" >2\.0<', text)
    assert re.search(r'class="[^"]*\bmeasured\b[^"]*" >1\.0<', text)


def test_a_comma_in_a_csv_cell_is_quoted() -> None:
    text = as_csv(Table(("Row",), [("a",)], [("c, d",)], [["U(0,8)"]], [[None]]))
    assert text == 'Row,"c, d"\na,"U(0,8)"\n'


@pytest.mark.parametrize("name", tables.TABLES)
def test_the_html_parses_and_shows_every_cell(
    name: str, published_tables: Path, made: dict[str, dict[str, Any]]
) -> None:
    rows = Tree((published_tables / f"{name}.html").read_text()).rows[-len(made[name]["rows"]) :]
    width = len(made[name]["columns"])
    shown = [["" if cell == "–" else cell for cell in row[-width:]] for row in rows]
    assert shown == made[name]["cells"]


@pytest.mark.parametrize("name", tables.TABLES)
def test_every_style_reaches_its_own_table_only(name: str, published_tables: Path) -> None:
    tree = Tree((published_tables / f"{name}.html").read_text())
    assert tree.ids == [f"T_published_{name}"]
    selectors = [part for rule in re.findall(r"([^{}]+)\{", tree.texts["style"]) for part in rule.split(",")]
    assert selectors
    assert all(selector.strip().startswith(f"#T_published_{name}") for selector in selectors)


@pytest.mark.parametrize("name", tables.TABLES)
def test_a_wide_table_scrolls_within_its_fragment_and_loads_nothing(name: str, published_tables: Path) -> None:
    text = (published_tables / f"{name}.html").read_text()
    assert text.startswith('<figure class="repro-table"')
    assert '<div style="overflow-x:auto" tabindex="0">' in text
    assert not re.search(r"(src|href|url|@import)\s*[=(]", text)
