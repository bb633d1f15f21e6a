"""`reprolib.laws` is usable alone: it brings in nothing else of the project, and nothing heavy."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import reprolib.laws

HEAVY = {"statsmodels", "scipy", "pandas", "matplotlib", "torch", "seaborn", "pydantic", "typer"}
A_WHOLE_FIT = """
from reprolib import laws
x = [1e10 * 2**i for i in range(12)]
y = [6 * xi**-0.11 * (1 + 0.01 * (-1) ** i) for i, xi in enumerate(x)]
for settings in ({}, {'bootstrap': 100, 'frontier': 'bins:5'}, {'by': ['a', 'b'] * 6, 'share': ['c']}, {'noise': y}):
    made = laws.fit(None, 'power', x, y, loss='log', **settings)
    assert laws.Fit.from_json(made.to_json()).summary() == made.summary()
made.forecast(*[1e14] * len(made.form.inputs))
"""


def loaded_after(statement: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after `statement`."""
    code = f"{statement}\nimport sys; print('\\n'.join(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def ours(modules: set[str]) -> set[str]:
    return {name for name in modules if name.split(".")[0] == "reprolib"}


@pytest.fixture(scope="module")
def after_import() -> set[str]:
    return loaded_after("import reprolib.laws")


@pytest.fixture(scope="module")
def after_fit() -> set[str]:
    return loaded_after(A_WHOLE_FIT)


def test_the_import_brings_in_nothing_else_of_the_project(after_import: set[str]) -> None:
    assert "reprolib.laws.fitting" in after_import
    assert {name for name in ours(after_import) if not f"{name}.".startswith("reprolib.laws.")} == {"reprolib"}


def test_the_import_waits_for_no_heavy_library(after_import: set[str]) -> None:
    assert "numpy" in after_import
    assert not after_import & HEAVY


def test_a_whole_fit_brings_in_nothing_else_of_the_project(after_fit: set[str]) -> None:
    assert {name for name in ours(after_fit) if not f"{name}.".startswith("reprolib.laws.")} == {"reprolib"}


def test_a_whole_fit_needs_of_scipy_its_special_functions_alone(after_fit: set[str]) -> None:
    assert not after_fit & (HEAVY - {"scipy"})
    public = {name.split(".")[1] for name in after_fit if name.startswith("scipy.") and "._" not in name}
    assert "special" in public
    assert not public & {"stats", "optimize", "sparse", "interpolate"}


def test_a_copy_of_the_folder_works_where_there_is_nothing_else(tmp_path: Path) -> None:
    """Beside an empty `reprolib/__init__.py`, as somebody would copy it into a project of theirs."""
    source = Path(reprolib.laws.__file__).parent
    shutil.copytree(source, tmp_path / "reprolib" / "laws", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "reprolib" / "__init__.py").write_text("")
    code = f"{A_WHOLE_FIT}\nprint(laws.__file__)\nprint(made.params['c'])"
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    place, slope = run.stdout.split()
    assert Path(place) == tmp_path / "reprolib" / "laws" / "__init__.py"
    assert abs(float(slope) + 0.11) < 0.01


def test_every_public_name_is_there_and_explained() -> None:
    for name in reprolib.laws.__all__:
        assert getattr(reprolib.laws, name).__doc__, name
