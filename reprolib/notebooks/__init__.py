"""Run the notebooks, strictly: papermill with the doubts taken out.

papermill alone draws a figure with defaults when a parameter is misspelt, leaves the output of a failed run behind,
calls a run that ended in `sys.exit()` a success, and starts whatever kernel is registered as `python3`. Here

* the notebook has one cell tagged `parameters`, made of lines `name = default`, and a run gives exactly those names,
  each of them: the defaults are for the reader who opens the notebook, no run relies on one silently;
* the kernel is this interpreter with this package on its path, in a profile of its own, working inside the tree;
* the limits of `params.notebooks` hold, and no kernel outlives its run;
* the executed copy appears in `build/notebooks/` only on success. A failure is told in one sentence (notebook, cell,
  exception) that names the file with the traceback.

Cells are counted as Jupyter numbers them when the committed notebook is run from top to bottom: [1] is the first code
cell. Nothing depends on an executed copy; it is for reading.

Reads `notebooks/<family>.ipynb`; `figure` writes `figN.{pdf,svg,png,json}` below `paper/figures/<study>/`.
Run: `reprolib figures published fig1`, or `dvc repro figures@published-fig1`.
"""

from __future__ import annotations

import ast
import contextlib
import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from reprolib import figures, files
from reprolib.errors import ReproError
from reprolib.notebooks.execution import Execution, quick_imports
from reprolib.params import Params
from reprolib.paths import Tree

SUFFIXES = ("pdf", "svg", "png", "json")
"""The files of a figure. The record (json) seals the hashes of the others, so it is moved last."""


def figure(tree: Tree, params: Params, study: str, figure: str) -> Path:
    """Draw one figure through the notebook of its family; returns its record, `paper/figures/<study>/<figure>.json`.

    The notebook draws into a temporary folder, and its four files are renamed into place once it has succeeded.

    Raises:
        ReproError: There is no such figure, or its notebook failed or did not draw all four files.
    """
    folder = tree.figures(study)
    build = tree.root / "build"
    listed = params.figures.get(f"{study}-{figure}")
    notebook = tree.notebooks / f"{(listed or figures.spec(figure)).family}.ipynb"
    with _told(f"draw {figure} into {folder}"):
        folder.mkdir(parents=True, exist_ok=True)
        build.mkdir(exist_ok=True)
        # In build/, so that the renames stay on one disk and a killed run leaves nothing that git or DVC would see.
        with tempfile.TemporaryDirectory(prefix=f"{study}-{figure}.", dir=build) as name:
            out = Path(name)
            parameters = {"study": study, "figure": figure, "out": str(out)}
            run(tree, params, notebook, parameters, build / "notebooks" / f"{study}-{figure}.ipynb")
            drawn = [f"{figure}.{suffix}" for suffix in SUFFIXES]
            missing = [file for file in drawn if not (out / file).is_file()]
            if missing:
                raise ReproError(
                    f"{_label(tree, notebook)} ran but did not draw {', '.join(missing)}; "
                    "it must call reprolib.figures.draw with its parameters study, figure and out"
                )
            for file in drawn:
                (out / file).replace(folder / file)
    return folder / f"{figure}.json"


def run(tree: Tree, params: Params, notebook: Path, parameters: Mapping[str, Any], output: Path | None = None) -> Path:
    """Execute `notebook` with `parameters` (plain Python values); returns the executed copy.

    The copy goes to `output`, by default `build/notebooks/<name>.ipynb`. After a failure there is no copy, and
    `<name>.traceback.txt` beside its place holds the traceback and what the kernel wrote to its standard error.

    Raises:
        ReproError: The notebook is missing or damaged, has no `parameters` cell, the parameters are not those it
            declares, a cell failed or took too long, or the kernel did not start or died.
    """
    label = _label(tree, notebook)
    output = output or tree.root / "build" / "notebooks" / notebook.name
    source = _read(notebook, label)
    _check(label, _declared(source, label), parameters)
    report = output.with_suffix(".traceback.txt")
    with _told(f"run {label}"):
        for stale in (output, report):
            stale.unlink(missing_ok=True)
        execution = Execution(source, label, tree.root, params.notebooks, report, _label(tree, report))
        executed = execution.execute(parameters)
    import nbformat

    files.write(output, nbformat.writes(executed) + "\n")  # type: ignore[no-untyped-call]
    return output


@contextlib.contextmanager
def _told(act: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ReproError(
            f"cannot {act}: {error}; check free space and permissions there, in build/ and in {tempfile.gettempdir()}, "
            "then run the command again"
        ) from error


def _label(tree: Tree, notebook: Path) -> str:
    root = tree.root.resolve()
    path = notebook.resolve()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(notebook)


def _read(notebook: Path, label: str) -> Any:
    with quick_imports():
        import nbformat
    text = files.read_text(notebook)
    try:
        # Without ids (before format 4.5) nbformat would warn and make them up, and cells could not be told apart.
        if not all("id" in cell for cell in json.loads(text)["cells"]):
            raise ReproError(f"{label} has cells without an id; save it once in JupyterLab, which gives them one")
        source = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
        nbformat.validate(source)
    except (ValueError, KeyError, TypeError, nbformat.ValidationError) as error:
        reason = f"{type(error).__name__}: {str(error).splitlines()[0]}"
        raise ReproError(f"{label} is not a notebook ({reason}); restore it with git") from error
    return source


def _declared(source: Any, label: str) -> list[str]:
    """The names in the parameters cell. papermill's own inspection skips lines that it cannot read; this refuses."""
    cells = [cell for cell in source.cells if "parameters" in cell.metadata.get("tags", [])]
    if len(cells) != 1 or cells[0].cell_type != "code":
        raise ReproError(
            f"{label} has {len(cells) or 'no'} cell{'s' * (len(cells) > 1)} tagged 'parameters'; "
            "give that tag to exactly one code cell, the one with the lines `name = default`"
        )
    try:
        lines = ast.parse(cells[0].source).body
        return [_name(line) for line in lines]
    except (SyntaxError, TypeError) as error:
        raise ReproError(
            f"{label}: the cell tagged 'parameters' may hold only lines `name = default`, but it does not ({error})"
        ) from error


def _name(line: ast.stmt) -> str:
    match line:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
            return name
    raise TypeError(f"line {line.lineno}: {ast.unparse(line)}")


def _check(label: str, declared: list[str], given: Mapping[str, Any]) -> None:
    unknown = [name for name in given if name not in declared]
    missing = [name for name in declared if name not in given]
    if unknown or missing:
        faults = [f"unknown: {', '.join(unknown)}"] * bool(unknown) + [f"missing: {', '.join(missing)}"] * bool(missing)
        raise ReproError(
            f"{label} was given the wrong parameters ({'; '.join(faults)}); "
            f"it takes exactly {', '.join(declared) or 'none'}"
        )
