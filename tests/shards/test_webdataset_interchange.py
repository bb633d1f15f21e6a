"""Our tars open in `webdataset` and the standard library, and theirs open here."""

import gc
import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import webdataset
from some_samples import encoded, picture, sample, stored

from reprolib.errors import ReproError
from reprolib.shards import sources, writing
from reprolib.shards.sample import Sample

# webdataset leaves its files for the garbage collector to close.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
]


@pytest.fixture(scope="module", autouse=True)
def _collected() -> Iterator[None]:
    """Not in another module's test, whose warnings are errors."""
    yield
    gc.collect()


def opened(folder: Path) -> list[dict[str, Any]]:
    """What webdataset makes of all shards in `folder`."""
    urls = [str(path) for path in sorted(folder.glob("*.tar"))]
    return list(webdataset.WebDataset(urls, shardshuffle=False))


def test_webdataset_reads_our_samples(tmp_path: Path) -> None:
    stored(tmp_path / "set")
    found = opened(tmp_path / "set")
    assert [each["__key__"] for each in found] == [sample(n).key for n in range(10)]
    assert [each["png"] for each in found] == [sample(n).image for n in range(10)]
    assert [json.loads(each["json"]) for each in found] == [{"uid": sample(n).uid, "number": n} for n in range(10)]


def test_webdataset_decodes_our_samples(tmp_path: Path) -> None:
    samples = [Sample(f"k{n}", encoded(picture(n)), "png", (f"ein Bild ☃ {n}",), label=n) for n in range(3)]
    writing.write(tmp_path / "set", samples, name="set", per_shard=3)
    reader = webdataset.WebDataset(str(tmp_path / "set" / "00000.tar"), shardshuffle=False)
    rows = list(reader.decode("rgb8").to_tuple("png", "txt", "cls", "json"))
    for n, (image, text, label, attributes) in enumerate(rows):
        assert (np.asarray(image) == picture(n)).all()
        assert (text, label, attributes) == (f"ein Bild ☃ {n}", n, {"uid": samples[n].uid})
    assert len(rows) == 3


def test_the_standard_library_lists_members_of_a_sample_side_by_side(tmp_path: Path) -> None:
    made = Sample("a", b"i", "jpg", ("one", "two"), 7, {"x": 1})
    writing.write(tmp_path / "set", [made], name="set", per_shard=1)
    with tarfile.open(tmp_path / "set" / "00000.tar") as archive:
        assert archive.getnames() == ["a.jpg", "a.txt", "a.cls", "a.json"]
        assert archive.extractfile("a.txt").read() == b"one\ntwo"
        assert not any(member.pax_headers for member in archive)


def write_theirs(path: Path, samples: list[dict[str, Any]]) -> None:
    with webdataset.TarWriter(str(path)) as writer:
        for each in samples:
            writer.write(each)


def test_a_tar_of_webdataset_with_pax_headers_is_read(tmp_path: Path) -> None:
    write_theirs(
        tmp_path / "a.tar",
        [{"__key__": f"{n:04d}", "png": encoded(picture(n)), "txt": f"words ☃ {n}", "cls": n} for n in range(5)],
    )
    assert b"PaxHeader" in (tmp_path / "a.tar").read_bytes()
    found = list(sources.read(tmp_path))
    assert found == [Sample(f"{n:04d}", encoded(picture(n)), "png", (f"words ☃ {n}",), n, {}) for n in range(5)]


def img2dataset(path: Path, first: int) -> None:
    """A shard as img2dataset writes it: `.jpg`, `.txt` and a `.json` with the caption, the address and the uid."""
    write_theirs(
        path,
        [
            {
                "__key__": f"{n:09d}",
                "jpg": encoded(picture(n), "JPEG"),
                "txt": f"a caption\nof two lines {n}",
                "json": {"caption": "…", "url": "http://x", "key": f"{n:09d}", "status": "success", "uid": "f" * 32},
            }
            for n in range(first, first + 3)
        ],
    )


def test_shards_of_img2dataset_become_ours(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    img2dataset(tmp_path / "theirs" / "00000.tar", 0)
    img2dataset(tmp_path / "theirs" / "00001.tar", 10_000)
    (tmp_path / "theirs" / "00000_stats.json").write_text("{}")
    source = sources.read(tmp_path / "theirs")
    assert source.kind == "webdataset"
    assert "2 tars of WebDataset and no manifest" in source.reason
    found = list(source)
    assert [each.key for each in found] == [f"{n:09d}" for n in (0, 1, 2, 10_000, 10_001, 10_002)]
    assert found[4].captions == ("a caption of two lines 10001",)
    assert found[4].extension == "jpg"
    assert found[4].attributes["source_uid"] == "f" * 32
    writing.write(tmp_path / "ours", source, name="ours", per_shard=4)
    assert list(sources.read(tmp_path / "ours")) == found


def test_keys_that_two_tars_share_are_told_apart_and_kept(tmp_path: Path) -> None:
    for name in ("a.tar", "b.tar"):
        write_theirs(tmp_path / name, [{"__key__": "0", "png": b"x"}, {"__key__": f"only-{name[0]}", "png": b"y"}])
    found = list(sources.read(tmp_path))
    assert len({each.key for each in found}) == 4
    assert [each.attributes.get("source_key") for each in found] == ["0", None, "0", None]
    assert found[1].key == "only-a"
    writing.write(tmp_path / "ours", found, name="ours", per_shard=9)


def test_keys_with_folders_are_made_plain(tmp_path: Path) -> None:
    write_theirs(tmp_path / "a.tar", [{"__key__": "n01/ä 1", "jpg": b"x"}, {"__key__": "n02/ä 1", "jpg": b"x"}])
    found = list(sources.read(tmp_path / "a.tar"))
    assert [each.attributes for each in found] == [{"source_key": "n01/ä 1"}, {"source_key": "n02/ä 1"}]
    writing.write(tmp_path / "ours", found, name="ours", per_shard=9)


def hostile(name: str, kind: bytes = tarfile.REGTYPE) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, "/etc/passwd"
        archive.addfile(info)
    return stream.getvalue()


BAD = {
    "absolute name": (hostile("/etc/a.png"), "leads out of the archive"),
    "up": (hostile("../a.png"), "leads out of the archive"),
    "link": (hostile("a.png", tarfile.SYMTYPE), "link or a device"),
    "empty": (b"", "cannot read the shard"),
    "a page": (b"<html>" * 200, "corrupt"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_foreign_tar_that_is_bad_is_named(tmp_path: Path, what: str) -> None:
    content, message = BAD[what]
    (tmp_path / "bad.tar").write_bytes(content)
    with pytest.raises(ReproError, match=rf"bad\.tar.*{message}|{message}.*bad\.tar"):
        sources.read(tmp_path)


def test_a_foreign_tar_cut_at_a_header_is_found_where_webdataset_is_silent(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    write_theirs(path, [{"__key__": f"{n:04d}", "png": b"x" * 600} for n in range(4)])
    with tarfile.open(path) as archive:
        cut = archive.getmembers()[2].offset
    path.write_bytes(path.read_bytes()[:cut])
    assert len(opened(tmp_path)) == 2
    with pytest.raises(ReproError, match=r"a\.tar is cut short"):
        sources.read(tmp_path)


def test_a_sample_whose_members_cannot_be_read_is_named(tmp_path: Path) -> None:
    write_theirs(tmp_path / "a.tar", [{"__key__": "k", "png": b"x", "json": b"{broken"}])
    with pytest.raises(ReproError, match=r"a\.tar: the sample 'k' is broken"):
        list(sources.read(tmp_path))
