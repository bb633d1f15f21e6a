"""Cached tokens are open_clip's own, for any text."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reprolib.errors import ReproError
from reprolib.shards import tokens, writing
from reprolib.shards.dataset import Dataset
from reprolib.shards.sample import Sample

TOKENIZER = open_clip.get_tokenizer("ViT-B-32", context_length=16)
ODD = [
    "",
    "   ",
    "A Red ★ above 3 blue hearts, isn't it?",
    "it's we're I'll they've I'd don't 'S 'RE",
    "a&amp;b &lt;b&gt; &amp;amp; &#9733;",
    "<start_of_text> inside <END_OF_TEXT>",
    "schÃ¶n mojibake â€œquotesâ€\x9d",
    "ﬁne ﬀ ligatures ＦＵＬＬ width",
    "İstanbul ΣΊΣΥΦΟΣ ǅ ß",
    "雪人 와 снеговик ☃️ 👩‍🚀",
    "tab\tnew\nline\r\nnbsp\xa0em\u2003zero\u200bwidth\x00\x1b[31m",
    "\ud83d lone surrogate",
    "a_b-c/d\\e|f~g^h`i{j}",
    "https://example.org/?q=1&r=2#top 100% $5.00 @name",
    "x" * 500,
    "word " * 500,
    "1234567890 3.14 2nd",
]


def ours(captions: list[str]) -> np.ndarray:
    return np.concatenate(list(tokens.encoded(captions, TOKENIZER)))


@pytest.mark.parametrize("caption", ODD, ids=range(len(ODD)))
def test_odd_captions_have_open_clips_tokens(caption: str) -> None:
    assert ours([caption]).tolist() == TOKENIZER([caption]).tolist()


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text(alphabet=st.characters(max_codepoint=126)) | st.text(), min_size=1, max_size=5))
def test_any_captions_have_open_clips_tokens(captions: list[str]) -> None:
    assert ours(captions).tolist() == TOKENIZER(captions).tolist()


@settings(max_examples=300, deadline=None)
@given(st.from_regex(tokens.PLAIN, fullmatch=True))
@example("don't 'twas o'clock 's's 'll")
@example('#1 (50%) a=b*c $3.50 --- "quoted" ...')
def test_word_by_word_is_the_same_for_plain_captions(caption: str) -> None:
    assert ours([caption]).tolist() == TOKENIZER([caption]).tolist()


@pytest.mark.parametrize("clean", ["lower", "whitespace", "canonicalize"])
def test_every_cleaning_of_open_clip_is_kept(clean: str) -> None:
    tokenizer = open_clip.SimpleTokenizer(context_length=9, clean=clean)
    made = np.concatenate(list(tokens.encoded(ODD, tokenizer)))
    assert made.tolist() == tokenizer(ODD).tolist()


def test_more_captions_than_a_chunk_stay_in_order(tmp_path: Path) -> None:
    captions = [f"number {number}" for number in range(tokens.CHUNK + 3)]
    made = tokens.tokenise(captions, TOKENIZER, tmp_path)
    assert made.dtype == torch.int32
    assert made.tolist() == TOKENIZER(captions).tolist()


def test_captions_are_tokenised_once(tmp_path: Path) -> None:
    class Counted(list[str]):
        readings = 0

        def __iter__(self) -> Iterator[str]:
            self.readings += 1
            return super().__iter__()

    captions = Counted(ODD)
    first = tokens.tokenise(captions, TOKENIZER, tmp_path)
    assert captions.readings == 2
    assert torch.equal(tokens.tokenise(captions, TOKENIZER, tmp_path), first)
    assert captions.readings == 3, "the second time only for the content hash"
    assert len(list(tmp_path.iterdir())) == 1


def test_other_captions_or_another_tokenizer_are_tokenised_anew(tmp_path: Path) -> None:
    variants = [
        (["ab", "c"], TOKENIZER),
        (["a", "bc"], TOKENIZER),
        (["ab", "C"], TOKENIZER),
        (["ab", "c"], open_clip.SimpleTokenizer(context_length=8)),
        (["ab", "c"], open_clip.SimpleTokenizer(context_length=16, clean="whitespace")),
    ]
    for captions, tokenizer in variants:
        assert tokens.tokenise(captions, tokenizer, tmp_path).tolist() == tokenizer(captions).tolist()
    assert len(list(tmp_path.iterdir())) == len(variants)


def test_a_data_set_has_the_tokens_of_its_first_captions(tmp_path: Path) -> None:
    samples = [Sample(f"s{number}", b"x", "png", (f"caption {number}", "another")) for number in range(5)]
    writing.write(tmp_path / "set", samples, name="set", per_shard=2)
    made = tokens.tokens(Dataset.open(tmp_path / "set"), "ViT-B-32", tmp_path / "cache")
    assert made.tolist() == open_clip.get_tokenizer("ViT-B-32")([f"caption {number}" for number in range(5)]).tolist()


def test_a_sample_without_a_caption_is_named(tmp_path: Path) -> None:
    writing.write(tmp_path / "set", [Sample("lonely", b"x", "png", (), 0)], name="set", per_shard=2)
    with pytest.raises(ReproError, match=r"sample lonely of .* should have a caption"):
        tokens.tokens(Dataset.open(tmp_path / "set"), "ViT-B-32", tmp_path / "cache")


@pytest.mark.parametrize("tokenizer", [str.split, open_clip.SimpleTokenizer(reduction_mask="random")])
def test_a_tokenizer_that_would_change_the_tokens_is_refused(tokenizer: object, tmp_path: Path) -> None:
    with pytest.raises(ReproError, match="choose a model with the tokenizer of CLIP"):
        tokens.tokenise(["a"], tokenizer, tmp_path)
