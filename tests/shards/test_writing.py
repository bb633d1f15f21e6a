"""What is written is read back equal, and equal input gives equal bytes."""

import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from some_samples import sample, stored

from reprolib import files
from reprolib.errors import ReproError
from reprolib.shards import writing
from reprolib.shards.dataset import Dataset
from reprolib.shards.manifest import Manifest
from reprolib.shards.sample import IMAGES, Sample

# A function's tmp_path serves all of its examples: every example replaces the whole folder.
SHARED = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

TEXT = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=40)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
SAMPLES = st.lists(
    st.builds(
        Sample,
        key=st.from_regex(writing.KEY, fullmatch=True),
        image=st.binary(max_size=1200),
        extension=st.sampled_from(sorted(IMAGES)),
        captions=st.lists(TEXT, max_size=5).map(tuple),
        label=st.none() | st.integers(0, 10**6),
        attributes=st.dictionaries(TEXT.filter(lambda name: name != "uid"), VALUES, max_size=3),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda made: made.key,
)


@SHARED
@given(samples=SAMPLES, per_shard=st.integers(1, 9))
def test_samples_come_back_as_they_were_written(tmp_path: Path, samples: list[Sample], per_shard: int) -> None:
    writing.write(tmp_path / "set", samples, name="set", per_shard=per_shard)
    data = Dataset.open(tmp_path / "set")
    assert [data.sample(row) for row in range(len(data))] == samples
    assert ["{:016x}{:016x}".format(*uid.item()) for uid in data.uids] == [made.uid for made in samples]


@SHARED
@given(samples=SAMPLES, per_shard=st.integers(1, 9))
def test_the_bytes_do_not_depend_on_how_samples_arrive(tmp_path: Path, samples: list[Sample], per_shard: int) -> None:
    def slowly() -> Iterator[Sample]:
        for made in samples:
            yield replace(made, attributes=dict(reversed(made.attributes.items())))

    once = writing.write(tmp_path / "once", samples, name="set", per_shard=per_shard)
    again = writing.write(tmp_path / "again", slowly(), name="set", per_shard=per_shard)
    assert once == again
    assert files.sha256(tmp_path / "once") == files.sha256(tmp_path / "again")


@SHARED
@given(samples=SAMPLES, per_shard=st.integers(1, 9))
def test_the_members_do_not_depend_on_the_size_of_shards(tmp_path: Path, samples: list[Sample], per_shard: int) -> None:
    whole = writing.write(tmp_path / "whole", samples, name="set", per_shard=len(samples))
    split = writing.write(tmp_path / "split", samples, name="set", per_shard=per_shard)
    parts = [(tmp_path / "split" / shard.name).read_bytes()[:-1024] for shard in split.shards]
    assert b"".join(parts) == (tmp_path / "whole" / whole.shards[0].name).read_bytes()[:-1024]


def test_the_bytes_of_a_known_sample_stay_what_they_are(tmp_path: Path) -> None:
    """A change here makes every stored dataset, and all uids in subset files, another one."""
    known = Sample("k-1", b"\x89PNG", "png", ("a red ☃", "ein Schneemann"), 3, {"b": [1, 2.5], "a": None})
    manifest = writing.write(tmp_path / "set", [known], name="set", per_shard=1)
    assert known.uid == "98b3f8bcf2865dd85efa6cc31ce59403"
    assert manifest.shards[0].sha256 == "0877fe8e2e2f83ef0f2b5dbf822ecd42de07d795341677785bf6992f73d90d17"


def test_the_uid_tells_apart_what_differs_in_key_image_or_captions() -> None:
    first = Sample("a", b"bc", "png", ("d",))
    others = [
        Sample("ab", b"c", "png", ("d",)),
        Sample("a", b"b", "png", ("cd",)),
        Sample("a", b"bc", "png", ()),
        Sample("a", b"bc", "png", ("",)),
        Sample("a", b"bc", "png", ("d", "")),
        Sample("a", b"bcd", "png", ()),
    ]
    assert len({made.uid for made in [first, *others]}) == 7
    assert replace(first, label=2, attributes={"x": 1}).uid == first.uid


def test_a_shard_is_written_while_its_samples_arrive(tmp_path: Path) -> None:
    """So it may be larger than the memory."""
    images = [bytes([n]) * 1_000_001 for n in range(3)]
    samples = (Sample(str(n), images[n % 3][:-n], "png", ()) for n in range(1, 31))
    tracemalloc.start()
    try:
        manifest = writing.write(tmp_path / "set", samples, name="set", per_shard=100)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    data = Dataset.open(tmp_path / "set")
    assert [data.image(row) for row in range(30)] == [images[n % 3][:-n] for n in range(1, 31)]
    assert most < 5_000_000 < manifest.shards[0].bytes


def test_shards_are_filled_in_order_and_the_last_has_the_rest(tmp_path: Path) -> None:
    manifest = stored(tmp_path / "set", count=10, per_shard=4)
    assert [(shard.name, shard.count) for shard in manifest.shards] == [
        ("00000.tar", 4),
        ("00001.tar", 4),
        ("00002.tar", 2),
    ]
    assert manifest == Manifest.read(tmp_path / "set")
    assert manifest.count == 10


def test_a_class_set_keeps_its_classes_and_templates(tmp_path: Path) -> None:
    samples = [Sample(str(n), b"", "png", (), label=n % 2) for n in range(3)]
    writing.write(tmp_path / "set", samples, name="s", per_shard=9, classes=["dog", "cat"], templates=["a {c}."])
    data = Dataset.open(tmp_path / "set")
    assert (data.classes, data.templates) == (["dog", "cat"], ["a {c}."])
    assert [data.label(row) for row in range(3)] == [0, 1, 0]
    assert data.captions(0) == []


CHANGES: dict[str, tuple[Callable[[Sample], Sample], str]] = {
    "dot": (lambda made: replace(made, key="a.b"), r"the key 'a\.b' should have"),
    "slash": (lambda made: replace(made, key="a/b"), "the key 'a/b' should have"),
    "empty": (lambda made: replace(made, key=""), "the key '' should have"),
    "twice": (lambda made: replace(made, key="000000"), "two samples have it"),
    "extension": (lambda made: replace(made, extension="txt"), "'txt' is no extension of an image"),
    "line break": (lambda made: replace(made, captions=("a\nb",)), "sample '000001': a caption has a line break"),
    "surrogate": (lambda made: replace(made, captions=("\ud800",)), "sample '000001' cannot be stored: .*surrogates"),
    "uid": (lambda made: replace(made, attributes={"uid": "x"}), "'uid' is computed"),
    "no JSON": (lambda made: replace(made, attributes={"x": b""}), "sample '000001' cannot be stored: .*bytes"),
    "NaN": (lambda made: replace(made, attributes={"x": float("nan")}), "sample '000001' cannot be stored: .*float"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_sample_that_cannot_be_stored_is_named_and_nothing_is_left(tmp_path: Path, change: str) -> None:
    make, message = CHANGES[change]
    with pytest.raises(ReproError, match=message):
        writing.write(tmp_path / "set", [sample(0), make(sample(1))], name="set", per_shard=1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("label", [None, 2, -1])
def test_a_label_outside_the_classes_is_named(tmp_path: Path, label: int | None) -> None:
    with pytest.raises(ReproError, match=f"sample '000000': its label .* 0 to 1, but it is {label}"):
        writing.write(
            tmp_path / "set", [replace(sample(0), label=label)], name="set", per_shard=1, classes=["dog", "cat"]
        )


@pytest.mark.parametrize("arguments", [{"samples": [], "per_shard": 1}, {"samples": [sample(0)], "per_shard": 0}])
def test_no_samples_and_no_shard_size_are_errors(tmp_path: Path, arguments: dict[str, Any]) -> None:
    with pytest.raises(ReproError):
        writing.write(tmp_path / "set", name="set", **arguments)


def test_a_failed_write_leaves_the_old_dataset(tmp_path: Path) -> None:
    stored(tmp_path / "set")
    before = files.sha256(tmp_path / "set")

    def dies() -> Iterator[Sample]:
        yield sample(0)
        raise RuntimeError("the source broke off")

    with pytest.raises(RuntimeError):
        writing.write(tmp_path / "set", dies(), name="set", per_shard=1)
    assert files.sha256(tmp_path / "set") == before
