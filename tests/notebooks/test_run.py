"""The strict runner, on toy notebooks with real kernels."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from reprolib import notebooks
from reprolib.errors import ReproError
from reprolib.notebooks.execution import quick_imports
from reprolib.params import Params
from reprolib.paths import Tree

with quick_imports():
    import nbformat

PID = "import os, pathlib\npathlib.Path(mark).write_text(str(os.getpid()))"


def limits(params: Params, **seconds: int) -> Params:
    return params.model_copy(update={"notebooks": params.notebooks.model_copy(update=seconds)})


def files_of(tree: Tree) -> list[str]:
    return sorted(path.name for path in (tree.root / "build").rglob("*") if path.is_file())


def printed(executed: Path) -> str:
    cells = nbformat.read(executed, as_version=4).cells
    return "".join(out.text for cell in cells for out in cell.get("outputs", []) if out.output_type == "stream")


def gone(pid: int, seconds: float) -> bool:
    """Whether the process ends within so many seconds; a zombie has ended."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


def test_parameters_arrive_as_python_objects_and_the_copy_lands_in_build(tree, params, make):
    """`1e-4` as text stays text: nothing passes through YAML on the way."""
    notebook = make("rate = None\ngrid = None\nlabel: str = ''", "print(repr((rate, grid, label)))")
    given = {"rate": 1e-4, "grid": {"a": [1, None, True]}, "label": "1e-4"}
    executed = notebooks.run(tree, params, notebook, given)
    assert executed == tree.root / "build" / "notebooks" / "toy.ipynb"
    assert printed(executed) == "(0.0001, {'a': [1, None, True]}, '1e-4')\n"
    assert files_of(tree) == ["toy.ipynb"]


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"study": "toy", "figure": "fig1", "fgure": "fig2"}, "unknown: fgure"),
        ({"study": "toy"}, "missing: figure"),
        ({"study": "toy", "fgure": "fig2"}, "unknown: fgure; missing: figure"),
        ({}, "missing: study, figure"),
    ],
)
def test_wrong_parameters_are_refused_with_the_right_ones(tree, params, make, given, fault):
    """Also a parameter that has a default: a run must not draw something else than it was asked for."""
    notebook = make("study = 'published'\nfigure = 'fig1'", "print(study)")
    with pytest.raises(ReproError) as caught:
        notebooks.run(tree, params, notebook, given)
    assert str(caught.value) == (
        f"notebooks/toy.ipynb was given the wrong parameters ({fault}); it takes exactly study, figure"
    )
    assert not (tree.root / "build").exists()


@pytest.mark.parametrize(("tags", "count"), [(0, "no cell tagged"), (2, "2 cells tagged")])
def test_a_notebook_needs_exactly_one_parameters_cell(tree, params, make, tags, count):
    with pytest.raises(ReproError, match=count):
        notebooks.run(tree, params, make("a = 1", "b = 2", tags=tags), {"a": 1})


@pytest.mark.parametrize("source", ["a = 1\nprint(a)", "a: int", "a = b = 1", "%matplotlib inline", "a, b = 1, 2"])
def test_a_parameters_cell_of_anything_but_assignments_is_refused(tree, params, make, source):
    with pytest.raises(ReproError, match="may hold only lines `name = default`"):
        notebooks.run(tree, params, make(source), {"a": 1})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("not json", "is not a notebook"),
        ("[]", "is not a notebook"),
        ('{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"id": "a"}]}', "is not a notebook"),
        ('{"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [{"cell_type": "raw"}]}', "without an id"),
    ],
)
def test_a_damaged_notebook_is_named(tree, params, text, words):
    path = tree.root / "toy.ipynb"
    path.write_text(text)
    with pytest.raises(ReproError, match=f"^toy.ipynb .*{words}"):
        notebooks.run(tree, params, path, {})


def test_a_missing_notebook_is_named(tree, params):
    with pytest.raises(ReproError, match=r"cannot read .*nowhere\.ipynb"):
        notebooks.run(tree, params, tree.root / "nowhere.ipynb", {})


def test_a_failed_run_leaves_the_traceback_and_no_notebook_not_even_an_older_one(tree, params, make, capfd):
    executed = notebooks.run(tree, params, make("a = 1", "print(a)"), {"a": 1})
    broken = make("a = 1", "print(a)", "import os\nos.write(2, b'a library said so')\nint('x\\n' * a)")
    with pytest.raises(ReproError) as caught:
        notebooks.run(tree, params, broken, {"a": 2})
    assert str(caught.value) == (
        "notebooks/toy.ipynb, cell [3] failed with ValueError: "
        "invalid literal for int() with base 10: 'x\\nx\\n'; the traceback is in build/notebooks/toy.traceback.txt"
    )
    assert not executed.exists()
    assert files_of(tree) == ["toy.traceback.txt"]
    traceback = executed.with_name("toy.traceback.txt").read_text()
    assert "----> 3 int('x\\n' * a)" in traceback
    assert "\x1b" not in traceback
    assert capfd.readouterr() == ("", "")


def test_a_good_run_removes_the_traceback_of_a_failed_one(tree, params, make):
    with pytest.raises(ReproError):
        notebooks.run(tree, params, make("a = 1", "a / 0"), {"a": 1})
    notebooks.run(tree, params, make("a = 1", "a / 1"), {"a": 1})
    assert files_of(tree) == ["toy.ipynb"]


def test_leaving_a_notebook_early_is_no_success(tree, params, make):
    """papermill itself returns 0 here, with the cells below not run."""
    with pytest.raises(ReproError, match=r"cell \[2\] left the notebook early"):
        notebooks.run(tree, params, make("a = 1", "import sys\nsys.exit()", "print('never')"), {"a": 1})
    assert files_of(tree) == []


def test_a_cell_that_takes_too_long_is_stopped_and_its_kernel_is_gone(tree, params, make, capfd):
    notebook = make("mark = ''", PID, "import time\ntime.sleep(600)")
    mark = tree.root / "pid"
    start = time.monotonic()
    with pytest.raises(ReproError, match=r"cell \[3\] was stopped: .*notebooks\.cell_timeout_s = 2 s of params\.yaml"):
        notebooks.run(tree, limits(params, cell_timeout_s=2), notebook, {"mark": str(mark)})
    assert time.monotonic() - start < 30
    assert gone(int(mark.read_text()), seconds=2)
    assert files_of(tree) == ["toy.traceback.txt"]
    assert capfd.readouterr() == ("", "")


def test_a_failure_is_told_by_the_error_alone(tree, make):
    """In a process of its own, because pytest takes the log records that Python would print."""
    notebook = make("a = 1", "import time\ntime.sleep(600)")
    script = (
        "import sys\nfrom pathlib import Path\nfrom reprolib import errors, notebooks, params, paths\n"
        "tree = paths.Tree(Path(sys.argv[1]))\nsettings = params.load(tree)\n"
        "limits = settings.notebooks.model_copy(update={'cell_timeout_s': 1})\n"
        "settings = settings.model_copy(update={'notebooks': limits})\n"
        "try:\n    notebooks.run(tree, settings, Path(sys.argv[2]), {'a': 1})\n"
        "except errors.ReproError:\n    print('told')\n"
    )
    command = [sys.executable, "-W", "error", "-c", script, tree.root, notebook]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("told\n", "")


def test_a_kernel_that_does_not_start_in_time_is_told(tree, params, make, tmp_path, monkeypatch):
    """Python imports `sitecustomize` before anything else, here one that sleeps; only the kernel sees it."""
    mark = tmp_path / "pid"
    slow = f"import os, pathlib, time\npathlib.Path({str(mark)!r}).write_text(str(os.getpid()))\ntime.sleep(600)"
    (tmp_path / "sitecustomize.py").write_text(slow)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(ReproError, match=r"did not start within notebooks\.start_timeout_s = 1 s of params\.yaml"):
        notebooks.run(tree, limits(params, start_timeout_s=1), make("a = 1"), {"a": 1})
    assert gone(int(mark.read_text()), seconds=2)
    assert files_of(tree) == ["toy.traceback.txt"]


def test_a_kernel_that_dies_at_start_shows_why_in_the_traceback_file(tree, params, make, tmp_path, monkeypatch):
    (tmp_path / "ipykernel_launcher.py").write_text("raise SystemExit('no kernel today')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(ReproError, match=r"did not start within .*died.* traceback is in"):
        notebooks.run(tree, params, make("a = 1"), {"a": 1})
    assert "no kernel today" in (tree.root / "build" / "notebooks" / "toy.traceback.txt").read_text()


def test_a_kernel_that_dies_in_a_cell_is_told_with_the_cell(tree, params, make):
    with pytest.raises(ReproError, match=r"cell \[2\]: its kernel died"):
        notebooks.run(tree, params, make("a = 1", "import os\nos._exit(3)"), {"a": 1})
    assert files_of(tree) == ["toy.traceback.txt"]


def test_no_kernel_outlives_a_killed_run(tree, make):
    """`kill -9` on the runner: the kernel sees that its parent is gone, even in the middle of a cell."""
    notebook = make("mark = ''", PID, "import time\ntime.sleep(600)")
    mark = tree.root / "pid"
    script = (
        "import sys\nfrom pathlib import Path\nfrom reprolib import notebooks, params, paths\n"
        "tree = paths.Tree(Path(sys.argv[1]))\n"
        "notebooks.run(tree, params.load(tree), Path(sys.argv[2]), {'mark': sys.argv[3]})\n"
    )
    runner = subprocess.Popen([sys.executable, "-c", script, tree.root, notebook, mark])
    try:
        end = time.monotonic() + 60
        while not (mark.exists() and mark.read_text()) and time.monotonic() < end:
            time.sleep(0.05)
    finally:
        runner.send_signal(signal.SIGKILL)
        runner.wait()
    assert gone(int(mark.read_text()), seconds=20)
    assert not (tree.root / "build" / "notebooks").exists()


def test_the_kernel_is_this_interpreter_whatever_python_is_on_path(tree, params, make, tmp_path, monkeypatch):
    """A wrong `python3` on PATH and a wrong kernel `python3` among the user's are both passed over."""
    for name in ("python", "python3"):
        fake = tmp_path / "bin" / name
        fake.parent.mkdir(exist_ok=True)
        fake.write_text("#!/bin/sh\nexit 7\n")
        fake.chmod(0o755)
    spec = tmp_path / "jupyter" / "kernels" / "python3" / "kernel.json"
    spec.parent.mkdir(parents=True)
    spec.write_text(
        json.dumps({"argv": [str(fake), "{connection_file}"], "display_name": "wrong", "language": "python"})
    )
    monkeypatch.setenv("PATH", f"{fake.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    executed = notebooks.run(tree, params, make("a = 1", "import sys\nprint(sys.executable)"), {"a": 1})
    assert printed(executed).strip() == sys.executable


def test_the_kernel_works_in_the_tree_with_this_package_and_bytecode_on(tree, params, make, monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    source = (
        "import sys, reprolib\nfrom reprolib import paths\n"
        "print(paths.find().root, reprolib.__file__, sys.dont_write_bytecode, '/elsewhere' in sys.path, sep='\\n')"
    )
    executed = notebooks.run(tree, params, make("a = 1", source), {"a": 1})
    expected = [str(tree.root.resolve()), str(Path(notebooks.__file__).parents[1] / "__init__.py"), "False", "True"]
    assert printed(executed).splitlines() == expected


def test_a_long_temporary_path_is_no_obstacle(tree, params, make, tmp_path, monkeypatch):
    """The path of a socket may have some hundred characters only."""
    long = tmp_path / ("long" * 30)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    assert printed(notebooks.run(tree, params, make("a = 1", "print(a)"), {"a": 2})) == "2\n"


def test_the_readers_ipython_start_up_files_do_not_run(tree, params, make, tmp_path, monkeypatch):
    startup = tmp_path / "profile_default" / "startup" / "mine.py"
    startup.parent.mkdir(parents=True)
    startup.write_text("mine = True")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    executed = notebooks.run(tree, params, make("a = 1", "print('mine' in globals())"), {"a": 1})
    assert printed(executed) == "False\n"


def test_an_output_that_cannot_be_written_is_told(tree, params, make):
    (tree.root / "build").write_text("a file where the folder should be")
    with pytest.raises(ReproError, match=r"cannot .*build.*permissions"):
        notebooks.run(tree, params, make("a = 1"), {"a": 1})


def test_papermill_is_imported_without_its_slowest_dependency():
    """Measured: 0.6 s instead of 2.1 s. A real user of `rfc3987_syntax` can still import it afterwards."""
    script = (
        "import sys\nfrom reprolib.notebooks.execution import quick_imports\n"
        "with quick_imports():\n    import papermill\n"
        "assert 'rfc3987_syntax' not in sys.modules and 'lark' not in sys.modules\n"
        "import importlib.util\nassert importlib.util.find_spec('rfc3987_syntax')\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", script], check=True)
