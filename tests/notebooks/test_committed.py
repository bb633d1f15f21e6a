"""The notebooks as they are committed: stripped, valid, thin."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from reprolib import params as settings
from reprolib.notebooks.execution import quick_imports
from reprolib.paths import Tree

with quick_imports():
    import nbformat

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
FAMILIES = sorted({item.family for item in settings.load(Tree(ROOT)).figures.values()})
each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code(path: Path) -> list[str]:
    return [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def test_there_is_one_notebook_for_each_family_and_four_to_compare_and_explore():
    assert sorted(path.stem for path in NOTEBOOKS) == sorted([*FAMILIES, "both_studies", "curation", "explore", "tuning"])


def test_stripping_changes_nothing():
    """The command of `make strip`: no outputs, no counts, no trace of a run, ids in order."""
    command = [sys.executable, "-m", "nbstripout", "--extra-keys", "metadata.language_info", "--verify"]
    done = subprocess.run([*command, *NOTEBOOKS], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@each
def test_saving_changes_nothing(path):
    """So that a diff shows what somebody changed, and never how a program formats."""
    text = path.read_text()
    assert nbformat.writes(nbformat.reads(text, as_version=4)) + "\n" == text


@each
def test_a_notebook_is_valid_and_names_the_kernel_that_everybody_has(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    assert [cell.id for cell in notebook.cells] == [str(n) for n in range(len(notebook.cells))]


@each
def test_a_notebook_is_thin(path):
    """At most thirty lines of code; it loads, calls and explains, and what it calls is tested as a module."""
    lines = [line for cell in code(path) for line in cell.splitlines() if line.strip()]
    assert len(lines) <= 30
    definitions = (ast.FunctionDef, ast.ClassDef, ast.For, ast.While)
    assert not [node for cell in code(path) for node in ast.walk(ast.parse(cell)) if isinstance(node, definitions)]


@each
def test_no_result_is_typed_into_a_notebook(path):
    """Numbers with a decimal point come from records."""
    for cell in nbformat.read(path, as_version=4).cells:
        assert not re.findall(r"\d\.\d", cell.source)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_default_figure_of_a_notebook_is_of_its_family(family):
    scope: dict[str, object] = {}
    exec(code(ROOT / "notebooks" / f"{family}.ipynb")[0], scope)
    item = settings.load(Tree(ROOT)).figures[f"{scope['study']}-{scope['figure']}"]
    assert item.family == family
    assert scope["out"] is None
