"""One evaluation of one checkpoint on one data set, as JSON that CLIP_benchmark's tools read.

`write` makes two files: `<path>`, strict JSON, and beside it `<path>.npz`, what became of each sample, for paired tests
between models. At the top of the JSON stand the keys of CLIP_benchmark (`dataset`, `model`, `pretrained`, `task`,
`metrics`, `language`), so that `clip_benchmark build` takes it; all else is under `reprolib`. A metric that is not
defined is null.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reprolib import files
from reprolib.evaluate.intervals import Interval


@dataclass(frozen=True)
class Result:
    """What was measured."""

    dataset: str
    model: str
    pretrained: str
    """What the weights are called; their hash is in `about`."""
    task: str
    metrics: Mapping[str, float | None]
    intervals: Mapping[str, Interval]
    """Low and high of each metric that is defined."""
    samples: Mapping[str, NDArray[Any]]
    """What became of each sample, by name."""
    about: Mapping[str, Any] = field(default_factory=dict)
    """Hashes, counts, versions and rules, as JSON values."""
    language: str = "en"
    """Of the prompts or captions."""

    def record(self, samples: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The JSON object; `samples` says where the samples lie."""
        return {
            "dataset": self.dataset,
            "model": self.model,
            "pretrained": self.pretrained,
            "task": self.task,
            "metrics": dict(self.metrics),
            "language": self.language,
            "reprolib": {
                "intervals": {name: list(interval) for name, interval in self.intervals.items()},
                **self.about,
                "samples": dict(samples) if samples else None,
            },
        }

    def write(self, path: Path) -> None:
        """Write the JSON to `path` and the samples beside it, with their hash in the JSON.

        Raises:
            ReproError: As `files.write`.
        """
        stream = io.BytesIO()
        np.savez_compressed(stream, allow_pickle=False, **self.samples)
        beside = path.with_name(f"{path.name}.npz")
        files.write(beside, stream.getvalue())
        files.write_json(path, self.record({"file": beside.name, "sha256": files.sha256(beside)}))
