"""`reprolib` as a process of its own, as a user starts it, and what is asked of a refusal."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

Here = Callable[..., tuple[int, str, str]]
"""`reprolib` in the process of the test: (folder, words) to exit code, stdout, stderr."""

CHECKOUT = Path(__file__).resolve().parents[2]


def run(folder: Path, *words: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    """`reprolib WORDS`, run in `folder` with the code of this checkout."""
    return subprocess.run(
        [sys.executable, "-m", "reprolib", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """The one sentence with which bad input is refused; anything else fails the test."""
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stderr.startswith("reprolib: "), done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stdout == ""
    return done.stderr.removeprefix("reprolib: ").rstrip("\n")
