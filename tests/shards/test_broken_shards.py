"""Every way in which a stored dataset can be wrong is found when it is opened, and the shard is named."""

import io
import json
import re
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from some_samples import stored

from reprolib import files
from reprolib.errors import ReproError
from reprolib.shards import checking, tar, writing
from reprolib.shards.dataset import Dataset
from reprolib.shards.manifest import FILE, Manifest, Shard
from reprolib.shards.sample import Sample


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    stored(tmp_path / "set")
    return tmp_path / "set"


def headers(path: Path) -> list[int]:
    return [member.offset - tar.BLOCK for member in tar.members(path.read_bytes(), path)]


def cut(path: Path, at: int) -> None:
    path.write_bytes(path.read_bytes()[:at])


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


BREAKS: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda path: path.unlink(), r"00001\.tar is missing: manifest\.json lists it with 4 samples"),
    "empty": (lambda path: path.write_bytes(b""), r"00001\.tar is cut short: it should have \d+ bytes, but it has 0"),
    "cut in data": (lambda path: cut(path, headers(path)[3] + 600), r"00001\.tar is cut short"),
    "cut at a header": (lambda path: cut(path, headers(path)[3]), r"00001\.tar is cut short"),
    "cut in a header": (lambda path: cut(path, headers(path)[3] + 100), r"00001\.tar is cut short"),
    "end mark gone": (lambda path: cut(path, path.stat().st_size - 1024), r"00001\.tar is cut short"),
    "longer": (lambda path: path.write_bytes(path.read_bytes() + bytes(512)), r"00001\.tar is too long"),
    "image altered": (lambda path: flip(path, headers(path)[0] + 600), r"00001\.tar is altered"),
    "header altered": (lambda path: flip(path, headers(path)[3] + 3), r"00001\.tar is altered"),
    "two swapped": (
        lambda path: path.write_bytes(path.with_name("00000.tar").read_bytes().ljust(path.stat().st_size, b"\0")),
        r"00001\.tar is altered",
    ),
    "surplus": (lambda path: path.with_name("00003.tar").write_bytes(path.read_bytes()), r"00003\.tar is surplus"),
}


@pytest.mark.parametrize("how", BREAKS)
def test_a_broken_shard_is_found_and_named(folder: Path, how: str) -> None:
    destroy, message = BREAKS[how]
    Dataset.open(folder)
    destroy(folder / "00001.tar")
    with pytest.raises(ReproError, match=message):
        Dataset.open(folder)


@pytest.mark.parametrize("how", [how for how in BREAKS if how not in ("image altered", "two swapped")])
def test_without_hashing_all_but_altered_bytes_are_found(folder: Path, how: str) -> None:
    BREAKS[how][0](folder / "00001.tar")
    with pytest.raises(ReproError, match=r"0000[13]\.tar"):
        Dataset.open(folder, check=False)


def test_all_faults_are_told(folder: Path) -> None:
    manifest = Manifest.read(folder)
    (folder / "00000.tar").unlink()
    flip(folder / "00002.tar", 600)
    found = list(checking.faults(folder, manifest))
    assert [re.search(r"\d{5}\.tar is \w+", fault).group() for fault in found] == [
        "00000.tar is missing",
        "00002.tar is altered",
    ]
    with pytest.raises(ReproError, match=r"00000\.tar is missing.* \(and 1 more\)"):
        checking.check(folder, manifest)


def test_an_altered_class_file_is_found(tmp_path: Path) -> None:
    writing.write(tmp_path / "set", [Sample("a", b"", "png", (), 0)], name="set", per_shard=1, classes=["dog"])
    (tmp_path / "set" / "classnames.txt").write_text("cat\n")
    with pytest.raises(ReproError, match=r"classnames\.txt is altered"):
        Dataset.open(tmp_path / "set")
    (tmp_path / "set" / "classnames.txt").unlink()
    with pytest.raises(ReproError, match=r"classnames\.txt is missing"):
        Dataset.open(tmp_path / "set")


def sealed(folder: Path, shards: list[list[tuple[str, bytes]]], count: int) -> Path:
    """A dataset whose manifest agrees with its tars, whatever is in them."""
    folder.mkdir()
    records = []
    for number, members in enumerate(shards):
        path = folder / f"{number:05d}.tar"
        with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as archive:
            for name, data in members:
                info = tarfile.TarInfo(name)
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
        share = count // len(shards)
        records.append(Shard(name=path.name, count=share, bytes=path.stat().st_size, sha256=files.sha256(path)))
    Manifest(name="toy", count=count, shards=tuple(records)).write(folder)
    return folder


def pair(key: str) -> list[tuple[str, bytes]]:
    return [(f"{key}.png", b"image"), (f"{key}.json", json.dumps({"uid": "0" * 32}, separators=(",", ":")).encode())]


CONTENTS = {
    "duplicate": ([[*pair("a"), *pair("a")]], 2, r"00000\.tar: the key 'a' comes twice"),
    "duplicate apart": ([[*pair("a"), *pair("b"), *pair("a")]], 3, r"00000\.tar: the members of 'a' are not adjacent"),
    "not adjacent": (
        [[pair("a")[0], *pair("b"), pair("a")[1]]],
        2,
        r"00000\.tar: the members of 'a' are not adjacent",
    ),
    "in two shards": ([pair("a"), pair("a")], 2, r"00001\.tar: the key 'a' is in an earlier shard too"),
    "dot in key": (
        [[("img.v1.0001.png", b"")]],
        1,
        r"00000\.tar: the member 'img\.v1\.0001\.png' has a dot in its key",
    ),
    "no image": ([[*pair("a"), pair("b")[1]]], 2, r"00000\.tar: the sample 'b' has no image"),
    "fewer than told": ([pair("a")], 2, r"00000\.tar should have 2 samples, but it has 1"),
    "more than told": ([[*pair("a"), *pair("b")]], 1, r"00000\.tar should have 1 samples, but it has 2"),
    "no uid": ([[("a.png", b""), ("a.json", b"{}")]], 1, r"00000\.tar: the \.json of 'a' should start with its uid"),
    "other JSON": ([[*pair("b"), ("a.png", b""), ("a.json", b" " * 99)]], 2, r"the \.json of 'a' should start with"),
    "no JSON": ([[*pair("b"), ("a.png", b"")]], 2, r"00000\.tar: the \.json of 'a' should start with its uid"),
}


@pytest.mark.parametrize("what", CONTENTS)
def test_wrong_content_is_found_even_where_hashes_agree(tmp_path: Path, what: str) -> None:
    shards, count, message = CONTENTS[what]
    with pytest.raises(ReproError, match=message):
        Dataset.open(sealed(tmp_path / "set", shards, count))


MANIFESTS: dict[str, tuple[Callable[[dict], object], str]] = {
    "count": (lambda content: content.update(count=11), "the counts of the shards do not add up"),
    "version": (lambda content: content.update(version=2), r"manifest\.json: version"),
    "unknown": (lambda content: content.update(extra=1), r"manifest\.json: extra"),
    "path": (lambda content: content["shards"][0].update(name="../0.tar"), r"manifest\.json: shards\.0\.name"),
    "hash": (lambda content: content["shards"][0].update(sha256="x"), r"manifest\.json: shards\.0\.sha256"),
    "shard repeated": (
        lambda content: content.update(shards=content["shards"] * 2, count=20),
        "manifest.*lists 00000.tar twice",
    ),
}


@pytest.mark.parametrize("how", MANIFESTS)
def test_a_manifest_that_cannot_be_is_refused(folder: Path, how: str) -> None:
    change, message = MANIFESTS[how]
    content = json.loads((folder / FILE).read_text())
    change(content)
    (folder / FILE).write_text(json.dumps(content))
    with pytest.raises(ReproError, match=message):
        Dataset.open(folder)


def test_a_folder_without_a_manifest_is_told(tmp_path: Path) -> None:
    with pytest.raises(ReproError, match=r"has no manifest\.json"):
        Dataset.open(tmp_path)
