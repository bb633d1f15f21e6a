"""The numbers of our report come from records, are shown with care and say where they come from."""

import json
import re
import shutil
from pathlib import Path

import pytest
import toy_ladder

from reprolib import fit, numbers, params, scrutiny
from reprolib.errors import ReproError
from reprolib.paths import Tree
from reprolib.provenance import records
from reprolib.scrutiny.procedures import Workshop
from reprolib.study import Study

LAW = "zero-shot.imagenet1k.acc1.openclip"


@pytest.fixture(scope="module")
def tree(repository: Tree, tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """The results and facts of the checkout with the numbers collected from them."""
    tree = Tree(tmp_path_factory.mktemp("numbers"))
    shutil.copy(repository.lock, tree.lock)
    shutil.copytree(repository.published, tree.published)
    for folder in ("evals", "laws"):
        shutil.copytree(repository.results("published") / folder, tree.results("published") / folder)
    numbers.run(tree, "published")
    return tree


@pytest.fixture(scope="module")
def found(tree: Tree) -> numbers.Numbers:
    return records.read(tree.numbers("published"), "numbers")["numbers"]


def test_a_law_stands_with_its_interval_and_the_print_beside_it(found: numbers.Numbers) -> None:
    assert found[f"{LAW}/printed-beta"]["text"] == found[f"{LAW}/beta"]["text"]
    assert found[f"{LAW}/alpha-low"]["value"] < found[f"{LAW}/alpha"]["value"] < found[f"{LAW}/alpha-high"]["value"]
    assert found[f"{LAW}/agrees"]["text"] == "yes"


def test_every_number_is_read_from_the_record_it_names(tree: Tree, found: numbers.Numbers) -> None:
    checked = 0
    for number in found.values():
        path, _, where = number["from"].partition(": ")
        assert (tree.root / path).exists(), number
        field = re.fullmatch(r"(params|intervals)\.(alpha|beta)(?:\[([01])\])?", where)
        if field and "value" in number:
            value = json.loads((tree.root / path).read_text())[field[1]][field[2]]
            assert number["value"] == (value[int(field[3])] if field[3] else value)
            checked += 1
    assert checked > 200


def test_every_printed_coefficient_is_held_against_ours(found: numbers.Numbers, tree: Tree) -> None:
    rows = (tree.published / "printed_coefficients.csv").read_text().splitlines()[1:]
    printed = [key for key in found if re.search(r"/printed-(alpha|beta)$", key)]
    assert len(printed) == len(rows) == found["laws/coefficients"]["value"]
    assert found["laws/agreeing"]["value"] == found["laws/printed"]["value"]


def test_a_law_off_by_the_last_printed_digit_does_not_agree(tree: Tree, tmp_path: Path) -> None:
    changed = Tree(tmp_path / "changed")
    shutil.copytree(tree.root, changed.root)
    path = changed.laws("published") / f"{LAW}.json"
    law = records.read(path, "law")
    law["params"]["beta"] += 0.01
    content = {key: value for key, value in law.items() if key not in ("kind", "provenance", "seal")}
    records.write(path, "law", content, law["provenance"])
    after = numbers.run(changed, "published")
    assert after[f"{LAW}/agrees"]["text"] == "no"
    assert after["laws/agreeing"]["value"] == after["laws/printed"]["value"] - 1


def test_intervals_that_overlap_are_counted_by_their_ends(found: numbers.Numbers) -> None:
    pairs = [key[: -len(".openclip/agrees")] for key in found if key.endswith(".openclip/agrees")]

    def end(law: str, which: str) -> float:
        return found[f"{law}/alpha-{which}"]["value"]

    apart = sum(
        end(f"{pair}.openclip", "high") < end(f"{pair}.clip", "low")
        or end(f"{pair}.clip", "high") < end(f"{pair}.openclip", "low")
        for pair in pairs
    )
    assert found["laws/overlapping"]["value"] == len(pairs) - apart
    assert found["laws/pairs"]["value"] == len(pairs)


def test_laws_of_single_tasks_are_left_out(found: numbers.Numbers) -> None:
    assert not [key for key in found if ".svhn." in key]


@pytest.mark.parametrize(
    ("value", "text"),
    [(5.858, "5.86"), (211.66, "212"), (0.0046612, "0.00466"), (84612, "8.46 × 10⁴"), (7.41e-4, "7.41 × 10⁻⁴")],
)
def test_coefficients_are_shown_at_three_significant_digits(value: float, text: str) -> None:
    assert numbers._coefficient(value).replace("\u2009", " ") == text


def test_a_study_without_laws_is_refused_with_what_to_do(tree: Tree, tmp_path: Path) -> None:
    bare = Tree(tmp_path)
    shutil.copy(tree.lock, bare.lock)
    shutil.copytree(tree.published, bare.published)
    shutil.copytree(tree.evals("published"), bare.evals("published"))
    bare.laws("published").mkdir()
    with pytest.raises(ReproError, match="holds no records; run `reprolib fit published`"):
        numbers.run(bare, "published")
    assert not bare.numbers("published").exists()


@pytest.fixture(scope="module")
def counted(repository: Tree, tmp_path_factory: pytest.TempPathFactory) -> numbers.Numbers:
    """The numbers of a study that is not the paper's, from the toy ladder."""
    tree = Tree(tmp_path_factory.mktemp("toy"))
    for path in (repository.lock, repository.params):
        shutil.copy(path, tree.root / path.name)
    toy_ladder.write(tree)
    settings = params.load(tree)
    quick = settings.model_copy(update={"fit": settings.fit.model_copy(update={"bootstrap": 100})})
    fit.run(tree, quick, "toy")
    for part in ("bottlenecks", "forecasts"):
        content = scrutiny.PARTS[part](Study(tree, "toy"), Workshop(quick.fit))
        records.write(tree.scrutiny("toy") / f"{part}.json", scrutiny.KIND, content, toy_ladder.STAMP)
    return numbers.run(tree, "toy")


def test_another_study_has_no_print_to_agree_with(counted: numbers.Numbers) -> None:
    assert f"{LAW}/alpha" in counted
    assert not [key for key in counted if "printed" in key or "agree" in key]


def test_another_studys_bottlenecks_and_forecasts_are_counted(counted: numbers.Numbers) -> None:
    assert counted["bottlenecks/samples-by-data/found"]["value"] == 4
    assert counted["bottlenecks/samples-by-data/asked"]["value"] == 4
    assert counted["falls/errors"]["value"] == sum(
        counted[f"falls/{key}"]["value"] for key in ("clean", "bent", "flat")
    )
    assert counted["forecasts/made"]["value"] == 8
    assert counted["forecasts/inside"]["value"] <= 8
