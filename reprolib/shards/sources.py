"""Anybody's image–text data as an iterator of samples, by one small interface.

    source = sources.read(path)
    print(source.reason)
    writing.write(folder, source, name="mine", per_shard=10_000, classes=source.classes, templates=source.templates)

`read` takes a dataset of ours, a WebDataset (tars from `webdataset`, img2dataset, DataComp, …), images with a table of
captions (CSV, TSV, JSONL), images with `.txt` files beside them, or a folder for each class. It chooses by what it
finds and says why. An iteration may be repeated and gives the same samples in the same order.
"""

from collections.abc import Iterator
from pathlib import Path

from reprolib.errors import ReproError
from reprolib.shards import captioned, labelled, webtars
from reprolib.shards.dataset import Dataset
from reprolib.shards.images import is_image
from reprolib.shards.manifest import FILE
from reprolib.shards.sample import Sample
from reprolib.shards.source import Source


def read(path: Path, *, image_column: str | None = None, caption_column: str | None = None) -> Source:
    """The samples in the folder, tar or table `path`; columns are for a table whose own names do not tell.

    Raises:
        ReproError: There is nothing there that can be read, or it has faults; the first is named.
    """
    if not path.exists():
        raise ReproError(
            f"{path} should be a folder, a tar or a table of captions, but there is nothing; check the path"
        )
    if path.is_dir() and (path / FILE).is_file():
        return _dataset(path)
    if path.suffix.lower() in captioned.TABLES:
        return captioned.table(path, image_column, caption_column)
    if path.is_file():
        return webtars.source(path)
    tables = sorted(entry for entry in path.iterdir() if entry.suffix.lower() in captioned.TABLES)
    if len(tables) > 1:
        names = ", ".join(table.name for table in tables)
        raise ReproError(f"{path} should have one table of captions, but it has {names}; give the path of one")
    if tables:
        return captioned.table(tables[0], image_column, caption_column)
    if any(path.glob("*.tar")):
        return webtars.source(path)
    return _loose(path)


def _loose(path: Path) -> Source:
    """Image files, with captions beside them or in a folder for each class."""
    images = [file for file in sorted(path.rglob("*")) if is_image(file.name) and file.is_file()]
    if not images:
        raise ReproError(
            f"{path} should have tars, images or a table of captions (CSV, TSV, JSONL), but it has none; check the path"
        )
    if any(image.with_suffix(".txt").is_file() for image in images):
        return captioned.sidecars(path, images)
    return labelled.source(path, images)


def _dataset(path: Path) -> Source:
    data = Dataset.open(path)

    def samples() -> Iterator[Sample]:
        return (data.sample(row) for row in range(len(data)))

    return Source("dataset", f"{path} has a {FILE}", samples, data.classes, data.templates)
