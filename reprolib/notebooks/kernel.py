"""The kernel of a notebook run: this very interpreter, in a profile of its own, gone when the run is over."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

import reprolib


def manager(folder: Path, complaints: Path) -> type[AsyncKernelManager]:
    """A manager class that starts `sys.executable`, whatever `python3` is on PATH or among the user's kernels.

    `folder` (temporary) holds the connection file and the sockets, which are files: ports could be taken by another
    run that starts at the same moment. It also is the kernel's IPython profile, so the user's start-up files do not
    run. `complaints` takes the kernel's standard error.
    """
    connection = str(folder / "kernel.json")
    # A socket's path may have 103 characters on macOS, 107 on Linux; where TMPDIR is long, ports must do.
    transport = "ipc" if len(connection) < 90 else "tcp"

    class ProjectKernel(AsyncKernelManager):
        kernel_spec = KernelSpec(
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            display_name="Python of this project",
            language="python",
        )

        def __init__(self, **traits: Any) -> None:
            super().__init__(transport=transport, connection_file=connection, **traits)

        async def start_kernel(self, **options: Any) -> None:  # type: ignore[override] # as in its own parent
            with complaints.open("wb") as stream:
                await super().start_kernel(env=_environment(folder), stderr=stream, **options)

    return ProjectKernel


def _environment(profile: Path) -> dict[str, str]:
    """The kernel's environment: this package first on its path, so that a clone runs its own code, and bytecode on.

    Containers often set PYTHONDONTWRITEBYTECODE, which makes each kernel compile again all that it imports.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    package = str(Path(reprolib.__file__).parent.parent)
    path = [package, *filter(None, [environment.get("PYTHONPATH")])]
    return {**environment, "PYTHONPATH": os.pathsep.join(path), "IPYTHONDIR": str(profile / "ipython")}
