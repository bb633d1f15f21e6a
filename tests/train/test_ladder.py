"""A toy ladder from nothing, by the commands that a user types: pictures, shards, two processes, a kill, records."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import open_clip
import pytest
from ruamel.yaml import YAML

from reprolib import files
from reprolib.paths import Tree
from reprolib.provenance import records
from reprolib.shards import subsets
from reprolib.shards.dataset import Dataset
from reprolib.train import models

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
ENVIRONMENT = {key: value for key, value in os.environ.items() if key not in ("RANK", "WORLD_SIZE")}
RUNS = {f"ViT-zepto-8_{data}_{budget}" for data in ("few", "many") for budget in ("short", "long")}


def command(tree: Tree, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "reprolib", *words],
        cwd=tree.root,
        env={**ENVIRONMENT, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def empty(folder: Path) -> Tree:
    yaml = YAML()
    settings = yaml.load((ROOT / "params.yaml").read_text())
    mini: Any = settings["mini"]
    mini["pool"].update(per_shard=128, subsets={"few": 128, "many": 384}, apart={"other": 128}, validation=48)
    mini["recipe"].update(global_batch=32, processes=2, state_every=64)
    mini["budgets"] = {"short": 96, "long": 640}
    settings["train"] = {
        "mini-toy": {
            "study": "mini",
            "group": "toy",
            "models": ["ViT-zepto-8"],
            "data": ["few", "many"],
            "budgets": ["short", "long"],
            "changes": [{}],
        }
    }
    yaml.dump(settings, folder / "params.yaml")
    shutil.copy(ROOT / "requirements.lock", folder)
    (folder / "dvc.yaml").write_text("stages: {}\n")
    return Tree(folder)


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """A tree in which the world is drawn and packed."""
    tree = empty(tmp_path_factory.mktemp("ladder"))
    done = command(tree, "shard", "mini")
    assert done.returncode == 0, done.stderr
    return tree


@pytest.fixture(scope="module")
def trained(packed: Tree) -> Tree:
    """The same, its ladder trained."""
    done = command(packed, "train", "mini", "toy")
    assert done.returncode == 0, done.stderr
    return packed


def weights(tree: Tree) -> dict[str, bytes]:
    return content(tree, tree.trained("mini") / "toy", "*/samples-*.safetensors")


def content(tree: Tree, folder: Path, pattern: str = "**/*.json") -> dict[str, bytes]:
    return {path.relative_to(tree.root).as_posix(): path.read_bytes() for path in sorted(folder.glob(pattern))}


def change(tree: Tree, edit: Callable[[Any], None]) -> None:
    """Edit the settings of `tree`."""
    yaml = YAML()
    settings = yaml.load(tree.params.read_text())
    edit(settings)
    yaml.dump(settings, tree.params)


def once(settings: Any) -> None:
    """Only the smallest run, on a recipe that differs from the fixture's."""
    settings["train"]["mini-toy"].update(data=["few"], budgets=["short"])
    settings["mini"]["recipe"].update(learning_rate=2e-3)


def test_the_pool_and_its_subsets_are_nested_and_apart(packed: Tree) -> None:
    pool = Dataset.open(packed.shards("mini") / "pool")
    few, many, other = (
        set(subsets.read_subset(packed.subsets("mini") / f"{name}.npy").tolist()) for name in ("few", "many", "other")
    )
    assert (len(pool), len(few), len(many), len(other)) == (384, 128, 384, 128)
    assert few < many
    assert other < many
    assert not few & other
    told = records.read(packed.results("mini") / "data.json", "data")
    assert told["sets"]["pool"]["count"] == 384
    assert told["near_duplicates"]["images with one in the pool within 0, 1, … bits"].keys() >= {"pictographs-1k"}


def test_a_subset_packed_alone_holds_its_samples_and_the_upstream_command_reads_it(packed: Tree) -> None:
    assert command(packed, "shard", "mini", "few").returncode == 0
    found = Dataset.open(packed.extracts("mini") / "few")
    assert sorted(found.uids.tolist()) == subsets.read_subset(packed.subsets("mini") / "few.npy").tolist()
    printed = command(packed, "train", "mini", "toy", "--upstream").stdout.splitlines()
    shards = {shlex.split(line)[shlex.split(line).index("--train-data") + 1] for line in printed}
    assert "data/mini/extracts/few/{00000..00000}.tar" in shards
    unknown = command(packed, "shard", "mini", "all")
    assert unknown.returncode == 2
    assert "study 'mini' has no subset 'all'; expected one of few, many, other" in unknown.stderr


def test_every_run_has_a_record_a_curve_and_weights_that_open_clip_loads(trained: Tree) -> None:
    found = {path.stem: records.read(path, "run") for path in trained.runs("mini").glob("toy/*.json")}
    assert found.keys() == RUNS
    models.register("ViT-zepto-8")
    for name, record in found.items():
        budget = 96 if record["budget"] == "short" else 640
        assert record["samples_seen"] == budget == record["learning_curve"][-1]["samples_seen"]
        assert record["gmacs_total"] == pytest.approx(record["gmacs_per_sample"] * budget, rel=1e-11)
        assert record["config"]["devices"] == 2
        took = records.read(trained.resources("mini") / "toy" / f"{name}.json", "resources")
        assert 0 < took["mfu"] < 1
        assert took["samples_per_second"] * took["hours"] * 3600 == pytest.approx(budget)
        assert not {"hours", "device", "mfu"} & record.keys()
        assert (trained.curves("mini") / "toy" / f"{name}.csv").read_text().startswith("samples,loss,learning_rate\n")
        path = trained.trained("mini") / "toy" / name / record["weights"]["file"]
        open_clip.create_model("ViT-zepto-8", pretrained=str(path))


def test_training_again_finds_everything_done_although_a_docstring_and_another_subset_have_changed(
    trained: Tree, tmp_path: Path
) -> None:
    shutil.copytree(ROOT / "reprolib", tmp_path / "reprolib")
    edited = tmp_path / "reprolib" / "files.py"
    edited.write_text(edited.read_text().replace('"""Files on disk', '"""All files on disk'))
    other = trained.subsets("mini") / "other.npy"
    subsets.write_subset(other, subsets.read_subset(other)[1:])
    before = {path: path.stat().st_mtime_ns for path in trained.trained("mini").rglob("*.*")}
    made = content(trained, trained.results("mini"))
    done = command(trained, "train", "mini", "toy", PYTHONPATH=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert {path: path.stat().st_mtime_ns for path in trained.trained("mini").rglob("*.*")} == before
    assert content(trained, trained.results("mini")) == made


def test_a_run_of_other_settings_is_refused_in_one_sentence_and_moved_aside_if_asked(
    trained: Tree, tmp_path: Path
) -> None:
    """By the environment variable, as `dvc exp run` can set it; runs that are no longer wanted are left alone."""
    tree, name = Tree(tmp_path), "ViT-zepto-8_few_short"
    shutil.copytree(trained.root, tmp_path, dirs_exist_ok=True)
    change(tree, once)
    before = content(tree, tree.trained("mini"), "**/*.*")
    refused = command(tree, "train", "mini", "toy")
    assert refused.returncode == 2
    assert refused.stderr == (
        f"reprolib: data/mini/runs/toy/{name} is of another run: settings.recipe.learning_rate is 0.0015 there and "
        "0.002 now; set it back, or train with --restart (under DVC with REPROLIB_RESTART=1), which moves what is "
        "there to data/mini/runs/replaced/toy and begins anew\n"
    )
    assert content(tree, tree.trained("mini"), "**/*.*") == before
    took = content(tree, tree.resources("mini"))
    done = command(tree, "train", "mini", "toy", REPROLIB_RESTART="1")
    assert done.returncode == 0, done.stderr
    after = content(tree, tree.trained("mini"), "**/*.*")
    for path, was in before.items():
        moved = path.replace(f"toy/{name}", f"replaced/toy/{name}-1")
        assert after[moved] == was, path
    new = f"data/mini/runs/toy/{name}/samples-000000000096.safetensors"
    assert after[new] != before[new]
    again = content(tree, tree.resources("mini"))
    assert again.keys() == {f"results/mini/resources/toy/{name}.json"}
    assert all(again[path] != took[path] for path in again)


def test_killed_in_the_middle_and_started_again_the_ladder_ends_with_the_same_bits(
    trained: Tree, tmp_path: Path
) -> None:
    """SIGKILL of launcher and ranks while the second run trains; in a clone whose records another machine made."""
    tree = empty(tmp_path)
    shutil.copytree(trained.results("mini"), tree.results("mini"))
    for kind, folder in (("run", tree.runs("mini")), ("resources", tree.resources("mini"))):
        for path in folder.rglob("*.json"):
            record = records.read(path, kind)
            record["provenance"]["environment"]["blas"] = "that of another machine"
            files.write_json(path, {**record, "seal": records.seal(record)})
    committed = content(tree, tree.results("mini"))
    shutil.copytree(trained.root / "data" / "mini" / "shards", tree.shards("mini"))
    shutil.copytree(trained.subsets("mini"), tree.subsets("mini"))
    process = subprocess.Popen(
        [sys.executable, "-m", "reprolib", "train", "mini", "toy"],
        cwd=tree.root,
        env=ENVIRONMENT,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    state = tree.trained("mini") / "toy" / "ViT-zepto-8_few_long" / "state.safetensors"
    until = time.monotonic() + 120
    while not state.is_file() and time.monotonic() < until:
        time.sleep(0.005)
    assert process.poll() is None
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    done = command(tree, "train", "mini", "toy")
    assert done.returncode == 0, done.stderr
    assert weights(tree) == weights(trained)
    ended = json.loads((state.parent / "resources.json").read_text())
    assert ended["attempts"] == 2
    assert content(tree, tree.results("mini")) == committed
    assert command(tree, "train", "mini", "toy", "--restart").returncode == 0
    name = f"toy/{state.parent.name}.json"
    took = records.read(tree.resources("mini") / name, "resources")
    assert (took["attempts"], took["hours"]) == (2, pytest.approx(ended["training_s"] / 3600, rel=1e-11))
    assert content(tree, tree.runs("mini")).items() <= committed.items()
    assert weights(tree) == weights(trained)
    assert not (tree.trained("mini") / "replaced").exists()


def test_a_shard_that_was_altered_stops_the_training_before_it_begins(trained: Tree, tmp_path: Path) -> None:
    tree = empty(tmp_path)
    shutil.copytree(trained.root / "data" / "mini", tree.root / "data" / "mini", ignore=shutil.ignore_patterns("runs"))
    shard = tree.shards("mini") / "pool" / "00001.tar"
    content = bytearray(shard.read_bytes())
    content[5000] ^= 1
    shard.write_bytes(content)
    done = command(tree, "train", "mini", "toy")
    assert done.returncode == 2
    assert "00001.tar" in done.stderr
    assert not list(tree.trained("mini").rglob("*.safetensors"))


def test_an_unknown_group_is_told_with_the_known_ones(packed: Tree) -> None:
    done = command(packed, "train", "mini", "nano")
    assert done.returncode == 2
    assert done.stderr == (
        "reprolib: params.yaml has no group 'nano' of study 'mini' under train; expected one of toy\n"
    )
