"""What several tests share: the repository as a Tree, and small copies of it."""

import os
import shutil
from pathlib import Path

import pytest

from reprolib.paths import Tree

ROOT = Path(__file__).resolve().parent.parent
os.environ["DVC_NO_ANALYTICS"] = "1"


@pytest.fixture(scope="session")
def repository() -> Tree:
    """The checkout that the tests stand in; read it, never write to it."""
    return Tree(ROOT)


@pytest.fixture
def facts_tree(tmp_path: Path) -> Tree:
    """A tree that holds what the first stage reads: parameters, lock, facts and nothing made from them."""
    for name in ("params.yaml", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "paper" / "published", tmp_path / "paper" / "published")
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    return Tree(tmp_path)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of source material beside the checkout, where there is one."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("needs ../shared, the source material, which is not part of the repository")
    return folder
