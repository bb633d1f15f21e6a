"""Captions out of tables and tars as they stand there, and one sentence for what is wrong."""

import gzip
import io
import json
import tarfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import some_captions
import webdataset
from some_captions import KINDS

from reprolib.curate import captions
from reprolib.curate.columns import Columns, Row
from reprolib.errors import ReproError

ROWS = some_captions.rows(25)
NAMED = Columns("text", "name")


def read(path: Path, columns: Columns = NAMED) -> list[Row]:
    return [row for part in captions.parts(path) for block in part.blocks(columns) for row in block]


@pytest.mark.parametrize("kind", KINDS)
def test_rows_come_back_as_written(kind: str, tmp_path: Path) -> None:
    path = some_captions.write(tmp_path / f"a.{kind}", ROWS)
    assert read(path) == ROWS
    assert read(path, Columns()) == [(None, text) for _, text in ROWS]


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_column_is_named_with_those_that_are_there(kind: str, tmp_path: Path) -> None:
    path = some_captions.write(tmp_path / f"a.{kind}", ROWS)
    with pytest.raises(ReproError, match=r"the column 'caption', but its columns are .*name.*text"):
        read(path, Columns("caption"))


@pytest.mark.parametrize("kind", KINDS)
def test_blocks_do_not_change_the_rows(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(captions, "BLOCK", 4)
    (part,) = captions.parts(some_captions.write(tmp_path / f"a.{kind}", ROWS))
    blocks = list(part.blocks(NAMED))
    assert [len(block) for block in blocks] == [4] * 6 + [1]
    assert [row for block in blocks for row in block] == ROWS


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_table_may_be_packed_and_begin_with_a_byte_order_mark(kind: str, tmp_path: Path) -> None:
    plain = some_captions.write(tmp_path / f"a.{kind}", ROWS).read_bytes()
    with gzip.open(tmp_path / f"b.{kind}.gz", "wb") as stream:
        stream.write(b"\xef\xbb\xbf" + plain)
    assert read(tmp_path / f"b.{kind}.gz") == ROWS


def test_cells_of_a_csv_are_text_as_they_stand(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b'text,name\r\nNA,1\r\n"a, ""b""\nc",007\r\n,\r\nnull,x\r\n')
    assert read(tmp_path / "a.csv") == [("1", "NA"), ("007", 'a, "b"\nc'), ("", ""), ("x", "null")]


def test_a_csv_may_have_tabs_and_long_cells(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"name\ttext\n1\ta, b\n2\t{'x' * 200_000}\n")
    assert read(tmp_path / "a.csv") == [("1", "a, b"), ("2", "x" * 200_000)]


def test_a_row_with_an_unquoted_comma_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("name,text\n1,a\n2,a, b\n")
    with pytest.raises(ReproError, match="line 3, should have 2 cells as the head has, but it has 3"):
        read(tmp_path / "a.csv")


def test_a_column_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,text\na,b\n")
    with pytest.raises(ReproError, match="should have one column 'text', but it has 2"):
        read(tmp_path / "a.csv", Columns())


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ('{"text": 5, "name": "a"}', "line 2: 'text' should be a caption, but it is 5"),
        ('{"text": "a"}', "line 2: 'name' should be text or a whole number, but it is None"),
        ('{"text": "a", "name": 0.5}', "but it is 0.5"),
        ('["a"]', "line 2, should be an object"),
        ("{", "line 2, is not JSON"),
    ],
)
def test_a_broken_line_of_json_is_named(line: str, error: str, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(f'{{"text": "tea", "name": 1}}\n{line}\n')
    with pytest.raises(ReproError, match=error):
        read(tmp_path / "a.jsonl")


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_table_that_is_not_utf8_is_named(kind: str, tmp_path: Path) -> None:
    (tmp_path / f"a.{kind}").write_bytes(b'text,name\n{"text": "\xff", "name": 1}\n')
    with pytest.raises(ReproError, match=r"cannot read .*a\.(csv|jsonl)"):
        read(tmp_path / f"a.{kind}")


def test_a_parquet_file_keeps_numbers_and_absent_captions(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["a", None], "name": [3, 4]}), tmp_path / "a.parquet")
    assert read(tmp_path / "a.parquet") == [(3, "a"), (4, None)]


def test_a_parquet_column_of_other_things_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": [1.5]}), tmp_path / "a.parquet")
    with pytest.raises(ReproError, match=r"row 0: 'text' should be a caption, but it is 1\.5"):
        read(tmp_path / "a.parquet", Columns())


def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_text("text\n")
    with pytest.raises(ReproError, match=r"cannot read .*a\.parquet"):
        read(tmp_path / "a.parquet")


def test_tars_of_webdataset_are_read_with_images_or_without(tmp_path: Path) -> None:
    with webdataset.TarWriter(str(tmp_path / "a.tar")) as writer:
        writer.write({"__key__": "one", "txt": "tea\npot", "json": {"caption": "cup"}})
        writer.write({"__key__": "two", "png": b"x", "json": {"caption": "milk"}})
    assert read(tmp_path / "a.tar", Columns("text", "key")) == [("one", "tea\npot"), ("two", None)]
    assert read(tmp_path / "a.tar", Columns("caption")) == [(None, "cup"), (None, "milk")]


def test_a_key_that_comes_twice_in_a_tar_is_named(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        for name in ("a.txt", "b.txt", "a.json"):
            archive.addfile(tarfile.TarInfo(name), io.BytesIO())
    with pytest.raises(ReproError, match="the members of 'a' are not adjacent"):
        read(tmp_path / "a.tar", Columns())


def test_a_broken_sample_of_a_tar_is_named(tmp_path: Path) -> None:
    some_captions.write(tmp_path / "a.tar", [("a", "tea")])
    data = (tmp_path / "a.tar").read_bytes()
    (tmp_path / "a.tar").write_bytes(data.replace(b"tea", b"\xff\xff\xff"))
    with pytest.raises(ReproError, match="the sample '00000' is broken"):
        read(tmp_path / "a.tar")


def test_real_tables_are_read(shared: Path) -> None:
    path = shared / "realdata" / "crawl_tiles" / "pairs.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert read(path, Columns("name", "file")) == [(line["file"], line["name"]) for line in lines]
