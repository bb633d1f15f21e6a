"""A miniature model and tasks it can learn: which quarter of the picture is bright."""

import numpy as np
import open_clip
import torch

from reprolib.evaluate.tuning import ImageSet
from reprolib.train import models


def model(seed: int = 0) -> open_clip.CLIP:
    return models.build("ViT-zepto-8", seed=seed).eval()


def images(name: str, classes: int, count: int = 24, seed: int = 0) -> ImageSet:
    """`name` decides the class weights, so that tasks differ."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % classes
    pixels = rng.integers(0, 60, (count, 32, 32, 3), dtype=np.uint8)
    for picture, label in zip(pixels, labels, strict=True):
        down, across = divmod(int(label), 2)
        picture[16 * down : 16 * down + 16, 16 * across : 16 * across + 16] += 150
    weights = torch.from_numpy(np.random.default_rng(len(name)).normal(size=(classes, 64))).float()
    return ImageSet(name, pixels, labels, torch.nn.functional.normalize(weights, dim=1))
