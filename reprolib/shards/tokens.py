"""The captions of a data set as tokens, made once.

open_clip's tokenizer takes 0.1 to 0.3 ms a caption, most of it for cleaning text that is clean. Here each distinct word
of plain captions is encoded once; a caption with any character that cleaning might change goes through the tokenizer
whole. The tokens are the same, which the tests hold to.

Writes `<cache>/<content hash>/tokens.npy`, (n, context) int32, and reads it back memory-mapped. The hash is over the
captions and the tokenizer, so that a change of either makes new tokens. One process makes them, the others wait.
"""

import functools
import hashlib
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sized
from pathlib import Path
from typing import Protocol

import numpy as np
import open_clip
import torch
from numpy.typing import NDArray
from open_clip import SimpleTokenizer

from reprolib import files
from reprolib.errors import ReproError
from reprolib.shards.dataset import Dataset

PLAIN = re.compile(r"[A-Za-z0-9 .,;:!?'()/+*=%#@$\"-]*")
"""Captions of these characters alone: cleaning changes nothing but their case, and the tokenizer reads word by word."""
CHUNK = 4096
"""Captions that are in memory at once."""
WORDS = 2**18
"""Distinct words that are remembered."""


class Captions(Sized, Iterable[str], Protocol):
    """Captions that can be counted and read more than once: a list, or a view that reads them one by one."""


def tokens(dataset: Dataset, model: str, cache: Path) -> torch.Tensor:
    """The tokens of the first caption of each sample, (n, context) int32; see `tokenise`.

    Raises:
        ReproError: A sample has no caption, or `model` has no tokenizer that `tokenise` takes.
    """
    return tokenise(_FirstCaptions(dataset), open_clip.get_tokenizer(model), cache)


def tokenise(captions: Captions, tokenizer: SimpleTokenizer, cache: Path) -> torch.Tensor:
    """The tokens of `captions`, (n, context) int32, memory-mapped from `cache`, where they are made if not there yet.

    Args:
        captions: Iterated twice, first for the content hash.
        tokenizer: What `open_clip.get_tokenizer` gives for the models of the paper.
        cache: The folder of all token caches.

    Raises:
        ReproError: The tokenizer is not open_clip's own, or draws at random which tokens it keeps.
    """
    if not isinstance(tokenizer, SimpleTokenizer) or tokenizer.reduction_fn is not None:
        raise ReproError(
            "captions are tokenised once with open_clip's SimpleTokenizer without a reduction mask, but the model asks "
            f"for {type(tokenizer).__name__} with another; choose a model with the tokenizer of CLIP"
        )
    folder = cache / _content(captions, tokenizer)
    if not folder.exists():
        with files.staged(folder) as stage:
            shape = (len(captions), tokenizer.context_length)
            made = np.lib.format.open_memmap(stage / "tokens.npy", mode="w+", dtype=np.int32, shape=shape)
            start = 0
            for rows in encoded(captions, tokenizer):
                made[start : start + len(rows)] = rows
                start += len(rows)
            made.flush()
    # Copy on write: torch takes no memory that must not be written to.
    return torch.from_numpy(np.load(folder / "tokens.npy", mmap_mode="c"))


def encoded(captions: Iterable[str], tokenizer: SimpleTokenizer) -> Iterator[NDArray[np.int32]]:
    """The tokens of `captions` in chunks of (at most 4,096, context), equal to what `tokenizer` returns."""
    encode = _encoder(tokenizer)
    context, first, last = tokenizer.context_length, tokenizer.sot_token_id, tokenizer.eot_token_id
    for chunk in _chunks(captions):
        made = np.zeros((len(chunk), context), dtype=np.int32)
        for row, caption in zip(made, chunk, strict=True):
            words = encode(caption)[: context - 2]
            row[: len(words) + 2] = [first, *words, last]
        yield made


class _FirstCaptions:
    """The captions of a data set, read one by one."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset

    def __len__(self) -> int:
        return len(self._dataset)

    def __iter__(self) -> Iterator[str]:
        for row in range(len(self._dataset)):
            captions = self._dataset.captions(row)
            if not captions:
                raise ReproError(
                    f"sample {self._dataset.key(row)} of {self._dataset.folder} should have a caption to train on, but "
                    "it has none; choose a data set of pairs"
                )
            yield captions[0]


def _encoder(tokenizer: SimpleTokenizer) -> Callable[[str], list[int]]:
    word = functools.lru_cache(WORDS)(tokenizer.encode)

    def encode(caption: str) -> list[int]:
        if PLAIN.fullmatch(caption):
            return [token for part in caption.split() for token in word(part)]
        whole: list[int] = tokenizer.encode(caption)
        return whole

    return encode


def _chunks(captions: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(captions)
    while chunk := list(itertools.islice(remaining, CHUNK)):
        yield chunk


def _content(captions: Iterable[str], tokenizer: SimpleTokenizer) -> str:
    rules = (tokenizer.pat.pattern, tokenizer.clean_fn.__name__, str(tokenizer.context_length), *tokenizer.encoder)
    content = hashlib.sha256("\n".join(rules).encode())
    for caption in captions:
        data = caption.encode("utf-8", "surrogatepass")
        content.update(len(data).to_bytes(8, "little"))
        content.update(data)
    return content.hexdigest()
