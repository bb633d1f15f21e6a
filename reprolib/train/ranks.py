"""The processes of one training run: who they are, on what, and how a command becomes several of them.

`torchrun` starts the ranks; here is what each learns from it. On a laptop `launch` calls torchrun itself, on a cluster
the batch system does, and the same command runs in every rank. CPU ranks talk over gloo, GPU ranks over NCCL.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reprolib.errors import ReproError

if TYPE_CHECKING:
    import torch

BLOCK = 64
"""Neighbouring gradients that are sent together, or not at all."""
EVERYTHING = 2**14
"""More MiB than the gradients of a model that is trained on a CPU."""
PATIENCE = datetime.timedelta(minutes=10)
"""How long a rank waits for the others before it gives up."""


@dataclass(frozen=True)
class Ranks:
    """One rank of a run, seen from inside."""

    rank: int
    world: int
    device: torch.device
    why: str
    """Why this device, in a clause."""

    @property
    def first(self) -> bool:
        """Whether this rank writes the files."""
        return self.rank == 0

    def total(self, value: torch.Tensor) -> torch.Tensor:
        """The sum of `value` over the ranks, on each of them."""
        if self.world > 1:
            import torch.distributed as dist

            dist.all_reduce(value)
        return value

    def gathered(self, value: torch.Tensor) -> torch.Tensor:
        """The ranks' tensors of one shape, joined along the first axis in the order of ranks."""
        if self.world == 1:
            return value
        import torch
        import torch.distributed as dist

        parts = [torch.empty_like(value) for _ in range(self.world)]
        dist.all_gather(parts, value.contiguous())
        return torch.cat(parts)

    def lead(self, work: Callable[[], None]) -> None:
        """Have the first rank do `work` while the others wait for it; if it fails, all of them end.

        Raises:
            Exception: On the first rank, what `work` raised.
            SystemExit: On the others, then.
        """
        import torch

        fault: Exception | None = None
        if self.first:
            try:
                work()
            except Exception as error:
                fault = error
        failed = self.total(torch.tensor(fault is not None, dtype=torch.int32, device=self.device)).item()
        if fault is not None:
            raise fault
        if failed:
            raise SystemExit(ReproError.exit_code)

    def wait(self) -> None:
        """Until all ranks are here."""
        if self.world > 1:
            import torch.distributed as dist

            dist.barrier()


def inside() -> bool:
    """Whether torchrun, or a batch system in its way, started this process as one of several."""
    return "RANK" in os.environ and "WORLD_SIZE" in os.environ


@contextlib.contextmanager
def joined() -> Iterator[Ranks]:
    """This process as a rank, its process group open in the block; alone if nobody started several."""
    import torch
    import torch.distributed as dist

    _end_with_parent()
    rank, world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    local, beside = int(os.environ.get("LOCAL_RANK", 0)), int(os.environ.get("LOCAL_WORLD_SIZE", 1))
    if torch.cuda.is_available():
        torch.cuda.set_device(local)
        device, why = torch.device("cuda", local), "a CUDA device is present"
    else:
        # Ranks that share their cores by threads slow each other down many times over.
        torch.set_num_threads(max(1, (os.cpu_count() or 1) // beside))
        device, why = torch.device("cpu"), "no CUDA device is present"
    if world > 1:
        # open_clip's loss gathers by a function that torch has renamed.
        warnings.filterwarnings("ignore", ".*all_gather is deprecated", FutureWarning)
        backend = "nccl" if device.type == "cuda" else "gloo"
        dist.init_process_group(backend, timeout=PATIENCE, device_id=device if device.type == "cuda" else None)
    try:
        yield Ranks(rank, world, device, why)
    except RuntimeError as error:
        if world > 1 and "Connection" in str(error):
            raise ReproError(
                f"process {rank} stopped because another one of the {world} did; see its sentence"
            ) from error
        raise
    finally:
        if world > 1:
            dist.destroy_process_group()


def here(processes: int) -> int:
    """The ranks that this machine has room for: one a GPU, or else `processes`."""
    import torch

    return torch.cuda.device_count() or processes


def launch(arguments: Sequence[str], count: int) -> None:
    """Run `python -m reprolib <arguments>` as `count` ranks on this machine, and wait.

    Raises:
        ReproError: A rank failed; its sentence is on standard error, before this one.
    """
    import torch
    from torch.distributed import run
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError

    # glibc gives large blocks back to the system at every step; getting them again costs a tenth of it.
    useful = {"OMP_NUM_THREADS": "1", "MALLOC_MMAP_THRESHOLD_": str(2**30), "MALLOC_TRIM_THRESHOLD_": str(2**32)}
    for name, value in useful.items():
        os.environ.setdefault(name, value)
    if not torch.cuda.is_available():
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo0" if sys.platform == "darwin" else "lo")
    try:
        run.main(["--standalone", f"--nproc-per-node={count}", "-m", "reprolib", *arguments])
    except ChildFailedError as error:
        raise ReproError(
            "training stopped, for the reason that the process gave above; remove it and run the same command to go on "
            "from the last checkpoint"
        ) from error


def _end_with_parent() -> None:
    """Have Linux kill this rank when torchrun is killed: it would train on, and write beside the ranks that follow."""
    if sys.platform == "linux" and inside():
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def wrapped(model: Any, ranks: Ranks, *, shard: bool = False) -> Any:
    """`model` whose gradients are averaged over the ranks after each backward pass, by DDP; itself if alone.

    With `shard` FSDP2 does it, and cuts the parameters in place (see `sharding`).
    """
    if ranks.world == 1:
        return model
    if shard:
        from reprolib.train import sharding

        return sharding.shard(model, ranks)
    from torch.nn.parallel import DistributedDataParallel

    # The first rank's buffers count whether or not the others are given them. On a CPU nothing runs beside the sending,
    # and each time the ranks meet costs milliseconds: one bucket for all.
    gpu = ranks.device.type == "cuda"
    settings = {"device_ids": [ranks.device.index]} if gpu else {"bucket_cap_mb": EVERYTHING}
    parallel = DistributedDataParallel(model, gradient_as_bucket_view=True, forward_sync_buffers=False, **settings)
    if not gpu:
        # DDP reads a hook's annotations, and does not know them as text.
        parallel.register_comm_hook(ranks.world, lambda world, bucket: _mean_in_order(world, bucket))
    return parallel


@contextlib.contextmanager
def without_averaging(parallel: Any) -> Iterator[None]:
    """Leave the gradients of what `wrapped` gave to add up on each rank in the block, for a later average."""
    if not hasattr(parallel, "set_requires_gradient_sync"):
        with parallel.no_sync():
            yield
        return
    parallel.set_requires_gradient_sync(False)
    try:
        yield
    finally:
        parallel.set_requires_gradient_sync(True)


def _everyones(own: torch.Tensor, world: int) -> torch.Tensor:
    """(world, *shape): the tensors of all ranks in their order."""
    import torch.distributed as dist

    made = own.new_empty(world, *own.shape)
    dist.all_gather(list(made), own)
    return made


def _mean_in_order(world: int, bucket: Any) -> Any:
    """The mean over the ranks, added in the order of ranks, of those blocks that have a gradient on any of them.

    gloo's own sum depends on where a parameter lies in its bucket, which changes after the first step; a run that
    starts again from a checkpoint would then part from one that never stopped, in the last bit. And most of a small
    model is its token table, of which a batch touches one row in a hundred: what is zero everywhere is not sent.
    """
    import torch

    own = bucket.buffer()
    blocks, rest = own[: len(own) // BLOCK * BLOCK].view(-1, BLOCK), own[len(own) // BLOCK * BLOCK :]
    touched = (blocks.view(torch.int64) != 0).any(dim=1)  # three times as fast as on floats
    rows = _everyones(touched, world).any(dim=0).nonzero().squeeze(1)
    total, *others = _everyones(torch.cat([blocks[rows].flatten(), rest]), world)
    for other in others:
        total += other
    total /= world
    blocks[rows] = total[: len(rows) * BLOCK].view(-1, BLOCK)
    rest.copy_(total[len(rows) * BLOCK :])
    done: torch.futures.Future[torch.Tensor] = torch.futures.Future()
    done.set_result(own)
    return done
