"""`reprolib trace`: a file carries the id of its record, and all that the record was made of is compared."""

import shutil
import subprocess
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from reprolib import provenance
from reprolib.errors import ReproError
from reprolib.figures import save
from reprolib.paths import Tree
from reprolib.provenance import carried, records, trace
from reprolib.tables import write
from reprolib.tables.frame import Table

FIGURE = [Path(f"paper/figures/published/fig1.{kind}") for kind in ("pdf", "svg", "png", "json")]
TABLE = [Path(f"paper/tables/published/table1.{kind}") for kind in ("csv", "tex", "html", "json")]


def take(tree: Tree, *inputs: Path) -> dict:
    stamp = provenance.take(
        tree, stage="fit", inputs=inputs, settings={"study": "published"}, reason="hashing needs no GPU"
    )
    return stamp.confirm()


def git(tree: Tree, *arguments: str) -> None:
    identity = ["-c", "user.name=Nobody", "-c", "user.email=nobody@example.org"]
    subprocess.run(["git", "-C", str(tree.root), *identity, *arguments], check=True, capture_output=True)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """Facts → two laws → a figure and a table, in a git repository with two commits."""
    tree = Tree(tmp_path_factory.mktemp("checkout"))
    shutil.copy(provenance.PACKAGE.parent / "requirements.lock", tree.lock)
    tree.published.mkdir(parents=True)
    (tree.published / "facts.csv").write_text("model,value\nViT-B/32,0.6\n")
    git(tree, "init", "--quiet")
    git(tree, "add", "--all")
    git(tree, "commit", "--quiet", "--message", "Facts")
    for law in ("a", "b"):
        records.write(tree.laws("published") / f"{law}.json", "law", {"id": law}, take(tree, tree.published))
    draw(tree, "A figure")
    about = {
        "id": "table1",
        "study": "published",
        "title": "A table",
        "caption": "",
        "origin": "recomputed",
        "note": "",
    }
    cells = Table(row_levels=("Model",), rows=[("ViT-B/32",)], columns=[("acc",)], cells=[["60.0"]], values=[[60.0]])
    write.write(tree.tables("published"), cells, about, take(tree, tree.laws("published")))
    git(tree, "add", "--all")
    git(tree, "commit", "--quiet", "--message", "Results and figures")
    return tree


def draw(tree: Tree, title: str) -> None:
    about = {"id": "fig1", "study": "published", "title": title}
    save.save(Figure(), about, tree.figures("published"), take(tree, tree.laws("published")))


@pytest.fixture
def tree(made: Tree, tmp_path: Path) -> Tree:
    """A copy to change."""
    return Tree(Path(shutil.copytree(made.root, tmp_path / "checkout")))


@pytest.mark.parametrize("file", [*FIGURE, *TABLE], ids=lambda file: file.name)
def test_every_format_leads_to_its_origin_and_matches_when_nothing_moved(made: Tree, file: Path) -> None:
    found = trace.run(made, made.root / file)
    assert found.matches
    assert found.content == "match"
    assert [link.name for link in found.chain] == [file.as_posix(), "results/published/laws"]
    assert found.commit.endswith("Results and figures")


def test_the_text_names_stage_inputs_settings_device_environment_and_commit(made: Tree) -> None:
    text = trace.run(made, made.root / FIGURE[0]).text()
    for part in (
        "fig1.pdf: figure",
        f"fit (format {provenance.format_of('fit')})",
        "results/published/laws  match",
        '{"study": "published"}',
        "cpu: hashing needs no GPU",
        "torch",
        "openblas",
        "Results and figures",
        "paper/published  match",
        "Everything still matches.",
    ):
        assert part in text


def test_the_chain_goes_back_to_a_fact_that_changed(tree: Tree) -> None:
    (tree.published / "facts.csv").write_text("model,value\nViT-B/32,0.7\n")
    found = trace.run(tree, tree.root / FIGURE[0])
    assert not found.matches
    assert found.text().endswith("No longer the same: paper/published.")


def test_a_missing_input_is_named_as_such(tree: Tree) -> None:
    shutil.rmtree(tree.laws("published"))
    assert trace.run(tree, tree.root / FIGURE[1]).chain[0].inputs == {"results/published/laws": "missing"}


def test_another_format_of_a_stage_is_named(tree: Tree) -> None:
    stamp = take(tree, tree.published)
    records.write(tree.laws("published") / "c.json", "law", {"id": "c"}, {**stamp, "format": stamp["format"] + 1})
    found = trace.run(tree, tree.laws("published") / "c.json")
    assert found.text().endswith("No longer the same: the format of stage fit.")


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


@pytest.mark.parametrize("file", [*FIGURE[:3], *TABLE[1:3]], ids=lambda file: file.name)
def test_a_figure_from_an_e_mail_is_known_by_the_id_that_it_carries(made: Tree, tmp_path: Path, file: Path) -> None:
    lone = tmp_path / f"renamed{file.suffix}"
    shutil.copy(made.root / file, lone)
    found = trace.run(made, lone)
    assert found.matches
    assert found.text().startswith(f"{lone}: {found.record['kind']}")


def test_a_figure_of_an_earlier_commit_is_found_in_the_history(tree: Tree, tmp_path: Path) -> None:
    lone = tmp_path / "fig1.pdf"
    shutil.copy(tree.root / FIGURE[0], lone)
    draw(tree, "Another figure")
    git(tree, "commit", "--quiet", "--all", "--message", "Draw another figure")
    found = trace.run(tree, lone)
    assert found.record["title"] == "A figure"
    assert found.commit.endswith("Results and figures; paper/ has another one now")
    assert found.matches


def test_a_figure_of_another_repository_is_refused(tree: Tree, tmp_path: Path) -> None:
    lone = tmp_path / "fig1.svg"
    lone.write_text("<svg><!-- reprolib record " + "0" * 64 + " --></svg>")
    with pytest.raises(ReproError, match="neither in paper/ nor in the history"):
        trace.run(tree, lone)


def test_work_that_was_never_committed_is_named_as_such(tree: Tree) -> None:
    (tree.published / "facts.csv").write_text("model,value\nViT-B/32,0.7\n")
    law = tree.laws("published") / "a.json"
    records.write(law, "law", {"id": "a"}, take(tree, tree.published))
    assert trace.run(tree, law).commit == "in no commit (uncommitted work)"


def test_a_tree_without_git_says_so(tree: Tree) -> None:
    shutil.rmtree(tree.root / ".git")
    assert trace.run(tree, tree.root / FIGURE[0]).commit == "no git here"


@pytest.mark.parametrize("kind", carried.FORMATS)
def test_a_damaged_file_and_one_without_an_id_give_one_sentence(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"file{kind}"
    path.write_text("[1, 2")
    with pytest.raises(ReproError, match=r"carries no id|is not a readable PDF"):
        carried.read(path)


def test_a_figure_of_matplotlib_alone_gives_one_sentence(tmp_path: Path) -> None:
    for kind in ("pdf", "svg", "png"):
        Figure().savefig(tmp_path / f"plain.{kind}")
        with pytest.raises(ReproError, match="carries no id"):
            carried.read(tmp_path / f"plain.{kind}")


def test_a_missing_file_a_foreign_format_and_a_json_without_stamp_are_refused(made: Tree, tmp_path: Path) -> None:
    with pytest.raises(ReproError, match="cannot read"):
        carried.read(tmp_path / "fig1.pdf")
    with pytest.raises(ReproError, match=r"expected a figure, table or record \(\.pdf"):
        carried.read(tmp_path / "fig1.doc")
    (tmp_path / "x.json").write_text("[]")
    with pytest.raises(ReproError, match="is no record with a provenance stamp"):
        trace.run(made, tmp_path / "x.json")
