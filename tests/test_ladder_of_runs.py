"""The ladder of a study: which models have all cells, in which order its data and budgets stand."""

import pandas as pd
import pytest
import toy_ladder

from reprolib import ladder
from reprolib.paths import Tree
from reprolib.study import Study


def test_the_papers_ladder_has_three_models_and_two_beyond(repository: Tree) -> None:
    found = ladder.of_study(Study(repository, "published"))
    assert found.models == ["ViT-B-32", "ViT-B-16", "ViT-L-14"]
    assert found.data == ["LAION-80M", "LAION-400M", "LAION-2B"]
    assert found.budgets == ["3B", "13B", "34B"]
    assert found.beyond == ["ViT-H-14", "ViT-g-14"]


def test_controls_are_no_part_of_a_ladder(facts_tree: Tree) -> None:
    toy_ladder.write(facts_tree)
    found = ladder.of_study(Study(facts_tree, "toy"))
    assert (found.models, found.beyond) == ([*toy_ladder.MODELS], [*toy_ladder.LARGER])
    assert found.data == ["2k", "10k", "51k"]


def test_two_runs_of_one_cell_do_not_fill_another() -> None:
    cells = [("A", "1k", "1M"), ("A", "1k", "1M"), ("A", "2k", "1M"), ("B", "1k", "1M"), ("B", "1k", "1M")]
    runs = pd.DataFrame(cells, columns=["model", "pretrain_data", "budget"]).assign(gmacs_per_sample=1.0)
    assert ladder.of_runs(runs).models == ["A"]


@pytest.mark.parametrize(
    ("name", "number"),
    [("LAION-80M", 8e7), ("LAION-2B", 2e9), ("51k", 51e3), ("10k-apart", 1e4), ("MetaCLIP-2.5B", 2.5e9), ("WIT", 0)],
)
def test_names_are_as_large_as_the_number_in_them(name: str, number: float) -> None:
    assert ladder.size(name)[0] == number
