"""Where entries come from: WordNet, counted words and pairs of words, page titles, and the names of pictographs.

MetaCLIP's half a million entries are WordNet's synsets, words that come 100 times in the English Wikipedia, pairs of
words whose pointwise mutual information is at least 30, and titles of pages that are viewed 70 times. Each function
reads local files in their public form, any of them packed with gzip or bzip2, and tells its threshold. Writes nothing.
"""

from __future__ import annotations

import bz2
import gzip
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from reprolib.curate.metadata import Source
from reprolib.curate.spelling import MARKS, Rules, lines
from reprolib.errors import ReproError

WORDNET = ("data.noun", "data.verb", "data.adj", "data.adv")
"""The files of WordNet's folder `dict` (wndb(5WN)), versions 2.1 to 3.1."""
_OPENERS: dict[str, Callable[[Path], Any]] = {".gz": gzip.open, ".bz2": bz2.open}
HOURLY, COMPLETE = 4, 6
"""Fields of a line of Wikimedia's hourly `pageviews-…` and of its daily `pageviews-…-user` files."""


def wordnet(folder: Path) -> Source:
    """The first word of each synset, in lower case.

    Raises:
        ReproError: A file is missing or is not WordNet's.
    """
    found = set()
    for name in WORDNET:
        for number, line in enumerate(_lines(folder / name), 1):
            if line.startswith("  "):  # the licence
                continue
            fields = line.split(" ", 5)
            if len(fields) < 6 or not fields[0].isdecimal():
                raise _fault(folder / name, number, "a synset of WordNet (wndb)")
            word = fields[4].partition("(")[0]  # an adjective may say where it stands: galore(ip)
            found.add(word.replace("_", " ").lower())
    return Source("WordNet", "the first word of each synset, in lower case", sorted(found))


def words(counts: Path | Sequence[Path], least: int) -> Source:
    """The words that come at least `least` times, by `counted`."""
    found = sorted(gram for gram, count in counted(counts, 1).items() if count >= least)
    return Source("words", f"a count of at least {least:,}", found)


def pairs(counts: Path | Sequence[Path], word_counts: Path | Sequence[Path], least_pmi: float, least: int) -> Source:
    """The pairs of words that come at least `least` times with a pointwise mutual information of at least `least_pmi`.

    PMI is log2(c(xy) n / (c(x) c(y))) over n words. It is at most log2(n / c(x)), so that words which come 100 times
    reach MetaCLIP's threshold of 30 only among 10^11 words; which variant of it was meant is not published.

    Raises:
        ReproError: A word of a pair is not counted.
    """
    single, found = counted(word_counts, 1), []
    total = sum(single.values())
    for pair, count in counted(counts, 2).items():
        if count < least:
            continue
        first, second = pair.split(" ")
        if first not in single or second not in single:
            missing = first if first not in single else second
            raise ReproError(f"the pair {pair!r} is counted, but its word {missing!r} is not; count both in one corpus")
        if math.log2(count * total / (single[first] * single[second])) >= least_pmi:
            found.append(pair)
    rule = f"a count of at least {least:,} and a pointwise mutual information of at least {least_pmi:g} bits"
    return Source("pairs of words", rule, sorted(found))


def titles(views: Path | Sequence[Path], least: int, wiki: str = "en") -> Source:
    """The titles of pages with at least `least` views, over all files of `views` together.

    A file is one of Wikimedia's page-view dumps: hourly (`en Main_Page 42 0`) or daily
    (`en.wikipedia Main_Page 15580374 desktop 42 A1B2`). Views on mobile devices count, other wikis do not.

    Raises:
        ReproError: A line is of neither form.
    """
    sites = {wiki, f"{wiki}.m", f"{wiki}.zero", f"{wiki}.wikipedia"}
    seen: Counter[str] = Counter()
    for path in _several(views):
        for number, line in enumerate(_lines(path), 1):
            fields = line.split(" ")
            if fields[0] not in sites:
                continue
            count = fields[{HOURLY: 2, COMPLETE: 4}.get(len(fields), 0)]
            if not count.isdecimal():
                raise _fault(path, number, "page views of Wikimedia, hourly or daily,")
            seen[fields[1].replace("_", " ")] += int(count)
    found = sorted(title for title, count in seen.items() if count >= least and title != "-")
    return Source("titles", f"at least {least:,} views in '{wiki}'", found)


def pictographs() -> list[Source]:
    """The names of the embedded world's pictographs, which are Unicode's, and their plurals."""
    from reprolib.pictographs.concepts import all_concepts

    concepts = all_concepts()
    return [
        Source("Unicode names", "of every pictograph", sorted({concept.name for concept in concepts})),
        Source("plurals", "of the Unicode names", sorted({concept.plural for concept in concepts})),
    ]


def counted(counts: Path | Sequence[Path], length: int) -> Counter[str]:
    """How often each run of `length` words comes: read from tables, or counted in a corpus.

    A `.tsv` holds lines of words, a tab and a count, as Google's and others' n-gram lists do; runs that come in several
    lines are summed, and runs of other lengths are passed over. Any other file is a corpus, one text a line. Its words
    are what stands between spaces once marks are set apart, as captions are read (`spelling`). No run goes over a mark.

    Raises:
        ReproError: A line of a table is no such line.
    """
    found: Counter[str] = Counter()
    for path in _several(counts):
        if ".tsv" not in path.suffixes:
            for line in _lines(path):
                found.update(_runs(line, length))
            continue
        for number, line in enumerate(_lines(path), 1):
            gram, _, count = line.rpartition("\t")
            if not gram or not count.isdecimal():
                raise _fault(path, number, "words, a tab and a count")
            if gram.count(" ") == length - 1:
                found[gram] += int(count)
    return found


def _runs(text: str, length: int) -> Iterator[str]:
    found = lines([text], Rules.METACLIP)[1:-1].split(" ")
    for start in range(len(found) - length + 1):
        run = found[start : start + length]
        if all(word and word not in MARKS for word in run):
            yield " ".join(run)


def _several(paths: Path | Sequence[Path]) -> Iterable[Path]:
    return [paths] if isinstance(paths, Path) else paths


def _lines(path: Path) -> Iterator[str]:
    """The lines of `path`, unpacked, without their ends."""
    opener: Callable[[Path], BinaryIO] = _OPENERS.get(path.suffix, lambda path: path.open("rb"))
    try:
        with opener(path) as stream:
            for line in stream:
                yield line.rstrip(b"\r\n").decode()
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise ReproError(f"cannot read {path}: {error}; check the file and fetch it again") from error


def _fault(path: Path, number: int, expected: str) -> ReproError:
    return ReproError(f"{path}, line {number}, should hold {expected} but does not; fetch the file again")
