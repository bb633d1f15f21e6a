"""The stage `curate`: subsets of one pool, each chosen by another method, for a study of what the choice does.

Reads the pool of the study `mini` below data/mini/shards and, for the scores, one of its models. Writes below
data/curation: `subsets/<name>.npy`, the ids of each subset, and `shards`, a link to those of `mini`, so that the study
is trained and evaluated as any other; results/curation/curation.json: a data card of each subset, with t and the
expected size; and paper/figures/curation/curation.png and .pdf, what the head and the tail look like.
`reprolib curate study` runs it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from reprolib import files, provenance
from reprolib.curate import balancing, card, metadata, page, pool, selection, sources
from reprolib.curate.columns import Columns
from reprolib.curate.selection import Candidates
from reprolib.errors import ReproError
from reprolib.provenance import records
from reprolib.shards import POOL, subsets
from reprolib.shards.dataset import Dataset

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from reprolib.curate.baselines import Subset
    from reprolib.params import Curated, Curation, Params
    from reprolib.paths import Tree

WORLD, STUDY = "mini", "curation"
SHOWN = "balanced"
"""The subset whose head and tail are shown."""
UID = Columns("text", "uid")
"""How our shards name a sample."""
LICENCE = "made here from the glyphs of DejaVu Sans (free to use, its own licence) and Unicode names"


def run(tree: Tree, settings: Params) -> None:
    """Choose all subsets of params.yaml, and tell of each.

    Raises:
        ReproError: The pool or the scoring model is missing or damaged, or a subset is not what its method can give.
    """
    how = settings.mini.curation
    model, weights = _scorer(tree, how)
    stamp = provenance.take(
        tree,
        inputs=[tree.shards(WORLD) / POOL, weights],
        stage="curate",
        settings=how.model_dump(include={"seed", "scorer", "subsets"}),
        seed=how.seed,
        reason="matching is a search in memory; the scoring model is small",
    )
    dataset, entries = Dataset.open(tree.shards(WORLD) / POOL), metadata.joined(sources.pictographs())
    candidates = Candidates.of(dataset, entries.entries)
    scored = any(each.method == "score" for each in how.subsets.values())
    scores = _scores(tree, dataset, model, weights) if scored else None
    chosen = {name: _chosen(candidates, name, each, scores, how.seed) for name, each in how.subsets.items()}
    matched = pool.match(
        tree.shards(WORLD) / POOL, entries, tree.cache / "matches", columns=UID, processes=os.cpu_count() or 1
    )
    shown_at = _t(candidates, how.subsets[SHOWN])
    cards = {
        name: {
            **each.model_dump(exclude_none=True),
            **_balance(candidates, each),
            **_card(matched, each, chosen[name], shown_at),
        }
        for name, each in how.subsets.items()
    }
    page.draw(dataset, candidates, chosen[SHOWN].uids, shown_at, tree.figures(STUDY))
    with files.staged(tree.subsets(STUDY)) as folder:
        for name, found in chosen.items():
            subsets.write_subset(folder / f"{name}.npy", found.uids)
    _link(tree)
    content = {"study": STUDY, "metadata": entries.told(candidates.rules), "subsets": cards}
    records.write(tree.results(STUDY) / "curation.json", "curation", content, stamp.confirm())


def _scorer(tree: Tree, how: Curation) -> tuple[str, Path]:
    """The model that scores, and its weights as its run record has them."""
    record = records.read(tree.runs(WORLD) / f"{how.scorer}.json", "run")
    weights = tree.trained(WORLD) / how.scorer / record["weights"]["file"]
    if not weights.is_file():
        raise ReproError(f"{weights}, the model that scores, is missing; run `reprolib train {WORLD}` or `dvc repro`")
    return str(record["model"]), weights


def _scores(tree: Tree, dataset: Dataset, model: str, weights: Path) -> NDArray[np.float32]:
    """(n,): the cosine of each pair's image and caption."""
    from reprolib.evaluate import embeddings, encoder, sets

    embedded = embeddings.of(encoder.load(model, weights), sets.of(dataset), tree.cache)
    assert embedded.text is not None
    scores: NDArray[np.float32] = np.einsum("nd,nd->n", embedded.image, embedded.text)
    return scores


def _chosen(candidates: Candidates, name: str, how: Curated, scores: NDArray[np.float32] | None, seed: int) -> Subset:
    try:
        return selection.subset(candidates, how.method, t=how.t, size=how.size, scores=scores, seed=seed)
    except ReproError as error:
        raise ReproError(f"params.yaml: mini.curation.subsets.{name}: {error}") from error


def _t(candidates: Candidates, how: Curated) -> float:
    """What parts head and tail for a balanced subset."""
    if how.t is not None:
        return how.t
    assert how.size is not None
    return balancing.t_of_size(candidates.matches, candidates.counts, how.size)


def _balance(candidates: Candidates, how: Curated) -> dict[str, float]:
    if how.method != "balanced":
        return {}
    t = _t(candidates, how)
    expected = balancing.expected_size(balancing.keep_probabilities(candidates.matches, candidates.counts, t).tolist())
    return {"t": t, "expected_size": expected}


def _card(matched: pool.Pool, how: Curated, chosen: Subset, t: float) -> Mapping[str, Any]:
    """The data card, at the same t for every subset, so that their tails can be compared."""
    told = card.card(
        matched,
        chosen.uids,
        method=how.method,
        t=t,
        lost=chosen.lost,
        origin="pairs of the embedded world, drawn from params.yaml's mini.pool",
        licence=LICENCE,
    )
    return {"card": told.content}


def _link(tree: Tree) -> None:
    """The shards of the study are those of its world."""
    link = tree.shards(STUDY)
    if not link.is_symlink():
        link.symlink_to(os.path.relpath(tree.shards(WORLD), link.parent), target_is_directory=True)
