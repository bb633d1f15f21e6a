"""Batches are functions of the step, and the samples do not depend on ranks, cuts or threads."""

import threading

import numpy as np
import pytest
import torch

from reprolib.errors import ReproError
from reprolib.shards.augment import Augment, normalised
from reprolib.shards.loader import Batch, Loader

COUNT, BATCH = 50, 24
RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (COUNT, 16, 16, 3), dtype=np.uint8)
TOKENS = torch.arange(COUNT, dtype=torch.int32)[:, None].expand(-1, 5).contiguous()
SUBSET = np.sort(RNG.permutation(COUNT)[:30])


def loader(**settings: object) -> Loader:
    return Loader(
        IMAGES, TOKENS, **{"rows": SUBSET, "seed": 1, "global_batch": BATCH, "augment": Augment(), **settings}
    )


def equal(one: Batch, two: Batch) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, two, strict=True))


@pytest.mark.parametrize("resample", [False, True])
@pytest.mark.parametrize("crop", [None, Augment()])
@pytest.mark.parametrize("world", [1, 2, 4])
def test_the_ranks_together_see_the_batch_of_one_process(world: int, crop: Augment | None, resample: bool) -> None:
    alone = loader(augment=crop, resample=resample)
    ranks = [loader(augment=crop, resample=resample, rank=rank, world=world) for rank in range(world)]
    for step in (0, 1, 2, 1000):
        together = tuple(torch.cat(parts) for parts in zip(*(each.batch(step) for each in ranks), strict=True))
        assert equal(together, alone.batch(step))


def test_an_image_comes_with_its_own_caption() -> None:
    images, tokens = loader(augment=None).batch(3)
    assert tokens.dtype == torch.int64
    assert torch.equal(images, normalised(torch.from_numpy(IMAGES[tokens[:, 0]]).permute(0, 3, 1, 2)))


def test_a_cropped_image_is_near_its_own_pixels() -> None:
    smooth = np.repeat(np.arange(COUNT, dtype=np.uint8) * 5, 16 * 16 * 3).reshape(COUNT, 16, 16, 3)
    images, tokens = Loader(smooth, TOKENS, None, seed=0, global_batch=BATCH, augment=Augment()).batch(0)
    assert torch.allclose(images, normalised(torch.from_numpy(smooth[tokens[:, 0]]).permute(0, 3, 1, 2)), atol=1e-5)


def test_every_row_of_the_subset_is_seen_once_an_epoch() -> None:
    seen = np.concatenate([loader().rows(step) for step in range(5)])
    assert len(seen) == 4 * len(SUBSET)
    for epoch in seen.reshape(4, len(SUBSET)):
        assert np.array_equal(np.sort(epoch), SUBSET)


def test_the_state_is_the_step() -> None:
    whole = list(loader().from_step(0, 9))
    for cut in range(1, 9):
        continued = [*loader().from_step(0, cut), *loader().from_step(cut, 9)]
        assert len(continued) == 9
        assert all(equal(one, two) for one, two in zip(continued, whole, strict=True))


def test_the_thread_ends_when_the_caller_stops_early() -> None:
    batches = loader().from_step(0, 9)
    next(batches)
    batches.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("loader")]


def test_no_steps_left_are_no_batches() -> None:
    assert list(loader().from_step(4, 4)) == []


def test_an_error_in_the_thread_reaches_the_caller() -> None:
    class Broken(np.ndarray):
        def __getitem__(self, rows: object) -> object:
            raise OSError(5, "Input/output error")

    broken = Loader(IMAGES.view(Broken), TOKENS, None, seed=0, global_batch=BATCH)
    with pytest.raises(OSError, match="Input/output error"):
        list(broken.from_step(0, 2))


def test_held_out_pairs_come_whole_and_in_order() -> None:
    images, tokens = loader().all()
    assert tokens[:, 0].tolist() == SUBSET.tolist()
    assert torch.equal(images, normalised(torch.from_numpy(IMAGES[SUBSET]).permute(0, 3, 1, 2)))


def test_repeated_crops_of_an_image_differ() -> None:
    one = Loader(IMAGES[:1], TOKENS[:1], None, seed=0, global_batch=8, augment=Augment())
    assert len({image.numpy().tobytes() for image in one.batch(0)[0]}) > 1


def test_read_only_maps_are_read(tmp_path: object) -> None:
    np.save(f"{tmp_path}/images.npy", IMAGES)
    mapped = np.load(f"{tmp_path}/images.npy", mmap_mode="r")
    assert equal(
        Loader(mapped, TOKENS, SUBSET, seed=1, global_batch=BATCH, augment=Augment()).batch(2), loader().batch(2)
    )


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"world": 5}, "global_batch should be a multiple of the number of processes, but it is 24 for 5"),
        ({"world": 2, "rank": 2}, "a rank should be from 0 to 1, but it is 2"),
        ({"rows": SUBSET[:0]}, "at least one row, but it is empty"),
        ({"rows": np.array([3, 50])}, "from 0 to 49, but they are from 3 to 50"),
        ({"rows": np.array([-1, 5])}, "from 0 to 49, but they are from -1 to 5"),
    ],
)
def test_what_cannot_be_loaded_is_refused_in_a_sentence(settings: dict[str, object], sentence: str) -> None:
    with pytest.raises(ReproError, match=sentence):
        loader(**settings)


def test_images_and_captions_of_different_number_are_refused() -> None:
    with pytest.raises(ReproError, match="of 50 images should have tokens for as many captions, but there are 49"):
        Loader(IMAGES, TOKENS[1:], None, seed=0, global_batch=BATCH)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_batches_on_a_gpu_are_those_of_the_cpu() -> None:
    images, tokens = loader(device="cuda").batch(2)
    expected_images, expected_tokens = loader().batch(2)
    assert torch.equal(tokens.cpu(), expected_tokens)
    assert torch.allclose(images.cpu(), expected_images, atol=1e-2)
