"""Embeddings are open_clip's own, made once, and whole or absent."""

import io
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image
from small import MODEL, SETS, state, stored, weights

from reprolib.errors import ReproError
from reprolib.evaluate import classifier, embeddings, encoder, pictures, sets
from reprolib.shards import writing
from reprolib.shards.sample import Sample


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> encoder.Encoder:
    return encoder.load(MODEL, weights(tmp_path_factory.mktemp("weights") / "w.safetensors"), device="cpu")


@pytest.fixture(scope="module")
def captioned(tmp_path_factory: pytest.TempPathFactory) -> sets.EvaluationSet:
    return sets.read(stored(tmp_path_factory.mktemp("data") / "coco", "retrieval-coco", 10))


def noise(folder: Path, sizes: list[tuple[int, int]], modes: list[str]) -> sets.EvaluationSet:
    """Captioned PNG files of these sizes and modes."""
    made = []
    for number, (size, mode) in enumerate(zip(sizes, modes, strict=True)):
        pixels = np.random.default_rng(number).integers(0, 256, (*size, 3), np.uint8)
        stream = io.BytesIO()
        Image.fromarray(pixels).convert(mode).save(stream, "PNG")
        made.append(Sample(f"{number}", stream.getvalue(), "png", (f"picture {number}",)))
    writing.write(folder, made, name="noise", per_shard=10)
    return sets.read(folder)


def test_images_go_through_the_transform_of_open_clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = noise(tmp_path / "noise", [(32, 32), (57, 40), (20, 91), (64, 64)], ["RGB", "RGB", "L", "RGBA"])
    transform = open_clip.image_transform(32, is_train=False)
    expected = torch.stack([transform(Image.open(io.BytesIO(data.image(row)))) for row in range(4)])
    for kept in (pictures.KEPT, 0):
        monkeypatch.setattr(pictures, "KEPT", kept)
        found = np.concatenate(list(pictures.batches(data, 32, tmp_path / "cache", 3)))
        assert torch.equal(encoder.normalised(torch.tensor(found).permute(0, 3, 1, 2)), expected)


def test_embeddings_are_those_of_the_model_normalised(
    checkpoint: encoder.Encoder, captioned: sets.EvaluationSet, tmp_path: Path
) -> None:
    found = embeddings.of(checkpoint, captioned, tmp_path)
    tokens = open_clip.get_tokenizer(MODEL)([each for row in range(10) for each in captioned.captions(row)])
    with torch.inference_mode():
        text = checkpoint.model.encode_text(tokens, normalize=True).numpy()
    assert found.text == pytest.approx(text, abs=1e-6)
    assert np.linalg.norm(found.image, axis=1) == pytest.approx(1, abs=1e-6)
    assert found.image_of_text is not None
    assert found.image_of_text.tolist() == [row for row in range(10) for _ in captioned.captions(row)]
    assert isinstance(found.image, np.memmap)


def test_the_classifier_is_that_of_open_clip(checkpoint: encoder.Encoder, tmp_path: Path) -> None:
    held_out = SETS["task-chess-test"]
    made = classifier.weights(lambda texts: checkpoint.texts(texts, tmp_path), held_out.classes, held_out.templates)
    templates = [template.replace("{c}", "{}") for template in held_out.templates]
    theirs = open_clip.build_zero_shot_classifier(
        checkpoint.model, open_clip.get_tokenizer(MODEL), held_out.classes, templates
    )
    assert np.abs(made.T - theirs.numpy()).max() < 1e-6


def test_classes_in_blocks_make_the_same_classifier(monkeypatch: pytest.MonkeyPatch) -> None:
    def encode(texts: list[str]) -> np.ndarray:
        rows = np.array([np.random.default_rng(list(text.encode())).standard_normal(8) for text in texts])
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    classes, templates = [f"thing {number}" for number in range(7)], ["a {c}", "the {c}", "{c}"]
    whole = classifier.weights(encode, classes, templates)
    monkeypatch.setattr(classifier, "AT_ONCE", 7)
    assert (classifier.weights(encode, classes, templates) == whole).all()


def test_equal_texts_have_equal_embeddings(checkpoint: encoder.Encoder, tmp_path: Path) -> None:
    texts = [f"a thing of number {number}" for number in range(300)]
    found = checkpoint.texts([*texts, texts[0], texts[255]], tmp_path)
    assert (found[[300, 301]] == found[[0, 255]]).all()


def test_a_second_evaluation_makes_nothing(
    checkpoint: encoder.Encoder, captioned: sets.EvaluationSet, tmp_path: Path
) -> None:
    embeddings.of(checkpoint, captioned, tmp_path)
    before = state(tmp_path)
    embeddings.of(checkpoint, captioned, tmp_path)
    assert state(tmp_path) == before


def test_other_weights_data_or_precision_have_tables_of_their_own(
    checkpoint: encoder.Encoder, captioned: sets.EvaluationSet, tmp_path: Path
) -> None:
    path = weights(tmp_path / "other.safetensors", seed=1)
    others = [
        (encoder.load(MODEL, path, device="cpu"), captioned),
        (encoder.Encoder(MODEL, checkpoint.weights, checkpoint.model, "bf16"), captioned),
        (checkpoint, sets.read(stored(tmp_path / "coco", "retrieval-coco", 9))),
    ]
    embeddings.of(checkpoint, captioned, tmp_path / "cache")
    for number, (other, data) in enumerate(others, 2):
        found = embeddings.of(other, data, tmp_path / "cache")
        assert found.text is not None
        assert (len(found.image), len(found.text)) == (data.count, 5 * data.count)
        assert len(list((tmp_path / "cache" / "embeddings").glob("*/table.npy"))) == 2 * number


def test_sets_of_the_same_prompts_share_a_classifier(checkpoint: encoder.Encoder, tmp_path: Path) -> None:
    for part in ("train", "test"):
        data = sets.read(stored(tmp_path / part, f"task-size-{part}", 3))
        embeddings.head(checkpoint, data, tmp_path / "cache")
        files = state(tmp_path / "cache" / "embeddings")
        assert len(files) == 2


def test_an_image_that_cannot_be_decoded_is_named(checkpoint: encoder.Encoder, tmp_path: Path) -> None:
    writing.write(tmp_path / "bad", [Sample("broken", b"no image", "png", ("a",))], name="bad", per_shard=1)
    with pytest.raises(ReproError, match="'broken' cannot be decoded"):
        embeddings.of(checkpoint, sets.read(tmp_path / "bad"), tmp_path / "cache")
    assert not list((tmp_path / "cache").rglob("*.npy"))


def test_a_model_that_gives_no_numbers_is_refused(captioned: sets.EvaluationSet, tmp_path: Path) -> None:
    diverged = encoder.load(MODEL, weights(tmp_path / "w.safetensors"), device="cpu")
    with torch.no_grad():
        diverged.model.visual.proj.fill_(torch.nan)
    with pytest.raises(ReproError, match="no numbers"):
        embeddings.of(diverged, captioned, tmp_path / "cache")
    assert not list((tmp_path / "cache" / "embeddings").rglob("*.npy"))


def test_an_interrupted_evaluation_goes_on_with_the_tables_it_has(
    checkpoint: encoder.Encoder, captioned: sets.EvaluationSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = embeddings.of(checkpoint, captioned, tmp_path / "whole")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(encoder.Encoder, "texts", interrupted)
        with pytest.raises(KeyboardInterrupt):
            embeddings.of(checkpoint, captioned, tmp_path / "cut")
    tables = list((tmp_path / "cut" / "embeddings").rglob("*.npy"))
    assert [np.load(path).shape for path in tables] == [expected.image.shape]
    images = state(tables[0].parent)
    found = embeddings.of(checkpoint, captioned, tmp_path / "cut")
    assert found.text is not None
    assert (found.text == expected.text).all()
    assert state(tables[0].parent) == images, "the images were embedded again"
