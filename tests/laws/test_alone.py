"""`reprolib.laws` is usable alone: it brings in nothing else of the project, and nothing heavy before a fit."""

import subprocess
import sys

import reprolib.laws


def loaded_after(statement: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after `statement`."""
    code = f"{statement}; import sys; print('\\n'.join(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_the_import_brings_in_nothing_else_of_the_project() -> None:
    ours = {name for name in loaded_after("import reprolib.laws") if name.split(".")[0] == "reprolib"}
    assert ours == {"reprolib", "reprolib.laws"} | {
        f"reprolib.laws.{part}" for part in ("checks", "frontiers", "powerlaw")
    }


def test_the_import_waits_for_no_heavy_library() -> None:
    assert not loaded_after("import reprolib.laws") & {"statsmodels", "scipy", "pandas", "matplotlib", "torch"}


def test_a_whole_fit_brings_in_nothing_else_of_the_project() -> None:
    fit = "from reprolib import laws; laws.fit_power([1, 2, 4], [3, 2, 1])"
    ours = {name for name in loaded_after(fit) if name.split(".")[0] == "reprolib"}
    assert all(name == "reprolib" or name.startswith("reprolib.laws") for name in ours)


def test_every_public_name_is_there_and_explained() -> None:
    for name in reprolib.laws.__all__:
        assert getattr(reprolib.laws, name).__doc__, name
