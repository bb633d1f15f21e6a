"""The published tables, made once, and a toy study to make others from."""

from pathlib import Path
from typing import Any

import pytest
from toy_study import add_run

from reprolib import tables
from reprolib.paths import Tree
from reprolib.provenance import records


@pytest.fixture(scope="session")
def published_tables(repository: Tree, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every table of the study `published`, freshly made."""
    out = tmp_path_factory.mktemp("tables")
    tables.run(repository, "published", None, out)
    return out


@pytest.fixture(scope="session")
def made(published_tables: Path) -> dict[str, dict[str, Any]]:
    """The record of every published table by id."""
    return {name: records.read(published_tables / f"{name}.json", "table") for name in tables.TABLES}


@pytest.fixture
def toy(facts_tree: Tree) -> Tree:
    """A tree with the study `toy`: four cells of a ladder, one of them trained with two seeds."""
    add_run(facts_tree, "b", "small", "world-2k", "4k", 0.30)
    add_run(facts_tree, "a", "tiny", "world-10k", "16k", 0.25)
    add_run(facts_tree, "c", "tiny", "world-2k", "4k", 0.20, seed=0)
    add_run(facts_tree, "d", "tiny", "world-2k", "4k", 0.10, seed=1)
    add_run(facts_tree, "e", "small", "world-2k", "16k", 0.305)
    return facts_tree
