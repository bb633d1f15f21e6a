"""Our report compiles to the same bytes from records alone, and no result is typed in it."""

import json
import re
import shutil
from pathlib import Path

import pypdf
import pytest
import typst
from ruamel.yaml import YAML

from reprolib import files, numbers, typeset
from reprolib.errors import ReproError
from reprolib.paths import Tree
from reprolib.provenance import records

VERDICTS = {
    "fig1": {"verdict": "exact", "seconds": 2.0, "expected": True, "title": "Zero-shot"},
    "C12": {"verdict": "differs", "seconds": 2.0, "expected": True, "title": "No gain"},
}


@pytest.fixture(scope="module")
def tree(repository: Tree, tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """The inputs of the report as they stand in the checkout, with the numbers collected again."""
    tree = Tree(tmp_path_factory.mktemp("paper"))
    shutil.copy(repository.lock, tree.lock)
    shutil.copytree(repository.root / "paper", tree.root / "paper")
    for folder in ("evals", "laws"):
        shutil.copytree(repository.results("published") / folder, tree.results("published") / folder)
    numbers.run(tree, "published")
    return tree


def words(path: Path) -> str:
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(path).pages).split())


def test_the_same_inputs_give_the_same_bytes(tree: Tree) -> None:
    first = files.sha256(typeset.run(tree))
    assert files.sha256(typeset.run(tree)) == first


def test_the_report_is_short_and_shows_the_numbers_of_the_records(tree: Tree) -> None:
    path = typeset.run(tree)
    assert 2 <= len(pypdf.PdfReader(path).pages) <= 6
    found = records.read(tree.numbers("published"), "numbers")["numbers"]
    text = words(path)
    assert f"errors of {found['runs/trained']['text']} CLIP models" in text
    assert found["zero-shot.imagenet1k.acc1.clip/printed-beta"]["text"] in text


def test_a_changed_record_changes_the_report(tree: Tree, tmp_path: Path) -> None:
    changed = Tree(tmp_path / "changed")
    shutil.copytree(tree.root, changed.root)
    path = changed.numbers("published")
    record = records.read(path, "numbers")
    record["numbers"]["runs/trained"]["text"] = "thirty-seven"
    records.write(path, "numbers", {"numbers": record["numbers"]}, record["provenance"])
    assert "errors of thirty-seven CLIP models" in words(typeset.run(changed))


@pytest.mark.parametrize("name", ["numbers/published.json", "figures/published/fig1.json"])
def test_a_record_edited_by_hand_is_refused_by_name(tree: Tree, tmp_path: Path, name: str) -> None:
    edited = Tree(tmp_path / "edited")
    shutil.copytree(tree.root, edited.root)
    path = edited.root / "paper" / name
    path.write_text(path.read_text().replace("11", "12", 1))
    with pytest.raises(ReproError, match=rf"{name} was changed after it was made"):
        typeset.run(edited)


def test_each_figure_carries_its_command_seal_and_last_verdict(tree: Tree, tmp_path: Path) -> None:
    judged = Tree(tmp_path / "judged")
    shutil.copytree(tree.root, judged.root)
    files.write_json(judged.results("published") / "verdicts.json", VERDICTS)
    seal = records.read(judged.figures("published") / "fig1.json", "figure")["seal"]
    text = words(typeset.run(judged))
    assert f"reprolib verify fig1 · seal {seal[:12]} · exact" in text
    assert "no verdict recorded" in text  # of the figures that the verdicts do not name
    assert "No verdicts are recorded yet" not in text


def test_without_recorded_verdicts_the_report_says_so(tree: Tree) -> None:
    assert "No verdicts are recorded yet" in words(typeset.run(tree))


def test_figures_can_be_queried_with_their_seals(tree: Tree) -> None:
    found = typst.query(
        tree.root / "paper" / "paper.typ",
        "<stamp>",
        root=tree.root,
        sys_inputs={"study": "published", "verdicts": ""},
        ignore_system_fonts=True,
    )
    stamps = [entry["value"] for entry in json.loads(found)]
    assert [stamp["figure"] for stamp in stamps][:1] == ["fig1"]
    for stamp in stamps:
        assert stamp["seal"] == records.read(tree.figures("published") / f"{stamp['figure']}.json", "figure")["seal"]
        assert stamp["command"] == f"reprolib verify {stamp['figure']}"


@pytest.mark.parametrize("verdict", ["differs", "not checkable here"])
def test_every_statement_that_does_not_hold_or_cannot_be_checked_is_listed(tree: Tree, verdict: str) -> None:
    text = re.sub(r"\W", "", words(typeset.run(tree)))  # without the breaks of words and lines
    claims = [claim for claim in YAML(typ="safe").load(tree.claims)["claims"] if claim["expect"] == verdict]
    assert claims
    for claim in claims:
        for told in (claim["where"], claim["states"][:25]):
            assert re.sub(r"\W", "", told) in text


def test_no_result_is_typed_in_the_source(repository: Tree) -> None:
    source = (repository.root / "paper" / "paper.typ").read_text()
    prose = re.sub(r'"[^"\n]*"', '""', source)  # ids of laws and addresses are no results
    assert re.findall(r"\d+\.\d+", prose) == [], "read the number from a record instead"
    assert re.findall(r"\d+(?: |\u2009|~)%", prose) == [], "read the number from a record instead"


def test_a_missing_input_is_told_in_one_sentence(tree: Tree, tmp_path: Path) -> None:
    bare = Tree(tmp_path)
    (bare.root / "paper").mkdir()
    shutil.copy(tree.root / "paper" / "paper.typ", bare.root / "paper" / "paper.typ")
    with pytest.raises(ReproError, match=r"cannot read .*paper/numbers/published\.json"):
        typeset.run(bare)
    shutil.copytree(tree.numbers("published").parent, bare.numbers("published").parent)
    with pytest.raises(ReproError, match=r"paper\.typ does not compile: .*claims\.yaml.*; run `dvc repro`"):
        typeset.run(bare)
    assert not (bare.root / "build").exists()
