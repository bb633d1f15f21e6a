"""The verdicts of all studies under machines imitated on this one: other kernels of BLAS, NumPy, ATen, other threads.

Reads the repository, with the data of `make retrain`; writes benchmarks/portability.md. Run it as `make portability`
(name machines to run those alone: `python benchmarks/portability.py nehalem aten-default`). Exit code 1 if a verdict
differs from that of the machine as it is.

Each machine is an environment in which processes of their own run: a probe, which says what the libraries took of the
settings and whether this processor has the instructions, and then `reprolib.verify` of every study at tiers 0 to 2, one
model evaluated again (tier 3), one cell trained again (tier 4), and every number unrounded. OpenBLAS, NumPy and
ATen each choose their kernels by what the processor offers; the settings make them choose those of another one. Kernels
with other widths add in another order and have other last digits, which is all that a machine can do to a number here.
"""

# ruff: noqa: T201 # a benchmark prints
from __future__ import annotations

import json
import math
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from reprolib.params import Params
    from reprolib.paths import Tree
    from reprolib.study import Study

ROOT = Path(__file__).resolve().parent.parent
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
KERNELS = ("OPENBLAS_CORETYPE", "NPY_DISABLE_CPU_FEATURES", "ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA")
STUDY = "mini"
PLAIN = "as it is"
WITHOUT = "all that can be left out"
"""Of NumPy's optional kernels; their names differ between its versions and processors."""


LEGEND = (
    "The largest difference from the machine as it is, per kind of number, before rounding: in units of the last digit "
    "that its record shows (0.5 is rounding, and 0.01 more is allowed beyond it); for what is evaluated and trained "
    "again, as a share of what is allowed."
)


class Machine(NamedTuple):
    """One imitated machine: what each library is made to choose; empty for its own choice."""

    name: str
    blas: str = ""
    numpy: str = ""
    aten: str = ""
    threads: int = 0

    def environment(self, optional: list[str]) -> dict[str, str]:
        """Its settings, given NumPy's optional kernels here."""
        disabled = " ".join(optional) if self.numpy == WITHOUT else ""
        # oneDNN, which does the matrix products of torch, has a setting of its own.
        onednn = {"default": "SSE41", "avx2": "AVX2"}.get(self.aten, "")
        made = dict(zip(KERNELS, (self.blas, disabled, self.aten, onednn), strict=True))
        made |= dict.fromkeys(THREADS, str(self.threads or ""))
        return {key: value for key, value in made.items() if value}


MACHINES = (
    Machine("native"),
    Machine("haswell", blas="Haswell", aten="avx2", threads=2),
    Machine("skylakex", blas="SkylakeX", aten="avx512"),
    Machine("zen", blas="Zen"),
    Machine("sandybridge", blas="Sandybridge", threads=1),
    Machine("nehalem", blas="Nehalem", numpy=WITHOUT, aten="default", threads=1),
    Machine("numpy-baseline", numpy=WITHOUT, threads=2),
    Machine("aten-default", aten="default", threads=1),
    Machine("aten-avx512", aten="avx512"),
)


class Run(NamedTuple):
    """What came of a machine."""

    machine: Machine
    found: dict[str, Any] | None
    """What the probe says; None if the processor has not the instructions."""
    fault: str
    """Why there are no verdicts; empty if there are."""
    made: dict[str, Any]
    """What `verified` gives."""
    seconds: float


# In a process of its own


def probe() -> dict[str, Any]:
    """What the libraries chose; it computes a little with each, so that missing instructions end it here."""
    import numpy as np
    import scipy.linalg
    import threadpoolctl
    import torch
    from numpy._core import _multiarray_umath as umath  # the only place that says which kernels are in use

    matrix = np.random.default_rng(0).standard_normal((200, 200))
    scipy.linalg.svd(matrix @ matrix.T)
    np.linalg.solve(matrix, np.exp(matrix))
    rows = torch.randn(200, 200)
    rows.matmul(rows).softmax(1).log().sort().values.mean(1).tanh().sum().item()
    pools = threadpoolctl.threadpool_info()
    enabled = [name for name in umath.__cpu_dispatch__ if umath.__cpu_features__.get(name)]
    return {
        "blas": sorted({pool["architecture"] for pool in pools if pool["internal_api"] == "openblas"}),
        "numpy": enabled,
        "aten": torch.backends.cpu.get_cpu_capability(),
        "threads": sorted({pool["num_threads"] for pool in pools}),
    }


def verified() -> dict[str, Any]:
    """The verdicts of this machine, its numbers before they are rounded, and what tiers 3 and 4 compare."""
    from reprolib import figures, fit, params, scrutiny, tables, verify
    from reprolib.paths import Tree
    from reprolib.study import Study
    from reprolib.verify import items

    tree = Tree(ROOT)
    settings = params.load(tree)
    for stage in (fit, scrutiny):  # what the verdicts are of is compared unrounded as well: computed once
        stage.compute = _kept(stage.compute)
    runs = [verify.run(tree, settings, [], 2, name) for name in items.of_pipeline(settings)]
    numbers: dict[str, dict[str, Any]] = {kind: {} for kind in ("law", "scrutiny", "figure", "table")}
    for study in (Study(tree, name) for name in items.of_pipeline(settings)):
        listed = [each.figure for each in settings.figures.values() if each.study == study.name]
        for kind, made in (
            ("law", fit.compute(study, settings).laws),
            ("scrutiny", scrutiny.compute(study, settings)),
            ("figure", {name: figures.record_of(study, name) for name in listed}),
            ("table", {path.stem: tables.record_of(study, path.stem) for path in _tables(study)}),
        ):
            numbers[kind] |= {f"{study.name} {name}": content for name, content in made.items()}
    return {
        "verdicts": {
            f"{item['study']} {claim['id']}": claim["verdict"]
            for record in runs
            for item in record["items"]
            for claim in item["claims"]
        },
        "numbers": numbers,
        "again": _again(tree, settings),
    }


def _kept(compute: Callable[[Study, Params], Any]) -> Callable[[Study, Params], Any]:
    """`compute`, once a study."""
    made: dict[str, Any] = {}

    def once(study: Study, settings: Params) -> Any:
        if study.name not in made:
            made[study.name] = compute(study, settings)
        return made[study.name]

    return once


def _tables(study: Study) -> list[Path]:
    return sorted(study.tree.tables(study.name).glob("table*.json"))


def _again(tree: Tree, settings: Params) -> dict[str, list[list[Any]]]:
    """Of each number of a model evaluated and a cell trained again: label, verdict, difference, what is allowed."""
    from reprolib.verify import reevaluate, retrain
    from reprolib.verify.compare import against_recorded

    found = {}
    with tempfile.TemporaryDirectory() as folder:
        first = reevaluate.chosen(tree, settings, STUDY)[0]
        made = reevaluate.evaluated(tree, settings, STUDY, [first], Path(folder) / "evaluated")
        found["evaluated again (tier 3)"] = reevaluate.compared(tree, made, STUDY, first.stem)
        found["trained again (tier 4)"] = retrain.trained_again(tree, settings, STUDY, Path(folder) / "trained")
    return {
        kind: [
            [each.label, (out := against_recorded(each)).verdict.value, out.difference, each.allowed]
            for each in numbers
        ]
        for kind, numbers in found.items()
    }


def _apart(what: str, environment: dict[str, str]) -> tuple[Any, str]:
    """What `probe` or `verified` gives under these settings, or why it gives nothing."""
    kept = {key: value for key, value in os.environ.items() if key not in (*THREADS, *KERNELS)}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "made.json"
        command = [sys.executable, str(Path(__file__).resolve()), f"--{what}", str(out)]
        done = subprocess.run(command, env={**kept, **environment}, cwd=ROOT, capture_output=True, text=True)
        if done.returncode == 0:
            return json.loads(out.read_text()), ""
    if done.returncode == -signal.SIGILL:
        return None, "this processor lacks its instructions"
    return None, (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]


# What was found


def run(machine: Machine, optional: list[str]) -> Run:
    """Probe a machine and verify everything on it."""
    environment, started = machine.environment(optional), time.monotonic()
    found, fault = _apart("probe", environment)
    if found and (vain := _in_vain(machine, found)):
        fault = vain
    made = {}
    if not fault:
        made, fault = _apart("verified", environment)
    return Run(machine, found, fault, made or {}, time.monotonic() - started)


def _in_vain(machine: Machine, found: dict[str, Any]) -> str:
    """What of the settings had no effect at all; another kernel than the named one is told in the table."""
    if machine.numpy == WITHOUT and found["numpy"]:
        return f"NumPy keeps {', '.join(found['numpy'])}"
    if machine.aten and found["aten"].lower() not in (machine.aten, {"default": "no avx"}.get(machine.aten)):
        return f"ATen takes {found['aten']} and not {machine.aten}"
    if machine.threads and machine.threads not in found["threads"]:
        return f"the number of threads is {found['threads']}"
    return ""


def changed(first: Run, other: Run) -> list[str]:
    """The verdicts that are others than on the first machine, in words."""
    before, after = first.made["verdicts"], other.made["verdicts"]
    told = [
        f"{key}: {after.get(key, 'missing')} instead of {before.get(key, 'missing')}"
        for key in dict.fromkeys([*before, *after])
        if before.get(key) != after.get(key)
    ]
    again = (each for numbers in other.made["again"].values() for each in numbers)
    return told + [
        f"{label}: differs by {difference:.3g}" for label, verdict, difference, _ in again if verdict == "differs"
    ]


def moved(first: Run, other: Run) -> dict[str, tuple[int, float]]:
    """By kind of number: how many there are, and the largest difference from the first machine.

    Of what a record shows, in units of its last digit, before rounding; of what is evaluated or trained again, as a
    share of what is allowed.
    """
    from reprolib import precision

    made: dict[str, tuple[int, float]] = {}
    for kind, contents in first.made["numbers"].items():
        for name, content in contents.items():
            for each in precision.differences(kind, content, other.made["numbers"][kind][name]):
                if each.sort != f"{kind} {precision.WORD}" or each.units:
                    number, most = made.get(each.sort, (0, 0.0))
                    made[each.sort] = number + 1, max(most, each.units)
    for kind, numbers in other.made["again"].items():
        shares = [
            abs(difference) / allowed for *_, difference, allowed in numbers if math.isfinite(allowed) and difference
        ]
        made[kind] = len(numbers), max(shares, default=0.0)
    return made


def page(runs: list[Run]) -> str:
    """benchmarks/portability.md."""
    first, *others = runs
    ready = [each for each in others if not each.fault]
    other = {each.machine.name: changed(first, each) for each in ready}
    sizes = {each.machine.name: moved(first, each) for each in ready}
    all_same = "Not all" if any(other.values()) else "All"
    lines = [
        "# Portability: the same digits on imitated machines",
        "",
        f"Written by `make portability`. {_here()}",
        "",
        f"{all_same} of {len(first.made['verdicts']):,} verdicts are the same on {len(ready) + 1} machines.",
        "",
        "| machine | settings | OpenBLAS | NumPy beyond its baseline | ATen | threads | verdicts | minutes |",
        "| --- | --- | --- | --- | --- | --- | --- | ---: |",
        *(_line(each, other) for each in runs),
        "",
        LEGEND,
        "",
        f"| kind | numbers | {' | '.join(sizes)} |",
        f"| --- | ---: |{' ---: |' * len(sizes)}",
    ]
    for kind in dict.fromkeys(kind for size in sizes.values() for kind in size):
        cells = [f"{size[kind][1]:.2g}" for size in sizes.values()]
        number = max(size[kind][0] for size in sizes.values())
        lines.append(f"| {kind} | {number:,} | {' | '.join(cells)} |")
    for name, told in other.items():
        lines += ["", f"Other verdicts on {name}:", "", *(f"* {one}" for one in told)] if told else []
    return "\n".join(lines) + "\n"


def _line(each: Run, other: dict[str, list[str]]) -> str:
    machine, found = each.machine, each.found or {}
    wanted = {"BLAS": machine.blas, "NumPy without": machine.numpy, "ATen": machine.aten, "threads": machine.threads}
    settings = ", ".join(f"{what} {value}" for what, value in wanted.items() if value) or PLAIN
    shown = [", ".join(map(str, found.get(key, []))) or "none" for key in ("blas", "numpy")]
    if machine.blas and found and found["blas"] != [machine.blas]:
        shown[0] += f" (its kernels for {machine.blas})"
    shown += [found.get("aten", ""), ", ".join(map(str, found.get("threads", [])))]
    if not found:
        shown = [""] * 4
    number = len(other.get(machine.name, ()))
    came = f"not to be had: {each.fault}" if each.fault else f"{number} others" if number else "the same"
    return f"| {' | '.join([machine.name, settings, *shown, came, f'{each.seconds / 60:.1f}'])} |"


def _here() -> str:
    import numpy as np
    import torch

    count = os.cpu_count()
    return (
        f"Python {platform.python_version()}, numpy {np.__version__}, torch {torch.__version__.split('+')[0]}, "
        f"{count} processors ({platform.machine()})."
    )


def main(names: list[str]) -> int:
    """Run the named machines, or all; 1 if a verdict differs or the first machine has none."""
    known = {machine.name: machine for machine in MACHINES}
    if unknown := [name for name in names if name not in known]:
        print(f"there is no machine '{unknown[0]}'; use some of {', '.join(known)}", file=sys.stderr)
        return 2
    optional: list[str] = _apart("probe", {})[0]["numpy"]
    runs = []
    for name in dict.fromkeys(["native", *(names or known)]):
        runs.append(run(known[name], optional))
        print(f"{name:<16} {runs[-1].seconds:7.0f} s  {runs[-1].fault or 'verified'}", flush=True)
        if runs[0].fault:
            return 1
    text = page(runs)
    print(text)
    if not names:
        (ROOT / "benchmarks" / "portability.md").write_text(text)
    return int(any(changed(runs[0], each) for each in runs[1:] if not each.fault))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--probe", out]:
            Path(out).write_text(json.dumps(probe()))
        case ["--verified", out]:
            Path(out).write_text(json.dumps(verified()))
        case names:
            sys.exit(main(names))
