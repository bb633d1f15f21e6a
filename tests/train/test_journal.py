"""metrics.jsonl reads as if the run had never stopped."""

from pathlib import Path

from reprolib.train import journal
from reprolib.train.journal import Journal


def write(folder: Path, first: int, last: int) -> None:
    with Journal(folder, "run", 100) as log:
        for step in range(first, last):
            log.step(step=step, samples=step, loss=1.0, learning_rate=1e-3, samples_per_s=10.0)


def test_steps_come_back_in_order(tmp_path: Path) -> None:
    write(tmp_path, 0, 5)
    assert [each["step"] for each in journal.read(tmp_path)] == [0, 1, 2, 3, 4]


def test_a_line_that_a_kill_cut_short_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, 0, 5)
    path = tmp_path / journal.NAME
    path.write_text(path.read_text() + '{"step": 5, "lo')
    assert [each["step"] for each in journal.read(tmp_path)] == [0, 1, 2, 3, 4]


def test_going_on_from_a_step_leaves_no_line_twice(tmp_path: Path) -> None:
    write(tmp_path, 0, 8)
    journal.cut(tmp_path, 5)
    write(tmp_path, 5, 10)
    assert [each["step"] for each in journal.read(tmp_path)] == list(range(10))


def test_a_run_that_never_began_has_no_steps(tmp_path: Path) -> None:
    assert journal.read(tmp_path) == []
