"""The stage `resources`: what the training of a study took, its Tables 18 and 25 and its Fig. 6.

Reads results/<study>/runs alone, so it needs no evaluation; writes the tables to paper/tables/<study> and the figure to
paper/figures/<study>. `reprolib resources mini` runs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reprolib import figures, tables

if TYPE_CHECKING:
    from reprolib.paths import Tree


def run(tree: Tree, study: str) -> None:
    """Write both tables and draw the figure.

    Raises:
        ReproError: The study has no run records, or they are damaged.
    """
    tables.run(tree, study, ["table18", "table25"], tree.tables(study))
    figures.draw(tree, study, "fig6", tree.figures(study))
