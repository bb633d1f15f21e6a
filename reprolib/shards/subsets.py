"""Nested subsets of a dataset as files of sorted uids, the form that DataComp uses.

A subset file is a `.npy` of dtype `u8,u8`: each 128-bit uid as two unsigned integers, its first 16 hex digits and its
last 16, in ascending order. It names samples whatever shard they are in. A uid that is there twice means that sample
twice.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from reprolib import files
from reprolib.errors import ReproError

if TYPE_CHECKING:
    from reprolib.shards.dataset import Dataset

UID = np.dtype("u8,u8")
Uids = NDArray[np.void]
"""(n,) of dtype `UID`."""


def nested(uids: Uids, sizes: Mapping[str, int], seed: int) -> dict[str, Uids]:
    """Subsets of the given sizes, each the start of one seeded order of all uids: a smaller one lies in every larger.

    The order is by a hash of seed and uid, so it does not depend on the order of `uids`, and a subset of a part of
    the uids is that part of the subset.

    Raises:
        ReproError: A size is not from 1 to the number of uids, or a uid comes twice.
    """
    ordered = np.sort(_text(uids))
    if (ordered[1:] == ordered[:-1]).any():
        raise ReproError("the uids of a dataset should differ, but one comes twice; remove the repeated sample")
    words = ordered.view(">u8").reshape(-1, 2).astype(np.uint64)
    drawn = np.argsort(_hash(words, seed), kind="stable")
    chosen = {}
    for name, size in sizes.items():
        if not 1 <= size <= len(ordered):
            raise ReproError(
                f"the subset '{name}' should have 1 to {len(ordered)} samples, those of the dataset, but {size} are "
                "asked for; change its size"
            )
        chosen[name] = _uids(ordered[np.sort(drawn[:size])])
    return chosen


def write_subset(path: Path, uids: Uids) -> None:
    """Write `uids`, in ascending order, to the `.npy` file `path`."""
    content = io.BytesIO()
    np.save(content, _uids(np.sort(_text(uids))), allow_pickle=False)
    files.write(path, content.getvalue())


def read_subset(path: Path) -> Uids:
    """The uids in `path`, ascending.

    Raises:
        ReproError: It is missing, or is not a sorted array of uids.
    """
    try:
        uids = np.load(io.BytesIO(files.read(path)), allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise ReproError(f"{path} should be a .npy file of uids, but it is none: {error}; write it again") from error
    if not isinstance(uids, np.ndarray) or uids.ndim != 1 or uids.dtype.newbyteorder("=") != UID:
        came = f"{uids.dtype} of shape {uids.shape}" if isinstance(uids, np.ndarray) else "a .npz archive"
        raise ReproError(f"{path} should hold a list of uids of dtype u8,u8, but it holds {came}; write it again")
    text = _text(uids.astype(UID))
    if (text[1:] < text[:-1]).any():
        raise ReproError(f"{path} should hold uids in ascending order, but they are not; write it again")
    return _uids(text)


def rows(dataset: Dataset, subset: Uids) -> NDArray[np.int64]:
    """The row of each uid of `subset` in `dataset`, ascending.

    Raises:
        ReproError: A uid of `subset` is not in the dataset; it is named.
    """
    here, wanted = _text(dataset.uids), _text(subset)
    order = np.argsort(here, kind="stable")
    places = np.searchsorted(here, wanted, sorter=order)
    found = order[np.minimum(places, len(order) - 1)]
    missing = np.flatnonzero(here[found] != wanted)
    if missing.size:
        first = "{:016x}{:016x}".format(*subset[missing[0]].item())
        raise ReproError(
            f"{missing.size} of {len(wanted)} uids of the subset are not in {dataset.folder}, the first is {first}; "
            "draw the subset from this dataset, or open the one that it was drawn from"
        )
    return np.sort(found).astype(np.int64)


def _text(uids: Uids) -> NDArray[np.bytes_]:
    """The uids as 16 bytes, most significant first: numpy compares and sorts these much faster than pairs."""
    words = np.empty((len(uids), 2), ">u8")
    words[:, 0], words[:, 1] = uids["f0"], uids["f1"]
    return words.view("S16")[:, 0]


def _uids(text: NDArray[np.bytes_]) -> Uids:
    words = np.ascontiguousarray(text).view(">u8").reshape(-1, 2)
    uids = np.empty(len(words), UID)
    uids["f0"], uids["f1"] = words[:, 0], words[:, 1]
    return uids


def _hash(words: NDArray[np.uint64], seed: int) -> NDArray[np.uint64]:
    """64 bits a uid, from `words` (n, 2) and the seed."""
    return _mix(_mix(_mix(np.full(len(words), seed, np.uint64)) ^ words[:, 0]) ^ words[:, 1])


def _mix(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """A step of SplitMix64 (Steele, Lea and Flood, 2014): a bijection whose every output bit depends on all inputs."""
    words = words + np.uint64(0x9E3779B97F4A7C15)
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))
