"""A checkpoint that embeds: model, weights, tokenizer and transform, and what tells it from any other.

`load` takes a model of open_clip by name and the weights in a file, ours or open_clip's. Embeddings have length one
and come as float32, whatever the model computes in.
"""

import functools
import importlib.metadata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import open_clip
import torch
from numpy.typing import NDArray
from open_clip import SimpleTokenizer

from reprolib import provenance
from reprolib.errors import ReproError
from reprolib.evaluate import cached
from reprolib.evaluate.pictures import Pixels
from reprolib.shards import checking
from reprolib.shards.augment import normalised
from reprolib.shards.tokens import tokenise
from reprolib.train import checkpoints, models

Precision = Literal["fp32", "bf16", "fp16"]
AUTOCAST = {"bf16": torch.bfloat16, "fp16": torch.float16}
AT_ONCE = 256
"""Images or texts that go through a model together."""


@dataclass(frozen=True)
class Encoder:
    """Both towers of a trained model."""

    name: str
    """Of the model, as open_clip knows it."""
    weights: str
    """The sha256 of the file of its weights."""
    model: Any
    """In evaluation mode, on its device."""
    precision: Precision = "fp32"
    """`bf16` and `fp16` compute under autocast, as CLIP_benchmark does unless told `--no_amp`."""

    @property
    def size(self) -> int:
        """Height and width of its images, in pixels."""
        return models.image_size(self.name)

    @property
    def identity(self) -> dict[str, Any]:
        """All that an embedding follows from, besides what is embedded, as JSON values."""
        return {
            "weights": self.weights,
            "model": models.config(self.name),
            "precision": self.precision,
            "device": self._device.type,
            "format": provenance.format_of("evaluate"),
            **{name: importlib.metadata.version(name) for name in ("torch", "open_clip_torch")},
        }

    @property
    def _device(self) -> torch.device:
        device: torch.device = next(self.model.parameters()).device
        return device

    def images(self, pixels: Pixels) -> NDArray[np.float32]:
        """(b, d) of (b, size, size, 3)."""
        values = torch.tensor(pixels).to(self._device).permute(0, 3, 1, 2)
        return self._embed(self.model.encode_image, normalised(values))

    def texts(self, texts: Sequence[str], cache: Path) -> NDArray[np.float32]:
        """(n, d); equal texts have equal embeddings to the bit."""
        distinct = list(dict.fromkeys(texts))
        place = {text: row for row, text in enumerate(distinct)}
        with cached.alone(cache / "tokens.lock"):
            tokens = tokenise(distinct, _tokenizer(self.name), cache / "tokens")
        made = [
            self._embed(self.model.encode_text, part.long().to(self._device)) for part in torch.split(tokens, AT_ONCE)
        ]
        return np.concatenate(made)[[place[text] for text in texts]]

    def _embed(self, tower: Any, values: torch.Tensor) -> NDArray[np.float32]:
        dtype = AUTOCAST.get(self.precision)
        with torch.inference_mode(), torch.autocast(self._device.type, dtype, enabled=dtype is not None):
            features = torch.nn.functional.normalize(tower(values).float(), dim=-1)
        found: NDArray[np.float32] = features.cpu().numpy()
        if not np.isfinite(found).all():
            raise ReproError(
                f"the model {self.name} with the weights {self.weights[:12]} gives embeddings that are no numbers in "
                f"{self.precision}; take a checkpoint from before it diverged, or fp32"
            )
        return found


@functools.cache
def _tokenizer(name: str) -> SimpleTokenizer:
    """A tenth of a second to make."""
    return open_clip.get_tokenizer(name)


def load(
    name: str, weights: Path, *, precision: Precision = "fp32", device: str | torch.device | None = None
) -> Encoder:
    """The model `name` with the weights in the file `weights`, on the GPU if there is one, unless `device` says else.

    Raises:
        ReproError: There is no such model of the paper's family, or the file is missing, damaged or of another one.
    """
    known = models.register(name)
    model = models.build(known, seed=0)
    checkpoints.load_weights(weights, model)
    where = device or ("cuda" if torch.cuda.is_available() else "cpu")
    return Encoder(known, checking.digest(weights), model.to(where).eval(), precision)
