"""A toy ladder from nothing, by the commands that a user types: pictures, shards, two processes, a kill, records."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import open_clip
import pytest
from ruamel.yaml import YAML

from reprolib import records
from reprolib.paths import Tree
from reprolib.shards import subsets
from reprolib.shards.dataset import Dataset
from reprolib.train import models

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
ENVIRONMENT = {key: value for key, value in os.environ.items() if key not in ("RANK", "WORLD_SIZE")}
RUNS = {f"ViT-zepto-8_{data}_{budget}" for data in ("few", "many") for budget in ("short", "long")}


def command(tree: Tree, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "reprolib", *words],
        cwd=tree.root,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=120,
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
    found = sorted(tree.trained("mini").glob("toy/*/samples-*.safetensors"))
    return {path.relative_to(tree.root).as_posix(): path.read_bytes() for path in found}


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
        assert record["gmacs_total"] == record["gmacs_per_sample"] * budget
        assert record["config"]["devices"] == 2
        assert 0 < record["mfu"] < 1
        assert (trained.curves("mini") / "toy" / f"{name}.csv").read_text().startswith("samples,loss,learning_rate\n")
        path = trained.trained("mini") / "toy" / name / record["weights"]["file"]
        open_clip.create_model("ViT-zepto-8", pretrained=str(path))


def test_training_again_finds_everything_done(trained: Tree) -> None:
    before = {path: path.stat().st_mtime_ns for path in trained.trained("mini").rglob("*.safetensors")}
    assert command(trained, "train", "mini", "toy").returncode == 0
    assert {path: path.stat().st_mtime_ns for path in trained.trained("mini").rglob("*.safetensors")} == before


def test_killed_in_the_middle_and_started_again_the_ladder_ends_with_the_same_bits(
    trained: Tree, tmp_path: Path
) -> None:
    """SIGKILL of launcher and ranks while the second run trains."""
    tree = empty(tmp_path)
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
    until = time.monotonic() + 60
    while not state.is_file() and time.monotonic() < until:
        time.sleep(0.005)
    assert process.poll() is None
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    done = command(tree, "train", "mini", "toy")
    assert done.returncode == 0, done.stderr
    assert weights(tree) == weights(trained)
    ended = json.loads((state.parent / "done.json").read_text())
    assert ended["attempts"] == 2


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
