"""The published study as drawn once, and a copy of what drawing reads."""

import shutil
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from reprolib import figures
from reprolib.paths import Tree


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with all figures of the published study (`painted` fills it)."""
    return tmp_path_factory.mktemp("drawn")


@pytest.fixture(scope="session", autouse=True)
def painted(repository: Tree, drawn: Path) -> dict[str, Figure]:
    """The same as matplotlib figures."""
    return {figure: figures.draw(repository, "published", figure, drawn) for figure in figures.FIGURES}


@pytest.fixture
def study_tree(repository: Tree, tmp_path: Path) -> Tree:
    """A tree with the published study's results and facts, free to be damaged."""
    for name in ("params.yaml", "requirements.lock"):
        shutil.copy(repository.root / name, tmp_path / name)
    for name in ("paper/published", "results/published"):
        shutil.copytree(repository.root / name, tmp_path / name)
    return Tree(tmp_path)
