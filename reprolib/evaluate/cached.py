"""Tables that are made once: an array in a file named after all that it follows from.

The table of a key is `<cache>/<sha256 of the key>/table.npy`, mapped when read, with the key beside it as `key.json`.
It is there whole or not at all, so an evaluation that was killed goes on with the tables it has. Of several processes
that want the same table one makes it and the others wait; a killed one holds up nobody.
"""

import contextlib
import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reprolib import files
from reprolib.errors import ReproError


def table(cache: Path, key: Mapping[str, Any], make: Callable[[Path], None]) -> NDArray[Any]:
    """The array of `key`, mapped read-only; `make` writes it to the path it is given, if it is not there yet.

    Raises:
        ReproError: The cache cannot be written to, or the table was altered there.
    """
    digest = hashlib.sha256(json.dumps(key, sort_keys=True, allow_nan=False).encode()).hexdigest()[:32]
    folder = cache / digest
    if not folder.is_dir():
        with alone(cache / f"{digest}.lock"):
            if not folder.is_dir():
                with files.staged(folder) as stage:
                    make(stage / "table.npy")
                    files.write_json(stage / "key.json", key)
    path = folder / "table.npy"
    try:
        found: NDArray[Any] = np.load(path, mmap_mode="r")
    except (OSError, ValueError, EOFError) as error:
        raise ReproError(f"{path} was cut short or altered ({error}); delete {folder} to make it again") from error
    return found


@contextlib.contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Wait until no other process holds `lock`; hold it during the block."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    while True:
        with lock.open("a") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            # Whoever held it before has removed the file: a lock on a file without a name keeps nobody out.
            if not _same(stream.fileno(), lock):
                continue
            try:
                yield
            finally:
                lock.unlink()
            return


def _same(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False
