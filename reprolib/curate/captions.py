"""The captions of a pool, a block at a time.

A pool is a file or a folder of files of one kind: tables (`tables`), or WebDataset tars, ours or anybody's (`tars`).
Each file is a part, which a process can read alone. Nothing is loaded whole, nothing written.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from reprolib.curate import tables, tars
from reprolib.curate.columns import Columns, Row
from reprolib.errors import ReproError
from reprolib.shards import checking
from reprolib.shards.manifest import FILE, Manifest

BLOCK = 65_536
"""Captions handed over at once."""

_KINDS: dict[str, tuple[str, Callable[[Path, Columns], Iterator[Row]]]] = {
    ".csv": ("CSV", tables.comma_separated),
    ".tsv": ("CSV", tables.comma_separated),
    ".jsonl": ("JSON Lines", tables.json_lines),
    ".ndjson": ("JSON Lines", tables.json_lines),
    ".parquet": ("Parquet", tables.parquet),
    ".pq": ("Parquet", tables.parquet),
    ".tar": ("WebDataset tars", tars.rows),
}
_PACKED = {".csv", ".tsv", ".jsonl", ".ndjson"}
_ANY = "CSV, JSON Lines, Parquet or WebDataset tars"


@dataclass(frozen=True)
class Part:
    """One file of a pool."""

    path: Path
    sha256: str | None = None
    """What its content must hash to, where a manifest says so."""

    @property
    def kind(self) -> str:
        """What it is."""
        return _KINDS[_suffix(self.path)][0]

    def blocks(self, columns: Columns) -> Iterator[list[Row]]:
        """Its rows, `BLOCK` at a time.

        Raises:
            ReproError: It cannot be read, a column is missing, or a caption or an id is none.
        """
        rows = _KINDS[_suffix(self.path)][1](self.path, columns)
        try:
            while block := list(islice(rows, BLOCK)):
                yield block
        except (OSError, EOFError, UnicodeDecodeError) as error:
            raise ReproError(f"cannot read {self.path}: {error}; check the file or make it again") from error


def parts(path: Path) -> list[Part]:
    """The files of the pool `path`, by name.

    Raises:
        ReproError: There are none, they are of several kinds, or the shards are not those of their manifest.
    """
    if path.is_file():
        if _suffix(path) not in _KINDS:
            raise ReproError(f"{path} should be {_ANY}, but its name ends like none of them; convert or rename it")
        return [Part(path)]
    if not path.is_dir():
        raise ReproError(f"{path} should be a file or a folder of captions, but there is nothing; check the path")
    if (path / FILE).is_file():
        manifest = Manifest.read(path)
        checking.check(path, manifest, content=False)
        return [Part(path / shard.name, shard.sha256) for shard in manifest.shards]
    found = [Part(each) for each in sorted(path.iterdir()) if _suffix(each) in _KINDS and each.is_file()]
    kinds = sorted({part.kind for part in found})
    if len(kinds) != 1:
        came = " and ".join(kinds) or "none of these"
        raise ReproError(f"{path} should hold {_ANY}, but it holds {came}; give a folder with files of one kind")
    return found


def _suffix(path: Path) -> str:
    """The ending that tells the kind, nothing for a hidden file."""
    if path.name.startswith("."):
        return ""
    inner = Path(path.stem).suffix.lower()
    return inner if path.suffix.lower() == ".gz" and inner in _PACKED else path.suffix.lower()
