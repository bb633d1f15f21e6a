"""A pool in any files, any number of them and any order: the same matches, the same subset, and work done once."""

import json
from pathlib import Path

import numpy as np
import pytest
import some_captions
from some_captions import ENTRIES, KINDS

from reprolib.curate import metadata, pool
from reprolib.curate.columns import Columns
from reprolib.curate.curation import Curation
from reprolib.curate.metadata import Metadata, Source
from reprolib.curate.pool import Pool
from reprolib.errors import ReproError
from reprolib.shards import subsets, writing
from reprolib.shards.dataset import Dataset
from reprolib.shards.sample import Sample

NAMED = Columns("text", "name")
ROWS = some_captions.rows(700)


@pytest.fixture(scope="module")
def entries() -> Metadata:
    return metadata.joined([Source("test", "all", ENTRIES)])


@pytest.fixture(scope="module")
def whole(entries: Metadata, tmp_path_factory: pytest.TempPathFactory) -> Pool:
    folder = tmp_path_factory.mktemp("whole")
    return pool.match(some_captions.write(folder / "all.jsonl", ROWS), entries, folder / "work", columns=NAMED)


def split(folder: Path, some: some_captions.Rows, files: int, kind: str = "jsonl") -> Path:
    for number, part in enumerate(np.array_split(np.arange(len(some)), files)):
        some_captions.write(folder / f"{number:05d}.{kind}", [some[row] for row in part])
    return folder


@pytest.mark.parametrize("files", [1, 2, 7])
@pytest.mark.parametrize("shuffled", [False, True])
def test_the_subset_is_the_same_for_any_number_of_files_in_any_order(
    files: int, shuffled: bool, whole: Pool, entries: Metadata, tmp_path: Path
) -> None:
    order = np.random.default_rng(files).permutation(len(ROWS)) if shuffled else np.arange(len(ROWS))
    folder = split(tmp_path / "pool", [ROWS[row] for row in order], files)
    found = pool.match(folder, entries, tmp_path / "work", columns=NAMED)
    assert found.counts.tolist() == whole.counts.tolist()
    once, again = Curation(whole, 20.0, 4), Curation(found, 20.0, 4)
    assert again.expected_size == once.expected_size
    assert 50 < len(once.subset()) < 650
    assert np.array_equal(again.subset(), once.subset())


def test_the_subset_is_the_same_with_two_processes(whole: Pool, entries: Metadata, tmp_path: Path) -> None:
    folder = split(tmp_path / "pool", ROWS, 3)
    told: list[tuple[int, int]] = []
    found = pool.match(
        folder, entries, tmp_path / "work", columns=NAMED, processes=2, progress=lambda *each: told.append(each)
    )
    assert np.array_equal(Curation(found, 20.0, 4).subset(), Curation(whole, 20.0, 4).subset())
    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_file_gives_the_same_subset(kind: str, whole: Pool, entries: Metadata, tmp_path: Path) -> None:
    found = pool.match(split(tmp_path / "pool", ROWS, 2, kind), entries, tmp_path / "work", columns=NAMED)
    assert np.array_equal(Curation(found, 20.0, 4).subset(), Curation(whole, 20.0, 4).subset())


def test_row_numbers_are_ids_across_files(entries: Metadata, tmp_path: Path) -> None:
    found = [pool.match(split(tmp_path / f"{files}", ROWS, files), entries, tmp_path / "work") for files in (1, 2, 7)]
    assert [identity for chunk in found[2].chunks() for identity in chunk.ids] == [str(row) for row in range(700)]
    one, two, seven = (Curation(each, 20.0, 4).subset() for each in found)
    assert np.array_equal(one, two)
    assert np.array_equal(one, seven)
    assert set(one["f0"]) == {0}
    assert one["f1"].max() < 700


def test_a_data_set_of_ours_is_balanced_by_its_uids(entries: Metadata, tmp_path: Path) -> None:
    samples = [Sample(key, key.encode(), "png", (text,)) for key, text in ROWS[:100] if text]
    writing.write(tmp_path / "set", samples, name="set", per_shard=30)
    found = pool.match(tmp_path / "set", entries, tmp_path / "work", columns=Columns("text", "uid"))
    subset, dataset = Curation(found, 5.0).subset(), Dataset.open(tmp_path / "set")
    chosen = subsets.rows(dataset, subset)
    assert 0 < len(chosen) < len(samples)
    subsets.write_subset(tmp_path / "subset.npy", subset)
    assert np.array_equal(subsets.read_subset(tmp_path / "subset.npy"), subset)


def test_an_altered_shard_of_ours_is_named(entries: Metadata, tmp_path: Path) -> None:
    writing.write(tmp_path / "set", [Sample("a", b"x", "png", ("tea",))], name="set", per_shard=30)
    shard = tmp_path / "set" / "00000.tar"
    shard.write_bytes(shard.read_bytes().replace(b"tea", b"cat"))
    with pytest.raises(ReproError, match=r"00000\.tar is altered"):
        pool.match(tmp_path / "set", entries, tmp_path / "work")


def test_what_was_matched_is_not_matched_again(entries: Metadata, tmp_path: Path) -> None:
    folder, work = split(tmp_path / "pool", ROWS, 3), tmp_path / "work"

    def made() -> dict[str, int]:
        pool.match(folder, entries, work, columns=NAMED)
        return {path.name: path.stat().st_ino for path in work.iterdir()}

    first = made()
    assert made() == first
    next(work.iterdir()).unlink()
    second = made()
    assert second.keys() == first.keys()
    assert sum(second[name] == first[name] for name in first) >= 2
    some_captions.write(folder / "00001.jsonl", ROWS[300:305])
    assert len(made()) == 4


def test_a_run_that_failed_goes_on_with_the_files_that_are_missing(entries: Metadata, tmp_path: Path) -> None:
    folder, work = split(tmp_path / "pool", ROWS, 3), tmp_path / "work"
    good = (folder / "00002.jsonl").read_text()
    (folder / "00002.jsonl").write_text(good + "{\n")
    with pytest.raises(ReproError, match=r"00002\.jsonl, line \d+, is not JSON"):
        pool.match(folder, entries, work, columns=NAMED)
    done = {path.name: path.stat().st_ino for path in work.iterdir()}
    assert len(done) == 2
    (folder / "00002.jsonl").write_text(good)
    pool.match(folder, entries, work, columns=NAMED)
    assert {path.name: path.stat().st_ino for path in work.iterdir() if path.name in done} == done


def test_other_entries_and_other_columns_are_other_matches(entries: Metadata, tmp_path: Path) -> None:
    path, work = some_captions.write(tmp_path / "all.jsonl", ROWS), tmp_path / "work"
    others = metadata.joined([Source("test", "all", ENTRIES[::-1])])
    assert pool.match(path, entries, work).counts.tolist() == pool.match(path, others, work).counts.tolist()[::-1]
    assert pool.match(path, entries, work, columns=Columns("name")).counts.tolist() == [0] * len(ENTRIES)


def test_an_id_that_comes_twice_is_named_with_both_rows(entries: Metadata, tmp_path: Path) -> None:
    folder = split(tmp_path / "pool", [*ROWS[:10], ROWS[3]], 2)
    with pytest.raises(ReproError, match='the id "id-3" of row 10 is that of row 3 too'):
        pool.match(folder, entries, tmp_path / "work", columns=NAMED)


def test_samples_without_caption_are_counted_and_never_kept(tmp_path: Path) -> None:
    (tmp_path / "all.jsonl").write_text('{"text": "tea"}\n{"text": null}\n{"other": 1}\n{"text": ""}\n')
    # An empty entry matches between two spaces, so also in an empty caption, but not where there is none.
    found = pool.match(tmp_path / "all.jsonl", metadata.joined([Source("test", "all", ["", "tea"])]), tmp_path / "work")
    assert found.counts.tolist() == [1, 1]
    assert [part.captioned for part in found.parts] == [2]
    curation = Curation(found, 1.0)
    assert curation.subset()["f1"].tolist() == [0, 3]
    assert curation.lost(2) == {
        "there is no caption": 2,
        "the caption matches no entry": 0,
        "balancing did not draw it": 0,
    }


def test_published_counts_may_balance_instead_of_those_of_the_pool(tmp_path: Path) -> None:
    (tmp_path / "counts.json").write_text(json.dumps({"tea": 4, "pot": 1000}))
    (tmp_path / "all.jsonl").write_text('{"text": "tea"}\n{"text": "pot"}\n{"text": "cup"}\n')
    found = pool.match(tmp_path / "all.jsonl", metadata.read(tmp_path / "counts.json"), tmp_path / "work")
    assert Curation(found, 1.0).expected_size == 2
    assert Curation(found, 1.0, published=True).expected_size == pytest.approx(1 / 4 + 1 / 1000)


def test_published_counts_are_refused_where_there_are_none(whole: Pool) -> None:
    with pytest.raises(ReproError, match="an object of entries and counts"):
        Curation(whole, 1.0, published=True)


def test_a_folder_of_several_kinds_is_refused(entries: Metadata, tmp_path: Path) -> None:
    for kind in ("csv", "jsonl"):
        some_captions.write(tmp_path / "pool" / f"a.{kind}", ROWS[:3])
    with pytest.raises(ReproError, match="but it holds CSV and JSON Lines"):
        pool.match(tmp_path / "pool", entries, tmp_path / "work")


@pytest.mark.parametrize(("name", "error"), [("none", "there is nothing"), ("a.txt", "its name ends like none")])
def test_what_is_no_pool_is_refused(name: str, error: str, entries: Metadata, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("tea")
    with pytest.raises(ReproError, match=error):
        pool.match(tmp_path / name, entries, tmp_path / "work")


def test_a_pool_without_rows_is_refused(entries: Metadata, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text\n")
    with pytest.raises(ReproError, match="it has no rows"):
        pool.match(tmp_path / "a.csv", entries, tmp_path / "work")
