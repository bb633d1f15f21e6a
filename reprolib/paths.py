"""Where everything is: one `Tree`, the repository or a temporary copy of it.

Stages take a `Tree` and read and write inside it only. So `reprolib verify` runs the very same stages in a temporary
directory and compares, and a test does so on a toy.
"""

from dataclasses import dataclass
from pathlib import Path

from reprolib.errors import ReproError


@dataclass(frozen=True)
class Tree:
    """A directory laid out like the repository."""

    root: Path

    @property
    def params(self) -> Path:
        """Every knob of the pipeline."""
        return self.root / "params.yaml"

    @property
    def lock(self) -> Path:
        """The locked environment."""
        return self.root / "requirements.lock"

    @property
    def published(self) -> Path:
        """The paper's results as tidy facts, `*.csv`."""
        return self.root / "paper" / "published"

    @property
    def claims(self) -> Path:
        """Every number and statement that the paper makes."""
        return self.root / "paper" / "claims.yaml"

    @property
    def notebooks(self) -> Path:
        """One notebook per figure family."""
        return self.root / "notebooks"

    @property
    def report(self) -> Path:
        """The report page and its verdicts; not tracked by git."""
        return self.root / "report"

    @property
    def costs(self) -> Path:
        """What each stage cost last time on this machine, one file a stage; not tracked by git."""
        return self.root / ".reprolib" / "costs"

    def results(self, study: str) -> Path:
        """`runs/`, `evals/`, `laws/` and `scrutiny/` of a study."""
        return self.root / "results" / study

    def evals(self, study: str) -> Path:
        """One JSON record per run: what was measured."""
        return self.results(study) / "evals"

    def runs(self, study: str) -> Path:
        """One JSON record per run: what was trained."""
        return self.results(study) / "runs"

    def resources(self, study: str) -> Path:
        """One JSON record per run: what its training took, which differs from machine to machine."""
        return self.results(study) / "resources"

    def laws(self, study: str) -> Path:
        """One JSON record per fitted law."""
        return self.results(study) / "laws"

    def scrutiny(self, study: str) -> Path:
        """One JSON record per question that is put to the paper's claims."""
        return self.results(study) / "scrutiny"

    def curves(self, study: str) -> Path:
        """One CSV per run: the training loss by samples seen, for `dvc plots`."""
        return self.results(study) / "curves"

    def shards(self, study: str) -> Path:
        """One folder of shards per data set of a study whose models are trained here; not tracked by git."""
        return self.root / "data" / study / "shards"

    def extracts(self, study: str) -> Path:
        """Subsets as folders of shards of their own, made on demand for other trainers; not tracked by git."""
        return self.root / "data" / study / "extracts"

    def subsets(self, study: str) -> Path:
        """`<name>.npy`, the sorted ids of each subset of the pool; not tracked by git."""
        return self.root / "data" / study / "subsets"

    def trained(self, study: str) -> Path:
        """Checkpoints and metrics, `<group>/<run>/`, and what `--restart` moved aside; not tracked by git."""
        return self.root / "data" / study / "runs"

    def evaluated(self, study: str) -> Path:
        """What became of each test sample, `<run>/<dataset>.json` with arrays beside it; not tracked by git."""
        return self.root / "data" / study / "evals"

    def learning(self, study: str) -> Path:
        """One CSV per run: zero-shot accuracy on the class set at each checkpoint, for `dvc plots`."""
        return self.results(study) / "learning"

    @property
    def cache(self) -> Path:
        """Decoded images and tokens by the hash of what they were made from; not tracked by git."""
        return self.root / ".reprolib" / "cache"

    def figures(self, study: str) -> Path:
        """`figN.{pdf,svg,png}` and `figN.json`, the series drawn and the stamp."""
        return self.root / "paper" / "figures" / study

    def tables(self, study: str) -> Path:
        """`tableN.{csv,tex,html}` and `tableN.json`, the cells and the stamp."""
        return self.root / "paper" / "tables" / study

    def numbers(self, study: str) -> Path:
        """Every number that the report's prose uses."""
        return self.root / "paper" / "numbers" / f"{study}.json"

    def relative(self, path: Path) -> str:
        """`path` as a POSIX path below the root."""
        return path.resolve().relative_to(self.root.resolve()).as_posix()


def find(start: Path | None = None) -> Tree:
    """The tree around `start` (default: the current directory).

    Raises:
        ReproError: Neither it nor a folder above it is a checkout of this project.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "dvc.yaml").is_file() and (folder / "params.yaml").is_file():
            return Tree(folder)
    raise ReproError(
        f"no dvc.yaml and params.yaml in {here} or above it; run the command inside a checkout of reprolib"
    )
