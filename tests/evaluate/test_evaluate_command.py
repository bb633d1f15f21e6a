"""`reprolib evaluate` as it is typed: numbers with their intervals, a file on demand, one sentence for a mistake."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from small import MODEL, stored, weights

from reprolib import cli
from reprolib.paths import Tree


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("typed")
    weights(folder / "w.safetensors")
    stored(folder / "coco", "retrieval-coco", 12)
    return folder


def words(place: Path, dataset: str, *more: str) -> list[str]:
    taken = ["--model", MODEL, "--pretrained", str(place / "w.safetensors"), "--dataset", str(place / dataset)]
    return ["evaluate", *taken, *more]


def test_it_prints_each_metric_with_its_interval_and_writes_what_it_prints(repository: Tree, place: Path) -> None:
    command = [sys.executable, "-m", "reprolib", *words(place, "coco", "--json", str(place / "out.json"))]
    done = subprocess.run(command, cwd=repository.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads((place / "out.json").read_text())
    assert (found["dataset"], found["model"], found["task"]) == ("retrieval-coco", MODEL, "zeroshot_retrieval")
    lines = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    assert lines.keys() == found["metrics"].keys()
    for name, value in found["metrics"].items():
        low, high = found["reprolib"]["intervals"][name]
        assert lines[name] == f"{value:.4f}  [{low:.4f}, {high:.4f}]"


def test_a_folder_that_is_no_data_set_is_one_sentence(
    repository: Tree, place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(repository.root)
    monkeypatch.setattr(sys, "argv", ["reprolib", *words(place, "nowhere")])
    with pytest.raises(SystemExit, match=r"^2$"):
        cli.main()
    told = capsys.readouterr().err
    assert told.startswith("reprolib: ")
    assert "nowhere should hold a data set" in told
    assert told.count("\n") == 1
