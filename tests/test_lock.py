"""pyproject.toml, requirements.lock and environment.yml say the same."""

import re

from lock import ROOT, declared, environment, locked, normal
from packaging.requirements import Requirement
from packaging.version import Version

LOCK = (ROOT / "requirements.lock").read_text()
CARD = ("torch", "open_clip_torch", "webdataset", "jupyterlab", "papermill", "dvc", "seaborn", "statsmodels")


def test_every_declared_dependency_is_locked_within_its_range() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    pins = locked()
    for text in project["project"]["dependencies"] + project["dependency-groups"]["dev"]:
        wanted = Requirement(text)
        assert Version(pins[normal(wanted.name)]) in wanted.specifier, text


def test_every_python_gets_the_same_versions() -> None:
    names = re.findall(r"^([A-Za-z0-9_.-]+)==", LOCK, re.M)
    assert len(names) == len(set(names)) > 200


def test_the_card_packages_are_declared() -> None:
    assert {normal(name) for name in CARD} <= {normal(name) for name in declared()[1]}


def test_environment_yml_is_what_the_other_two_make() -> None:
    assert (ROOT / "environment.yml").read_text() == environment(), "run `make lock`"


def test_every_pin_has_a_hash_and_no_index_address_stands_in_the_lock() -> None:
    pins = re.findall(r"^[A-Za-z0-9_.-]+==.*?(?=^[A-Za-z0-9_.-]+==|\Z)", LOCK, re.M | re.S)
    assert all("--hash=sha256:" in pin for pin in pins)
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links", LOCK)


def test_every_dependency_says_why_it_is_in() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    for line in re.findall(r'^    "[A-Za-z].*$', text.split("[project.scripts]")[0], re.M):
        assert "# " in line, line
