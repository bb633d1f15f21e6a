"""The generated parts of README.md: the table of verdicts, and the tree with a job per file.

Reads results/published/verdicts.json and results/*/costs.json, which `reprolib verify --record` writes, and the first
sentence of every module. Writes README.md between its markers; the rest of it is written by hand. Run it with
`reprolib readme`.
"""

import ast
import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from reprolib import files
from reprolib.errors import ReproError
from reprolib.paths import Tree

STUDY = "published"
WORDS = ("exact", "within tolerance", "differs", "not checkable here")
GROUPS = (  # pattern of the items, what stands in the first column, how one of them is checked
    (r"table\d+", "Tables 1 to {last}", "reprolib verify table1"),
    (r"table-.+", "{count} tables of our own", "reprolib verify table-survives"),
    (r"C\d+", "{count} statements of the text", "reprolib verify C01"),
    (r"laws", "Laws, fitted again", "reprolib verify laws"),
    (r"scrutiny", "The claims about slopes, put to the test", "reprolib verify scrutiny"),
    (r"files", "Files, seals and stamps", "reprolib verify files"),
)
JOBS = {
    "README.md": "this page",
    "Makefile": "the commands for people and for CI; `make help` lists them",
    "dvc.yaml": "the pipeline: every stage, what it reads and what it writes",
    "dvc.lock": "what the stages last read and wrote, by hash",
    "params.yaml": "every knob of the pipeline",
    "pyproject.toml": "the package, its dependencies with a reason each, the tools' settings",
    "requirements.lock": "the environment, every package with version and hashes",
    "environment.yml": "the same environment for users of conda",
    "paper/": "the paper: what it says, and what comes out here",
    "paper/published/": "its results as tidy facts, one table a file, each row with its source",
    "paper/claims.yaml": "what it states, each with tolerance, reason and expected verdict",
    "paper/figures/": "the figures drawn here, each as PDF, SVG, PNG and record",
    "paper/tables/": "the tables written here, each as CSV, LaTeX, HTML and record",
    "paper/numbers/": "every number in our report, with its origin",
    "paper/paper.typ": "our report on the reproduction; `make paper` compiles it",
    "results/": "per study: evaluations, runs, laws, scrutiny; the verdicts and costs last recorded",
    "notebooks/": "one notebook per figure family, and `explore.ipynb` for your own questions",
    "reprolib/": "the package",
    "tests/": "tests, laid out like the package",
    "curation/": "the pipeline of a further study, what the choice of pairs does to the laws; `make curation` runs it",
    "benchmarks/": "each claim about speed, measured beside the peer in one run; a script and what it last printed",
    ".ci/": "what continuous integration runs",
    ".dvc/": "the settings of DVC",
    "CITATION.cff": "how to cite this software and the papers",
    "LICENSE": "Apache-2.0",
}
"""What stands at the top and in paper/; the rooms of the package speak for themselves, by their docstrings."""
PACKAGE = "reprolib/"
ROOMS = (
    "data",
    "curate",
    "pictographs",
    "shards",
    "train",
    "evaluate",
    "laws",
    "scrutiny",
    "figures",
    "tables",
    "notebooks",
    "verify",
    "explore",
    "provenance",
    "cli",
)
"""The rooms of the package in the order in which results flow through them."""
COLUMN, WIDTH = 20, 112


def run(tree: Tree, check: bool = False) -> bool:
    """Write the generated parts of README.md again, or with `check` only compare them; True if they were up to date.

    Raises:
        ReproError: README.md lacks a marker, or a recorded file is damaged.
    """
    path = tree.root / "README.md"
    old = files.read_text(path)
    new = _between(path, old, "verdicts", verdicts(tree))
    new = _between(path, new, "files", listing(tree.root))
    if new != old and not check:
        files.write(path, new)
    return new == old


def verdicts(tree: Tree) -> str:
    """The table 'figure · command · time · verdict' in Markdown, with what the whole costs."""
    path = tree.results(STUDY) / "verdicts.json"
    if not path.is_file():
        return "No verdicts are recorded yet: `make record` records them."
    recorded: dict[str, dict[str, Any]] = files.read_json(path)
    lines = ["| figure | command | time | verdict |", "| --- | --- | ---: | --- |"]
    for item in sorted((item for item in recorded if re.fullmatch(r"fig\d+", item)), key=_number):
        found = recorded[item]
        head = f"Fig. {_number(item)}: {found['title']}"
        lines.append(_row(head, f"reprolib verify {item}", found["seconds"], _told([found])))
    for item, found in recorded.items():
        if item.startswith("fig-"):
            lines.append(_row(found["title"], f"reprolib verify {item}", found["seconds"], _told([found])))
    for pattern, title, command in GROUPS:
        items = {item: found for item, found in recorded.items() if re.fullmatch(pattern, item)}
        if items:
            head = title.format(count=len(items), last=max(map(_number, items)))
            seconds = sum(found["seconds"] for found in items.values())
            lines.append(_row(head, command, seconds, _told(items.values())))
    return "\n".join([*lines, *_costs(tree)])


def listing(root: Path) -> str:
    """The tree as a block of text: a line with its job for each file or folder at the top and each room."""
    lines = []
    for name, job in JOBS.items():
        if (root / name).exists():
            lines.append(_line(name, job, depth=name.rstrip("/").count("/")))
        if name == PACKAGE:
            lines += _rooms(root / PACKAGE)
    return "\n".join(["```", *lines, "```"])


def _line(name: str, job: str, depth: int) -> str:
    shown = "  " * depth + name.split("/", depth)[-1]
    return textwrap.fill(job, WIDTH, initial_indent=f"{shown:<{COLUMN}}", subsequent_indent=" " * COLUMN)


def _rooms(package: Path) -> list[str]:
    """The folders of the package in the order of the pipeline, then its modules, each with its docstring's job."""
    folders = sorted((path.parent for path in package.glob("*/__init__.py")), key=lambda room: ROOMS.index(room.name))
    modules = [path for path in sorted(package.glob("*.py")) if not path.name.startswith("__")]
    jobs = {f"{room.name}/": _job(room / "__init__.py") for room in folders} | {
        path.name: _job(path) for path in modules
    }
    return [_line(f"{PACKAGE}{name}", _told_plainly(job), 1) for name, job in jobs.items()]


def _told_plainly(job: str) -> str:
    """A docstring's first sentence without the subject, which the line names: `The tables: from …` is `from …`."""
    told = re.sub(r"^[^:.]{1,14}: ", "", job).rstrip(".")
    return told[0].lower() + told[1:]


def _job(path: Path) -> str:
    """The first sentence of a module's docstring."""
    text = ast.get_docstring(ast.parse(files.read(path)))
    if not text:
        raise ReproError(f"{path} has no docstring, so README.md cannot say what it is for; write one")
    sentence = re.match(r".+?(?<!Fig)(?<!Figs)\.(?=\s|$)", " ".join(text.split()))
    return sentence[0] if sentence else " ".join(text.split("\n\n")[0].split())


def _between(path: Path, text: str, name: str, content: str) -> str:
    begin, end = f"<!-- {name}: written by `reprolib readme` -->", f"<!-- end of {name} -->"
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ReproError(f"{path} lacks the markers '{begin}' and '{end}'; restore them with git")
    return f"{before}{begin}\n{content}\n{end}{after}"


def _told(found: Iterable[Mapping[str, Any]]) -> str:
    """One verdict as it is, several as counts, and any that is not the one expected by name."""
    entries = list(found)
    counts = Counter(entry["verdict"] for entry in entries)
    told = ", ".join(f"{counts[word]} {word}" if len(entries) > 1 else word for word in WORDS if counts[word])
    unexpected = sum(not entry["expected"] for entry in entries)
    return told + (f"; **{unexpected} not as expected**" if unexpected else "")


def _row(head: str, command: str, seconds: float, told: str) -> str:
    return f"| {head} | `{command}` | {seconds:.1f} s | {told} |"


def _costs(tree: Tree) -> list[str]:
    recorded = sorted(tree.results(STUDY).parent.glob("*/costs.json"))
    if not recorded:
        return []
    stages = {stage: cost for path in recorded for stage, cost in files.read_json(path).items()}
    made = {stage: cost for stage, cost in stages.items() if stage != "verify"}
    machines = " and ".join(sorted({cost["machine"] for cost in stages.values()}))
    seconds = sum(cost["wall_s"] for cost in made.values())
    checked = f" and checking it {stages['verify']['wall_s']:.0f} s" if "verify" in stages else ""
    trained = sum(cost["wall_s"] for stage, cost in made.items() if stage.startswith("train@"))
    training = f", {trained:.0f} s of them training" if trained else ""
    told = f"Making everything took {seconds:.0f} s in {len(made)} stages{training}{checked}, on {machines}"
    return ["", f"{told}; DVC's own work comes on top."]


def _number(item: str) -> int:
    return int(re.sub(r"\D", "", item) or 0)
