"""Batches of a pool that is balanced online: the loader of the shard room, with the order of `online`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reprolib.shards.loader import Loader

if TYPE_CHECKING:
    from reprolib.curate.online import Online, Rows


class OnlineLoader(Loader):
    """The batches of one rank; as `Loader`, but the rows of each epoch are drawn anew."""

    def __init__(self, *arguments: Any, online: Online, **settings: Any) -> None:
        """Arguments and settings are those of `Loader`; `rows` has to be None, for `online` chooses among all."""
        super().__init__(*arguments, **settings)
        self._online = online

    def rows(self, step: int) -> Rows:
        """The rows of the data set that this rank sees in a step, in order."""
        return self._online.rows_of(self._start(step), self._batch)
