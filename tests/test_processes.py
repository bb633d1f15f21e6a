"""Workers do not outlive the process that started them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SCRIPT = """
import multiprocessing, os, pathlib, sys, time
from concurrent.futures import ProcessPoolExecutor
from reprolib import processes

def work(path):
    pathlib.Path(path).write_text(str(os.getpid()))
    time.sleep(600)

if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context, initializer=processes.end_with_parent) as pool:
        pool.submit(work, sys.argv[1]).result()
"""


def test_a_worker_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    told = tmp_path / "worker"
    parent = subprocess.Popen([sys.executable, tmp_path / "script.py", told])
    worker = int(soon(lambda: told.read_text() if told.exists() else ""))
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    soon(lambda: not alive(worker))


def soon(asked: Callable[[], Any]) -> Any:
    """What it returns once that is true."""
    for _ in range(600):
        if found := asked():
            return found
        time.sleep(0.1)
    pytest.fail("a minute has passed")


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return "State:\tZ" not in Path(f"/proc/{process}/status").read_text()
