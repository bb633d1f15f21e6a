"""Worker processes that end with the process that started them, also where that one is killed.

    ProcessPoolExecutor(2, context, initializer=processes.end_with_parent)

A worker of `concurrent.futures` waits for work from a pipe whose other end it holds as well, so the death of its parent
by a signal alone does not reach it, and it would wait for ever.
"""

import multiprocessing
import os
import threading


def end_with_parent() -> None:
    """Watch the parent of this worker, and end at once when it is gone."""
    threading.Thread(target=_watch, daemon=True).start()


def _watch() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
