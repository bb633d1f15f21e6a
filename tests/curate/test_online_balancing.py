"""Online balancing as an order of rows: each epoch a draw of its own, the same for any batch, rank or restart."""

import numpy as np
import pytest
import some_captions
import torch

from reprolib.curate import balancing
from reprolib.curate.balancing import Draws
from reprolib.curate.identity import of_rows
from reprolib.curate.loader import OnlineLoader
from reprolib.curate.matching import Matcher
from reprolib.curate.online import Online
from reprolib.errors import ReproError

ENTRIES = some_captions.ENTRIES
CAPTIONS = [text for _, text in some_captions.rows(400)]
MATCHES, UIDS = Matcher(ENTRIES)(CAPTIONS), of_rows(0, 400)


def online(t: float = 12.0, seed: int = 1) -> Online:
    return Online(MATCHES, UIDS, ENTRIES, t=t, seed=seed)


def test_an_epoch_sees_each_row_that_it_draws_once() -> None:
    source = online()
    first, second = len(source.kept(0)), len(source.kept(1))
    assert np.array_equal(np.sort(source.rows_of(0, first)), source.kept(0))
    assert np.array_equal(np.sort(source.rows_of(first, second)), source.kept(1))
    assert not np.array_equal(source.kept(0), source.kept(1))


def test_the_first_epoch_is_the_offline_subset() -> None:
    counts = MATCHES.counts(len(ENTRIES))
    assert np.array_equal(online().kept(0), np.flatnonzero(Draws.of(ENTRIES, 1).kept(MATCHES, UIDS, counts, 12.0)))


def test_rows_do_not_depend_on_where_a_run_begins_or_how_it_is_cut() -> None:
    whole = online().rows_of(0, 1000)
    assert np.array_equal(online().rows_of(700, 300), whole[700:])
    cut = online()
    assert np.array_equal(np.concatenate([cut.rows_of(start, 8) for start in range(0, 1000, 8)]), whole)


def test_rows_are_seen_as_often_as_their_weights_say() -> None:
    source = online()
    seen = np.mean([np.isin(np.arange(400), source.kept(epoch)) for epoch in range(600)], axis=0)
    weights = source.weights
    assert (np.abs(seen - weights) <= 5 * np.sqrt(weights * (1 - weights) / 600)).all()
    assert weights.sum() == pytest.approx(balancing.expected_size(weights))


def test_rows_without_a_match_are_never_seen() -> None:
    unmatched = np.flatnonzero(np.diff(MATCHES.offsets) == 0)
    assert len(unmatched)
    assert not np.isin(online().rows_of(0, 2000), unmatched).any()


def test_the_loader_gives_all_ranks_together_the_rows_of_the_order() -> None:
    images, tokens = np.arange(400, dtype=np.uint8).repeat(12).reshape(400, 2, 2, 3), torch.arange(400)[:, None]

    def batches(world: int, step: int) -> list[int]:
        return [
            row
            for rank in range(world)
            for row in OnlineLoader(
                images, tokens, None, seed=0, global_batch=8, rank=rank, world=world, online=online()
            )
            .batch(step)[1]
            .ravel()
            .tolist()
        ]

    expected = online().rows_of(8 * 5, 8).tolist()
    assert batches(1, 5) == batches(2, 5) == expected


def test_what_draws_nothing_is_refused() -> None:
    with pytest.raises(ReproError, match="no caption matches any entry"):
        Online(Matcher(["x"])(["tea"]), of_rows(0, 1), ["x"], t=1, seed=0)
    with pytest.raises(ReproError, match="t should be a finite number above 0"):
        online(t=0)
