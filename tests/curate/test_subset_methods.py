"""The baselines and balancing on one pool: what each keeps and why the rest is lost."""

import numpy as np
import pytest
import some_captions

from reprolib.curate import balancing, baselines, selection
from reprolib.curate.identity import uids
from reprolib.curate.selection import Candidates
from reprolib.errors import ReproError
from reprolib.shards import subsets, writing
from reprolib.shards.dataset import Dataset
from reprolib.shards.sample import Sample

ROWS = some_captions.rows(600)
POOL = Candidates(uids([name for name, _ in ROWS]), [text for _, text in ROWS], some_captions.ENTRIES)
SCORES = np.random.default_rng(0).random(600).round(2)
METHODS = {
    "raw": {},
    "random": {"size": 200, "seed": 3},
    "basic": {},
    "score": {"size": 200, "scores": SCORES},
    "balanced": {"t": 25.0, "seed": 3},
}


@pytest.mark.parametrize("method", METHODS)
def test_every_method_gives_ascending_uids_and_says_why_the_others_are_lost(method: str) -> None:
    found = selection.subset(POOL, method, **METHODS[method])
    assert found.uids.tolist() == sorted(found.uids.tolist())
    assert len(found.uids) + sum(found.lost.values()) == len(ROWS)
    assert set(found.uids.tolist()) <= set(POOL.uids.tolist())


@pytest.mark.parametrize("method", METHODS)
def test_no_method_depends_on_the_order_of_the_pool(method: str) -> None:
    order = np.random.default_rng(1).permutation(len(ROWS))
    other = Candidates(POOL.uids[order], [POOL.captions[row] for row in order], POOL.entries)
    settings = dict(METHODS[method])
    if "scores" in settings:
        settings["scores"] = SCORES[order]
    assert np.array_equal(
        selection.subset(other, method, **settings).uids, selection.subset(POOL, method, **METHODS[method]).uids
    )


def test_random_subsets_are_nested_and_of_the_size_asked_for() -> None:
    small, large = (baselines.random(POOL.uids, size, 0).uids for size in (50, 300))
    assert (len(small), len(large)) == (50, 300)
    assert set(small.tolist()) < set(large.tolist())


def test_the_basic_filter_is_that_of_datacomp_without_its_language() -> None:
    captions = ["a tea pot", "a tea", "a b c", "a b cd", "", "über drei Wörter"]
    found = baselines.basic(uids(range(6)), captions)
    assert found.uids["f1"].tolist() == [0, 3, 5]
    assert found.lost == {"the caption has fewer than 3 words": 2, "the caption has fewer than 6 characters": 1}


def test_the_basic_filter_looks_at_images_where_it_can() -> None:
    sides = np.array([[200, 600], [199, 400], [200, 601], [100, 1000]])
    found = baselines.basic(uids(range(4)), ["a tea pot"] * 3 + [""], sides)
    assert found.uids["f1"].tolist() == [0]
    assert found.lost == {
        "a side of the image is below 200 pixels": 1,
        "the image is too long": 1,
        "the caption has fewer than 3 words": 1,
    }


def test_the_score_filter_keeps_the_best_and_settles_ties_by_uid() -> None:
    scores = np.array([0.5, 0.9, 0.5, 0.1, 0.5])
    assert baselines.by_score(uids(range(5)), scores, size=3).uids["f1"].tolist() == [0, 1, 2]
    assert baselines.by_score(uids(range(5)), scores, least=0.5).uids["f1"].tolist() == [0, 1, 2, 4]


def test_the_balanced_subset_of_a_size_is_near_it() -> None:
    p = balancing.keep_probabilities(POOL.matches, POOL.counts, balancing.t_of_size(POOL.matches, POOL.counts, 200))
    found = selection.subset(POOL, "balanced", size=200)
    assert abs(len(found.uids) - 200) < 4.5 * np.sqrt((p * (1 - p)).sum())


def test_the_balanced_subset_levels_the_counts() -> None:
    found = selection.balanced(POOL, t=10, seed=0)
    kept = np.isin(POOL.uids, found.uids)
    before, after = POOL.counts, np.bincount(POOL.matches.entries[kept[POOL.matches.captions]], minlength=11)
    tail = before <= 10
    assert (after[tail] == before[tail]).all()
    assert after.max() / after.sum() < before.max() / before.sum()


@pytest.mark.parametrize(
    ("method", "settings"),
    [("random", {}), ("score", {"size": 3}), ("score", {"scores": SCORES}), ("balanced", {}), ("best", {})],
)
def test_a_method_without_what_it_needs_is_refused(method: str, settings: dict[str, object]) -> None:
    with pytest.raises(ReproError, match="should"):
        selection.subset(POOL, method, **settings)


def test_impossible_scores_and_sizes_are_refused() -> None:
    with pytest.raises(ReproError, match="1 have none"):
        baselines.by_score(uids(range(2)), np.array([1.0, np.nan]), size=1)
    with pytest.raises(ReproError, match="keep 1 to 2 samples, but 3"):
        baselines.by_score(uids(range(2)), np.array([1.0, 0.5]), size=3)
    with pytest.raises(ReproError, match="one of them"):
        baselines.by_score(uids(range(2)), np.array([1.0, 0.5]), size=1, least=0.5)


def test_candidates_of_a_data_set_are_its_samples(tmp_path: object) -> None:
    samples = [Sample(name, b"x", "png", (text, "a cat")) for name, text in ROWS[:20] if text]
    writing.write(tmp_path / "set", samples, name="set", per_shard=8)  # type: ignore[operator]
    dataset = Dataset.open(tmp_path / "set")  # type: ignore[operator]
    found = selection.balanced(Candidates.of(dataset, ["cat", "tea"]), t=100)
    assert len(subsets.rows(dataset, found.uids)) == len(samples)
