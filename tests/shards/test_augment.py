"""Batched crops: torchvision's distribution of boxes, torchvision's pixels."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from open_clip import OPENAI_DATASET_STD, image_transform
from PIL import Image
from scipy.stats import ks_2samp
from torchvision.transforms import InterpolationMode, RandomResizedCrop
from torchvision.transforms import functional as reference

from reprolib.shards import augment
from reprolib.shards.augment import Augment


def pictures(count: int, height: int, width: int) -> torch.Tensor:
    rng = np.random.default_rng(0)
    return torch.from_numpy(rng.integers(0, 256, (count, height, width, 3), dtype=np.uint8))


def drawn_by_torchvision(smallest: float, height: int, width: int, count: int) -> NDArray[np.int64]:
    image = torch.empty(3, height, width)
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(0)
        scale, ratio = [smallest, 1.0], list(augment.RATIO)
        return np.array([RandomResizedCrop.get_params(image, scale, ratio) for _ in range(count)])


@pytest.mark.parametrize(
    ("smallest", "height", "width"), [(0.9, 32, 32), (0.9, 256, 256), (0.08, 48, 64), (0.9, 20, 64), (0.9, 64, 20)]
)
def test_boxes_are_distributed_as_torchvision_draws_them(smallest: float, height: int, width: int) -> None:
    ours = Augment(smallest).boxes(0, np.arange(10_000), height, width)
    theirs = drawn_by_torchvision(smallest, height, width, 4000)
    seen = {
        "top": lambda boxes: boxes[:, 0],
        "left": lambda boxes: boxes[:, 1],
        "height": lambda boxes: boxes[:, 2],
        "width": lambda boxes: boxes[:, 3],
        "area": lambda boxes: boxes[:, 2] * boxes[:, 3],
        "aspect": lambda boxes: boxes[:, 2] / boxes[:, 3],
        "middle": lambda boxes: 2 * boxes[:, 0] + boxes[:, 2] + 3 * (2 * boxes[:, 1] + boxes[:, 3]),
    }
    for name, of in seen.items():
        assert ks_2samp(of(ours), of(theirs)).pvalue > 1e-4, name


def test_boxes_lie_in_the_image_and_reach_its_borders() -> None:
    top, left, height, width = Augment(0.5).boxes(0, np.arange(5000), 40, 32).T
    assert min(top) == min(left) == 0
    assert max(top + height) == 40
    assert max(left + width) == 32


def test_a_box_depends_on_seed_and_position_alone() -> None:
    boxes = Augment().boxes(3, np.arange(100), 64, 64)
    assert (Augment().boxes(3, np.array([70, 7]), 64, 64) == boxes[[70, 7]]).all()
    assert (Augment().boxes(4, np.arange(100), 64, 64) != boxes).any()


@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
@pytest.mark.parametrize("size", [24, 32, 40, None])
def test_pixels_are_those_of_torchvisions_antialiased_crop(interpolation: str, size: int | None) -> None:
    crop, images = Augment(0.3, size, interpolation), pictures(40, 36, 32)
    boxes = crop.boxes(0, np.arange(40), 36, 32)
    made, side = crop(images, boxes), size or 36
    for image, box, result in zip(images.permute(0, 3, 1, 2).float(), boxes.tolist(), made, strict=True):
        expected = reference.resized_crop(image, *box, [side, side], InterpolationMode(interpolation), antialias=True)
        assert torch.allclose(result, expected.clamp(0, 255), atol=2e-3)
        assert result.shape == (3, side, side)


def test_a_sample_is_what_open_clips_training_transform_gives() -> None:
    image = pictures(1, 64, 64) // 2 + 64
    expected = image_transform(32, is_train=True, aug_cfg={"scale": (1.0, 1.0)})(Image.fromarray(image[0].numpy()))
    crop = Augment(1.0, 32)
    made = augment.normalised(crop(image, crop.boxes(0, np.array([0]), 64, 64)))[0]
    level = 1 / 255 / min(OPENAI_DATASET_STD)
    assert (made - expected).abs().max() < 1.5 * level, "Pillow rounds to whole grey levels after each direction"


def test_the_whole_image_at_its_own_size_is_left_as_it_is() -> None:
    images = pictures(4, 32, 32)
    assert torch.equal(Augment()(images, np.array([[0, 0, 32, 32]] * 4)), images.permute(0, 3, 1, 2).float())


def test_a_sample_is_cropped_the_same_in_any_batch() -> None:
    images = pictures(64, 32, 32)
    boxes = Augment().boxes(0, np.arange(64), 32, 32)
    whole = Augment()(images, boxes)
    parts = [Augment()(images[start : start + 16], boxes[start : start + 16]) for start in range(0, 64, 16)]
    assert torch.equal(torch.cat(parts), whole)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_gpu_crops_as_the_cpu_does() -> None:
    images, crop = pictures(16, 256, 256), Augment(0.9, 224)
    boxes = crop.boxes(0, np.arange(16), 256, 256)
    assert torch.allclose(crop(images.cuda(), boxes).cpu(), crop(images, boxes), atol=0.6)
