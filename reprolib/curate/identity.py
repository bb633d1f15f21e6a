"""Ids of samples as the 128-bit uids of subset files (`reprolib.shards.subsets`).

A uid of 32 hex digits, as our shards and DataComp's have them, stands for itself. A whole number below 2^64, a row
number for instance, is that number, whether a file holds it as a number or as text. Any other text is the first 128
bits of its sha256. So a sample has the same uid in whatever file it stands. Pure.
"""

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from reprolib.shards.subsets import UID, Uids

Id = int | str

_HEX = re.compile(r"[0-9a-f]{32}")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
_LOW = 2**64 - 1


def uids(ids: Sequence[Id]) -> Uids:
    """The uid of each of `ids`."""
    made = np.empty(len(ids), UID)
    whole = [_whole(each) for each in ids]
    made["f0"] = [each >> 64 for each in whole]
    made["f1"] = [each & _LOW for each in whole]
    return made


def of_rows(start: int, count: int) -> Uids:
    """The uids of the rows `start` to `start + count`, where a row's number is its id."""
    made = np.zeros(count, UID)
    made["f1"] = np.arange(start, start + count)
    return made


def _whole(each: Id) -> int:
    if isinstance(each, int):
        each = str(each)
    if _NUMBER.fullmatch(each):
        return int(each)
    if _HEX.fullmatch(each):
        return int(each, 16)
    return int.from_bytes(hashlib.sha256(each.encode(errors="surrogatepass")).digest()[:16])
