"""Files on disk: atomic writes, content hashes, strict JSON and YAML.

Every file of the project is written here: to a temporary name in the same folder, flushed to the disk, then renamed. So
a reader sees the old file or the new one, never half of one; a failed write leaves nothing behind, a killed one at most
a hidden `.tmp` that git, DVC and the hashes here leave out.
"""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from reprolib.errors import ReproError


def _cannot(verb: str, path: Path, error: OSError) -> ReproError:
    todo = "free some space" if error.errno == 28 else "check the path and its permissions"
    return ReproError(f"cannot {verb} {path}: {error.strerror or error}; {todo}, then run the command again")


def write(path: Path, content: str | bytes) -> None:
    """Write `content` (text as UTF-8) to `path` atomically.

    Raises:
        ReproError: The folder is read-only, the disk is full, or the path is not a file's.
    """
    write_parts(path, [content.encode() if isinstance(content, str) else content])


def write_parts(path: Path, parts: Iterable[bytes | memoryview]) -> None:
    """Write `parts` one after the other to `path` atomically; they need not fit into memory together.

    Raises:
        ReproError: As `write`.
    """
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
        temporary = Path(name)
        with os.fdopen(handle, "wb") as stream:
            for part in parts:
                stream.write(part)
            stream.flush()
            os.fchmod(stream.fileno(), 0o644)
            os.fsync(stream.fileno())
        temporary.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise _cannot("write", path, error) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def write_json(path: Path, value: Any) -> None:
    """Write `value` as strict JSON (no NaN), one key a line, so that `git diff` reads well."""
    write(path, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


@contextlib.contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """A temporary sibling of `folder` that takes its place, whole, when the block ends well."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        for left_by_a_killed_run in folder.parent.glob(f".{folder.name}.*"):
            shutil.rmtree(left_by_a_killed_run)
        stage = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".tmp", dir=folder.parent))
    except OSError as error:
        raise _cannot("write", folder, error) from error
    try:
        yield stage
        stage.chmod(0o755)
        old = stage.with_suffix(".old")
        if folder.exists():
            folder.rename(old)
        stage.rename(folder)
        _sync_folder(folder.parent)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise _cannot("write", folder, error) from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read(path: Path) -> bytes:
    """The bytes of `path`.

    Raises:
        ReproError: The file is missing or unreadable.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise _cannot("read", path, error) from error


def read_text(path: Path) -> str:
    """The text of `path`, which must be UTF-8."""
    try:
        return read(path).decode()
    except UnicodeDecodeError as error:
        raise ReproError(f"{path} is not UTF-8 text (byte {error.start}); restore it with git") from error


def read_json(path: Path) -> Any:
    """The JSON value in `path`."""
    try:
        return json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise ReproError(
            f"{path} is not JSON (line {error.lineno}: {error.msg}); restore it with git or make it again"
        ) from error


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in the YAML file `path`, read as DVC reads it (YAML 1.2), so that `1e-4` is a number.

    Raises:
        ReproError: The file is missing or unreadable, is not YAML, or does not hold a mapping.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        value = YAML(typ="safe").load(read_text(path))
    except YAMLError as error:
        raise ReproError(
            f"{path} is not YAML: {' '.join(str(error).split())}; mend it or restore it with git"
        ) from error
    if not isinstance(value, dict):
        came = "is empty" if value is None else f"holds a {type(value).__name__}"
        raise ReproError(f"{path} should hold settings by name, but it {came}; restore it with git")
    return value


def sha256(path: Path) -> str:
    """The content hash of a file, or of a folder: the hash over the sorted (name, hash) pairs of the files in it."""
    if path.is_dir():
        names = sorted(p.relative_to(path).as_posix() for p in path.rglob("*") if p.is_file() and _counts(p))
        listing = "".join(f"{sha256(path / name)}  {name}\n" for name in names)
        return hashlib.sha256(listing.encode()).hexdigest()
    return hashlib.sha256(read(path)).hexdigest()


def _counts(path: Path) -> bool:
    return path.suffix != ".pyc" and not path.name.startswith(".")
