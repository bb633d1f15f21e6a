"""Random resized crops of a whole batch at once, with the distribution of open_clip's training transform.

open_clip 3.3.0 trains on torchvision's `RandomResizedCrop(size, scale=(0.9, 1), ratio=(3/4, 4/3))`, bicubic with
antialiasing, one image after the other. Here the boxes of a batch are drawn together from (seed, position), and the
batch is resampled with the same filters as two matrix products, on any device. Pixels are not rounded to whole numbers
on the way, as Pillow would. Reads and writes nothing.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from open_clip import OPENAI_DATASET_MEAN, OPENAI_DATASET_STD

from reprolib.shards import order

RATIO = (3 / 4, 4 / 3)
"""Least and greatest width of a crop over its height, as in torchvision."""
TRIES = 10
"""Boxes that are tried before the largest that fits is taken, as in torchvision."""
DRAWS = 2 * TRIES + 2
"""Random numbers of one sample: area and aspect ratio of each try, then top and left."""


@dataclass(frozen=True)
class Augment:
    """A random crop of each image, resized to a square."""

    smallest: float = 0.9
    """The least area of a crop as a share of the image's; the greatest is 1."""
    size: int | None = None
    """Side of the result, in pixels; None for the height of the images."""
    interpolation: Literal["bicubic", "bilinear"] = "bicubic"

    def boxes(self, seed: int, positions: NDArray[np.integer], height: int, width: int) -> NDArray[np.int64]:
        """The crops of the samples at `positions` of a run: (b, 4) of top, left, height and width, in pixels."""
        draws = order.uniform(seed, "crop", positions[:, None] * DRAWS + np.arange(DRAWS))
        area = height * width * (self.smallest + (1 - self.smallest) * draws[:, :TRIES])
        low, high = np.log(RATIO)
        aspect = np.exp(low + (high - low) * draws[:, TRIES : 2 * TRIES])
        tall, wide = np.rint(np.sqrt(area / aspect)), np.rint(np.sqrt(area * aspect))
        fits = (tall > 0) & (tall <= height) & (wide > 0) & (wide <= width)
        found, first = fits.any(axis=1)[:, None], (np.arange(len(draws)), fits.argmax(axis=1))
        sides = np.where(found, np.stack([tall[first], wide[first]], axis=1), _largest(height, width))
        room = np.array([height, width]) - sides
        corner = np.where(found, np.floor(draws[:, 2 * TRIES :] * (room + 1)), room // 2)
        return np.concatenate([corner, sides], axis=1).astype(np.int64)

    def __call__(self, images: torch.Tensor, boxes: NDArray[np.int64]) -> torch.Tensor:
        """Crop and resize: uint8 (b, height, width, 3) to float32 (b, 3, size, size) with values from 0 to 255."""
        count, height, width, channels = images.shape
        size = self.size or height
        top, left, tall, wide = torch.from_numpy(boxes).to(images.device, torch.float32).unbind(1)
        down, across = self._weights(top, tall, height, size), self._weights(left, wide, width, size)
        lines = images.transpose(2, 3).reshape(count, height * channels, width).float()
        narrowed = torch.bmm(lines, across.mT).view(count, height, channels * size)
        return torch.bmm(down, narrowed).clamp_(0, 255).view(count, size, channels, size).transpose(1, 2)

    def _weights(self, start: torch.Tensor, length: torch.Tensor, source: int, size: int) -> torch.Tensor:
        """(b, size, source): each output pixel as a weighted sum of the source's pixels within the crop."""
        scale = (length / size)[:, None, None]
        pixel = torch.arange(source, device=start.device) - start[:, None, None]
        centre = (torch.arange(size, device=start.device)[:, None] + 0.5) * scale
        weights = FILTERS[self.interpolation]((pixel + 0.5 - centre) / scale.clamp(min=1))
        weights *= (pixel >= 0) & (pixel < length[:, None, None])
        return weights.div_(weights.sum(2, keepdim=True))


def normalised(images: torch.Tensor) -> torch.Tensor:
    """Images (b, 3, h, w) of values from 0 to 255, of any type, as float32 of the mean and spread that CLIP expects."""
    mean, std = (
        torch.tensor(values, device=images.device).view(3, 1, 1) for values in (OPENAI_DATASET_MEAN, OPENAI_DATASET_STD)
    )
    return images.contiguous().div(255).sub_(mean).div_(std)


def _largest(height: int, width: int) -> tuple[int, int]:
    """Height and width of the largest box of an allowed aspect ratio; torchvision falls back to it, in the middle."""
    if width / height < RATIO[0]:
        return round(width / RATIO[0]), width
    if width / height > RATIO[1]:
        return height, round(height * RATIO[1])
    return height, width


def _triangle(x: torch.Tensor) -> torch.Tensor:
    return (1 - x.abs()).clamp_(min=0)


def _cubic(x: torch.Tensor) -> torch.Tensor:
    """Keys' cubic with a = -0.5 (IEEE Trans. ASSP 29, 1981, 1153), as in Pillow."""
    x = x.abs()
    near = (1.5 * x - 2.5) * x * x + 1
    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    return torch.where(x < 1, near, far) * (x < 2)


FILTERS = {"bicubic": _cubic, "bilinear": _triangle}
