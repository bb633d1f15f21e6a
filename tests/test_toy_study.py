"""A whole study at toy size in a temporary clone, by `dvc repro`: pictures, models, evaluations, laws, report."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from test_pipeline import call, dvc, reprolib

from reprolib import files, params, results
from reprolib.explore import neighbours
from reprolib.paths import Tree
from reprolib.provenance import records

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parent.parent
STAGES = ("shard", "train", "evaluate", "fit", "scrutinize", "figures", "tables")
LEFT_OUT = ("results/mini/", "paper/figures/mini/", "paper/tables/mini/", "paper/numbers/mini")
BUDGETS = {"short": 96, "middle": 256, "long": 640}
TUNED = (
    "linear-probe-as-published",
    "imagenet-fine-tune",
    "imagenet-12k-fine-tune",
    "eight-task-joint",
    "eight-task-patched",
)
RUNS = {f"ViT-zepto-8_{data}_{budget}" for data in ("few", "many") for budget in BUDGETS}


def shrink(clone: Path) -> None:
    """Small sets, one small model, and one figure; the stages and their code stay as they are."""
    yaml = YAML()
    settings: Any = yaml.load((clone / "params.yaml").read_text())
    mini = settings["mini"]
    mini["pool"].update(
        per_shard=128, subsets={"few": 128, "many": 384}, apart={"other": 128}, validation=48, held_out=0.12
    )
    mini["recipe"].update(global_batch=32, processes=2, state_every=64)
    mini["budgets"] = BUDGETS
    mini["evaluate"]["joint"].update(steps=16, batch=16, warmup=2)
    for recipe in ("single", "intermediate"):
        mini["evaluate"][recipe].update(epochs=1, batch=32, warmup_epochs=0)
    mini["curation"].update(scorer="toy/ViT-zepto-8_many_long", train={})
    mini["curation"]["subsets"] = {
        "raw": {"method": "raw"},
        "score": {"method": "score", "size": 100},
        "balanced": {"method": "balanced", "size": 100},
    }
    group = {"study": "mini", "group": "toy", "models": ["ViT-zepto-8"], "data": ["few", "many"]}
    settings["train"] = {"mini-toy": {**group, "budgets": [*BUDGETS], "changes": [{}]}}
    settings["fit"]["bootstrap"] = 100
    settings["figures"] = {"mini-fig1": settings["figures"]["mini-fig1"]}
    yaml.dump(settings, clone / "params.yaml")
    pipeline: Any = yaml.load((clone / "dvc.yaml").read_text())
    pipeline["stages"] = {name: pipeline["stages"][name] for name in STAGES}
    for name in ("fit", "scrutinize"):
        pipeline["stages"][name]["foreach"] = ["mini"]
    del pipeline["stages"]["tables"]["foreach"]["published"], pipeline["plots"]
    yaml.dump(pipeline, clone / "dvc.yaml")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The clone after one `dvc repro`."""
    clone = tmp_path_factory.mktemp("study")
    names = call(ROOT, "git", "ls-files", "-z", "-co", "--exclude-standard").stdout.split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file() and not name.startswith(LEFT_OUT):
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, clone / name)
    (clone / "dvc.lock").unlink(missing_ok=True)
    shrink(clone)
    assert call(clone, "git", "init", "-q").returncode == 0
    done = dvc(clone, "repro")
    assert done.returncode == 0, done.stdout + done.stderr
    return clone


def test_every_run_is_evaluated_on_every_set(made: Path) -> None:
    tree = Tree(made)
    found = results.load(tree, "mini")
    assert set(found["run"]) == RUNS
    zero_shot = found[found["task"] == "zero-shot"]
    assert set(zero_shot.groupby("run")["dataset"].nunique()) == {6 + 2 + 2 + 16 + 3}
    assert found["interval"].notna().all()
    assert set(found[found["task"] == "linear-probe"]["run"]) == {"ViT-zepto-8_few_long", "ViT-zepto-8_many_long"}
    for task in TUNED:
        assert set(found[found["task"] == task]["run"]) == {"ViT-zepto-8_many_long"}, task
    for path in sorted(tree.evals("mini").iterdir()):
        records.read(path, "evaluation")


def test_learning_curves_have_each_checkpoint(made: Path) -> None:
    tree = Tree(made)
    for run in RUNS:
        curve = (tree.learning("mini") / f"{run}.csv").read_text().splitlines()
        assert curve[0] == "samples,accuracy,low,high"
        kept = sorted(tree.trained("mini").glob(f"toy/{run}/samples-*.safetensors"))
        assert [int(line.split(",")[0]) for line in curve[1:]] == [int(path.stem.split("-")[1]) for path in kept]


def test_laws_a_figure_and_tables_say_that_they_are_of_the_miniature(made: Path) -> None:
    tree = Tree(made)
    assert (tree.laws("mini") / "zero-shot.imagenet1k.acc1.openclip.json").is_file()
    assert "iniature" in records.read(tree.figures("mini") / "fig1.json", "figure")["note"]
    for name in ("table5", "table16", "table18", "table21", "table26"):
        assert records.read(tree.tables("mini") / f"{name}.json", "table")["title"].startswith("Miniature"), name


def test_the_study_is_verified_and_the_report_tells_of_it(made: Path) -> None:
    done = reprolib(made, "verify", "--study", "mini", "--tier", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "mini" in (made / "report" / "index.html").read_text()


def test_settings_of_tuning_stand_beside_their_neighbours(made: Path) -> None:
    tree, longer = Tree(made), {"as set": {}, "longer": {"steps": 10.0}}
    found = neighbours.table(tree, params.load(tree), "mini", "toy/ViT-zepto-8_many_long", longer)
    assert list(found.columns) == [neighbours.AT_ONCE, neighbours.AFTER_MORE, neighbours.JOINTLY]
    assert found.map(lambda cell: re.fullmatch(r"\d+\.\d \[\d+\.\d, \d+\.\d\]", cell) is not None).all(axis=None)
    same = found.loc["as set"] == found.loc["longer"]
    assert same[[neighbours.AT_ONCE, neighbours.AFTER_MORE]].all()  # they have epochs, not steps
    assert not same[neighbours.JOINTLY]


def test_a_second_run_has_nothing_to_do_and_an_interrupted_one_goes_on(made: Path) -> None:
    assert "up to date" in dvc(made, "repro").stdout
    tree = Tree(made)
    before = {path: path.read_bytes() for path in sorted(tree.evals("mini").iterdir())}
    kept = {path: path.stat().st_mtime_ns for path in tree.evaluated("mini").glob("*/rows.json")}
    lost = tree.evaluated("mini") / "ViT-zepto-8_few_short"
    shutil.rmtree(lost)
    gone = tree.evaluated("mini") / "of-a-run-that-is-gone" / "rows.json"
    files.write(gone, "left alone")
    again = reprolib(made, "evaluate", "mini")
    assert again.returncode == 0, again.stderr
    assert gone.read_text() == "left alone"
    shutil.rmtree(gone.parent)
    assert {path: path.read_bytes() for path in before} == before
    changed = [path.parent.name for path, at in kept.items() if path.stat().st_mtime_ns != at]
    assert changed == [lost.name]


def test_subsets_are_chosen_and_told_of(made: Path) -> None:
    done = reprolib(made, "curate", "study")
    assert done.returncode == 0, done.stderr
    tree = Tree(made)
    told = records.read(tree.results("curation") / "curation.json", "curation")["subsets"]
    assert told["raw"]["card"]["samples"] == 384
    assert told["score"]["card"]["samples"] == 100
    assert 60 < told["balanced"]["card"]["samples"] < 140
    assert told["balanced"]["expected_size"] == pytest.approx(100, abs=1)
    assert (tree.shards("curation") / "pool" / "manifest.json").is_file()
    assert (tree.figures("curation") / "curation.png").stat().st_size > 0


def test_a_checkpoint_that_is_not_the_one_of_its_record_is_named(made: Path) -> None:
    tree = Tree(made)
    (path,) = tree.trained("mini").glob("toy/ViT-zepto-8_few_short/samples-000000000096.safetensors")
    content = path.read_bytes()
    try:
        path.unlink()
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        done = subprocess.run(
            [sys.executable, "-m", "reprolib", "evaluate", "mini"],
            cwd=made,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2
        assert "is not the one that the record of 'ViT-zepto-8_few_short' is about" in done.stderr
    finally:
        path.unlink()
        path.write_bytes(content)
