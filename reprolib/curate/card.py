"""The data card of a subset: where it is from, what was lost on the way and why, and what curation did to its entries.

    made = card(pool, kept, method="random", t=20_000, lost={"random did not draw it": 5}, origin=…, licence=…)
    made.content, made.text()                           # for JSON, and for people

Any subset of a matched pool can have one, balanced or not. Reads the matches of the pool; writes nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reprolib.curate import balancing
from reprolib.curate.balancing import Counts
from reprolib.curate.pool import Chunk, Pool
from reprolib.curate.repeats import repeated
from reprolib.shards import order
from reprolib.shards.subsets import Uids

SHOWN = 20
"""Entries of the head, and of the tail, that are listed."""
UNKNOWN = "not stated"


@dataclass(frozen=True)
class Card:
    """What is told about a subset."""

    content: dict[str, Any]
    """As JSON values."""

    def text(self) -> str:
        """Markdown."""
        content, entries = self.content, self.content["entries"]
        share, tail, again = content["samples"] / content["pool"], content["tail"], content["repeated captions"]
        lines = [
            "# Data card",
            "",
            f"{content['samples']:,} of {content['pool']:,} samples ({share:.1%}), chosen by: {content['method']}.",
            "",
            f"- Origin: {content['origin']}",
            f"- Licence: {content['licence']}",
            f"- Captions that repeat an earlier one: {again['pool']:,} in the pool, {again['subset']:,} in the subset",
            "",
            *_table(("lost because", "samples"), [(reason, f"{n:,}") for reason, n in content["lost"].items()]),
            "",
            f"{entries['all']:,} entries: {entries['matched']:,} match in the pool, {entries['kept']:,} in the subset.",
            f"The tail, entries with at most t = {content['t']:g} captions in the pool, has {tail['before']:.2%} of",
            f"the matches before and {tail['after']:.2%} after.",
        ]
        for name in ("head", "tail entries"):
            rows = [(f"`{each['entry']}`", f"{each['before']:,}", f"{each['after']:,}") for each in content[name]]
            title = "The most frequent entries" if name == "head" else "Entries of the tail, spread evenly"
            lines += ["", f"{title}:", "", *_table(("entry", "before", "after"), rows)]
        return "\n".join([*lines, ""])


def card(
    pool: Pool,
    kept: Uids,
    *,
    method: str,
    t: float,
    lost: Mapping[str, int],
    origin: str | None = None,
    licence: str | None = None,
) -> Card:
    """The card of the subset `kept` of `pool`.

    Args:
        pool: All samples with what they match.
        kept: The uids of the subset, ascending.
        method: How it was chosen, in a clause.
        t: What parts head and tail.
        lost: Why how many samples are not in it, in the order of the steps.
        origin: Where the pool is from.
        licence: What it may be used for.
    """
    after = np.zeros_like(pool.counts)
    for chunk, chosen in _members(pool, kept):
        after += np.bincount(chunk.matches.entries[chosen[chunk.matches.captions]], minlength=len(after))
    before, tail = pool.counts, pool.counts <= t
    return Card(
        {
            "method": method,
            "origin": origin or UNKNOWN,
            "licence": licence or UNKNOWN,
            "pool": pool.rows,
            "samples": len(kept),
            "lost": dict(lost),
            "repeated captions": {"pool": _repetitions(pool, None), "subset": _repetitions(pool, kept)},
            "t": t,
            "tail": {"before": balancing.tail_share(before, t), "after": _share(after[tail], after)},
            "entries": {"all": len(before), "matched": int((before > 0).sum()), "kept": int((after > 0).sum())},
            "head": _listed(pool, np.argsort(-before, kind="stable")[:SHOWN], after),
            "tail entries": _listed(pool, spread(before, tail, SHOWN), after),
        }
    )


def spread(counts: Counts, tail: NDArray[np.bool_], most: int) -> NDArray[np.int64]:
    """At most so many entries of the tail that match, from frequent to rare, at equal distances."""
    there = np.flatnonzero(tail & (counts > 0))
    ordered = there[np.argsort(-counts[there], kind="stable")]
    return ordered[np.linspace(0, len(ordered) - 1, min(most, len(ordered))).round().astype(np.int64)]


def _members(pool: Pool, kept: Uids) -> Iterator[tuple[Chunk, NDArray[np.bool_]]]:
    """The samples of the pool, and whether each is in `kept`."""
    keys = np.sort(order.bits(0, "uid", kept["f0"]) ^ kept["f1"])
    for chunk in pool.chunks():
        yield chunk, np.isin(order.bits(0, "uid", chunk.uids["f0"]) ^ chunk.uids["f1"], keys)


def _repetitions(pool: Pool, kept: Uids | None) -> int:
    """Captions equal to an earlier one, by 64 bits of their hashes."""

    def texts() -> Iterator[NDArray[np.uint64]]:
        if kept is None:
            return (chunk.texts[chunk.texts > 0] for chunk in pool.chunks())
        return (chunk.texts[chosen & (chunk.texts > 0)] for chunk, chosen in _members(pool, kept))

    return repeated(texts, pool.rows)[1]


def _share(part: Counts, whole: Counts) -> float:
    return int(part.sum()) / int(whole.sum()) if whole.any() else 0.0


def _listed(pool: Pool, entries: NDArray[np.int64], after: Counts) -> list[dict[str, Any]]:
    names = pool.metadata.entries
    return [
        {"entry": names[each], "before": int(pool.counts[each]), "after": int(after[each])} for each in entries.tolist()
    ]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]
