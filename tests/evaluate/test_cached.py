"""A table is made once, by one process, and is whole or absent."""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from reprolib.errors import ReproError
from reprolib.evaluate import cached

KEY = {"of": "a test"}
WORKER = """
import sys, time
from pathlib import Path
import numpy as np
from reprolib.evaluate import cached

folder, seconds = Path(sys.argv[1]), float(sys.argv[2])

def make(path):
    np.save(path, np.arange(3))
    with (folder / "made").open("a") as stream:
        stream.write("once\\n")
    time.sleep(seconds)

cached.table(folder / "cache", {"of": "a test"}, make)
"""


def worker(folder: Path, seconds: float) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", WORKER, str(folder), str(seconds)])


def test_a_table_is_made_once_and_mapped(tmp_path: Path) -> None:
    made = []

    def make(path: Path) -> None:
        made.append(path)
        np.save(path, np.arange(3))

    for _ in range(2):
        table = cached.table(tmp_path, KEY, make)
        assert isinstance(table, np.memmap)
        assert table.tolist() == [0, 1, 2]
        assert not table.flags.writeable
    assert len(made) == 1
    assert cached.table(tmp_path, {"of": "another"}, make).tolist() == [0, 1, 2]
    assert len(made) == 2


def test_a_killed_process_leaves_no_table_and_holds_nobody_up(tmp_path: Path) -> None:
    with worker(tmp_path, 60) as child:
        deadline = time.monotonic() + 30
        while not (tmp_path / "made").exists():
            assert time.monotonic() < deadline
            assert child.poll() is None
            time.sleep(0.01)
        child.kill()
    assert not list((tmp_path / "cache").glob("[!.]*/table.npy"))
    assert cached.table(tmp_path / "cache", KEY, lambda path: np.save(path, np.arange(5))).tolist() == [0, 1, 2, 3, 4]
    assert [path.suffix for path in (tmp_path / "cache").iterdir()] == [""], "a lock or half a table is left"


def test_of_several_processes_one_makes_the_table_and_the_others_wait(tmp_path: Path) -> None:
    children = [worker(tmp_path, 0.3) for _ in range(3)]
    assert [child.wait(30) for child in children] == [0, 0, 0]
    assert (tmp_path / "made").read_text() == "once\n"


def test_a_table_that_was_cut_short_is_refused(tmp_path: Path) -> None:
    cached.table(tmp_path, KEY, lambda path: np.save(path, np.arange(100)))
    (path,) = tmp_path.glob("*/table.npy")
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ReproError, match="delete"):
        cached.table(tmp_path, KEY, lambda path: np.save(path, np.arange(100)))
