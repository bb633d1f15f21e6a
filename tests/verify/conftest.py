"""A copy of the repository in which the real stages have just run: what the verification tests tamper with."""

import shutil
from pathlib import Path

import pytest

from reprolib import figures, fit, numbers, params, tables
from reprolib.data import published
from reprolib.params import Params
from reprolib.paths import Tree

STUDY = "published"
FIGURE = "fig3"
TABLES = ["table4", "table19", "table26"]


@pytest.fixture(scope="session")
def knobs(repository: Tree) -> Params:
    """The repository's own settings with fewer resamples: what is tampered with is no matter of their number."""
    whole = params.load(repository)
    return whole.model_copy(update={"fit": whole.fit.model_copy(update={"bootstrap": 200})})


@pytest.fixture(scope="session")
def made(repository: Tree, knobs: Params, tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """Facts, claims and settings of the repository, all results and laws, one figure and three tables; read it only."""
    tree = Tree(tmp_path_factory.mktemp("made"))
    for name in ("params.yaml", "requirements.lock", "pyproject.toml", ".dvcignore"):
        shutil.copy(repository.root / name, tree.root / name)
    shutil.copytree(repository.published, tree.published)
    shutil.copy(repository.claims, tree.claims)
    published.run(tree, knobs)
    fit.run(tree, knobs, STUDY)
    numbers.run(tree, STUDY)
    # Half a minute of work that no test here tampers with the code of; `tests/scrutiny` makes it again.
    shutil.copytree(repository.scrutiny(STUDY), tree.scrutiny(STUDY))
    figures.draw(tree, STUDY, FIGURE, tree.figures(STUDY))
    tables.run(tree, STUDY, TABLES, tree.tables(STUDY))
    return tree


@pytest.fixture
def copy(made: Tree, tmp_path: Path) -> Tree:
    """A copy of `made` to tamper with."""
    shutil.copytree(made.root, tmp_path / "copy")
    return Tree(tmp_path / "copy")
