"""`reprolib trace`: the stamp comes from the file itself, and everything it names is compared with what is there."""

import shutil
import subprocess
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from reprolib import files, provenance, records, stamps, trace
from reprolib.errors import ReproError
from reprolib.figures import save
from reprolib.paths import Tree
from reprolib.tables import write
from reprolib.tables.frame import Table

LOCK = """\
schema: '2.0'
stages:
  fit:
    cmd: python -m reprolib fit published
    outs: [{path: results/published/laws}]
  figures@published-fig1:
    cmd: python -m reprolib figure published fig1
    outs: [{path: paper/figures/published/fig1.pdf}]
"""
FIGURE = [Path(f"paper/figures/published/fig1.{kind}") for kind in ("pdf", "svg", "png", "json")]
TABLE = [Path(f"paper/tables/published/table1.{kind}") for kind in ("csv", "tex", "html", "json")]


def take(tree: Tree, *inputs: Path) -> dict:
    stamp = provenance.take(
        tree, inputs=inputs, module="reprolib.records", settings={"study": "published"}, reason="hashing needs no GPU"
    )
    return stamp.confirm()


def git(tree: Tree, *arguments: str) -> None:
    identity = ["-c", "user.name=Nobody", "-c", "user.email=nobody@example.org"]
    subprocess.run(["git", "-C", str(tree.root), *identity, *arguments], check=True, capture_output=True)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Facts → two laws → a figure and a table, with the code that made them, in a git repository with two commits."""
    tree = Tree(tmp_path / "checkout")
    package = provenance.PACKAGE
    shutil.copytree(package, tree.root / package.name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(package.parent / "requirements.lock", tree.lock)
    tree.published.mkdir(parents=True)
    (tree.published / "facts.csv").write_text("model,value\nViT-B/32,0.6\n")
    git(tree, "init", "--quiet")
    git(tree, "add", "--all")
    git(tree, "commit", "--quiet", "--message", "Facts and code")
    for law in ("a", "b"):
        records.write(tree.laws("published") / f"{law}.json", "law", {"id": law}, take(tree, tree.published))
    made = take(tree, tree.laws("published"))
    out = tree.figures("published")
    save.save(Figure(), {"id": "fig1", "study": "published", "title": "A figure"}, out, made)
    about = {
        "id": "table1",
        "study": "published",
        "title": "A table",
        "caption": "",
        "origin": "recomputed",
        "note": "",
    }
    cells = Table(row_levels=("Model",), rows=[("ViT-B/32",)], columns=[("acc",)], cells=[["60.0"]], values=[[60.0]])
    write.write(tree.tables("published"), cells, about, made)
    (tree.root / "dvc.lock").write_text(LOCK)
    git(tree, "add", "--all")
    git(tree, "commit", "--quiet", "--message", "Results and figures")
    return tree


@pytest.mark.parametrize("file", [*FIGURE, *TABLE], ids=lambda file: file.name)
def test_every_format_tells_its_origin_and_matches_when_nothing_moved(tree: Tree, file: Path) -> None:
    found = trace.run(tree, tree.root / file)
    assert found.matches
    assert found.content == "match"
    assert [link.name for link in found.chain] == [file.as_posix(), "results/published/laws"]
    assert found.commits.commits[0].endswith("Results and figures")


def test_the_text_names_inputs_code_settings_device_environment_and_commit(tree: Tree) -> None:
    text = trace.run(tree, tree.root / FIGURE[0]).text()
    for part in (
        "fig1.pdf: figure, made by stage figures@published-fig1",
        f"results/published/laws  match  {files.sha256(tree.laws('published'))[:12]}",
        "reprolib/records.py",
        '{"study": "published"}',
        "cpu: hashing needs no GPU",
        "numpy",
        "Results and figures",
        "results/published/laws, made by stage fit, in turn from",
        "paper/published  match",
        "Everything still matches.",
    ):
        assert part in text


def test_the_chain_goes_back_to_a_fact_that_changed(tree: Tree) -> None:
    (tree.published / "facts.csv").write_text("model,value\nViT-B/32,0.7\n")
    found = trace.run(tree, tree.root / FIGURE[0])
    assert not found.matches
    assert found.text().endswith("No longer the same: paper/published.")


def test_changed_and_missing_parts_are_told_apart(tree: Tree) -> None:
    with (tree.root / "reprolib" / "records.py").open("a") as stream:
        stream.write("# a change\n")
    shutil.rmtree(tree.laws("published"))
    own = trace.run(tree, tree.root / FIGURE[1]).chain[0]
    assert {part.name: part.state for part in own.inputs} == {"results/published/laws": "missing"}
    states = {part.name: part.state for part in own.code}
    assert states.pop("reprolib/records.py") == "changed"
    assert set(states.values()) == {"match"}


def test_another_environment_is_named(tree: Tree) -> None:
    tree.lock.write_text("numpy==1\n")
    assert "No longer the same: requirements.lock." in trace.run(tree, tree.root / TABLE[1]).text()


@pytest.mark.parametrize("file", [*FIGURE[:3], *TABLE[:3]], ids=lambda file: file.name)
def test_one_changed_byte_is_seen_against_the_record(tree: Tree, file: Path) -> None:
    with (tree.root / file).open("ab") as stream:
        stream.write(b"\n")
    found = trace.run(tree, tree.root / file)
    assert not found.matches
    assert f"it is not the file that {file.stem}.json was written with" in found.content


def test_an_edited_record_is_seen_by_its_seal(tree: Tree) -> None:
    path = tree.root / FIGURE[3]
    path.write_text(path.read_text().replace("A figure", "My figure"))
    found = trace.run(tree, path)
    assert not found.matches
    assert "the seal of fig1.json does not match" in found.content


def test_a_figure_found_elsewhere_is_known_by_its_stamp(tree: Tree, tmp_path: Path) -> None:
    lone = tmp_path / "fig1.pdf"
    shutil.copy(tree.root / FIGURE[0], lone)
    found = trace.run(tree, lone)
    assert found.matches
    assert found.text().startswith(f"{lone}: figure")


def test_a_file_whose_record_is_gone_does_not_pass(tree: Tree) -> None:
    (tree.root / FIGURE[3]).unlink()
    found = trace.run(tree, tree.root / FIGURE[0])
    assert not found.matches
    assert found.content.startswith("unknown: no record fig1.json")


def test_the_newest_commit_with_these_contents_is_found_below_later_ones(tree: Tree) -> None:
    (tree.published / "facts.csv").write_text("model,value\nViT-B/32,0.7\n")
    git(tree, "commit", "--quiet", "--all", "--message", "Another fact")
    law = tree.laws("published") / "a.json"
    assert [title.split(maxsplit=2)[2] for title in trace.run(tree, law).commits.commits] == ["Facts and code"]


def test_work_that_was_never_committed_is_named_as_such(tree: Tree) -> None:
    (tree.published / "facts.csv").write_text("model,value\nViT-B/32,0.7\n")
    law = tree.laws("published") / "a.json"
    records.write(law, "law", {"id": "a"}, take(tree, tree.published))
    sentence = trace.run(tree, law).commits.sentence
    assert sentence == "in no commit (uncommitted work); not as in HEAD: paper/published"


def test_a_tree_without_git_says_so(tree: Tree) -> None:
    shutil.rmtree(tree.root / ".git")
    assert trace.run(tree, tree.root / FIGURE[0]).commits.sentence == "no git here"


def test_a_tree_without_any_commit_says_so(tree: Tree) -> None:
    shutil.rmtree(tree.root / ".git")
    git(tree, "init", "--quiet")
    assert trace.run(tree, tree.root / FIGURE[0]).commits.sentence == "in no commit (uncommitted work)"


@pytest.mark.parametrize("kind", stamps.READERS)
def test_a_damaged_or_unstamped_file_gives_one_sentence(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"file{kind}"
    path.write_text("[1, 2")
    with pytest.raises(ReproError, match=r"carries no|is not JSON"):
        stamps.read(path)


def test_a_stampless_figure_of_each_kind_gives_one_sentence(tmp_path: Path) -> None:
    for kind in ("pdf", "svg", "png"):
        Figure().savefig(tmp_path / f"plain.{kind}")
        with pytest.raises(ReproError, match="carries no"):
            stamps.read(tmp_path / f"plain.{kind}")


def test_a_missing_file_and_a_foreign_format_are_told(tmp_path: Path) -> None:
    with pytest.raises(ReproError, match="cannot read"):
        stamps.read(tmp_path / "fig1.pdf")
    with pytest.raises(ReproError, match=r"expected a figure, table or record \(\.pdf"):
        stamps.read(tmp_path / "fig1.doc")
