"""Atomic writes, content hashes and strict JSON."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from reprolib import files
from reprolib.errors import ReproError


def test_a_write_replaces_the_whole_file(tmp_path: Path) -> None:
    target = tmp_path / "new" / "a.txt"
    files.write(target, "long text")
    files.write(target, "short")
    assert target.read_text() == "short"
    assert [p.name for p in target.parent.iterdir()] == ["a.txt"]


def test_a_written_file_is_readable_by_others(tmp_path: Path) -> None:
    files.write(tmp_path / "a", b"x")
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o644


def test_a_write_below_a_file_is_one_sentence_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ReproError, match=r"cannot write .*file/a: .*; check the path"):
        files.write(tmp_path / "file" / "a", "x")


def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    """A real ENOSPC: a process whose files may not grow past 4 KiB cannot finish the write."""
    script = (
        "import resource, signal, sys, errno, os\n"
        "from pathlib import Path\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "from reprolib import files\n"
        "from reprolib.errors import ReproError\n"
        "try:\n    files.write(Path(sys.argv[1]), b'x' * 100_000)\n"
        "except ReproError as error:\n    print(error); sys.exit(2)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "big")], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2, done.stderr
    assert done.stdout.startswith("cannot write ")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "a"
    files.write(target, "old")

    def refuse(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(ReproError, match="No space left on device; free some space"):
        files.write(target, "new")
    assert target.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_json_refuses_what_is_not_a_number(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        files.write_json(tmp_path / "a.json", {"a": float("nan")})
    assert not (tmp_path / "a.json").exists()


def test_broken_json_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{\n "a": }')
    with pytest.raises(ReproError, match=r"a\.json is not JSON \(line 2"):
        files.read_json(tmp_path / "a.json")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReproError, match=r"cannot read .*gone\.json: No such file"):
        files.read_json(tmp_path / "gone.json")


def test_a_folder_hash_sees_content_and_names_but_not_bytecode(tmp_path: Path) -> None:
    folder = tmp_path / "f"
    files.write(folder / "a", "1")
    first = files.sha256(folder)
    files.write(folder / "__pycache__" / "a.pyc", "x")
    assert files.sha256(folder) == first
    (folder / "a").rename(folder / "b")
    assert files.sha256(folder) != first


def test_a_staged_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    folder = tmp_path / "records"
    with files.staged(folder) as stage:
        files.write(stage / "a", "1")
        assert not folder.exists()
    with pytest.raises(ZeroDivisionError), files.staged(folder) as stage:  # the block is what is tested
        files.write(stage / "b", str(1 / 0))
    assert [p.name for p in folder.iterdir()] == ["a"]
    assert [p.name for p in tmp_path.iterdir()] == ["records"]


def test_a_staged_folder_replaces_stale_files(tmp_path: Path) -> None:
    folder = tmp_path / "records"
    files.write(folder / "stale", "1")
    with files.staged(folder) as stage:
        files.write(stage / "fresh", "2")
    assert [p.name for p in folder.iterdir()] == ["fresh"]


def test_parts_are_written_one_after_the_other_and_all_or_nothing(tmp_path: Path) -> None:
    path = tmp_path / "parts"
    files.write_parts(path, [b"one ", memoryview(b"two three")[:3]])
    assert path.read_bytes() == b"one two"

    def failing() -> Iterator[bytes]:
        yield b"half"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        files.write_parts(path, failing())
    assert path.read_bytes() == b"one two"
    assert list(tmp_path.iterdir()) == [path]
