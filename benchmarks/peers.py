"""What the benchmarks share: an environment for the peer, made for the occasion, and what a process costs.

The environment is a venv with the pinned packages in front and those of the running Python behind them. So a peer gets
the versions it works with, and otherwise the same torch, torchvision and Pillow as ours. It is thrown away after, or
kept and used again where `--environment FOLDER` says so. Standard library only, because the peers import this too.
"""

# ruff: noqa: T201 # a benchmark prints
from __future__ import annotations

import argparse
import contextlib
import gc
import importlib.metadata
import os
import platform
import re
import resource
import subprocess
import sys
import sysconfig
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ALIKE = {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
"""What both sides find in their environment: one thread for tensors, and no GPU."""


@dataclass(frozen=True)
class Cost:
    """Of a process and all that it started, or of one sample."""

    cpu: float
    """Seconds of user and system time, all threads."""
    wall: float
    """Seconds that passed."""

    def beyond(self, other: Cost, samples: int) -> Cost:
        """What each of `samples` more costs than `other`: start-up cancels."""
        return Cost((self.cpu - other.cpu) / samples, (self.wall - other.wall) / samples)


class FailedError(Exception):
    """A process failed; the message is the first error that it printed."""


def kept(description: str) -> Path | None:
    """The folder that `--environment` names for the peers' environments, if any."""
    options = argparse.ArgumentParser(description=description.partition("\n")[0])
    options.add_argument("--environment", metavar="FOLDER", type=Path, help="keep the peer's environment here")
    folder: Path | None = options.parse_args().environment
    return folder and folder.absolute()


@contextlib.contextmanager
def environment(name: str, pins: Sequence[str], folder: Path | None) -> Iterator[str]:
    """The Python of an environment with `pins`, in `folder`/`name`, or in a temporary folder if that is None."""
    with contextlib.ExitStack() as stack:
        made = folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="peers-")))
        yield str(_made(made / name, pins))


def _made(folder: Path, pins: Sequence[str]) -> Path:
    python, done = folder / "bin" / "python", folder / "pins.txt"
    wanted = "\n".join([sys.version, *pins])
    if not done.is_file() or done.read_text() != wanted:
        print(f"installing {', '.join(pins)} into {folder}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*install, *pins], check=True)
        ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
        packages = subprocess.run([python, "-c", ask], check=True, capture_output=True, text=True).stdout.strip()
        # Only now, or pip would take what lies behind for installed here, and remove it.
        behind = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
        Path(packages, "behind.pth").write_text("\n".join(sorted(behind)))
        done.write_text(wanted)
    return python


def cost(command: Sequence[str], folder: Path) -> Cost:
    """Run `command` in `folder` to its end.

    Raises:
        FailedError: It failed.
    """
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **ALIKE},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        errors = re.findall(r"^(?:\[rank\d+\]: )?(\w+Error: .*)", done.stdout, re.MULTILINE)
        raise FailedError(textwrap.shorten(errors[0], 120, placeholder=" …") if errors else done.stdout[-2000:])
    return Cost(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, wall)


def best(work: Callable[[], object], repeats: int) -> float:
    """CPU seconds of the cheapest of `repeats` calls in this process."""
    found = []
    for _ in range(repeats):
        gc.collect()
        started = time.process_time()
        work()
        found.append(time.process_time() - started)
    return min(found)


def machine(*packages: str) -> str:
    """What a benchmark ran on, in a sentence."""
    versions = ", ".join(f"{each} {importlib.metadata.version(each)}" for each in packages)
    return f"Python {platform.python_version()}, {versions}, {os.cpu_count()} processors ({platform.machine()})."


def table(rows: Sequence[Sequence[str]]) -> str:
    """Markdown; the first row holds the heads."""
    head, *rest = (f"| {' | '.join(row)} |\n" for row in rows)
    return head + f"|{' --- |' * len(rows[0])}\n" + "".join(rest)
