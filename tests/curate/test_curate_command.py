"""`reprolib curate` as a user calls it: what it prints, writes and refuses."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import plain_scan
import pyarrow.parquet as pq
import pytest
import some_captions
import typer
from some_captions import ENTRIES, KINDS

from reprolib.cli import curate
from reprolib.curate.identity import uids
from reprolib.errors import ReproError
from reprolib.shards import subsets

ROWS = some_captions.rows(300)
Call = Callable[..., tuple[str, str]]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """`reprolib curate WORDS` in the folder of the test, where the metadata lie: what it printed, and its warnings."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "metadata.json").write_text(json.dumps(ENTRIES))
    command = typer.main.get_command(curate.app)

    def called(*words: str) -> tuple[str, str]:
        command.main([*words], "reprolib curate", standalone_mode=False)
        return capsys.readouterr()

    return called


def expected(t: float) -> dict[int, tuple[list[str], float]]:
    """By row: the matches, and P(keep) as the paper writes it."""
    matches = [plain_scan.first_rules(ENTRIES, text) for _, text in ROWS]
    counts = [sum(entry in each for each in matches) for entry in range(len(ENTRIES))]
    p = [1 - np.prod([1 - t / max(counts[entry], t) for entry in each]) if each else 0 for each in matches]
    return {row: ([ENTRIES[entry] for entry in matches[row]], p[row]) for row in range(len(ROWS))}


@pytest.mark.parametrize("kind", KINDS)
def test_any_kind_of_file_gives_entries_matches_and_probabilities(kind: str, call: Call, tmp_path: Path) -> None:
    some_captions.write(tmp_path / f"pool.{kind}", ROWS)
    told, warned = call(f"pool.{kind}", "--metadata", "metadata.json", "--t", "12", "--json", "out.json")
    found = json.loads((tmp_path / "out.json").read_text())
    wanted = expected(12)
    assert [row["id"] for row in found["captions"]] == list(wanted)
    for row in found["captions"]:
        assert row.keys() == {"id", "matches", "p_keep"}
        assert row["matches"] == wanted[row["id"]][0]
        assert row["p_keep"] == pytest.approx(wanted[row["id"]][1], rel=1e-12)
    assert found["entry_count"] == {entry: sum(entry in matches for matches, _ in wanted.values()) for entry in ENTRIES}
    assert found["expected_size"] == pytest.approx(sum(p for _, p in wanted.values()))
    assert f"expected size {found['expected_size']:,.1f}" in told
    assert warned.startswith("warning: 1 entry of the metadata can never match, for instance 'Dr. No'")


def test_parquet_holds_the_same(call: Call, tmp_path: Path) -> None:
    some_captions.write(tmp_path / "pool.csv", ROWS)
    options = ("pool.csv", "--metadata", "metadata.json", "--t", "12", "--id", "name")
    call(*options, "--json", "out.json")
    call(*options, "--json", "out.parquet", "--format", "parquet")
    found, table = json.loads((tmp_path / "out.json").read_text()), pq.read_table(tmp_path / "out.parquet")
    assert table.to_pylist() == found["captions"]
    assert found["captions"][5]["id"] == "id-5"
    notes = table.schema.metadata
    assert json.loads(notes[b"entry_count"]) == found["entry_count"]
    assert json.loads(notes[b"expected_size"]) == found["expected_size"]


def test_the_options_may_come_first(call: Call, tmp_path: Path) -> None:
    some_captions.write(tmp_path / "pool.csv", ROWS)
    call("--metadata", "metadata.json", "--t", "12", "--json", "a.json", "pool.csv")
    call("captions", "pool.csv", "--metadata", "metadata.json", "--t", "12", "--json", "b.json")
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_the_subset_and_its_card_are_written(call: Call, tmp_path: Path) -> None:
    some_captions.write(tmp_path / "pool.csv", ROWS)
    options = ("pool.csv", "--metadata", "metadata.json", "--t", "30", "--id", "name", "--json", "out.json")
    call(*options, "--subset", "kept.npy", "--card", "card.json", "--licence", "CC0-1.0", "--origin", "made up")
    kept, card = subsets.read_subset(tmp_path / "kept.npy"), json.loads((tmp_path / "card.json").read_text())
    assert card["samples"] == len(kept)
    assert (card["licence"], card["origin"], card["pool"]) == ("CC0-1.0", "made up", 300)
    matched = sum(bool(matches) for matches, _ in expected(30).values())
    assert card["lost"] == {
        "there is no caption": 0,
        "the caption matches no entry": 300 - matched,
        "balancing did not draw it": matched - len(kept),
    }
    texts = dict(ROWS)
    inside = [texts[name] for name in texts if uids([name])[0] in kept]
    assert card["repeated captions"]["pool"] == 300 - len(set(texts.values()))
    assert card["repeated captions"]["subset"] == len(inside) - len(set(inside))
    after = {each["entry"]: each["after"] for each in card["head"]}
    for number, entry in enumerate(ENTRIES):
        assert after[entry] == sum(number in plain_scan.first_rules(ENTRIES, text) for text in inside)
    assert card["tail"]["after"] > card["tail"]["before"]
    call(*options, "--card", "card.md")
    assert "| balancing did not draw it |" in (tmp_path / "card.md").read_text()


def test_explain_agrees_with_the_subset(call: Call, tmp_path: Path) -> None:
    some_captions.write(tmp_path / "pool.csv", ROWS)
    for form in ("json", "parquet"):
        options = ("--metadata", "metadata.json", "--t", "5", "--id", "name", "--json", "out", "--format", form)
        call("pool.csv", *options, "--subset", "kept.npy", "--seed", "8")
        kept = set(subsets.read_subset(tmp_path / "kept.npy").tolist())
        for name, text in ROWS[:40]:
            told, _ = call("explain", name)
            assert told.startswith(f"{name} is {'kept' if uids([name])[0].item() in kept else 'dropped'}")
            assert repr(text) in told


def test_explain_tells_counts_probabilities_and_draws(call: Call, tmp_path: Path) -> None:
    (tmp_path / "pool.csv").write_text("text\n" + "tea\n" * 99 + "tea milk\ncup\n")
    call("pool.csv", "--metadata", "metadata.json", "--t", "2", "--json", "out.json")
    told, _ = call("explain", "99", "--json", "out.json")
    assert told.startswith("99 is kept: the draw for 'milk' is below p\n  caption: 'tea milk'\n")
    assert "  tea            100        0.02" in told
    assert "P(keep) = 1 with t = 2, drawn with seed 0" in told
    (tmp_path / "pool.csv").unlink()
    told, _ = call("explain", "100")
    assert told == "100 is dropped: its caption matches no entry of the metadata\n"


def test_explain_refuses_what_it_does_not_know(call: Call, tmp_path: Path) -> None:
    with pytest.raises(ReproError, match="there is no curation to explain here"):
        call("explain", "1")
    with pytest.raises(ReproError, match=r"cannot read none\.json"):
        call("explain", "1", "--json", "none.json")
    with pytest.raises(ReproError, match="should be what `reprolib curate` wrote"):
        call("explain", "1", "--json", "metadata.json")
    (tmp_path / "pool.csv").write_text("text\ntea\n")
    call("pool.csv", "--metadata", "metadata.json", "--t", "2", "--json", "out.json")
    with pytest.raises(ReproError, match="has no sample with the id '7'"):
        call("explain", "7")


def test_t_may_be_given_as_a_tail_share(call: Call, tmp_path: Path) -> None:
    some_captions.write(tmp_path / "pool.csv", ROWS)
    call("pool.csv", "--metadata", "metadata.json", "--tail", "0.1", "--json", "out.json")
    found = json.loads((tmp_path / "out.json").read_text())
    counts = sorted(count for count in found["entry_count"].values() if count)
    t = next(count for count in counts if sum(each for each in counts if each <= count) >= 0.1 * sum(counts))
    assert found["curation"]["t"] == t


def test_published_counts_balance_and_are_explained(call: Call, tmp_path: Path) -> None:
    (tmp_path / "counts.json").write_text(json.dumps({"tea": 1000, "cup": 3}))
    (tmp_path / "pool.csv").write_text("text\ntea\ncup\n")
    call("pool.csv", "--metadata", "counts.json", "--counts", "file", "--t", "1", "--json", "out.json")
    found = json.loads((tmp_path / "out.json").read_text())
    assert found["entry_count"] == {"tea": 1, "cup": 1}
    assert [row["p_keep"] for row in found["captions"]] == pytest.approx([1 / 1000, 1 / 3])
    assert "1,000       0.001" in call("explain", "0")[0]


def test_matches_are_kept_where_asked_and_removed_otherwise(call: Call, tmp_path: Path) -> None:
    some_captions.write(tmp_path / "pool.csv", ROWS)
    options = ("pool.csv", "--metadata", "metadata.json", "--t", "5", "--json", "out.json")
    call(*options)
    assert {path.name for path in tmp_path.iterdir()} == {"pool.csv", "metadata.json", "out.json", ".reprolib"}
    call(*options, "--work", "work")
    assert len([*(tmp_path / "work").iterdir()]) == 1


def test_the_metadata_file_must_have_the_hash_that_is_given(call: Call, tmp_path: Path) -> None:
    some_captions.write(tmp_path / "pool.csv", ROWS)
    options = ("pool.csv", "--metadata", "metadata.json", "--t", "5", "--json", "out.json", "--sha256")
    call(*options, hashlib.sha256((tmp_path / "metadata.json").read_bytes()).hexdigest())
    with pytest.raises(ReproError, match=r"metadata\.json should have the sha256 0000"):
        call(*options, "0" * 64)


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("pool.csv", "--metadata", "empty.json", "--t", "1"), "its list is empty"),
        (("pool.csv", "--metadata", "none.json", "--t", "1"), r"cannot read none\.json"),
        (("pool.csv", "--metadata", "http://127.0.0.1/m.json", "--t", "1"), "give its --sha256"),
        (("pool.csv", "--metadata", "metadata.json", "--t", "1", "--column", "caption"), "the column 'caption'"),
        (("pool.csv", "--metadata", "metadata.json", "--t", "1", "--id", "same"), 'the id "x" of row 1 is that of'),
        (("none.csv", "--metadata", "metadata.json", "--t", "1"), "there is nothing"),
        (("pool.csv", "--metadata", "metadata.json", "--t", "0"), "t should be a finite number above 0"),
        (("pool.csv", "--metadata", "metadata.json"), "one of --t and --tail"),
        (("pool.csv", "--metadata", "metadata.json", "--t", "1", "--tail", "0.1"), "one of --t and --tail"),
        (("pool.csv", "--metadata", "metadata.json", "--tail", "1.5"), "tail share should be above 0"),
        (("pool.csv", "--metadata", "metadata.json", "--t", "1", "--counts", "file"), "an object of entries and"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(words: tuple[str, ...], error: str, call: Call, tmp_path: Path) -> None:
    (tmp_path / "pool.csv").write_text("text,same\ntea,x\ncup,x\n")
    (tmp_path / "empty.json").write_text("[]")
    with pytest.raises(ReproError, match=error) as raised:
        call(*words, "--json", "out.json")
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "out.json").exists()


def test_metadata_are_built_from_sources(call: Call, tmp_path: Path) -> None:
    (tmp_path / "words.tsv").write_text("tea\t100\npot\t99\nsnowman\t200\n")
    told, _ = call("metadata", "--json", "made.json", "--words", "words.tsv", "--pictographs")
    made: list[Any] = json.loads((tmp_path / "made.json").read_text())
    assert made[:2] == ["snowman", "tea"]
    assert "words: 2 of 2 are new (a count of at least 100)" in told
    with pytest.raises(ReproError, match="--pairs needs the counts of single words"):
        call("metadata", "--json", "made.json", "--pairs", "words.tsv")
    with pytest.raises(ReproError, match="no source gave none"):
        call("metadata", "--json", "made.json")


def test_the_help_names_all_commands(call: Call) -> None:
    told, _ = call("--help")
    assert all(f"  {name} " in told for name in ("captions", "explain", "metadata"))


def test_importing_the_command_loads_no_heavy_library() -> None:
    heavy = "{'numpy', 'pandas', 'pyarrow', 'torch'} & set(sys.modules)"
    code = f"import sys, reprolib.cli.curate; print({heavy} or 'none')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "none"
