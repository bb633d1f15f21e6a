"""What can be verified by name: files, figures, tables, laws, the scrutiny, and every statement of the text."""

import difflib

from reprolib.errors import ReproError

OWN_FIGURES = ("fig-survives", "fig-frontiers", "fig-exponents", "fig-forecast")
OWN_TABLES = ("table-survives", "table-frontiers", "table-exponents", "table-heldout", "table-forecast")
FIGURES = (*(f"fig{number}" for number in range(1, 13)), *OWN_FIGURES)
TABLES = (*(f"table{number}" for number in range(1, 27)), *OWN_TABLES)
TEXT = tuple(f"C{number:02}" for number in range(1, 43))
ITEMS = ("files", *FIGURES, *TABLES, "laws", "scrutiny", *TEXT)


def kind(item: str) -> str:
    """`figure`, `table`, `text`, `laws`, `scrutiny` or `files`."""
    if item in FIGURES:
        return "figure"
    if item in TABLES:
        return "table"
    return "text" if item in TEXT else item


def title(item: str, where: str) -> str:
    """What an item is called in the verdicts; `where` is the place in the paper of a statement of the text."""
    from reprolib.figures import FIGURES as FIGURE_SPECS
    from reprolib.tables import TABLES as TABLE_SPECS

    match kind(item):
        case "figure":
            return FIGURE_SPECS[item].title
        case "table":
            return TABLE_SPECS[item].title
        case "laws":
            return "Results and laws made again from the facts"
        case "scrutiny":
            return "The claims about slopes, put to the test"
        case "files":
            return "Environment, facts, records, figures, tables and pipeline agree"
        case _:
            return where


def chosen(names: list[str]) -> list[str]:
    """The named items in their order, or all of them.

    Raises:
        ReproError: There is no such item; near matches are named.
    """
    for name in names:
        if name not in ITEMS:
            near = difflib.get_close_matches(name.lower(), [item.lower() for item in ITEMS], n=3, cutoff=0.5)
            known = [item for item in ITEMS if item.lower() in near]
            hint = f"did you mean {', '.join(known)}?" if known else "items are files, fig1…, table1…, laws, C01…"
            raise ReproError(f"there is no item '{name}' to verify; {hint}")
    return [item for item in ITEMS if not names or item in names]
