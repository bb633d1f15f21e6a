"""A page of pictures of the head and of the tail: what the most frequent and the rare entries look like.

`draw` writes `curation.png` for the screen and `curation.pdf` for print. On the left are the entries that most captions
of the pool match, on the right entries of the tail, from frequent to rare; beside each are its captions before and
after, and the first samples of the subset that match it, by uid. Reads the images of the data set.
"""

import io
import textwrap
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from reprolib import files
from reprolib.curate.card import spread
from reprolib.curate.selection import Candidates
from reprolib.figures import style
from reprolib.shards.dataset import Dataset
from reprolib.shards.subsets import Uids

ROWS, PICTURES = 10, 5
DPI = 300
_LEFT, _NAMES, _STEP, _SIDE, _TOP = 0.1, 1.2, 0.44, 0.4, 0.5  # inches


def draw(dataset: Dataset, candidates: Candidates, kept: Uids, t: float, folder: Path) -> None:
    """Write the page of the subset `kept` into `folder`, as PNG and PDF.

    Raises:
        ReproError: The files cannot be written.
    """
    with style.context("curation"):
        figure = paint(dataset, candidates, kept, t)
        for suffix, metadata in (("png", {"Software": None}), ("pdf", {"CreationDate": None})):
            buffer = io.BytesIO()
            figure.savefig(buffer, format=suffix, dpi=DPI, metadata=metadata)
            files.write(folder / f"curation.{suffix}", buffer.getvalue())


def paint(dataset: Dataset, candidates: Candidates, kept: Uids, t: float) -> Figure:
    """The page as a figure; coordinates are inches from the top left corner.

    Args:
        dataset: The pool, its rows those of `candidates`.
        candidates: What its captions match.
        kept: The uids of the subset.
        t: What parts head and tail: an entry of the tail matches at most t captions.
    """
    counts = candidates.counts
    height = _TOP + ROWS * _STEP + 0.05
    figure = Figure(figsize=(style.FULL_WIDTH, height))
    axes = figure.add_axes((0, 0, 1, 1))
    frequent = np.argsort(-counts, kind="stable")[:ROWS]
    halves = {
        f"Head: more than {t:g} captions": frequent[counts[frequent] > t],
        f"Tail: at most {t:g} captions": spread(counts, counts <= t, ROWS),
    }
    member = np.isin(candidates.uids, kept)
    for column, (title, entries) in enumerate(halves.items()):
        x = _LEFT + column * style.FULL_WIDTH / 2
        axes.text(x, 0.12, title, size=style.LAW_PT, weight="bold", va="top")
        axes.text(x, 0.3, "captions before → after", size=style.SMALL_PT, color=style.SOFT, va="top")
        for row, entry in enumerate(entries.tolist()):
            _entry(axes, dataset, candidates, entry, member, x, _TOP + row * _STEP)
    axes.set(xlim=(0, style.FULL_WIDTH), ylim=(height, 0))
    axes.set_axis_off()
    return figure


def _entry(
    axes: Axes, dataset: Dataset, candidates: Candidates, entry: int, member: NDArray[np.bool_], x: float, y: float
) -> None:
    """A row: the entry, its counts and some of its samples."""
    matches = candidates.matches
    rows = matches.captions[matches.entries == entry]
    chosen = rows[member[rows]]
    name = textwrap.shorten(candidates.entries[entry], 19, placeholder="…")
    axes.text(x, y + 0.06, name, size=style.TEXT_PT, va="top")
    axes.text(x, y + 0.21, f"{len(rows):,} → {len(chosen):,}", size=style.SMALL_PT, color=style.SOFT, va="top")
    first = chosen[np.argsort(candidates.uids[chosen], order=("f0", "f1"))][:PICTURES]
    for column, sample in enumerate(first.tolist()):
        left = x + _NAMES + column * _STEP
        with Image.open(io.BytesIO(dataset.image(sample))) as image:
            axes.imshow(np.asarray(image.convert("RGB")), extent=(left, left + _SIDE, y + _SIDE, y), aspect="auto")
