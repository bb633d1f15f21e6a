"""A table as text: CSV, LaTeX with booktabs rules, and an HTML fragment to embed in a page.

Styles of the fragment reach its own table only, by its id.
"""

import csv
import html
import io
import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
from pandas.io.formats.style import Styler

from reprolib.tables.frame import Label, Table

TYPE_SIZES = {55: "", 70: r"\footnotesize", 100: r"\scriptsize"}
"""LaTeX tables wider than so many characters span both columns of a page, in type of this size."""
EMPTY = "–"
TEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "–": "--",
        **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    }
)
RULE = "1px solid currentColor"
CSS: list[dict[str, Any]] = [
    {"selector": "", "props": "border-collapse:collapse;border-top:2px solid;border-bottom:2px solid;line-height:1.35"},
    {"selector": "th", "props": "font-weight:600;padding:0.2em 0.6em;text-align:center;vertical-align:bottom"},
    {"selector": "thead", "props": f"border-bottom:{RULE}"},
    {"selector": "td", "props": "padding:0.15em 0.6em"},
    {"selector": ".label", "props": "text-align:left;white-space:nowrap"},
    {"selector": ".text", "props": "text-align:left"},
    {"selector": ".number", "props": "text-align:right;font-variant-numeric:tabular-nums"},
    {"selector": ".best", "props": "font-weight:bold"},
    {"selector": ".measured", "props": "font-style:italic"},
    {"selector": ".break", "props": "padding-top:0.6em"},
    {"selector": ".rule", "props": f"border-top:{RULE}"},
]
"""The booktabs look; each rule is written with the table's id before it."""


def as_csv(made: Table) -> str:
    """One column per level of the row label, then the columns."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([*made.row_levels, *made.column_names])
    writer.writerows([*label, *cells] for label, cells in zip(made.rows, made.cells, strict=True))
    return stream.getvalue()


def as_latex(made: Table, about: dict[str, Any]) -> str:
    """A `table` environment with booktabs rules; the document needs `\\usepackage{booktabs}` and nothing else."""
    style = _styled(made, _tex, {"best": "textbf:--rwrap;", "measured": "textit:--rwrap;"})
    levels = len(made.row_levels)
    size = max((limit for limit in TYPE_SIZES if _width(style.data) > limit), default=None)
    text = style.to_latex(
        hrules=True,
        column_format="l" * levels + "".join("r" if numeric else "l" for numeric in _numeric(made)),
        environment="table*" if size else "table",
        position="htbp",
        position_float="centering",
        caption=_tex(_caption(about)),
        label=f"tab:{about['study']}-{about['id']}",
        multicol_align="c",
    )
    if size and TYPE_SIZES[size]:
        tight = TYPE_SIZES[size] + "\\setlength{\\tabcolsep}{3pt}\n"
        text = text.replace(r"\begin{tabular}", tight + r"\begin{tabular}", 1)
    lines = text.splitlines()
    first = lines.index(r"\midrule") + 1
    for row in sorted(_breaks(made) | made.rules, reverse=True):
        lines.insert(first + row, r"\midrule" if row in made.rules else r"\addlinespace")
    return "\n".join(lines) + "\n"


def as_html(made: Table, about: dict[str, Any]) -> str:
    """A table in a div that scrolls sideways, so that a wide one fits a phone."""
    style = _styled(made, html.escape, {})
    frame = style.data
    levels = len(made.row_levels)
    kinds = ["number" if numeric else "text" for numeric in _numeric(made)]
    classes = [["label"] * levels + kinds for _ in made.rows]
    for name in ("best", "measured"):
        for i, j in getattr(made, name):
            classes[i][levels + j] += f" {name}"
    for name, rows in (("break", _breaks(made)), ("rule", made.rules)):
        for i in rows:
            classes[i] = [f"{cell} {name}" for cell in classes[i]]
    style.set_td_classes(pd.DataFrame(classes, index=frame.index, columns=frame.columns))
    left = ", ".join(f"th.col{j}" for j, kind in enumerate(classes[0]) if not kind.startswith("number"))
    style.set_table_styles([*CSS, {"selector": left, "props": "text-align:left"}])
    body = style.set_uuid(f"{about['study']}_{about['id']}").to_html()
    own = about["id"].startswith("table-")  # a table of our own has a name and no number
    number = "" if own else f"{about['id'].replace('table', 'Table ')}. "
    sentences = _caption(about).removeprefix(f"{about['title']}.")
    return (
        '<figure class="repro-table" style="margin:0 0 1.5em">\n<figcaption style="margin-bottom:0.4em">'
        f"<strong>{number}{html.escape(about['title'])}.</strong>{html.escape(sentences)}</figcaption>\n"
        f'<div style="overflow-x:auto" tabindex="0">\n{body}</div>\n</figure>\n'
    )


def _styled(made: Table, escape: Callable[[str], str], marks: Mapping[str, str]) -> Styler:
    """The cells as strings, row labels as leading columns (a repeated upper level left blank), escaped and marked."""
    depth = len(made.columns[0])
    blank = ("",) * (depth - 1)
    labels = [*((*blank, name) for name in made.row_levels), *made.columns]
    header = pd.MultiIndex.from_tuples(labels) if depth > 1 else pd.Index([label[0] for label in labels])
    body = [
        [*label, *(cell or ("" if i in made.rules else EMPTY) for cell in cells)]
        for i, (label, cells) in enumerate(zip(_sparse(made.rows), made.cells, strict=True))
    ]
    style = Styler(pd.DataFrame(body, columns=header), cell_ids=False).hide(axis="index").format(escape)
    for level in range(depth):
        style.format_index(escape, axis="columns", level=level)
    levels = len(made.row_levels)
    for name, css in marks.items():
        for i, j in getattr(made, name):
            style.map(lambda _, css=css: css, subset=(i, [labels[levels + j] if depth > 1 else labels[levels + j][0]]))
    return style


def _grouped(rows: Sequence[Label]) -> bool:
    """Whether rows with one first level stand together, so that its repetitions can be left blank."""
    first = [label[0] for label in rows]
    runs = 1 + sum(here != before for before, here in itertools.pairwise(first))
    return runs == len(set(first))


def _sparse(rows: Sequence[Label]) -> list[Label]:
    if not _grouped(rows):
        return list(rows)
    shown = []
    for above, label in zip([None, *rows], rows, strict=False):
        same = 0
        while above is not None and same < len(label) - 1 and above[: same + 1] == label[: same + 1]:
            same += 1
        shown.append(("",) * same + label[same:])
    return shown


def _breaks(made: Table) -> set[int]:
    """Rows at which the first level of the label changes, where it repeats at all."""
    first = [label[0] for label in made.rows]
    if not _grouped(made.rows) or len(set(first)) == len(first):
        return set()
    return {i for i in range(1, len(first)) if first[i] != first[i - 1]}


def _numeric(made: Table) -> list[bool]:
    return [any(value is not None for value in column) for column in zip(*made.values, strict=True)]


def _width(cells: pd.DataFrame) -> int:
    """Characters of the widest cell or heading of each column, summed."""
    headings = [name if isinstance(name, str) else name[-1] for name in cells.columns]
    widest = cells.map(len).max()
    return sum(max(len(heading), int(cell)) for heading, cell in zip(headings, widest, strict=True))


def _tex(text: str) -> str:
    return text.translate(TEX)


def _caption(about: Mapping[str, Any]) -> str:
    sentences = (about["title"], about["caption"], about["note"])
    return " ".join(sentence.rstrip(".") + "." for sentence in sentences if sentence)
