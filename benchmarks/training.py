"""Training here beside `open_clip_train` 3.3.0: CPU time a sample.

Reads the recipe in params.yaml; writes benchmarks/training.md. Run it on an idle machine: `python
benchmarks/training.py` (about five minutes). The peer gets an environment of its own, which is removed in the end;
`--environment FOLDER` keeps it for the next time.

Each side trains the same model from the same weights on the same shards, with the same batch, crops, optimiser and
learning rates, in processes of its own with one thread each. The peer's command is the one that
`reprolib.train.upstream` prints. One run takes one pass over the shards, another several, and what the passes after the
first add is counted, so that start-up and the checkpoint in the end cancel. User and system time of all processes and
threads are compared, not wall time, so a second core helps nobody.
"""

# ruff: noqa: T201 # a benchmark prints
from __future__ import annotations

import dataclasses
import io
import json
import shlex
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import own_training
import peers
from own_training import Case
from peers import Cost, FailedError
from PIL import Image

from reprolib import files
from reprolib.pictographs.world import World
from reprolib.shards import writing
from reprolib.shards.dataset import Dataset
from reprolib.shards.loader import Loader
from reprolib.shards.manifest import Manifest
from reprolib.shards.sample import Sample
from reprolib.shards.tokens import tokens
from reprolib.train import checkpoints, loop, macs, models, upstream, validation
from reprolib.train.ranks import Ranks

PINS = (
    "open_clip_torch==3.3.0",
    "webdataset==0.2.86",  # later ones send an end-of-file mark that the trainer takes for a member (open_clip#935)
    "numpy==2.3.5",  # from 2.4 on, float() refuses the arrays that the trainer's metrics give it
)
CASES = (
    Case("ViT-atto-8", 64, 4096, 5),
    Case("ViT-atto-8", 256, 4096, 5),
    Case("ViT-nano-8", 64, 512, 5),
    Case("ViT-S-32-alt", 32, 32, 3),
    Case("ViT-atto-8", 64, 4096, 3, processes=2),
)
PER_SHARD = 1024
HELD_OUT = range(2**32, 2**32 + 256)
"""The numbers of the held-out pairs."""
HEADS = (
    "model",
    "MMACs",
    "batch",
    "processes",
    "ours: CPU ms a sample (wall)",
    "open_clip_train: CPU ms a sample (wall)",
    "CPU ratio",
    "ours, once a data set: CPU ms a sample",
    "CPU ratio of a first pass",
    "held-out loss: ours, theirs",
)
NOTES = """
Both sides have the same model and first weights, shards, batch, steps, learning rates and distribution of crops, one
thread a process, and one worker (there a process, here a thread) that reads ahead. A sample's cost is what the passes
after the first add to a run of one, over all processes and threads; start-up and checkpoints are not in it. The loss is
that of the last weights on the same held-out pairs; it differs, because the peer's order of samples cannot be set.
MMACs are those of a sample, forward.

Ours saves reading, decoding, cropping and tokenising sample by sample, and the optimiser takes its step in one fused
kernel. What remains is the model's own cost, which is equal, so the ratio falls with the size of the model, and with
the batch, over which the optimiser's step is spread. Ours decodes and tokenises once a data set, before the first pass;
the ratio of a first pass counts that as if no other followed. `ViT-S-32-alt` is open_clip's own, for JPEGs of 224 px;
the others are of our ladder, for PNGs of 32 px.
"""


def main() -> None:
    """Run all cases and write the table."""
    rows: list[tuple[str, ...]] = [HEADS]
    with peers.environment("open_clip_train", PINS, peers.kept(__doc__ or "")) as python:
        for case in CASES:
            with tempfile.TemporaryDirectory() as folder:
                rows.append(_measured(case, Path(folder), python))
            print(" | ".join(rows[-1]), flush=True)
    text = "# Training: `reprolib.train` beside `open_clip_train`\n\nWritten by `python benchmarks/training.py`. "
    text += f"{peers.machine('torch', 'torchvision', 'pillow')} The peer has {', '.join(PINS)}, and the rest as ours."
    files.write(Path(__file__).with_suffix(".md"), f"{text}\n\n{peers.table(rows)}{NOTES}")


def _measured(case: Case, folder: Path, python: str) -> tuple[str, ...]:
    """The row of a case."""
    shards = len(_written(folder / "pool", range(case.count), case).shards)
    _written(folder / "validation", HELD_OUT[: case.count], case)
    checkpoints.export(folder / case.model, case.model, models.build(case.model, seed=0))
    ours: list[Cost] = []
    theirs: list[Cost] = []
    fault = ""
    for passes in (1, case.passes):
        ours.append(peers.cost(_own_command(case, passes), folder))
        try:
            theirs.append(peers.cost(_peer_command(case, passes, shards, python), folder))
        except FailedError as error:
            fault = str(error)
    more = (case.passes - 1) * case.count
    our = ours[1].beyond(ours[0], more)
    cold, warm = (files.read_json(folder / f"ahead-{passes}.json") for passes in (1, case.passes))
    ahead = (cold - warm) / case.count
    last = case.run(case.passes).name
    loss = files.read_json(folder / last / loop.DONE)["at"][-1]["loss"]
    row = (case.model, f"{macs.macs(case.model).total * 1000:,.1f}", str(case.batch), str(case.processes), _shown(our))
    if fault:
        return (*row, f"stops: {fault}", "–", f"{ahead * 1000:.2f}", "–", f"{loss:.2f}, –")
    their = theirs[1].beyond(theirs[0], more)
    first = f"{their.cpu / (our.cpu + ahead):.1f}"
    both = f"{loss:.2f}, {_peer_loss(case, folder):.2f}"
    return (*row, _shown(their), f"{their.cpu / our.cpu:.1f}", f"{ahead * 1000:.2f}", first, both)


def _written(folder: Path, numbers: range, case: Case) -> Manifest:
    """Shards of the world's samples with these numbers, in the size that the model takes."""
    world, size = World(0), models.image_size(case.model)

    def samples() -> Iterator[Sample]:
        for i in numbers:
            pixels, caption, attributes = world.sample(i)
            image, extension = _encoded(Image.fromarray(pixels), size)
            yield Sample(f"{i:010d}", image, extension, (caption,), attributes=attributes)

    return writing.write(folder, samples(), name=folder.name, per_shard=PER_SHARD)


def _encoded(image: Image.Image, size: int) -> tuple[bytes, str]:
    buffer = io.BytesIO()
    if image.size == (size, size):
        image.save(buffer, "PNG")
        return buffer.getvalue(), "png"
    image.resize((size, size), Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=95)
    return buffer.getvalue(), "jpg"


def _own_command(case: Case, passes: int) -> list[str]:
    several = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={case.processes}"]
    launcher = [sys.executable, *(several if case.processes > 1 else [])]
    return [*launcher, own_training.__file__, json.dumps([dataclasses.astuple(case), passes])]


def _peer_command(case: Case, passes: int, shards: int, python: str) -> list[str]:
    """What `reprolib.train.upstream` prints, in the peer's environment and with our first weights."""
    braces = f"pool/{{00000..{shards - 1:05d}}}.tar"
    run = case.run(passes)
    # The whole run is one epoch of the peer's, as it keeps a checkpoint after each.
    words = shlex.split(upstream.command(run, shards=braces, count=run.seen, world=case.processes))
    words[words.index("--model") + 1] = f"local-dir:{case.model}"
    launcher = [] if words[0] == "python" else ["-m", "torch.distributed.run"]
    return [python, *launcher, *words[1:]]


def _peer_loss(case: Case, folder: Path) -> float:
    """The held-out loss of the weights that the peer's longest run leaves, reckoned as ours."""
    import torch

    model = models.build(case.model, seed=0)
    run = folder / "logs" / case.run(case.passes).name
    checkpoints.load_weights(run / "checkpoints" / "epoch_latest.pt", model)
    dataset, cache = Dataset.open(folder / "validation"), folder / own_training.CACHE
    pixels = dataset.pixels(models.image_size(case.model), cache)
    pairs = Loader(pixels, tokens(dataset, models.register(case.model), cache), None, seed=0, global_batch=1).all()
    alone = Ranks(0, 1, torch.device("cpu"), "a benchmark")
    return validation.validate(model, *pairs, alone)["loss"]


def _shown(cost: Cost) -> str:
    return f"{cost.cpu * 1000:.2f} ({cost.wall * 1000:.2f})"


if __name__ == "__main__":
    main()
