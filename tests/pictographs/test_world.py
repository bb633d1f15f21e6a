"""A sample is a function of the settings and its number; the world follows its laws."""

import hashlib
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprolib.errors import ReproError
from reprolib.pictographs import World, captions, colours, rendering, scenes
from reprolib.pictographs.draws import Draws
from reprolib.pictographs.world import STYLES

MANY = 6000


def fingerprint(world: World, numbers: list[int]) -> str:
    digest = hashlib.sha256()
    for i in numbers:
        pixels, caption, truth = world.sample(i)
        digest.update(pixels.tobytes() + caption.encode() + repr(truth).encode())
    return digest.hexdigest()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**6), max_size=5))
def test_a_sample_is_the_same_whatever_was_made_before(i: int, before: list[int]) -> None:
    alone, busy = World(seed=5), World(seed=5)
    for other in before:
        busy.sample(other)
    assert fingerprint(alone, [i]) == fingerprint(busy, [i])


def test_another_process_makes_the_same_samples() -> None:
    numbers = [0, 7, 123_456_789]
    code = (
        "from reprolib.pictographs import World\nimport hashlib\nworld, digest = World(seed=5), hashlib.sha256()\n"
        f"for i in {numbers[::-1]}: world.sample(i)\n"
        f"for i in {numbers}:\n"
        "    pixels, caption, truth = world.sample(i)\n"
        "    digest.update(pixels.tobytes() + caption.encode() + repr(truth).encode())\n"
        "print(digest.hexdigest())"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == fingerprint(World(seed=5), numbers)


def test_seeds_make_different_worlds() -> None:
    pictures = {World(seed=seed).sample(0)[0].tobytes() for seed in range(50)}
    assert len(pictures) == 50
    assert World(seed=1).concepts != World(seed=2).concepts


def test_pixels_are_a_small_picture_in_colour(world: World) -> None:
    pixels, caption, truth = world.sample(3)
    assert (pixels.shape, pixels.dtype) == ((32, 32, 3), np.uint8)
    assert caption
    assert set(truth) == {"style", "groups", "objects", "relation", "background", "texture"}


def test_a_png_holds_the_pixels_and_is_the_same_every_time(world: World) -> None:
    import io

    from PIL import Image

    assert np.array_equal(np.asarray(Image.open(io.BytesIO(world.png(9)))), world.sample(9)[0])
    assert world.png(9) == World(seed=1).png(9)


@pytest.mark.parametrize("exponent", [0.8, 1.0, 1.2])
def test_concepts_follow_the_zipf_law(exponent: float) -> None:
    world = World(seed=2, zipf=exponent)
    draws = Draws(0, "zipf", 0)
    seen = np.bincount([draws.weighted(world.law) for _ in range(100_000)], minlength=30)
    ranks = np.arange(1, 31)
    slope = np.polyfit(np.log(ranks), np.log(seen[:30]), 1)[0]
    assert slope == pytest.approx(-exponent, abs=0.05)


def test_samples_hold_the_concepts_in_the_order_of_the_law(world: World) -> None:
    seen = Counter(g["concept"] for i in range(MANY) for g in world.sample(i)[2]["groups"][:1])
    shares = np.diff([0, *world.law])
    for rank in range(8):
        expected = MANY * shares[rank]
        assert abs(seen[world.concepts[rank].name] - expected) < 4 * expected**0.5


def test_caption_styles_and_arrangements_have_their_shares(world: World) -> None:
    truths = [world.sample(i)[2] for i in range(MANY)]
    styles = Counter(truth["style"] for truth in truths)
    for name, share in zip(STYLES, world.shares, strict=True):
        assert styles[name] / MANY == pytest.approx(share, abs=0.025)
    shapes = Counter(tuple(group["count"] for group in truth["groups"]) for truth in truths)
    for counts, share in scenes.ARRANGEMENTS.items():
        assert shapes[counts] / MANY == pytest.approx(share, abs=0.025)


def test_every_object_can_be_told_from_its_ground(world: World) -> None:
    for i in range(500):
        truth = world.sample(i)[2]
        for group in truth["groups"]:
            assert group["colour"] in colours.against(truth["background"])


def test_objects_are_painted_where_the_truth_says(world: World) -> None:
    """Without its objects a picture is its ground; they change pixels near their centres and nowhere else."""
    for i in range(200):
        scene = scenes.scene(Draws(1, "painted", i), world.concepts, world.law)
        changed = (rendering.render(scene) != rendering.render(scene._replace(objects=()))).any(axis=2)
        rows, columns = np.nonzero(changed)
        near = [
            (abs(rows - item.y) <= 0.75 * item.size + 1) & (abs(columns - item.x) <= 0.75 * item.size + 1)
            for item in scene.objects
        ]
        assert len(rows) > 8
        assert np.logical_or.reduce(near).all()


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"seed": -1}, "seed"),
        ({"zipf": -0.1}, "zipf"),
        ({"zipf": float("nan")}, "zipf"),
        ({"shares": (0.5, 0.5, 0.5, -0.5)}, "shares"),
        ({"shares": (0.5, 0.2, 0.1, 0.1)}, "shares"),
    ],
)
def test_a_setting_out_of_range_is_named(wrong: dict[str, object], named: str) -> None:
    with pytest.raises(ReproError, match=named):
        World(**wrong)  # type: ignore[arg-type]


def test_a_junk_caption_names_nothing_in_the_world(world: World) -> None:
    names = {concept.name for concept in world.concepts} | set(colours.NAMES)
    for i in range(300):
        assert not set(captions.junk(Draws(1, "junk", i)).split()) & names
