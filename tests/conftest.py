"""What several tests share: the repository as a Tree, small copies of it, and the workers."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from reprolib.paths import Tree

ROOT = Path(__file__).resolve().parent.parent
SHARING = ("tests/figures", "tests/tables", "tests/verify")
os.environ["DVC_NO_ANALYTICS"] = "1"
# One thread a process, set before numpy and torch are imported and inherited by the processes that a test starts. With
# a worker on each core, threads that wait for each other took up to forty times the work (tests/evaluate).
os.environ.setdefault("OMP_NUM_THREADS", "1")


def unit(nodeid: str) -> str:
    """What one worker runs as a whole: a file, or a room whose tests share what takes long to make."""
    path = nodeid.partition("::")[0]
    room = path.rpartition("/")[0]
    return room if room in SHARING else path


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long units run first, or one worker would end with one of them while the others have nothing left to do."""
    long = {unit(item.nodeid) for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: unit(item.nodeid) not in long)


class Units(LoadScopeScheduling):
    """Distribute the tests among the workers by `unit`."""

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Units:
    return Units(config, log)


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
