"""CLIP_benchmark's layout: read as it reads it, and refused where it would pass over a fault."""

import io
import warnings
from pathlib import Path

import numpy as np
import pytest
from small import SETS, archive, exported, members, sample

from reprolib.errors import ReproError
from reprolib.evaluate import sets

CLASSES = "task-size-test"
CAPTIONED = "retrieval-coco"


def test_a_class_set_is_read_as_it_was_exported(tmp_path: Path) -> None:
    found = sets.read(exported(tmp_path / "size", CLASSES, 8))
    assert (found.name, found.task, found.count) == ("size", "zeroshot_classification", 8)
    assert found.classes == SETS[CLASSES].classes
    assert found.templates == SETS[CLASSES].templates
    assert found.labels is not None
    for row in range(8):
        assert found.image(row) == sample(CLASSES, row).image
        assert found.labels[row] == sample(CLASSES, row).label


def test_captions_are_read_one_a_line(tmp_path: Path) -> None:
    found = sets.read(exported(tmp_path, CAPTIONED, 4))
    assert found.task == "zeroshot_retrieval"
    assert [tuple(found.captions(row)) for row in range(4)] == [sample(CAPTIONED, row).captions for row in range(4)]


def test_webdataset_gives_the_same_samples_in_the_same_order(tmp_path: Path) -> None:
    exported(tmp_path, CAPTIONED, 5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import webdataset

        shards = str(tmp_path / "test" / "{0..1}.tar")
        theirs = list(webdataset.WebDataset(shards, shardshuffle=False).to_tuple("png", "txt"))
    found = sets.read(tmp_path)
    assert [(found.image(row), "\n".join(found.captions(row)).encode()) for row in range(5)] == theirs


def test_several_classes_an_image_come_as_arrays(tmp_path: Path) -> None:
    exported(tmp_path, CLASSES, 4, shards=1)
    (tmp_path / "dataset_type.txt").write_text("multilabel\n")
    rows = np.array([[1, 0, 1], [0, 0, 0], [0, 1, 0], [1, 1, 1]])
    archive(tmp_path / "test" / "0.tar", several(rows))
    found = sets.read(tmp_path)
    assert found.labels is not None
    assert (found.labels == rows.astype(bool)).all()


def several(rows: np.ndarray) -> list[tuple[str, bytes]]:
    made = []
    for number, row in enumerate(rows):
        stream = io.BytesIO()
        np.save(stream, row)
        made += [(f"s{number:07d}.png", sample(CLASSES, number).image), (f"s{number:07d}.npy", stream.getvalue())]
    return made


def one_class(folder: Path) -> None:
    (folder / "classnames.txt").write_text("small\n")


def no_place(folder: Path) -> None:
    (folder / "zeroshot_classification_templates.txt").write_text("a photo\n")


def no_templates(folder: Path) -> None:
    (folder / "zeroshot_classification_templates.txt").unlink()


def too_few_classes(folder: Path) -> None:
    (folder / "classnames.txt").write_text("small\nmedium\n")


def without_label(folder: Path) -> None:
    archive(folder / "test" / "1.tar", [("s9.png", sample(CLASSES, 9).image)])


def label_in_words(folder: Path) -> None:
    archive(folder / "test" / "1.tar", [("s9.png", sample(CLASSES, 9).image), ("s9.cls", b"large")])


def caption_without_image(folder: Path) -> None:
    archive(folder / "test" / "1.tar", [("s9.cls", b"1"), ("s9.txt", b"a thing")])


def twice(folder: Path) -> None:
    archive(folder / "test" / "1.tar", members(CLASSES, [0]))


def cut(folder: Path) -> None:
    path = folder / "test" / "1.tar"
    path.write_bytes(path.read_bytes()[:2048])


def missing(folder: Path) -> None:
    (folder / "test" / "1.tar").unlink()


def surplus(folder: Path) -> None:
    archive(folder / "test" / "2.tar", members(CLASSES, [9]))


def no_number(folder: Path) -> None:
    (folder / "test" / "nshards.txt").write_text("two\n")


def unknown_kind(folder: Path) -> None:
    (folder / "dataset_type.txt").write_text("captioning\n")


def captions_wanted(folder: Path) -> None:
    (folder / "dataset_type.txt").write_text("retrieval\n")


def arrays_wanted(folder: Path) -> None:
    (folder / "dataset_type.txt").write_text("multilabel\n")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (one_class, "two class names"),
        (no_place, "'a photo'"),
        (no_templates, "a prompt a line"),
        (too_few_classes, "from 0 to 1"),
        (without_label, "it has none"),
        (label_in_words, "'large'"),
        (caption_without_image, "'s9' has no image"),
        (twice, "'s0000000' is in an earlier shard"),
        (cut, "1.tar"),
        (missing, "1.tar is missing"),
        (surplus, "2.tar is surplus"),
        (no_number, "'two'"),
        (unknown_kind, "'captioning'"),
        (captions_wanted, "captions"),
        (arrays_wanted, ".npy"),
    ],
)
def test_a_fault_is_named(spoil: object, said: str, tmp_path: Path) -> None:
    exported(tmp_path, CLASSES, 6)
    spoil(tmp_path)  # type: ignore[operator]
    with pytest.raises(ReproError, match=said.replace("(", r"\(")):
        sets.read(tmp_path)


def test_a_folder_of_neither_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReproError, match=r"nshards\.txt, but it has neither"):
        sets.read(tmp_path)
