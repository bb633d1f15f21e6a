"""Planted near-duplicates are found, others are not, and what is found can be counted, shown and removed."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from reprolib.errors import ReproError
from reprolib.shards import duplicates

NEAR = 8
"""Bits; unrelated images differ in about 32."""


def pictures(count: int, side: int, seed: int = 0) -> NDArray[np.uint8]:
    """Smooth random pictures."""
    rng = np.random.default_rng(seed)
    coarse = np.clip(128 + 60 * rng.normal(size=(count, 6, 6, 3)), 0, 255).astype(np.uint8)
    return np.stack([Image.fromarray(one).resize((side, side), Image.Resampling.BICUBIC) for one in coarse])


def encoded(picture: NDArray[np.uint8], kind: str, **settings: int) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, kind, **settings)
    return stream.getvalue()


def distances(one: duplicates.Hashes, two: duplicates.Hashes) -> NDArray[np.uint8]:
    return np.bitwise_count(one ^ two)


def test_hashes_are_those_of_the_package_imagehash() -> None:
    x, y = np.meshgrid(np.arange(40), np.arange(28))
    picture = np.stack([x * x // 7 % 256, (x * y + 3 * y) % 256, (5 * x + 90 - 3 * y) % 256], axis=2).astype(np.uint8)
    assert duplicates.of_encoded([encoded(picture, "PNG")]) == [0x801F7E71676C5952]
    assert duplicates.of_pixels(pictures(3, 32)).tolist() == [
        0xDECC690E138CAC73,
        0x9E9BB44673664899,
        0x9E8983F969E61619,
    ]


@pytest.mark.parametrize("side", [32, 64])
def test_encoded_and_decoded_images_have_one_hash(side: int) -> None:
    images = pictures(20, side)
    assert (duplicates.of_pixels(images) == duplicates.of_encoded(encoded(one, "PNG") for one in images)).all()


def test_grey_palette_and_transparent_images_are_hashed() -> None:
    image = Image.fromarray(pictures(1, 64)[0])
    streams = [io.BytesIO() for _ in range(3)]
    for stream, mode in zip(streams, ("L", "P", "RGBA"), strict=True):
        image.convert(mode).save(stream, "PNG")
    hashes = duplicates.of_encoded(stream.getvalue() for stream in streams)
    assert (distances(hashes, duplicates.of_pixels(np.asarray(image)[None])) <= 4).all()


def test_recompressed_resized_and_brightened_copies_are_near() -> None:
    images = pictures(60, 96)
    originals = duplicates.of_pixels(images)
    copies = {
        "JPEG": [encoded(one, "JPEG", quality=60) for one in images],
        "WebP": [encoded(one, "WEBP", quality=60) for one in images],
        "half the size": [encoded(np.asarray(Image.fromarray(one).resize((48, 48))), "PNG") for one in images],
        "brighter": [encoded(np.clip(one.astype(int) + 12, 0, 255).astype(np.uint8), "PNG") for one in images],
    }
    for name, files in copies.items():
        assert (distances(duplicates.of_encoded(files), originals) <= NEAR).all(), name


def test_flips_and_other_pictures_are_far() -> None:
    images = pictures(100, 32)
    hashes = duplicates.of_pixels(images)
    assert (distances(duplicates.of_pixels(images[:, :, ::-1]), hashes) > NEAR).all()
    assert (distances(duplicates.of_pixels(images[:, ::-1]), hashes) > NEAR).all()
    others = duplicates.of_pixels(pictures(100, 32, seed=1))
    assert (distances(others[:, None], hashes) > NEAR).all()


def test_the_hash_of_a_symmetrical_or_flat_picture_is_not_noise() -> None:
    half = pictures(20, 32)[:, :, :16]
    symmetrical = np.concatenate([half, half[:, :, ::-1]], axis=2)
    assert (duplicates.of_pixels(symmetrical) == duplicates.of_pixels(symmetrical[:, :, ::-1])).all()
    flat = duplicates.of_pixels(np.stack([np.full((32, 32, 3), level, np.uint8) for level in (1, 77, 255)]))
    assert len(set(flat.tolist())) == 1


def test_no_images_have_no_hashes() -> None:
    assert duplicates.of_encoded([]).shape == duplicates.of_pixels(pictures(1, 32)[:0]).shape == (0,)


def test_an_image_that_cannot_be_decoded_is_named() -> None:
    good = encoded(pictures(1, 64)[0], "PNG")
    for bad in (b"<html>", good[:200], b""):
        with pytest.raises(ReproError, match=f"image 1 of {len(bad)} bytes cannot be decoded"):
            duplicates.of_encoded([good, bad])


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.integers(0, 1023), max_size=40),
    st.lists(st.integers(0, 1023), max_size=40),
    st.integers(0, 10),
)
def test_every_pair_within_the_distance_is_found(pool: list[int], evaluation: list[int], most: int) -> None:
    expected = [
        (row, column, (one ^ other).bit_count())
        for row, one in enumerate(evaluation)
        for column, other in enumerate(pool)
        if (one ^ other).bit_count() <= most
    ]
    found = duplicates.find(np.array(pool, np.uint64), np.array(evaluation, np.uint64), most)
    assert list(zip(found.evaluation, found.pool, found.distance, strict=True)) == expected


def test_pairs_are_found_across_all_blocks() -> None:
    rng = np.random.default_rng(0)
    pool = rng.integers(0, 2**64, 2 * duplicates.POOL_BLOCK + 5, dtype=np.uint64)
    places = np.array([0, duplicates.POOL_BLOCK - 1, duplicates.POOL_BLOCK, len(pool) - 1])
    evaluation = rng.integers(0, 2**64, 3 * duplicates.EVALUATION_BLOCK + 1, dtype=np.uint64)
    rows = np.array([48, 16, 0, 15])
    evaluation[rows] = pool[places] ^ np.uint64(0b101)
    found = duplicates.find(pool, evaluation, 2)
    assert dict(zip(found.evaluation.tolist(), found.pool.tolist(), strict=True)) == {
        48: 0,
        16: 8191,
        0: 8192,
        15: 16388,
    }
    assert found.distance.tolist() == [2] * 4


POOL = np.array([0b0, 0b1, 0b111, 0b11111 << 20], np.uint64)
EVALUATION = np.array([0b1, 0b11, 1 << 60, 0b1110 << 40], np.uint64)


def test_counts_are_of_evaluation_images_within_each_distance() -> None:
    assert duplicates.find(POOL, EVALUATION, 4).counts().tolist() == [1, 3, 3, 4, 4]


def test_nearest_keeps_one_pool_image_for_each() -> None:
    nearest = duplicates.find(POOL, EVALUATION, 2).nearest()
    assert nearest.evaluation.tolist() == [0, 1, 2]
    assert nearest.pool.tolist() == [1, 1, 0]
    assert nearest.distance.tolist() == [0, 1, 1]


def test_a_picture_shows_pairs_from_near_to_far() -> None:
    found = duplicates.find(POOL, EVALUATION, 4)
    assert found.show(2).distance.tolist() == [0, 3]
    assert found.show(9).evaluation.tolist() == [0, 1, 2, 3]
    assert len(duplicates.find(POOL, EVALUATION[:0], 4).show(3).pool) == 0


def test_the_pool_without_its_duplicates_has_no_match_left() -> None:
    one, two = duplicates.find(POOL, EVALUATION[:2], 3), duplicates.find(POOL, EVALUATION[3:], 3)
    assert duplicates.without(len(POOL), one, two, most=0).tolist() == [0, 2, 3]
    kept = duplicates.without(len(POOL), one, two, most=1)
    assert kept.tolist() == [3]
    assert not len(duplicates.find(POOL[kept], EVALUATION, 1).pool)
    assert duplicates.without(4, most=0).tolist() == [0, 1, 2, 3]


def test_no_more_is_removed_than_was_looked_for() -> None:
    with pytest.raises(ReproError, match="up to 3 bits should be removed, but were looked for up to 2"):
        duplicates.without(len(POOL), duplicates.find(POOL, EVALUATION, 2), most=3)
