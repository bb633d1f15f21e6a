"""Matching captions against half a million entries: ours beside `pyahocorasick` and a plain scan.

Reads nothing; writes benchmarks/curation.md. Run it on an idle machine: `python benchmarks/curation.py` (about two
minutes). The peer gets an environment of its own, which is removed in the end; `--environment FOLDER` keeps it.

Captions are drawn from words whose frequencies follow Zipf's law, entries are words and runs of two and three of them,
in about the shares of MetaCLIP's list. Each side runs in a process of its own; CPU seconds are compared, the best of
three. All must find the same. At the end the whole command is run on more captions, in one process and in two.
"""

# ruff: noqa: T201 # a benchmark prints
from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
from itertools import islice
from pathlib import Path

import numpy as np
import peers

from reprolib import files

PINS = ("pyahocorasick==2.3.1",)
ENTRIES, WORDS, PAIRS = 500_000, 340_000, 470_000
CAPTIONS, FEW, POOL, SHARDS = 20_000, 4_000, 400_000, 4
GOAL = 50_000
NOTES = """
Memory is what building the matcher adds to a process. The scan is timed on its first {scanned} captions. `ours,
characters` is the matcher for scripts without spaces (MetaCLIP 2's rules), here on English, which it is not meant for;
by its rules punctuation needs no space, so it may find more.

The command reads JSON Lines, matches, keeps what it finds as Parquet, counts, and writes the JSON of all captions.
Seconds are of the processors, all processes together, and in brackets by the clock. The first row is what half a
million entries cost in any pool; the rate is of the captions beyond it. With two processes each makes a matcher of its
own; all but matching runs in one. The largest process took {largest:,.0f} MB.
"""


def main() -> None:
    """Run all sides and the command, and write the tables."""
    entries, captions = _made()
    with tempfile.TemporaryDirectory() as name, peers.environment("curation", PINS, peers.kept(__doc__ or "")) as peer:
        folder = Path(name)
        (folder / "data.json").write_text(json.dumps({"entries": entries, "captions": captions[:CAPTIONS]}))
        command = [_command(folder, entries, captions[:size], n) for size, n in ((FEW, 1), (POOL, 1), (POOL, 2))]
        largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e3
        found = {side: _timed(side, peer, folder) for side in ("ours", "pyahocorasick", "scan", "ours, characters")}
    _check(found)
    rows: list[tuple[str, ...]] = [("matching", "build, s", "memory, MB", "captions a second and core", "of ours")]
    for side, each in found.items():
        share = f"{each['rate'] / found['ours']['rate']:.2g}x"
        rows.append((side, f"{each['build']:.1f}", f"{each['resident']:,.0f}", f"{each['rate']:,.0f}", share))
    text = "# Curation: `reprolib.curate` beside `pyahocorasick` and a plain scan\n\n"
    text += (
        f"Written by `python benchmarks/curation.py`. {peers.machine('numpy', 'pyarrow')} The peer is {PINS[0]}.\n\n"
    )
    text += f"{CAPTIONS:,} captions, {len(entries):,} entries; the goal is {GOAL:,} captions a second and core:\n\n"
    text += f"{peers.table(rows)}\nThe whole command, captions in {SHARDS} files:\n\n{peers.table(_told(command))}"
    files.write(
        Path(__file__).with_suffix(".md"), text + NOTES.format(scanned=found["scan"]["captions"], largest=largest)
    )


def _made() -> tuple[list[str], list[str]]:
    """Entries and captions of made-up words."""
    rng = np.random.default_rng(0)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    sizes = rng.integers(3, 11, 460_000)
    words = [*islice(dict.fromkeys("".join(letters[rng.integers(0, 26, size)]) for size in sizes), 400_000)]
    law = (1 / np.arange(1, len(words) + 1)).cumsum()

    def drawn(count: int) -> list[str]:
        return [words[place] for place in np.searchsorted(law, rng.random(count) * law[-1]).tolist()]

    entries = dict.fromkeys(words[:WORDS])
    for length, goal in ((2, PAIRS), (3, ENTRIES)):
        while len(entries) < goal:
            run = drawn(length * 10_000)
            for start in range(0, len(run), length):
                entries.setdefault(" ".join(run[start : start + length]))
                if len(entries) == goal:
                    break
    captions = []
    for size in rng.integers(4, 20, POOL).tolist():
        text = " ".join(drawn(size))
        captions.append(text.replace(" ", ", ", 1) + "." if rng.random() < 0.4 else text)
    return [*entries], captions


def _timed(side: str, peer: str, folder: Path) -> dict[str, float]:
    python = peer if side == "pyahocorasick" else sys.executable
    script = Path(__file__).with_name("curation_sides.py")
    command = [python, str(script), side, str(folder / "data.json")]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    print(side, found, flush=True)
    return found


def _check(found: dict[str, dict[str, float]]) -> None:
    """Stop if two sides found different things."""
    if found["ours"]["all"] != found["pyahocorasick"]["all"] or found["ours"]["first"] != found["scan"]["first"]:
        raise SystemExit("the sides do not find the same")


def _command(folder: Path, entries: list[str], captions: list[str], processes: int) -> tuple[int, int, peers.Cost]:
    """Captions, processes and cost of the command."""
    pool = folder / "pool"
    pool.mkdir(exist_ok=True)
    (folder / "metadata.json").write_text(json.dumps(entries))
    for number in range(SHARDS):
        lines = (json.dumps({"text": caption}) for caption in captions[number::SHARDS])
        (pool / f"{number}.jsonl").write_text("\n".join(lines) + "\n")
    words = [str(pool), "--metadata", str(folder / "metadata.json"), "--t", "100", "--json", str(folder / "out.json")]
    code = "from reprolib.cli.curate import app; app()"
    cost = peers.cost([sys.executable, "-c", code, *words, "--processes", str(processes)], folder)
    print(len(captions), processes, cost, flush=True)
    return len(captions), processes, cost


def _told(command: list[tuple[int, int, peers.Cost]]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("captions", "processes", "seconds", "captions a second and core")]
    least = command[0][2]
    for count, processes, cost in command:
        rate = f"{1 / cost.beyond(least, count - FEW).cpu:,.0f}" if count > FEW and processes == 1 else ""
        rows.append((f"{count:,}", str(processes), f"{cost.cpu:.1f} ({cost.wall:.1f})", rate))
    return rows


if __name__ == "__main__":
    main()
