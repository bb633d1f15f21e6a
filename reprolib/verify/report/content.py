"""What the report shows for each item: its verdict, picture or table, laws, claims and provenance.

Nothing here decides anything. Verdicts come from the verdict record, numbers from the sealed records; a file is shown
only if it is the one that its record names.
"""

import base64
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from reprolib import files, names
from reprolib.errors import ReproError
from reprolib.paths import Tree
from reprolib.provenance import records
from reprolib.study import PUBLISHED
from reprolib.verify import items
from reprolib.verify.compare import RAISED

GREEK = {"alpha": "α", "beta": "β", "gamma": "γ"}
LISTED = 9
"""A claim of more numbers than this shows them on demand."""
LARGEST_SVG = 300_000
"""Bytes. A larger drawing goes into the page as PNG, to keep the page at a few MB."""


@dataclass(frozen=True)
class Verdict:
    """One of the four verdicts, as a word, a sign that does not need colour, and a name for anchors and styles."""

    word: str
    slug: str
    sign: str
    means: str


VERDICTS = (
    Verdict("exact", "exact", "✓", "equal to every digit that the paper prints"),
    Verdict("within tolerance", "within", "≈", "not equal, but inside the stated tolerance"),
    Verdict("differs", "differs", "≠", "outside the tolerance"),
    Verdict("not checkable here", "unchecked", "–", "what it takes is not public, or not on this machine"),
)
BY_WORD = {verdict.word: verdict for verdict in VERDICTS}


@dataclass(frozen=True)
class Part:
    """One number of a claim."""

    label: str
    paper: str
    ours: str
    difference: str
    verdict: Verdict


@dataclass(frozen=True)
class Claim:
    """One statement of the paper beside ours; the texts are those of the verdict record."""

    item: str
    label: str
    """What its item is called."""
    verdict: Verdict
    expected: bool
    tier: int
    text: dict[str, str]
    parts: list[Part]

    @property
    def common(self) -> Part | None:
        """The part that stands for all, where all print and give the same."""
        same = len({(part.paper, part.ours, part.verdict) for part in self.parts}) == 1
        return self.parts[0] if same else None

    @property
    def is_listed(self) -> bool:
        """Whether its numbers stand in the table itself: a few, and not all the same."""
        return 1 < len(self.parts) <= LISTED and self.common is None

    @property
    def is_folded(self) -> bool:
        """Whether its numbers stand in a table of their own that opens on demand."""
        return len(self.parts) > 1 and not self.is_listed

    @property
    def is_ours(self) -> bool:
        """Whether it is about the files of this repository and no statement of the paper."""
        return self.text["where"] == names.REPOSITORY

    @property
    def is_finding(self) -> bool:
        """Whether the paper's statement fails as we expected."""
        return self.expected and self.verdict.slug == "differs"


@dataclass(frozen=True)
class Law:
    """One fitted law as the page prints it."""

    series: str
    measure: str
    values: dict[str, tuple[str, str]]
    """Parameter: value and interval."""
    n_points: int
    procedure: str


@dataclass(frozen=True)
class LawTable:
    """The laws of one figure that share a formula, with the procedures that made them as numbered notes."""

    formula: Markup
    level: str
    laws: list[Law]

    @property
    def names(self) -> list[str]:
        """The parameters, in the formula's order."""
        return list(self.laws[0].values)

    @property
    def procedures(self) -> list[str]:
        """Each procedure once."""
        return list(dict.fromkeys(law.procedure for law in self.laws))


@dataclass
class Item:
    """One article of the page."""

    id: str
    study: str
    label: str
    title: str
    kind: str
    tier: int
    seconds: float
    command: str
    message: str
    verdict: Verdict
    expected: bool
    claims: list[Claim]
    caption: str = ""
    note: str = ""
    origin: str = ""
    picture: str = ""
    table: Markup | None = None
    laws: list[LawTable] = field(default_factory=list)
    provenance: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    problem: str = ""

    @property
    def chapter(self) -> str:
        """Where it stands: with its kind, or with the study that is trained here."""
        return self.kind if self.study == PUBLISHED else self.study

    @property
    def against(self) -> str:
        """What ours is compared with."""
        return "The paper says" if self.study == PUBLISHED else "Committed"

    @property
    def lead(self) -> str:
        """The message, unless the claims right below say the same at more length."""
        told = self.kind == "text" or self.verdict.slug == "differs"
        return "" if self.expected and told else self.message


@dataclass(frozen=True)
class Section:
    """A chapter of the page: the items of one or two kinds, or of one study that is trained here."""

    slug: str
    title: str
    items: list[Item]


CHAPTERS = {"figure": "Figures", "table": "Tables", "text": "Claims in the text", "basis": "Laws and files"}


def sections(articles: list[Item]) -> list[Section]:
    """The chapters that have items, in the order of `CHAPTERS`, then the studies that are trained here."""
    own = {item.study: f"Study “{item.study}”, trained here" for item in articles if item.study != PUBLISHED}
    titles = {**CHAPTERS, **own}
    chosen = {slug: [item for item in articles if item.chapter == slug] for slug in titles}
    return [Section(slug, titles[slug], members) for slug, members in chosen.items() if members]


def build(tree: Tree, raw: dict[str, Any]) -> Item:
    """The article for one item of the verdict record, with what stands in the tree for it."""
    study = raw["study"]
    label = _label(study, raw["id"])
    claims = sorted((_claim(raw["id"], label, claim) for claim in raw["claims"]), key=_rank)
    item = Item(
        id=raw["id"],
        study=study,
        label=label,
        title=claims[0].text["states"] if raw["kind"] == "text" else raw["title"],
        kind=raw["kind"] if raw["kind"] in CHAPTERS else "basis",
        tier=raw["tier"],
        seconds=raw["seconds"],
        command=raw["command"],
        message=raw["message"],
        verdict=BY_WORD[raw["verdict"]],
        expected=raw["expected"],
        claims=claims,
    )
    try:
        if item.kind == "figure":
            _add_figure(tree, item)
        elif item.kind == "table":
            _add_table(tree, item)
    except ReproError as error:
        item.problem = str(error)
    return item


def _claim(item: str, label: str, raw: dict[str, Any]) -> Claim:
    return Claim(
        item=item,
        label=label,
        verdict=BY_WORD[raw["verdict"]],
        expected=raw["expected"],
        tier=raw["tier"],
        text={key: minus(value) for key, value in raw.items() if isinstance(value, str)},
        parts=[
            Part(
                label=part["label"],
                paper=minus(part["paper"]),
                ours=minus(part["ours"]),
                difference=minus(part["difference"]),
                verdict=BY_WORD[part["verdict"]],
            )
            for part in raw["parts"]
        ],
    )


def _rank(claim: Claim) -> tuple[bool, bool, bool, bool]:
    """Unexpected claims first, then findings, then numbers that the paper prints; checks of our own files last."""
    return claim.expected, not claim.is_finding, claim.is_ours, not any(part.paper for part in claim.parts)


def _label(study: str, item: str) -> str:
    name = items.local(study, item)
    told = _named(name)
    if study == PUBLISHED:
        return told
    return f"{told} of “{study}”" if told.startswith(("Figure", "Table")) else item


def _named(name: str) -> str:
    match = re.fullmatch(r"(fig|table)(\d+|-.+)", name)
    if match is not None and match[2].startswith("-"):
        return f"{'Figure' if match[1] == 'fig' else 'Table'} “{match[2][1:]}”"
    if match is None:
        return name if re.fullmatch(r"C\d+", name) else name.capitalize()
    return f"{'Figure' if match[1] == 'fig' else 'Table'} {match[2]}"


def _add_figure(tree: Tree, item: Item) -> None:
    folder, name = tree.figures(item.study), items.local(item.study, item.id)
    record = _describe(item, folder / f"{name}.json", "figure")
    drawing = _genuine(folder, f"{name}.svg", record)
    if drawing.stat().st_size > LARGEST_SVG:
        drawing = _genuine(folder, f"{name}.png", record)
    media = {".svg": "image/svg+xml", ".png": "image/png"}[drawing.suffix]
    item.picture = f"data:{media};base64,{base64.b64encode(files.read(drawing)).decode()}"
    drawn = [series["law"] for panel in record["panels"] for series in panel["series"] if series["law"]]
    laws = tree.laws(item.study)
    item.laws = law_tables([records.read(laws / f"{law}.json", "law") for law in dict.fromkeys(drawn)])


def _add_table(tree: Tree, item: Item) -> None:
    folder, name = tree.tables(item.study), items.local(item.study, item.id)
    record = _describe(item, folder / f"{name}.json", "table")
    item.origin = record["origin"]
    fragment = files.read_text(_genuine(folder, f"{name}.html", record))
    item.table = Markup(fragment)  # noqa: S704 # its hash is the one in the sealed record; the page's policy runs no script of it


def _describe(item: Item, path: Path, kind: str) -> dict[str, Any]:
    record = records.read(path, kind)
    item.title, item.caption, item.note = record["title"], record["caption"], record["note"] or ""
    item.provenance, item.files = record["provenance"], record["files"]
    return record


def _genuine(folder: Path, name: str, record: dict[str, Any]) -> Path:
    """The file, seen to be the one that its record names."""
    path = folder / name
    if files.sha256(path) != record["files"][name]:
        raise ReproError(
            f"{path} is not the file that its record names, so it is not shown; restore it or make it again"
        )
    return path


def law_tables(found: list[dict[str, Any]]) -> list[LawTable]:
    """Law records as the page prints them, one table a formula and level."""
    groups: dict[tuple[str, float], list[Law]] = {}
    for record in found:
        groups.setdefault((record["formula"], record["level"]), []).append(_law(record))
    return [LawTable(typeset(formula), f"{level:.0%}", laws) for (formula, level), laws in groups.items()]


def _law(record: dict[str, Any]) -> Law:
    values = {
        GREEK.get(name, name): (number(value), " to ".join(number(end) for end in record["intervals"].get(name) or []))
        for name, value in record["params"].items()
    }
    return Law(
        series=record["series"],
        measure=names.quantity(record),
        values=values,
        n_points=record["n_points"],
        procedure=record["procedure"],
    )


def typeset(formula: str) -> Markup:
    """A formula such as `E = beta * C^alpha` with Greek letters, a product sign and raised exponents."""
    for name, letter in {**GREEK, "*": "·"}.items():
        formula = formula.replace(name, letter)
    return Markup(re.sub(r"\^(\w+)", r"<sup>\1</sup>", str(escape(formula))))  # noqa: S704 # escaped first


def minus(text: str) -> str:
    """The text with a true minus sign before numbers."""
    return re.sub(r"(?<![\w.])-(?=\d)", "−", text)


def number(value: float) -> str:
    """Four significant digits, written out from 0.0001 to ten million, else with a power of ten; a true minus sign."""
    text = f"{value:.4g}"
    if "e+" in text and abs(value) < 1e7:
        return minus(f"{float(text):,.0f}")
    mantissa, _, exponent = text.partition("e")
    return minus(mantissa) + (f"×10{str(int(exponent)).translate(RAISED)}" if exponent else "")
