"""README.md: its generated parts say what was recorded and what is there, and go out of date by neither."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from reprolib import files, readme
from reprolib.errors import ReproError
from reprolib.paths import Tree

VERDICTS = {
    "files": {"verdict": "exact", "seconds": 2.0, "expected": True, "title": "Files"},
    "fig10": {"verdict": "within tolerance", "seconds": 4.25, "expected": True, "title": "Eight tasks"},
    "fig2": {"verdict": "exact", "seconds": 3.0, "expected": True, "title": "Linear probes"},
    "table1": {"verdict": "exact", "seconds": 1.0, "expected": True, "title": "Highlights"},
    "table26": {"verdict": "not checkable here", "seconds": 0.5, "expected": True, "title": "Sets"},
    "C01": {"verdict": "exact", "seconds": 0.1, "expected": True, "title": "Highlights"},
    "C12": {"verdict": "differs", "seconds": 0.1, "expected": True, "title": "No gain"},
    "C33": {"verdict": "differs", "seconds": 0.1, "expected": False, "title": "GPUs"},
}
COSTS = {
    "fit": {"wall_s": 4.0, "cpu_s": 4.0, "peak_mib": 100.0, "state": "done", "machine": "2 CPU cores, Linux x86_64"},
    "verify": {
        "wall_s": 30.0,
        "cpu_s": 30.0,
        "peak_mib": 100.0,
        "state": "done",
        "machine": "2 CPU cores, Linux x86_64",
    },
}


@pytest.fixture
def tree(tmp_path: Path, repository: Tree) -> Tree:
    """The README and package of the checkout with recorded verdicts and costs."""
    tree = Tree(tmp_path)
    shutil.copy(repository.root / "README.md", tmp_path / "README.md")
    shutil.copytree(
        repository.root / "reprolib", tmp_path / "reprolib", ignore=shutil.ignore_patterns("__pycache__", "*.tmp")
    )
    files.write_json(tree.results("published") / "verdicts.json", VERDICTS)
    files.write_json(tree.results("published") / "costs.json", COSTS)
    return tree


def test_each_figure_has_a_row_in_the_order_of_the_paper(tree: Tree) -> None:
    lines = readme.verdicts(tree).splitlines()
    assert lines[2] == "| Fig. 2: Linear probes | `reprolib verify fig2` | 3.0 s | exact |"
    assert lines[3] == "| Fig. 10: Eight tasks | `reprolib verify fig10` | 4.2 s | within tolerance |"


def test_tables_statements_and_files_are_summed_up(tree: Tree) -> None:
    text = readme.verdicts(tree)
    assert "| Tables 1 to 26 | `reprolib verify table1` | 1.5 s | 1 exact, 1 not checkable here |" in text
    assert "| Files, seals and stamps | `reprolib verify files` | 2.0 s | exact |" in text
    assert "| 3 statements of the text |" in text
    assert "Laws" not in text  # none was recorded


def test_a_verdict_that_nobody_expected_stands_out(tree: Tree) -> None:
    assert "1 exact, 2 differs; **1 not as expected** |" in readme.verdicts(tree)


def test_the_costs_of_the_whole_and_its_machine_are_told(tree: Tree) -> None:
    told = readme.verdicts(tree).splitlines()[-1]
    assert told.startswith("Making everything took 4 s in 1 stages and checking it 30 s, on 2 CPU cores, Linux x86_64;")


def test_writing_brings_it_up_to_date_and_checking_writes_nothing(tree: Tree) -> None:
    path = tree.root / "README.md"
    before = path.read_bytes()
    assert not readme.run(tree, check=True)
    assert path.read_bytes() == before
    assert not readme.run(tree)
    assert "reprolib verify fig10" in path.read_text()
    assert readme.run(tree, check=True)


def test_a_new_verdict_makes_it_out_of_date(tree: Tree) -> None:
    readme.run(tree)
    files.write_json(
        tree.results("published") / "verdicts.json", {**VERDICTS, "fig2": {**VERDICTS["fig2"], "verdict": "differs"}}
    )
    assert not readme.run(tree, check=True)


def test_without_recorded_verdicts_it_says_how_to_record_them(tree: Tree) -> None:
    (tree.results("published") / "verdicts.json").unlink()
    assert readme.verdicts(tree) == "No verdicts are recorded yet: `make record` records them."


def test_a_lost_marker_is_named(tree: Tree) -> None:
    (tree.root / "README.md").write_text("# reprolib\n")
    with pytest.raises(ReproError, match=r"README\.md lacks the markers '<!-- verdicts"):
        readme.run(tree)


def test_a_module_without_a_docstring_is_named(tree: Tree) -> None:
    (tree.root / "reprolib" / "silent.py").write_text("x = 1\n")
    with pytest.raises(ReproError, match=r"silent\.py has no docstring"):
        readme.run(tree)


def test_the_readme_of_the_checkout_is_up_to_date(repository: Tree) -> None:
    assert readme.run(repository, check=True), "run `reprolib readme` and commit README.md"


def test_every_tracked_file_stands_in_the_tree_or_below_a_folder_that_does(repository: Tree) -> None:
    listed = subprocess.run(
        ["git", "-C", str(repository.root), "ls-files"], capture_output=True, text=True, check=False
    ).stdout.split()
    if not listed:
        pytest.skip("needs a git checkout to know which files are tracked")
    settings = {".gitignore", ".dvcignore", ".gitattributes"}
    lost = [
        name
        for name in listed
        if name not in settings and not any(_covers(job.rstrip("/"), name) for job in readme.JOBS)
    ]
    assert not lost


def test_the_tree_has_a_line_with_a_job_for_each_top_folder_and_room(repository: Tree) -> None:
    lines = readme.listing(repository.root).splitlines()
    rooms = {f"  {path.parent.name}/" for path in (repository.root / "reprolib").glob("*/__init__.py")}
    assert len(rooms) > 5
    for name in [*rooms, "results/", "notebooks/", "tests/", "Makefile"]:
        assert any(re.fullmatch(rf"{re.escape(name)} +\S.{{12,}}", line) for line in lines), name


def test_the_tree_has_a_line_with_a_job_for_each_module_and_fits_the_page(repository: Tree) -> None:
    lines = readme.listing(repository.root).splitlines()
    for path in (repository.root / "reprolib").glob("[a-z]*.py"):
        assert any(re.fullmatch(rf"  {re.escape(path.name)} +\S.{{8,}}", line) for line in lines), path.name
    assert len(lines) < 84
    assert max(map(len, lines)) <= readme.WIDTH


def test_links_and_commands_of_the_readme_exist(repository: Tree) -> None:
    text = (repository.root / "README.md").read_text()
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if not link.startswith("http")]
    assert len(links) >= 3
    tree = [line.split()[0] for line in readme.listing(repository.root).splitlines()[1:-1] if line[0] != " "]
    assert [name for name in tree if not (repository.root / name).exists()] == []
    made_later = ("paper/figures/",)  # by the pipeline, before its results are in git
    assert [link for link in links if not (repository.root / link).exists() and not link.startswith(made_later)] == []
    from reprolib.cli import app

    known = {command.name or command.callback.__name__ for command in app.registered_commands}
    assert set(re.findall(r"bin/reprolib (\w+)", text)) <= known


def test_the_citation_names_the_software_and_both_papers(repository: Tree) -> None:
    citation = YAML(typ="safe").load((repository.root / "CITATION.cff").read_text())
    assert citation["cff-version"] == "1.2.0"
    assert citation["authors"] == [{"name": "The reprolib authors"}]
    assert {"message", "title", "license", "version"} <= citation.keys()
    found = {entry["identifiers"][0]["value"] for entry in citation["references"]}
    assert found == {"arXiv:2212.07143", "arXiv:2309.16671"}


def test_the_citation_has_the_version_of_the_package(repository: Tree) -> None:
    citation = YAML(typ="safe").load((repository.root / "CITATION.cff").read_text())
    assert f'version = "{citation["version"]}"' in (repository.root / "pyproject.toml").read_text()


def _covers(job: str, name: str) -> bool:
    return name == job or name.startswith(f"{job}/")
