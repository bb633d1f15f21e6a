"""What a run says while it trains: `metrics.jsonl`, one step a line, a line on the terminal, TensorBoard if wanted.

`metrics.jsonl` is appended to. A run that goes on from a checkpoint first drops the lines after it, and the half line
that a kill may leave, so that the file reads as if the run had never stopped.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from reprolib import files

NAME = "metrics.jsonl"
EVERY_S = 0.5
"""Between two states of the live line."""


class Journal:
    """The journal of one run, kept by its first rank."""

    def __init__(self, folder: Path, name: str, steps: int, *, tensorboard: Path | None = None) -> None:
        """Open `folder / metrics.jsonl`; nothing is written yet."""
        self.path = folder / NAME
        self.name = name
        self.steps = steps
        self._shown = 0.0
        self._board = _board(tensorboard)

    def __enter__(self) -> Self:
        """Open the file for appending."""
        self._stream = self.path.open("a", encoding="utf-8")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """Close it, and end the live line."""
        self._stream.close()
        if self._board:
            self._board.close()
        if sys.stderr.isatty():
            print(file=sys.stderr)  # noqa: T201 # ends the live line

    def step(self, **values: Any) -> None:
        """Append one step's values but for its speed, which is another each time, and show all of them."""
        kept = {key: value for key, value in values.items() if key != "samples_per_s"}
        self._stream.write(json.dumps(kept, allow_nan=False) + "\n")
        self._stream.flush()
        if self._board:
            for key in values.keys() - {"step", "samples"}:
                self._board.add_scalar(key, values[key], values["samples"])
        self._show(values)

    def _show(self, values: dict[str, Any]) -> None:
        last = values["step"] + 1 == self.steps
        now = time.monotonic()
        if not sys.stderr.isatty():
            if last:
                print(f"{self.name}: {_line(values)}", file=sys.stderr, flush=True)  # noqa: T201
        elif last or now - self._shown > EVERY_S:
            self._shown = now
            share = f"{100 * (values['step'] + 1) / self.steps:3.0f} %"
            print(f"\r{self.name}: {share}  {_line(values)}", end="\033[K", file=sys.stderr, flush=True)  # noqa: T201


def _line(values: dict[str, Any]) -> str:
    return (
        f"{values['samples']:,} samples, loss {values['loss']:.3f}, learning rate {values['learning_rate']:.1e}, "
        f"{values['samples_per_s']:,.0f} samples/s"
    )


def read(folder: Path) -> list[dict[str, Any]]:
    """The steps in `folder / metrics.jsonl`; a last line that a kill cut short is left out."""
    path = folder / NAME
    if not path.is_file():
        return []
    lines = files.read_text(path).split("\n")
    return [json.loads(line) for line in lines[:-1]]  # what follows the last line end is half a line, or nothing


def cut(folder: Path, step: int) -> None:
    """Leave only the steps before `step`."""
    kept = [each for each in read(folder) if each["step"] < step]
    files.write(folder / NAME, "".join(json.dumps(each) + "\n" for each in kept))


def _board(folder: Path | None) -> Any:
    if folder is None:
        return None
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(folder)
