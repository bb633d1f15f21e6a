"""params.yaml as typed settings."""

import pytest

from reprolib import params
from reprolib.errors import ReproError
from reprolib.paths import Tree


def edit(tree: Tree, old: str, new: str) -> Tree:
    text = tree.params.read_text()
    assert old in text
    tree.params.write_text(text.replace(old, new, 1))
    return tree


def test_the_committed_params_load(repository: Tree) -> None:
    assert params.load(repository).fit.bins == 5


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("bins: 5", "binz: 5", r"fit\.binz: no such setting"),
        ("margin: 0.1", "margin: 0.1\n  marginn: 0.2", r"fit\.marginn: no such setting"),
        ("level: 0.95", "level: 95", r"fit\.level: Input should be less than 1 \(got 95\)"),
        ("bins: 5", "", r"fit\.bins: this setting is missing"),
        ("bins: 5", "bins: '5'", r"fit\.bins: .*got '5'"),
        ("attempts: 5", "attempts: true", r"download\.attempts: .*got True"),
        ("figure: fig2,", "figure: fig99,", r"figures\.published-fig2: .*'published-fig99'"),
        ("attempts: 5", "attempts: five", r"download\.attempts: .*got 'five'"),
        ("family: zero_shot", "family: '../x'", r"figures\.published-fig1\.family"),
        ("fit:", "fit: [", "is not YAML"),
    ],
)
def test_a_wrong_setting_is_named(facts_tree: Tree, old: str, new: str, sentence: str) -> None:
    with pytest.raises(ReproError, match=sentence):
        params.load(edit(facts_tree, old, new))


def test_numbers_read_as_dvc_reads_them(facts_tree: Tree) -> None:
    """YAML 1.2: `1e-1` is a number (PyYAML would hand over a string)."""
    assert params.load(edit(facts_tree, "margin: 0.1", "margin: 1e-1")).fit.margin == 0.1
