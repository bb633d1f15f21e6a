"""Several ranks in one test: processes from a server that has imported torch already, so that each starts at once."""

import multiprocessing
import os
import socket
import traceback
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from typing import Any

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["torch", "open_clip", "reprolib.train.loop"])


def queue() -> Any:
    """For the answers of ranks."""
    return _CONTEXT.Queue()


def on(world: int, work: Callable[..., Any], *arguments: Any) -> list[Any]:
    """What `work(ranks, *arguments)` returns on each of `world` ranks, in their order."""
    answers = queue()
    ranks = start(world, work, *arguments, answers=answers)
    found = [answers.get(timeout=120) for _ in ranks]
    for each in ranks:
        each.join()
    for _, _, error in found:
        assert error is None, error
    return [answer for _, answer, _ in sorted(found, key=lambda each: each[0])]


def start(world: int, work: Callable[..., Any], *arguments: Any, answers: Any) -> list[BaseProcess]:
    """The ranks, under way; each puts what it returns into the queue `answers`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ranks: list[BaseProcess] = [
        _CONTEXT.Process(target=_rank, args=(rank, world, port, answers, work, arguments)) for rank in range(world)
    ]
    for each in ranks:
        each.start()
    return ranks


def _rank(rank: int, world: int, port: int, answers: Any, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    here = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": world, "LOCAL_WORLD_SIZE": world, "MASTER_PORT": port}
    os.environ.update({key: str(value) for key, value in here.items()}, MASTER_ADDR="127.0.0.1")
    os.environ["GLOO_SOCKET_IFNAME"] = "lo"
    from reprolib.train import ranks

    try:
        with ranks.joined() as mine:
            answers.put((rank, work(mine, *arguments), None))
    except BaseException:
        answers.put((rank, None, traceback.format_exc()))
