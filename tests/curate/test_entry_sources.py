"""Entries out of public files: WordNet's, counted words and pairs, page views, and the names of pictographs."""

import bz2
import gzip
import math
from pathlib import Path

import pytest

from reprolib.curate import metadata, sources
from reprolib.errors import ReproError
from reprolib.pictographs.concepts import all_concepts

LICENCE = "  1 This software and database is being provided to you, the LICENSEE, by  \n"
WORDNET = {
    "noun": "02084071 05 n 03 dog 0 domestic_dog 0 Canis_familiaris 0 001 @ 02083346 n 0000 | a member  \n"
    "02127808 05 n 01 Big_Cat 0 000 | a cat  \n",
    "verb": "02001858 38 v 02 chase 1 dog 0 001 @ 01835496 v 0000 01 + 08 00 | go after  \n",
    "adj": "00014358 00 a 02 galore(ip) 0 rife 0 000 | existing in abundance  \n",
    "adv": "00001740 02 r 01 dog 0 000 | made up for this test  \n",
}


def test_wordnet_gives_the_first_word_of_each_synset(tmp_path: Path) -> None:
    for name, lines in WORDNET.items():
        (tmp_path / f"data.{name}").write_text(LICENCE + lines)
    assert sources.wordnet(tmp_path).entries == ["big cat", "chase", "dog", "galore"]


def test_another_file_is_not_taken_for_wordnet(tmp_path: Path) -> None:
    for name in WORDNET:
        (tmp_path / f"data.{name}").write_text("tea pot\n")
    with pytest.raises(ReproError, match=r"data\.noun, line 1, should hold a synset"):
        sources.wordnet(tmp_path)
    (tmp_path / "data.noun").unlink()
    with pytest.raises(ReproError, match=r"cannot read .*data\.noun"):
        sources.wordnet(tmp_path)


def test_words_of_a_corpus_are_counted_as_captions_are_read(tmp_path: Path) -> None:
    (tmp_path / "corpus.txt").write_text("tea, tea pot\nTea pot.\ntea-pot\n")
    assert dict(sources.counted(tmp_path / "corpus.txt", 1)) == {"tea": 2, "pot": 2, "Tea": 1, "tea-pot": 1}
    assert dict(sources.counted(tmp_path / "corpus.txt", 2)) == {"tea pot": 1, "Tea pot": 1}
    found = sources.words(tmp_path / "corpus.txt", 2)
    assert found.entries == ["pot", "tea"]
    assert found.rule == "a count of at least 2"


def test_tables_of_counts_are_summed(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("tea\t60\ntea pot\t7\npot\t99\n")
    with gzip.open(tmp_path / "b.tsv.gz", "wt") as stream:
        stream.write("tea\t40\n")
    paths = [tmp_path / "a.tsv", tmp_path / "b.tsv.gz"]
    assert sources.words(paths, 100).entries == ["tea"]
    assert dict(sources.counted(paths, 2)) == {"tea pot": 7}


def test_a_line_that_is_no_count_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("tea\t60\npot\n")
    with pytest.raises(ReproError, match=r"a\.tsv, line 2, should hold words, a tab and a count"):
        sources.words(tmp_path / "a.tsv", 1)


def test_pairs_are_taken_by_their_pointwise_mutual_information(tmp_path: Path) -> None:
    (tmp_path / "words.tsv").write_text("tea\t8\npot\t8\nof\t512\ncup\t496\n")
    (tmp_path / "pairs.tsv").write_text("tea pot\t4\ncup of\t248\npot tea\t1\n")
    pmi = math.log2(4 * 1024 / (8 * 8))  # 6 bits; "cup of" has none, and "pot tea" 4

    def pairs(least_pmi: float, least: int) -> list[str]:
        return list(sources.pairs(tmp_path / "pairs.tsv", tmp_path / "words.tsv", least_pmi, least).entries)

    assert pairs(pmi, 2) == ["tea pot"]
    assert pairs(pmi + 0.01, 2) == []
    assert pairs(4, 1) == ["pot tea", "tea pot"]
    assert pairs(4, 2) == ["tea pot"]
    assert pairs(-1, 2) == ["cup of", "tea pot"]


def test_a_pair_of_words_that_are_not_counted_is_named(tmp_path: Path) -> None:
    (tmp_path / "words.tsv").write_text("tea\t8\n")
    (tmp_path / "pairs.tsv").write_text("tea pot\t4\n")
    with pytest.raises(ReproError, match="the pair 'tea pot' is counted, but its word 'pot' is not"):
        sources.pairs(tmp_path / "pairs.tsv", tmp_path / "words.tsv", 1, 1)


def test_titles_are_taken_by_their_views_over_all_files(tmp_path: Path) -> None:
    (tmp_path / "pageviews-20260101-000000").write_text(
        "de Tee 900 0\nen Tea_pot 40 0\nen.m Tea_pot 29 0\nen - 500 0\nen Rare 1 0\n"
    )
    with bz2.open(tmp_path / "pageviews-20260101-user.bz2", "wt") as stream:
        stream.write("en.wikipedia Tea_pot 1 desktop 1 A1\nen.wikipedia AC/DC 2 mobile-web 70 B70\n")
    paths = sorted(tmp_path.iterdir())
    assert sources.titles(paths, 70).entries == ["AC/DC", "Tea pot"]
    assert sources.titles(paths, 71).entries == []
    assert sources.titles(paths, 70, "de").entries == ["Tee"]


def test_a_line_that_is_no_page_view_is_named(tmp_path: Path) -> None:
    (tmp_path / "views").write_text("en Tea 4 0\nen Tea pot 4 0\n")
    with pytest.raises(ReproError, match="views, line 2, should hold page views"):
        sources.titles(tmp_path / "views", 1)


def test_pictographs_give_their_unicode_names_and_plurals() -> None:
    found = metadata.joined(sources.pictographs())
    names = {concept.name for concept in all_concepts()}
    assert names <= set(found.entries)
    assert [source.entries for source in found.sources] == [len(names), len({each.plural for each in all_concepts()})]
    assert list(found.entries[: len(names)]) == sorted(names)
