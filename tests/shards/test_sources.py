"""Images with captions or classes are read from what people have, and what is wrong there is named."""

import json
import shutil
import tarfile
from pathlib import Path

import pytest
from some_samples import encoded, picture, stored

from reprolib.errors import ReproError
from reprolib.shards import pixels, sources, writing
from reprolib.shards.dataset import Dataset
from reprolib.shards.images import key_of


def put(path: Path, number: int) -> bytes:
    """Write picture `number` to `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encoded(picture(number)))
    return path.read_bytes()


JSONL = """
{"file": "a/1.png", "text": "a dog,\\nsmall", "licence": "CC0"}

{"file": "b.png", "text": ["a cat"], "licence": ""}
"""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pairs.csv", 'filepath,title,licence\na/1.png,"a dog, small",CC0\nb.png,a cat,\n'),
        ("pairs.tsv", "filepath\ttitle\tlicence\na/1.png\ta dog, small\tCC0\nb.png\ta cat\t\n"),
        ("tabs.csv", "filepath\ttitle\tlicence\r\na/1.png\ta dog, small\tCC0\r\nb.png\ta cat\t\r\n"),
        ("bom.csv", '\ufefffilepath,title,licence\na/1.png,"a dog, small",CC0\nb.png,a cat,\n'),
        ("pairs.jsonl", JSONL),
    ],
)
def test_a_table_names_images_and_captions(tmp_path: Path, name: str, text: str) -> None:
    first, second = put(tmp_path / "a" / "1.png", 1), put(tmp_path / "b.png", 2)
    (tmp_path / name).write_text(text, newline="")
    source = sources.read(tmp_path)
    assert source.kind == "table"
    assert name in source.reason
    found = list(source)
    assert [each.image for each in found] == [first, second]
    assert [each.captions for each in found] == [("a dog, small",), ("a cat",)]
    assert [each.attributes for each in found] == [
        {"file": "a/1.png", "licence": "CC0"},
        {"file": "b.png", "licence": ""},
    ]
    assert list(sources.read(tmp_path / name)) == found == list(source)


def test_rows_with_the_same_image_are_captions_of_one_sample(tmp_path: Path) -> None:
    put(tmp_path / "1.png", 1)
    (tmp_path / "t.csv").write_text("image,caption\n1.png,one\n1.png,two\n")
    (found,) = sources.read(tmp_path)
    assert found.captions == ("one", "two")


def test_a_uid_of_the_table_is_kept_under_another_name(tmp_path: Path) -> None:
    put(tmp_path / "1.png", 1)
    (tmp_path / "t.csv").write_text(",image,uid,caption\n0,1.png,abc,one\n")
    (found,) = sources.read(tmp_path)
    assert found.attributes == {"file": "1.png", "source_uid": "abc"}


def test_columns_can_be_named(tmp_path: Path) -> None:
    put(tmp_path / "1.png", 1)
    (tmp_path / "t.csv").write_text("photo,caption,alt\n1.png,no,yes\n")
    (found,) = sources.read(tmp_path, image_column="photo", caption_column="alt")
    assert found.captions == ("yes",)


TABLES = {
    "no image column": (
        "t.csv",
        "photo,caption\n1.png,x\n",
        "should have one of the columns filepath.* give image_column",
    ),
    "no caption column": ("t.csv", "image,words\n1.png,x\n", "give caption_column"),
    "no rows": ("t.csv", "image,caption\n", "should have rows"),
    "unquoted comma": ("t.csv", "image,caption\n1.png,a dog, small\n", "row 1: it should have 2 cells"),
    "open quote": ("t.csv", 'image,caption\n1.png,"a dog\n', r"t\.csv cannot be read after line 1"),
    "short row": ("t.csv", "image,caption\n1.png\n", "row 1: 'caption' should be a caption"),
    "empty caption": ("t.csv", "image,caption\n1.png,a\n1.png,  \n", "row 2: 'caption' should be a caption"),
    "missing image": ("t.csv", "image,caption\n1.png,a\n9.png,b\n", r"row 2: the image '9\.png' is not among"),
    "no image name": ("t.csv", "image,caption\nreadme,a\n", "row 1: 'image' should name an image file"),
    "absolute": ("t.csv", "image,caption\n/etc/x.png,a\n", r"'/etc/x\.png' leads out"),
    "up": ("t.csv", "image,caption\n../x.png,a\n", r"'\.\./x\.png' leads out"),
    "broken line": ("t.jsonl", '{"image": "1.png", "text": "x"}\n{"image"\n', r"t\.jsonl, line 2, is not JSON"),
    "no object": ("t.jsonl", "[1]\n", r"t\.jsonl, line 1, should be an object"),
    "number": ("t.jsonl", '{"image": "1.png", "text": 5}\n', "row 1: 'text' should be a caption, but it is 5"),
    "no captions": ("t.jsonl", '{"image": "1.png", "text": []}\n', "row 1: 'text' should be a caption"),
}


@pytest.mark.parametrize("what", TABLES)
def test_a_fault_in_a_table_is_named(tmp_path: Path, what: str) -> None:
    name, text, message = TABLES[what]
    put(tmp_path / "set" / "1.png", 1)
    put(tmp_path / "x.png", 1)
    (tmp_path / "set" / name).write_text(text)
    with pytest.raises(ReproError, match=message):
        list(sources.read(tmp_path / "set"))


def test_a_link_that_leads_out_of_the_folder_of_a_table_is_refused(tmp_path: Path) -> None:
    put(tmp_path / "secret.png", 1)
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "1.png").symlink_to(tmp_path / "secret.png")
    (tmp_path / "set" / "t.csv").write_text("image,caption\n1.png,x\n")
    with pytest.raises(ReproError, match="leads out"):
        list(sources.read(tmp_path / "set"))


def test_images_of_a_table_may_lie_in_tars_beside_it(tmp_path: Path) -> None:
    content = put(tmp_path / "loose" / "1.png", 1)
    with tarfile.open(tmp_path / "images.tar", "w") as archive:
        archive.add(tmp_path / "loose" / "1.png", "deep.folder/1.png")
    shutil.rmtree(tmp_path / "loose")
    (tmp_path / "pairs.jsonl").write_text(json.dumps({"file": "deep.folder/1.png", "name": "x"}))
    (found,) = sources.read(tmp_path)
    assert found.image == content


def test_two_tables_are_a_choice_for_the_reader(tmp_path: Path) -> None:
    for name in ("a.csv", "b.jsonl"):
        (tmp_path / name).write_text("")
    with pytest.raises(ReproError, match=r"it has a\.csv, b\.jsonl; give the path of one"):
        sources.read(tmp_path)


def test_captions_may_lie_beside_images(tmp_path: Path) -> None:
    put(tmp_path / "a" / "1.png", 1)
    put(tmp_path / "2.PNG", 2)
    put(tmp_path / ".hidden.png", 3)
    (tmp_path / "a" / "1.txt").write_text("a dog\n\n a  cat \n")
    (tmp_path / "2.txt").write_text("a bird")
    source = sources.read(tmp_path)
    assert source.kind == "sidecars"
    assert [(each.attributes["file"], each.extension, each.captions) for each in source] == [
        ("2.PNG", "png", ("a bird",)),
        ("a/1.png", "png", ("a dog", "a cat")),
    ]
    (tmp_path / "2.txt").unlink()
    with pytest.raises(ReproError, match=r"2\.PNG should have its captions in a \.txt"):
        sources.read(tmp_path)


def test_a_folder_for_each_class_is_a_class_set(tmp_path: Path) -> None:
    for number, name in enumerate(["dog/1.png", "dog/deep/2.png", "big_cat/1.png"]):
        put(tmp_path / "set" / name, number)
    source = sources.read(tmp_path / "set")
    assert source.kind == "classes"
    assert source.classes == ["big cat", "dog"]
    assert source.templates == ["a photo of a {c}."]
    assert [(each.label, each.captions) for each in source] == [(0, ()), (1, ()), (1, ())]
    (tmp_path / "set" / "classnames.txt").write_text("lynx\nhound\n")
    (tmp_path / "set" / "zeroshot_classification_templates.txt").write_text("a {c}.\nthe {c}.\n")
    source = sources.read(tmp_path / "set")
    writing.write(tmp_path / "out", source, name="set", per_shard=2, classes=source.classes, templates=source.templates)
    again = sources.read(tmp_path / "out")
    assert (again.kind, again.classes, again.templates) == ("dataset", ["lynx", "hound"], ["a {c}.", "the {c}."])
    assert list(again) == list(source)


def test_faults_of_a_class_set_are_named(tmp_path: Path) -> None:
    put(tmp_path / "dog" / "1.png", 1)
    with pytest.raises(ReproError, match="a folder for each of two classes or more, but it has 1"):
        sources.read(tmp_path)
    put(tmp_path / "cat" / "1.png", 1)
    (tmp_path / "classnames.txt").write_text("one\n")
    with pytest.raises(ReproError, match="2 with images and 1 class names"):
        sources.read(tmp_path)
    (tmp_path / "classnames.txt").unlink()
    (tmp_path / "zeroshot_classification_templates.txt").write_text("a photo of a {}.\n")
    with pytest.raises(ReproError, match=r"'a photo of a \{\}\.' should have \{c\}"):
        sources.read(tmp_path)
    put(tmp_path / "stray.png", 1)
    with pytest.raises(ReproError, match=r"stray\.png should lie in a folder"):
        sources.read(tmp_path)


def test_a_path_with_nothing_to_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(ReproError, match="there is nothing"):
        sources.read(tmp_path / "no")
    (tmp_path / "notes.md").write_text("x")
    with pytest.raises(ReproError, match="should have tars, images or a table"):
        sources.read(tmp_path)


def test_a_broken_dataset_of_ours_is_no_source(tmp_path: Path) -> None:
    stored(tmp_path / "set")
    (tmp_path / "set" / "00001.tar").unlink()
    with pytest.raises(ReproError, match=r"00001\.tar is missing"):
        sources.read(tmp_path / "set")


def test_keys_are_plain_readable_and_differ_for_like_names() -> None:
    names = ["a/b.png", "a-b.png", "a/b.jpg", "a.b.png", "雪/人.png", "A/b.png", "x" * 200 + ".png"]
    keys = [key_of(name) for name in names]
    assert len(set(keys)) == len(names)
    assert all(writing.KEY.fullmatch(key) for key in keys)
    assert keys[0].startswith("a-b-")


@pytest.mark.parametrize(("name", "count", "size"), [("emoji", 7330, 72), ("crawl_tiles", 4357, 32)])
def test_real_pairs_are_read_stored_and_decoded(shared: Path, tmp_path: Path, name: str, count: int, size: int) -> None:
    source = sources.read(shared / "realdata" / name)
    assert source.kind == "table"
    rows = [json.loads(line) for line in (shared / "realdata" / name / "pairs.jsonl").read_bytes().splitlines()]
    manifest = writing.write(tmp_path / "set", source, name=name, per_shard=4000)
    assert manifest.count == len(rows) == count
    data = Dataset.open(tmp_path / "set")
    for at in (0, count // 2, count - 1):
        assert data.captions(at) == [" ".join(rows[at]["name"].split())]
        assert data.attributes(at)["file"] == rows[at]["file"]
    images, undecodable = pixels.decoded(data, size, tmp_path / "cache")
    assert images.shape == (count, size, size, 3)
    assert not undecodable.causes
