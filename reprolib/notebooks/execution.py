"""One execution of a notebook: which cell is running, and how everything that can go wrong is told in a sentence."""

from __future__ import annotations

import contextlib
import logging
import re
import sys
import tempfile
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reprolib import files
from reprolib.errors import ReproError
from reprolib.params import Notebooks

SHIFT = "papermill adds a cell for the parameters given, so In[n] below is cell [n - 1] of the notebook."


@dataclass
class Execution:
    """One run of a notebook, to be executed once."""

    source: Any
    """The notebook, as a node."""
    label: str
    """What messages call it."""
    cwd: Path
    """Where its kernel works."""
    limits: Notebooks
    report: Path
    """Where the traceback of a failure goes."""
    report_label: str
    """What messages call that file."""
    running: str | None = None
    """The id of the cell that was started last."""

    def execute(self, parameters: Mapping[str, Any]) -> Any:
        """The executed notebook as a node.

        Raises:
            ReproError: The kernel did not start or died, a cell failed, took too long or left the notebook early.
        """
        with quick_imports():
            import papermill
        from reprolib.notebooks.kernel import manager

        # Its warnings become our errors; without a handler of its own, Python would print them as well.
        logging.getLogger("papermill").addHandler(logging.NullHandler())
        with tempfile.TemporaryDirectory(prefix="reprolib-") as name:
            complaints = Path(name) / "stderr"
            try:
                # A node in and a node out: papermill would expand braces in paths and save half-run copies.
                executed = papermill.execute_notebook(
                    self.source,
                    None,
                    parameters=dict(parameters),
                    kernel_name="python3",
                    language="python",
                    progress_bar=False,
                    start_timeout=self.limits.start_timeout_s,
                    execution_timeout=self.limits.cell_timeout_s,
                    iopub_timeout=self.limits.cell_timeout_s,
                    kernel_manager_class=manager(Path(name), complaints),
                    shutdown_kernel="immediate",
                    resources={"metadata": {"path": str(self.cwd)}},
                    on_cell_execute=self._note,
                )
            except (papermill.PapermillExecutionError, RuntimeError, TimeoutError) as error:
                trace = getattr(error, "traceback", None) or [str(error)]
                said = complaints.read_text(errors="replace") if complaints.exists() else ""
                files.write(self.report, plain("\n".join([SHIFT, "", *trace, said])) + "\n")
                raise ReproError(f"{self._told(error)}; the traceback is in {self.report_label}") from error
        self._complete(executed)
        return executed

    def _note(self, cell: Any, cell_index: int) -> None:
        self.running = cell.id

    def _told(self, error: Exception) -> str:
        """The failure as the beginning of a sentence."""
        from nbclient.exceptions import CellTimeoutError, DeadKernelError

        if self.running is None:
            limit = f"notebooks.start_timeout_s = {self.limits.start_timeout_s} s of params.yaml"
            return f"{self.label}: the kernel of {sys.executable} did not start within {limit} ({plain(str(error))})"
        where = f"{self.label}, cell {self._cell()}"
        if isinstance(error, CellTimeoutError):
            limit = f"notebooks.cell_timeout_s = {self.limits.cell_timeout_s} s of params.yaml"
            return f"{where} was stopped: it ran longer than {limit}; raise that limit or make the cell faster"
        if isinstance(error, DeadKernelError):
            return f"{where}: its kernel died, as when memory runs out or a library crashes"
        ename, evalue = getattr(error, "ename", type(error).__name__), getattr(error, "evalue", str(error))
        return f"{where} failed with {ename}: {textwrap.shorten(plain(evalue), 400)}"

    def _cell(self) -> str:
        ids = [cell.id for cell in self.source.cells if cell.cell_type == "code"]
        return f"[{ids.index(self.running) + 1}]" if self.running in ids else "of the parameters given"

    def _complete(self, executed: Any) -> None:
        """papermill takes `sys.exit()` in a cell for the good end of a run, though the cells below it never ran."""
        for cell in executed.cells:
            if any(output.output_type == "error" for output in cell.get("outputs", [])):
                self.running = cell.id
                raise ReproError(
                    f"{self.label}, cell {self._cell()} left the notebook early (sys.exit); "
                    "let every cell run to its end, or raise an exception"
                )


def plain(text: str) -> str:
    """`text` without the colours of a terminal."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text).strip()


@contextlib.contextmanager
def quick_imports() -> Iterator[None]:
    """Import papermill and nbformat in 0.6 s instead of 2.1 s (measured, bytecode on, 2 cores).

    The difference is one package: jsonschema (through nbformat) tries `rfc3987_syntax` for its check of the format
    `iri`, and that package compiles some 35 grammars at import. A None in `sys.modules` makes the import fail, which
    jsonschema foresees. No notebook schema uses the format.
    """
    name = "rfc3987_syntax"
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment] # the documented way to make an import fail
    try:
        yield
    finally:
        del sys.modules[name]
