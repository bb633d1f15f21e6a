"""Metadata: entries in a fixed order, with counts for each source, and a sentence for what is wrong."""

import hashlib
import http.server
import json
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from reprolib.curate import metadata
from reprolib.curate.metadata import Source, Taken
from reprolib.curate.spelling import Rules
from reprolib.errors import ReproError


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The address of a server of the files in the folder of the test."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 # the name in the base class
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path)) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def written(folder: Path, value: object) -> Path:
    path = folder / "metadata.json"
    path.write_text(json.dumps(value))
    return path


def test_a_list_keeps_its_order_and_tells_what_is_repeated(tmp_path: Path) -> None:
    found = metadata.read(written(tmp_path, ["b", "a", "b", "c"]))
    assert found.entries == ("b", "a", "c")
    assert found.sources == (Taken("metadata.json", "as given", 4, 1),)
    assert found.warnings(Rules.METACLIP) == ["1 entry of the metadata is repeated"]


def test_a_file_of_counts_keeps_them(tmp_path: Path) -> None:
    found = metadata.read(written(tmp_path, {"b": 3, "a": 0}))
    assert found.entries == ("b", "a")
    assert found.counts is not None
    assert found.counts.tolist() == [3, 0]


def test_entries_that_can_never_match_are_counted_and_one_is_named(tmp_path: Path) -> None:
    found = metadata.read(written(tmp_path, ["tea", "Dr. No", "e.g."]))
    (warning,) = found.warnings(Rules.METACLIP)
    assert warning.startswith("2 entries of the metadata can never match, for instance 'Dr. No'")
    assert found.told(Rules.METACLIP)["never match"] == 2
    assert metadata.read(written(tmp_path, ["tea"])).warnings(Rules.METACLIP) == []


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ([], "its list is empty; add entries"),
        ({}, "its list is empty; add entries"),
        (["a", 1], "entry 1 should be a string, but it is 1"),
        ({"a": "many"}, "the count of 'a' should be a whole number, but it is 'many'"),
        ({"a": True}, "the count of 'a' should be a whole number, but it is True"),
        ("tea", "should hold a list of strings, but it holds a str"),
        (None, "should hold a list of strings, but it holds nothing"),
    ],
)
def test_what_is_no_metadata_is_refused(value: object, error: str, tmp_path: Path) -> None:
    with pytest.raises(ReproError, match=error):
        metadata.read(written(tmp_path, value))


def test_sources_are_joined_in_order_and_an_entry_stays_with_its_first(tmp_path: Path) -> None:
    found = metadata.joined([Source("one", "all", ["b", "c"]), Source("two", "some", ["a", "c"])])
    assert found.entries == ("b", "c", "a")
    assert found.sources == (Taken("one", "all", 2, 0), Taken("two", "some", 2, 1))
    found.write(tmp_path / "made.json")
    assert metadata.read(tmp_path / "made.json").entries == found.entries
    assert metadata.read(tmp_path / "made.json").sha256 == found.sha256


def test_sources_without_entries_are_refused() -> None:
    with pytest.raises(ReproError, match="but one, two gave none"):
        metadata.joined([Source("one", "all", []), Source("two", "all", [])])


def test_a_published_file_is_fetched_once_and_checked(server: str, tmp_path: Path) -> None:
    sha256 = hashlib.sha256(written(tmp_path, ["tea"]).read_bytes()).hexdigest()
    path = metadata.fetched(f"{server}/metadata.json", sha256, tmp_path / "cache")
    assert metadata.read(path).entries == ("tea",)
    written(tmp_path, ["pot"])
    assert metadata.fetched(f"{server}/metadata.json", sha256, tmp_path / "cache") == path
    with pytest.raises(ReproError, match="was expected, but the server sent"):
        metadata.fetched(f"{server}/metadata.json", "0" * 64, tmp_path / "cache")
