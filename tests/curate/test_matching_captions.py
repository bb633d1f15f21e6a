"""The matcher finds exactly what the loop over all entries of `plain_scan` finds."""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, combinations
from pathlib import Path

import plain_scan
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprolib.curate import matching
from reprolib.curate.matching import Matcher, Matches
from reprolib.curate.spelling import Rules, can_match

Scan = Callable[[Sequence[str], str], list[int]]
BOTH = pytest.mark.parametrize(
    ("rules", "scan"), [(Rules.METACLIP, plain_scan.first_rules), (Rules.METACLIP2, plain_scan.second_rules)]
)

PIECES = [
    *(
        "a",
        "b",
        "tea",
        "pot",
        "Tea",
        "茶",
        "壶",
        "茶壶",
        "คำ",
        "ラ",
        "ー",
        "한국",
        "é",
        "e\u0301",
        "🍵",
        "\U0001f468\u200d\U0001f373",
    ),
    *(",", ".", ";", ":", "?", "!", "`", "、", "。", "-", "'", "(", ")", "…", "&", '"', "/"),
    *(" ", " ", " ", " ", "  ", "\t", "\n", "\r", "\r\n", "\xa0", "\u3000", "\u2003", "\x00", "\u2028", "\ud800"),
]
TEXT = st.lists(st.sampled_from(PIECES), max_size=10).map("".join)


def found(entries: Sequence[str], captions: Sequence[str], rules: Rules) -> list[list[int]]:
    matches = Matcher(entries, rules)(captions)
    return [matches.of(number).tolist() for number in range(len(captions))]


@BOTH
@given(entries=st.lists(TEXT, unique=True, max_size=12), captions=st.lists(TEXT, max_size=6))
def test_any_caption_matches_what_a_scan_of_all_entries_finds(
    rules: Rules, scan: Scan, entries: list[str], captions: list[str]
) -> None:
    assert found(entries, captions, rules) == [scan(entries, caption) for caption in captions]


@BOTH
@given(entry=TEXT, caption=TEXT)
def test_an_entry_that_matches_a_caption_is_one_that_can_match(
    rules: Rules, scan: Scan, entry: str, caption: str
) -> None:
    text = f"{caption} {entry} {caption}"
    for searched in (caption, text, f"{caption}{entry}{caption}", text.replace(" , ", ",")):
        if scan([entry], searched):
            assert can_match(entry, rules)


@BOTH
@given(entry=st.lists(st.sampled_from(["a", "茶", ",", "!", " ", "  ", "\t"]), max_size=5).map("".join))
def test_an_entry_can_match_if_there_is_a_way_to_set_its_marks(rules: Rules, scan: Scan, entry: str) -> None:
    near = [
        place for place, each in enumerate(entry) if each == " " and set(entry[max(0, place - 1) : place + 2]) & {*",!"}
    ]
    ways = ["".join(each for place, each in enumerate(entry) if place not in gone) for gone in _subsets(near)]
    captions = [f"{before}{way}{after}" for way in ways for before, after in [("", ""), ("x ", " x")]]
    assert can_match(entry, rules) == any(scan([entry], caption) for caption in captions)


def _subsets(places: list[int]) -> Iterator[tuple[int, ...]]:
    return chain.from_iterable(combinations(places, size) for size in range(len(places) + 1))


@BOTH
def test_twenty_thousand_captions_match_what_a_scan_finds(rules: Rules, scan: Scan) -> None:
    rng = random.Random(0)
    entries = [*dict.fromkeys("".join(rng.choices(PIECES, k=rng.randint(1, 5))) for _ in range(400))]
    captions = ["".join(rng.choices(PIECES, k=rng.randint(0, 24))) for _ in range(20_000)]
    assert found(entries, captions, rules) == [scan(entries, caption) for caption in captions]


def test_real_names_match_what_a_scan_finds(shared: Path) -> None:
    rows = [json.loads(line) for line in (shared / "realdata" / "emoji" / "pairs.jsonl").read_text().splitlines()]
    captions = [f"{row['name']}: {', '.join(row['keywords'])}" for row in rows][::4]
    entries = sorted({keyword for row in rows for keyword in row["keywords"]})[::5]
    assert found(entries, captions, Rules.METACLIP) == [plain_scan.first_rules(entries, each) for each in captions]


@pytest.mark.parametrize(
    ("caption", "matched"),
    [
        ("a tea pot", ["tea", "pot", "tea pot"]),
        ("tea, milk", ["tea", "milk"]),  # two spaces after the comma: neither "tea milk" nor ", milk"
        ("tea,milk", ["tea", "milk", ", milk"]),
        ("(tea) tea-pot Tea tea's", []),
        ("2.5", ["2", "5"]),
        ("tea\tpot", ["tea", "pot", "tea pot"]),
        ("tea\r\npot", ["tea", "pot"]),
        ("tea\xa0pot", []),
        ("tea tea tea", ["tea"]),
        ("", []),
        ("café", ["café"]),
        ("cafe\u0301", []),
    ],
)
def test_the_published_rules_decide_the_hard_cases(caption: str, matched: list[str]) -> None:
    entries = ["tea", "pot", "tea pot", "milk", "tea milk", ", milk", "2", "5", "2.5", "café", "Dr. No"]
    assert [entries[number] for number in found(entries, [caption], Rules.METACLIP)[0]] == matched


@pytest.mark.parametrize(
    ("caption", "matched"),
    [
        ("我爱茶壶。", ["茶", "茶壶", "我爱茶"]),
        ("green 茶tea", ["茶"]),  # a Latin letter needs its space
        ("green 茶 tea", ["茶", "tea"]),
        ("한국어", []),  # Korean is written with spaces
        ("ชาเย็น", ["ชา"]),
    ],
)
def test_scripts_without_spaces_match_inside_words_under_the_second_rules(caption: str, matched: list[str]) -> None:
    entries = ["茶", "茶壶", "我爱茶", "tea", "한국", "ชา"]
    assert [entries[number] for number in found(entries, [caption], Rules.METACLIP2)[0]] == matched
    assert [entries[number] for number in found(entries, [caption], Rules.METACLIP)[0]] == [
        each for each in matched if f" {each} " in f" {caption} "
    ]


@pytest.mark.parametrize("entry", ["Dr. No", "e.g.", "tea, milk", ", ,", "a\tb", "tea\n", "!!"])
def test_an_entry_spelled_as_no_caption_is_can_never_match(entry: str) -> None:
    assert not can_match(entry, Rules.METACLIP)


@pytest.mark.parametrize("entry", ["tea", "tea pot", "tea , milk", ",", "", " a", "rock'n'roll", ",  ,"])
def test_an_entry_spelled_as_captions_are_can_match(entry: str) -> None:
    assert can_match(entry, Rules.METACLIP)


def test_matches_do_not_depend_on_how_many_captions_are_searched_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    entries, captions = ["a", "b", "a b"], ["a", "b a", "", "a b", "c", "b"] * 3
    at_once = found(entries, captions, Rules.METACLIP)
    monkeypatch.setattr(matching, "AT_ONCE", 4)
    assert found(entries, captions, Rules.METACLIP) == at_once == [[0], [0, 1], [], [0, 1, 2], [], [1]] * 3


def test_no_entry_and_no_caption_are_no_match() -> None:
    assert len(Matcher([])(["a"]).entries) == 0
    assert len(Matcher(["Dr. No"])(["Dr. No"]).entries) == 0
    assert len(Matcher(["a"])([])) == 0


def test_counts_are_captions_and_not_occurrences() -> None:
    matches = Matcher(["tea", "pot"])(["tea tea", "tea pot", "x"])
    assert matches.counts(2).tolist() == [2, 1]
    assert matches.captions.tolist() == [0, 1, 1]
    assert Matches.joined([matches, matches]).captions.tolist() == [0, 1, 1, 3, 4, 4]
