"""One checkpoint on one data set, from files to a result that CLIP_benchmark's tools read."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from small import MODEL, SETS, exported, stored, weights

from reprolib import files
from reprolib.errors import ReproError
from reprolib.evaluate import zero_shot
from reprolib.evaluate.result import Result
from reprolib.train import checkpoints, models


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights and data sets, and the cache beside them."""
    folder = tmp_path_factory.mktemp("place")
    weights(folder / "w.safetensors")
    stored(folder / "size", "task-size-test", 12)
    stored(folder / "digit", "task-digit-test", 7)
    stored(folder / "coco", "retrieval-coco", 12)
    return folder


def evaluated(place: Path, name: str, **settings: Any) -> Result:
    folder, path = place / name, place / "w.safetensors"
    return zero_shot.evaluate(MODEL, path, folder, cache=place / "cache", device="cpu", **settings)


def test_fewer_than_five_classes_have_no_top_5(place: Path) -> None:
    found = evaluated(place, "size")
    assert found.task == "zeroshot_classification"
    assert found.metrics["acc5"] is None
    assert "acc5" not in found.intervals
    assert found.metrics["acc1"] == (found.samples["rank"] == 0).mean()
    assert (found.samples["label"] == np.arange(12) % 3).all()


def test_classes_without_samples_are_left_out_of_the_mean_recall(place: Path) -> None:
    found = evaluated(place, "digit")  # 7 samples of 9 classes
    assert len(SETS["task-digit-test"].classes) == 9
    assert found.metrics["acc1"]
    assert found.metrics["mean_per_class_recall"] == pytest.approx(found.metrics["acc1"])
    assert found.metrics["acc5"] == (found.samples["rank"] < 5).mean()


def test_each_metric_lies_in_its_interval(place: Path) -> None:
    for name in ("size", "digit", "coco"):
        found = evaluated(place, name)
        for metric, value in found.metrics.items():
            if value is not None:
                low, high = found.intervals[metric]
                assert 0 <= low <= value <= high <= 1


def test_retrieval_counts_every_caption_and_every_image(place: Path) -> None:
    found = evaluated(place, "coco")
    assert found.samples["image_hits"].shape == (3, 60)
    assert found.samples["text_hits"].shape == (3, 12)
    assert found.metrics["image_retrieval_recall@5"] == found.samples["image_hits"][1].mean()
    assert found.about["n"] == {"images": 12, "texts": 60}


def test_the_layout_of_clip_benchmark_gives_the_same_numbers(place: Path, tmp_path: Path) -> None:
    for name, held_out, count in (("size", "task-size-test", 12), ("coco", "retrieval-coco", 12)):
        exported(tmp_path / name, held_out, count)
        path = place / "w.safetensors"
        found = zero_shot.evaluate(MODEL, path, tmp_path / name, cache=place / "cache", device="cpu")
        assert found.metrics == evaluated(place, name).metrics


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_half_precision_is_told_in_the_result(place: Path, precision: str) -> None:
    found = evaluated(place, "coco", precision=precision)
    assert found.about["encoder"]["precision"] == precision
    assert found.metrics["image_retrieval_recall@10"] == pytest.approx(
        evaluated(place, "coco").metrics["image_retrieval_recall@10"], abs=0.1
    )


def test_the_weights_of_open_clip_s_own_training_are_taken(place: Path, tmp_path: Path) -> None:
    state = {f"module.{name}": value for name, value in models.build(MODEL, seed=0).state_dict().items()}
    torch.save({"epoch": 3, "state_dict": state}, tmp_path / "epoch_3.pt")
    found = zero_shot.evaluate(MODEL, tmp_path / "epoch_3.pt", place / "size", cache=tmp_path, device="cpu")
    assert found.metrics == evaluated(place, "size").metrics


def test_a_checkpoint_of_another_architecture_is_refused(place: Path, tmp_path: Path) -> None:
    checkpoints.save_weights(tmp_path / "atto.safetensors", models.build("ViT-atto-8", seed=0))
    with pytest.raises(ReproError, match="holds the weights of another model"):
        zero_shot.evaluate(MODEL, tmp_path / "atto.safetensors", place / "size", cache=tmp_path, device="cpu")


def test_a_model_or_file_that_does_not_exist_is_named(place: Path, tmp_path: Path) -> None:
    with pytest.raises(ReproError, match="no model 'ViT-zepto-9'"):
        zero_shot.evaluate("ViT-zepto-9", place / "w.safetensors", place / "size", cache=tmp_path)
    with pytest.raises(ReproError, match=r"nowhere\.pt"):
        zero_shot.evaluate(MODEL, tmp_path / "nowhere.pt", place / "size", cache=tmp_path, device="cpu")


def test_the_result_has_the_keys_of_clip_benchmark_and_one_of_ours(place: Path, tmp_path: Path) -> None:
    found = evaluated(place, "size")
    found.write(tmp_path / "size.json")
    record = json.loads((tmp_path / "size.json").read_text(), parse_constant=lambda name: pytest.fail(name))
    assert list(record) == ["dataset", "model", "pretrained", "task", "metrics", "language", "reprolib"]
    assert all(isinstance(record[key], str) for key in ("dataset", "model", "pretrained", "task", "language"))
    assert record["metrics"] == dict(found.metrics)
    assert record["metrics"]["acc5"] is None
    # What `clip_benchmark build` does with it.
    row = {**record["metrics"], **record}
    assert row["model"] + " " + row["pretrained"] == f"{MODEL} {place / 'w.safetensors'}"
    assert record["metrics"].keys().isdisjoint(record)


def test_the_samples_lie_beside_the_result(place: Path, tmp_path: Path) -> None:
    found = evaluated(place, "coco")
    found.write(tmp_path / "one.json")
    beside = files.read_json(tmp_path / "one.json")["reprolib"]["samples"]
    content = (tmp_path / beside["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == beside["sha256"]
    with np.load(tmp_path / beside["file"], allow_pickle=False) as samples:
        assert (samples["image_hits"] == found.samples["image_hits"]).all()
    found.write(tmp_path / "two.json")
    assert (tmp_path / "two.json.npz").read_bytes() == content


def test_a_second_evaluation_gives_the_same_record(place: Path) -> None:
    assert evaluated(place, "coco").record() == evaluated(place, "coco").record()
