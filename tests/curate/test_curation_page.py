"""The page of the head and of the tail: the samples that it should show, the same bytes every time."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reprolib.curate import metadata, page, selection, sources
from reprolib.curate.selection import Candidates
from reprolib.pictographs.world import World
from reprolib.shards import writing
from reprolib.shards.dataset import Dataset
from reprolib.shards.sample import Sample


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """300 pairs of the embedded world."""
    world, folder = World(1), tmp_path_factory.mktemp("page")
    samples = [Sample(f"{i:06d}", world.png(i), "png", (world.sample(i)[1],)) for i in range(300)]
    writing.write(folder / "set", samples, name="set", per_shard=200)
    return Dataset.open(folder / "set")


def test_the_page_is_written_for_screen_and_print_and_is_the_same_again(dataset: Dataset, tmp_path: Path) -> None:
    candidates = Candidates.of(dataset, metadata.joined(sources.pictographs()).entries)
    kept = selection.balanced(candidates, t=6).uids
    for name in ("one", "two"):
        page.draw(dataset, candidates, kept, 6, tmp_path / name)
    for suffix in ("png", "pdf"):
        one, two = ((tmp_path / name / f"curation.{suffix}").read_bytes() for name in ("one", "two"))
        assert one == two
    with Image.open(tmp_path / "one" / "curation.png") as picture:
        assert picture.width == 2100


def test_the_page_shows_samples_of_the_subset_beside_the_entries_they_match(dataset: Dataset) -> None:
    candidates = Candidates.of(dataset, metadata.joined(sources.pictographs()).entries)
    kept = selection.balanced(candidates, t=6).uids
    figure = page.paint(dataset, candidates, kept, 6)
    chosen = np.isin(candidates.uids, kept)
    most = int(np.argmax(candidates.counts))
    rows = [row for row in range(300) if chosen[row] and most in candidates.matches.of(row)]
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts[:2] == ["Head: more than 6 captions", "captions before → after"]
    assert texts[3] == f"{candidates.counts[most]:,} → {len(rows):,}"
    first = sorted(rows, key=lambda row: candidates.uids[row].item())[: page.PICTURES]
    drawn = [np.asarray(image.get_array()) for image in figure.axes[0].images[: len(first)]]
    pixels = World(1)
    assert all((image == pixels.sample(row)[0]).all() for image, row in zip(drawn, first, strict=True))
