"""Images are decoded once, right, and the ones that cannot be are counted, named and bounded."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from some_samples import encoded, picture, sample, stored

from reprolib.errors import ReproError
from reprolib.shards import pixels, writing
from reprolib.shards.dataset import Dataset
from reprolib.shards.decoding import Undecodable, UndecodableError, square


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
def test_a_lossless_image_of_the_asked_size_keeps_every_value(kind: str) -> None:
    assert (square(encoded(picture(1, 32), kind), 32) == picture(1, 32)).all()


def test_a_palette_with_transparency_becomes_rgb() -> None:
    stream = io.BytesIO()
    image = Image.fromarray(picture(1, 16)).convert("P")
    image.save(stream, "PNG", transparency=bytes(range(256)))
    assert (square(stream.getvalue(), 16) == np.asarray(image.convert("RGB"))).all()


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "1", "CMYK"])
def test_every_colour_mode_becomes_rgb(mode: str) -> None:
    image = Image.fromarray(picture(1, 16)).convert(mode)
    kind = "TIFF" if mode == "CMYK" else "PNG"
    stream = io.BytesIO()
    image.save(stream, kind)
    assert (square(stream.getvalue(), 16) == np.asarray(image.convert("RGB"))).all()


def test_the_middle_of_the_longer_side_is_kept() -> None:
    wide = np.zeros((10, 30, 3), np.uint8)
    wide[:, 10:20] = 200
    assert (square(encoded(wide), 10) == 200).all()
    assert (square(encoded(wide.transpose(1, 0, 2)), 10) == 200).all()


def smooth(side: int) -> np.ndarray:
    return np.asarray(Image.fromarray(picture(3, 6)).resize((side, side), Image.Resampling.BICUBIC))


def test_a_large_jpeg_scaled_in_its_transform_looks_the_same() -> None:
    plain = Image.open(io.BytesIO(encoded(smooth(256), "JPEG"))).resize((32, 32), Image.Resampling.BICUBIC)
    difference = np.abs(square(encoded(smooth(256), "JPEG"), 32).astype(int) - np.asarray(plain))
    assert difference.mean() < 2
    assert difference.max() < 16


PNG, JPEG = encoded(picture(1, 32)), encoded(picture(1, 32), "JPEG")
CHANGED = bytearray(PNG)
CHANGED[len(PNG) // 2] ^= 255
BROKEN = {
    "empty": b"",
    "text": b"<html>404 Not Found</html>",
    "half a PNG": PNG[: len(PNG) // 2],
    "changed PNG": bytes(CHANGED),
    "head of a PNG": PNG[:40],
    "half a JPEG": JPEG[: len(JPEG) // 2],
    "head of a JPEG": JPEG[:100],
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_image_is_undecodable(what: str) -> None:
    with pytest.raises(UndecodableError):
        square(BROKEN[what], 32)


def broken_set(folder: Path) -> Dataset:
    samples = [sample(n) for n in range(20)]
    samples[3] = replace(samples[3], image=BROKEN["text"])
    samples[8] = replace(samples[8], image=BROKEN["half a PNG"])
    writing.write(folder, samples, name="toy", per_shard=6)
    return Dataset.open(folder)


def test_undecodable_images_are_told_by_key_and_bounded(tmp_path: Path) -> None:
    data = broken_set(tmp_path / "set")
    with pytest.raises(ReproError, match=r"set: 2 of 20 images .* share 0 .*'000003': it is in no known image format"):
        data.pixels(8, tmp_path / "cache")
    with pytest.raises(ReproError, match=r"2 of 20 images cannot be decoded, more than the share 0\.09"):
        pixels.decoded(data, 8, tmp_path / "cache", tolerance=0.09)
    images, undecodable = pixels.decoded(data, 8, tmp_path / "cache", tolerance=0.1)
    assert undecodable.total == 20
    assert list(undecodable.causes) == ["000003", "000008"]
    right = [row for row in range(20) if (images[row] == picture(row)).all()]
    assert right == [row for row in range(20) if row not in (3, 8)]
    assert (images[[3, 8]] == pixels.GREY).all()


def test_the_bound_is_on_the_share() -> None:
    Undecodable(100, {"a": "x"}).bound(0.01, "set")
    with pytest.raises(ReproError, match="1 of 99"):
        Undecodable(99, {"a": "x"}).bound(0.01, "set")


def test_pixels_are_decoded_once_and_again_when_a_shard_changes(tmp_path: Path) -> None:
    stored(tmp_path / "set")
    cache = tmp_path / "cache"
    first = Dataset.open(tmp_path / "set").pixels(8, cache)
    assert (first == np.stack([picture(n) for n in range(10)])).all()
    assert not first.flags.writeable
    made = sorted(cache.iterdir())
    kept = (made[0] / pixels.ARRAY).stat().st_mtime_ns
    Dataset.open(tmp_path / "set").pixels(8, cache)
    assert sorted(cache.iterdir()) == made
    assert (made[0] / pixels.ARRAY).stat().st_mtime_ns == kept
    Dataset.open(tmp_path / "set").pixels(4, cache)
    stored(tmp_path / "set", count=9)
    assert len(Dataset.open(tmp_path / "set").pixels(8, cache)) == 9
    assert len(list(cache.iterdir())) == 3


def test_decoded_as_read_images_are_those_decoded_once(tmp_path: Path) -> None:
    stored(tmp_path / "set", 9)
    data = Dataset.open(tmp_path / "set")
    kept = pixels.decoded(data, 8, tmp_path / "cache").images
    streamed = pixels.Streamed(data, 8, threads=3)
    rows = np.array([5, 0, 5, 8])
    assert streamed.shape == kept.shape
    assert (streamed[rows] == kept[rows]).all()


def test_images_too_many_to_keep_are_decoded_as_read_and_the_choice_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(tmp_path / "set", 9)
    data = Dataset.open(tmp_path / "set")
    found, why = pixels.images(data, 8, tmp_path / "cache", threads=1)
    assert isinstance(found, np.ndarray)
    assert why == "decoded once, being 0 MiB"
    monkeypatch.setattr(pixels, "KEPT", 9 * 8 * 8 * 3 - 1)
    found, why = pixels.images(data, 8, tmp_path / "other", threads=1)
    assert isinstance(found, pixels.Streamed)
    assert why == "decoded as read, 0 GiB being too much to keep"
    assert not (tmp_path / "other").exists()


def test_an_undecodable_image_that_is_read_is_grey_and_told_within_the_tolerance_and_an_error_beyond(
    tmp_path: Path,
) -> None:
    writing.write(tmp_path / "set", [sample(0), replace(sample(1), image=BROKEN["half a PNG"])], name="x", per_shard=9)
    data = Dataset.open(tmp_path / "set")
    lenient = pixels.Streamed(data, 8, threads=2, tolerance=0.5)
    assert (lenient[np.array([0, 1])][1] == pixels.GREY).all()
    assert list(lenient.undecodable.causes) == [data.key(1)]
    with pytest.raises(ReproError, match=r"1 of 2 images cannot be decoded, more than the share 0 that is allowed"):
        pixels.Streamed(data, 8, threads=2)[np.array([0, 1])]
