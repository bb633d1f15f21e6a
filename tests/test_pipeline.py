"""The pipeline end to end, in temporary clones: bare, from zero at toy size, tampered with, and killed."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ruamel.yaml import YAML

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parent.parent
ENVIRONMENT = {
    **os.environ,
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "DVC_NO_ANALYTICS": "1",
}
ENVIRONMENT.pop("PYTHONPATH", None)
FIGURE = "paper/figures/published/fig3"


def call(folder: Path, *words: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=timeout, check=False
    )


def dvc(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return call(folder, sys.executable, "-m", "dvc", *words)


def reprolib(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return call(folder, sys.executable, "-m", "reprolib", *words)


def commit(folder: Path) -> None:
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.invalid")
    assert call(folder, "git", "add", "-A").returncode == 0
    assert call(folder, "git", *identity, "commit", "-qm", "state").returncode == 0


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The working tree as it stands, uncommitted changes included, as a git repository."""
    folder = tmp_path_factory.mktemp("standing")
    names = call(ROOT, "git", "ls-files", "-z", "-co", "--exclude-standard").stdout.split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    assert call(folder, "git", "init", "-q").returncode == 0
    commit(folder)
    return folder


@pytest.fixture
def clone(standing: Path, tmp_path: Path) -> Path:
    """A clone of it."""
    assert call(tmp_path, "git", "clone", "-q", str(standing), ".").returncode == 0
    return tmp_path


@pytest.fixture
def toy(clone: Path) -> Path:
    """A clone whose pipeline has one figure, and in which nothing was made yet."""
    for made in ("results/published", "paper/figures", "paper/tables", "paper/numbers", "dvc.lock"):
        path = clone / made
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    yaml = YAML()
    settings = yaml.load((clone / "params.yaml").read_text())
    for name in [name for name in settings["figures"] if name != "published-fig3"]:
        del settings["figures"][name]
    yaml.dump(settings, clone / "params.yaml")
    stages = yaml.load((clone / "dvc.yaml").read_text())
    stages["stages"].pop("verify")  # it would miss the other figures
    for minutes in ("shard", "gallery", "train", "evaluate"):  # tests/test_toy_study.py makes them small
        stages["stages"].pop(minutes)
    for name in ("fit", "scrutinize", "numbers"):
        stages["stages"][name]["foreach"] = ["published"]
    del stages["stages"]["tables"]["foreach"]["mini"]
    del stages["plots"]
    yaml.dump(stages, clone / "dvc.yaml")
    commit(clone)
    return clone


MADE = ("figures", "tables", "numbers", "gallery")
"""The stages at the end of the pipeline but for `verify`, which always runs."""


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_an_edit_of_words_in_the_code_changes_no_tracked_byte(clone: Path) -> None:
    """A docstring, a comment and a name in core modules: nothing is stale, and stages forced to run write the same."""
    edit(clone / "reprolib/files.py", "strict JSON and YAML.", "strict JSON and strict YAML.")
    edit(
        clone / "reprolib/fit.py",
        "# A study may have tuned a model or two",
        "# A study may have tuned one model or two",
    )
    edit(clone / "reprolib/results.py", "double", "repeated")
    edited = call(clone, "git", "status", "--porcelain").stdout
    assert edited.count("\n") == 3
    done = dvc(clone, "repro", "--allow-missing", *MADE)
    assert done.returncode == 0, done.stderr
    assert "Data and pipelines are up to date." in done.stdout
    forced = ("download", "fit@published", "figures@published-fig3", "tables@published", "numbers@published")
    done = dvc(clone, "repro", "--single-item", "--force", *forced)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Running stage") == len(forced)
    assert call(clone, "git", "status", "--porcelain").stdout == edited


def test_a_raised_format_version_makes_its_stage_and_what_follows_stale(clone: Path) -> None:
    edit(clone / "reprolib/formats.yaml", "\nfit: ", "\nfit: 1")
    status = dvc(clone, "status", "fit@published", "numbers@published").stdout
    assert "fit@published" in status
    assert "numbers@published" not in status  # until the laws have changed


def test_from_zero_the_pipeline_makes_everything_and_then_has_nothing_to_do(toy: Path) -> None:
    first = dvc(toy, "repro")
    assert first.returncode == 0, first.stderr
    for suffix in ("pdf", "svg", "png", "json"):
        assert (toy / f"{FIGURE}.{suffix}").stat().st_size > 0
    for suffix in ("csv", "tex", "html", "json"):
        assert (toy / f"paper/tables/published/table26.{suffix}").stat().st_size > 0
    second = dvc(toy, "repro")
    assert "Data and pipelines are up to date." in second.stdout


def test_only_what_depends_on_a_change_runs_again(clone: Path) -> None:
    notebook = clone / "notebooks" / "duplicates.ipynb"
    notebook.write_text(notebook.read_text().rstrip("\n") + "\n\n")
    status = dvc(clone, "status").stdout
    assert "figures@published-fig7" in status
    assert "figures@published-fig1:" not in status


def test_a_changed_fact_is_named(clone: Path) -> None:
    facts = clone / "paper/published/zero_shot.csv"
    lines = facts.read_text().splitlines(keepends=True)
    lines[100] = lines[100].replace("0.", "0.9", 1)
    facts.write_text("".join(lines))
    done = reprolib(clone, "verify", "files", "--tier", "0")
    assert done.returncode == 1, done.stderr
    assert "paper/published/zero_shot.csv" in done.stdout


def test_a_failing_stage_leaves_no_half_written_file(toy: Path) -> None:
    facts = toy / "paper/published/zero_shot.csv"
    facts.write_text(facts.read_text().replace("imagenet1k,acc1,0.", "imagenet1k,acc1,7.", 1))
    done = dvc(toy, "repro")
    assert done.returncode != 0
    assert "zero_shot.csv" in done.stdout + done.stderr
    assert not (toy / "results/published/evals").exists()
    assert not list(toy.rglob("*.tmp"))


def test_a_killed_stage_can_be_run_again(toy: Path) -> None:
    """SIGKILL of the whole process group; what is there afterwards is whole, and the next run ends well."""
    evals = toy / "results/published/evals"
    whole = len(list((ROOT / "results/published/evals").glob("*.json")))
    for moment in (0.6, 1.2, 2.0):
        process = subprocess.Popen(
            [sys.executable, "-m", "reprolib", "download", "published"],
            cwd=toy,
            env=ENVIRONMENT,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(moment)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert not evals.exists() or len(list(evals.glob("*.json"))) == whole
        assert reprolib(toy, "download", "published").returncode == 0
        assert len(list(evals.glob("*.json"))) == whole
        shutil.rmtree(evals)
