"""A toy tree with a maker of small notebooks, and a copy of the real one."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from reprolib import params as settings
from reprolib.notebooks.execution import quick_imports
from reprolib.params import Params
from reprolib.paths import Tree

with quick_imports():
    import nbformat

Make = Callable[..., Path]


@pytest.fixture
def tree(tmp_path: Path, repository: Tree) -> Tree:
    """An empty checkout."""
    root = tmp_path / "checkout"
    root.mkdir()
    (root / "dvc.yaml").touch()
    (root / "params.yaml").write_bytes(repository.params.read_bytes())
    return Tree(root)


@pytest.fixture
def params(tree: Tree) -> Params:
    return settings.load(tree)


@pytest.fixture
def make(tree: Tree) -> Make:
    """Write a notebook of code cells into the tree; the first one is tagged `parameters`."""

    def write(*sources: str, name: str = "toy", tags: int = 1) -> Path:
        cells = [nbformat.v4.new_code_cell(source, id=f"cell-{n}") for n, source in enumerate(sources)]
        for cell in cells[:tags]:
            cell.metadata["tags"] = ["parameters"]
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("A title.", id="title"), *cells])
        path = tree.notebooks / f"{name}.ipynb"
        path.parent.mkdir(exist_ok=True)
        nbformat.write(notebook, path)
        return path

    return write


@pytest.fixture
def copy(tmp_path: Path, repository: Tree) -> Tree:
    """What a figure is drawn from, without the code: the notebooks must use that of this checkout."""
    root = tmp_path / "copy"
    for name in ("paper/published", "results", "notebooks"):
        shutil.copytree(repository.root / name, root / name)
    for name in ("dvc.yaml", "params.yaml", "requirements.lock"):
        shutil.copy(repository.root / name, root / name)
    return Tree(root)


@pytest.fixture
def real(repository: Tree) -> Params:
    return settings.load(repository)
