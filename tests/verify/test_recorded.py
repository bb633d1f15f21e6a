"""dvc.lock is held against the files by DVC's own hashes: what `dvc status` calls changed is told, and nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest

from reprolib.errors import ReproError
from reprolib.paths import Tree
from reprolib.verify import recorded

PIPELINE = """
stages:
  make:
    cmd: mkdir -p out/deep && cat facts/a.csv > out/deep/b.json && cat facts/a.csv > c.json
    deps: [facts]
    params: [fit]
    outs:
      - out: {cache: false}
      - c.json: {cache: false}
  verify:
    cmd: cat out/deep/b.json > report.html
    deps: [out, claims]
    outs:
      - report.html: {cache: false}
  each:
    foreach: [one, two]
    do:
      cmd: echo ${item} > ${item}.txt
      outs: ["${item}.txt"]
  named:
    foreach:
      a: {file: a.txt, text: first}
    do:
      cmd: echo ${item.text} ${key} > ${item.file}
      outs: ["${item.file}"]
"""


def dvc(root: Path, *arguments: str) -> str:
    """Run DVC in `root`."""
    command = [sys.executable, "-m", "dvc", *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=True, timeout=120).stdout


@pytest.fixture(scope="module")
def reproduced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pipeline that DVC has just run, with an ignored file in a dependency."""
    root = tmp_path_factory.mktemp("pipeline")
    (root / "facts").mkdir()
    (root / "facts" / "a.csv").write_text("x,y\n1,2\n3,4\n")
    (root / "facts" / "é b.csv").write_text("x\n")
    (root / "claims").write_text("tolerance: 1\n")
    (root / ".dvcignore").write_text("__pycache__\n*.pyc\n")
    (root / "params.yaml").write_text("fit: {bins: 5, margin: 1e-1}\nother: 1\n")
    (root / "dvc.yaml").write_text(PIPELINE)
    dvc(root, "init", "--no-scm", "-q")
    dvc(root, "repro", "-q")
    (root / "facts" / "__pycache__").mkdir()
    (root / "facts" / "__pycache__" / "a.pyc").write_text("ignored")
    return root


def restored(path: Path, text: str) -> str:
    """Write `text` to `path` and give what stood there."""
    before = path.read_text()
    path.write_text(text)
    return before


def test_after_a_run_nothing_has_changed_for_dvc_and_for_us(reproduced: Path) -> None:
    assert "up to date" in dvc(reproduced, "status")
    assert recorded.changes(Tree(reproduced)) == []


@pytest.mark.parametrize("name", ["facts/a.csv", "out/deep/b.json", "c.json"])
def test_a_changed_file_is_told_by_the_name_that_dvc_recorded(reproduced: Path, name: str) -> None:
    before = restored(reproduced / name, "x,y\n1,2\n3,5\n")
    try:
        (told,) = recorded.changes(Tree(reproduced))
        assert told.startswith(f"{name.split('/')[0]} is not what stage 'make' recorded in dvc.lock")
    finally:
        (reproduced / name).write_text(before)
    assert recorded.changes(Tree(reproduced)) == []


def test_a_changed_setting_is_told_and_one_that_no_stage_reads_is_not(reproduced: Path) -> None:
    before = restored(reproduced / "params.yaml", "fit: {bins: 6, margin: 0.1}\nother: 2\n")
    try:
        assert recorded.changes(Tree(reproduced)) == ["params.yaml: fit is not what stage 'make' recorded in dvc.lock"]
    finally:
        (reproduced / "params.yaml").write_text(before)


def test_the_report_that_verification_writes_is_not_held_against_it(reproduced: Path) -> None:
    (reproduced / "report.html").write_text("a later report")
    assert recorded.changes(Tree(reproduced)) == []


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("size: 12", "size: 13", "c.json is not what stage 'make' recorded in dvc.lock"),
        ("cmd: cat out", "cmd: cat in", "the command of stage 'verify' is not what dvc.lock recorded"),
        ("  make:", "  made:", "stage 'make' of dvc.yaml has no entry in dvc.lock"),
    ],
)
def test_a_changed_lock_is_told(reproduced: Path, old: str, new: str, sentence: str) -> None:
    lock = reproduced / "dvc.lock"
    assert old in lock.read_text()
    before = restored(lock, lock.read_text().replace(old, new, 1))
    try:
        assert any(told.startswith(sentence) for told in recorded.changes(Tree(reproduced)))
    finally:
        lock.write_text(before)


@pytest.mark.parametrize("text", ["", "stages: [", "- 1\n", "stages: {make: 1}\n"])
def test_a_lock_that_cannot_be_read_is_one_sentence(reproduced: Path, text: str) -> None:
    before = restored(reproduced / "dvc.lock", text)
    try:
        with pytest.raises(ReproError, match=r"dvc\.lock .*restore"):
            recorded.changes(Tree(reproduced))
    finally:
        (reproduced / "dvc.lock").write_text(before)


def test_what_the_verification_reads_is_held_to_the_lock_unless_dvc_runs_it_just_now(
    reproduced: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = restored(reproduced / "claims", "tolerance: 9\n")
    try:
        assert recorded.changes(Tree(reproduced)) == ["claims is not what stage 'verify' recorded in dvc.lock"]
        monkeypatch.setenv("DVC_STAGE", "verify")
        assert recorded.changes(Tree(reproduced)) == []
    finally:
        (reproduced / "claims").write_text(before)


def test_without_a_lock_nothing_is_recorded(tmp_path: Path) -> None:
    (told,) = recorded.changes(Tree(tmp_path))
    assert "dvc.lock is missing" in told


def test_git_tells_the_changed_line(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=n", "-c", "user.email=e@example.org"]
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True, timeout=60)

    (tmp_path / "a.csv").write_text("x,y\n1,2\n3,4\n")
    git("init", "-q")
    git("add", "a.csv")
    git("commit", "-q", "-m", "facts")
    (tmp_path / "a.csv").write_text("x,y\n1,2\n3,5\n")
    assert recorded.edited(tmp_path, "a.csv") == "a.csv line 3 is now '3,5'"
    assert recorded.edited(tmp_path, "b.csv") == ""
    (tmp_path / "a.csv").write_bytes(b"x,y\n1,2\n3,\xff\n")
    assert recorded.edited(tmp_path, "a.csv").startswith("a.csv line 3 is now")
