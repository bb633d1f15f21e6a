"""Where things are."""

from pathlib import Path

import pytest

from reprolib import paths
from reprolib.errors import ReproError


def test_the_tree_is_found_from_a_folder_inside_it(repository: paths.Tree) -> None:
    assert paths.find(repository.root / "tests") == repository


def test_outside_a_checkout_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ReproError, match=r"no dvc\.yaml and params\.yaml in .*; run the command inside a checkout"):
        paths.find(tmp_path)
