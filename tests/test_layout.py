"""The layout shows the pipeline: dvc.yaml, the command line, params.yaml, the code and the README agree."""

import functools
import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from reprolib import params, provenance
from reprolib.paths import Tree

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def pipeline() -> dict[str, Any]:
    return YAML(typ="safe").load((ROOT / "dvc.yaml").read_text())["stages"]


def test_every_stage_says_what_it_makes(pipeline: dict[str, Any]) -> None:
    for name, stage in pipeline.items():
        assert len(stage.get("do", stage)["desc"]) > 20, name


@functools.cache
def stages() -> dict[str, Any]:
    """The stages of both pipelines, by file and name."""
    yaml = YAML(typ="safe")
    both = {file: yaml.load((ROOT / file).read_text())["stages"] for file in ("dvc.yaml", "curation/dvc.yaml")}
    return {f"{file}:{name}": stage.get("do", stage) for file, made in both.items() for name, stage in made.items()}


@pytest.mark.parametrize("name", [name for name in stages() if not name.endswith(":verify")])
def test_a_stage_is_stale_by_its_format_version_and_by_no_source_file(name: str) -> None:
    """`dvc.lock` must not change with a docstring; `verify`, which always runs, compares with what the code gives."""
    listed = [each["reprolib/formats.yaml"] for each in stages()[name]["params"] if isinstance(each, dict)]
    stage = name.partition(":")[2]
    assert listed == [["figures" if stage == "gallery" else stage]]
    assert not [dep for dep in stages()[name].get("deps", []) if dep.startswith("reprolib")]


def test_every_format_version_is_that_of_a_stage() -> None:
    known = {name.partition(":")[2] for name in stages()} - {"gallery", "verify"}
    assert set(YAML(typ="safe").load((ROOT / "reprolib/formats.yaml").read_text())) == known


@pytest.mark.parametrize("name", list(stages()))
def test_what_a_stage_writes_for_git_persists(name: str) -> None:
    """DVC removes outputs before a stage runs; a record can only stay as it is where it is still there."""
    for out in stages()[name].get("outs", []) + stages()[name].get("metrics", []):
        options = next(iter(out.values())) if isinstance(out, dict) else {}
        assert options.get("persist", False) == (not options.get("cache", True) or "push" in options), out


def test_each_stage_is_a_command_of_the_same_name(pipeline: dict[str, Any]) -> None:
    from reprolib.cli import app

    commands = [command.name or command.callback.__name__ for command in app.registered_commands]
    assert [name for name in commands if name in pipeline] == list(pipeline)
    for name, stage in pipeline.items():
        assert stage.get("do", stage)["cmd"].startswith(f"python -m reprolib {name}"), name


def test_every_figure_of_params_is_known_and_has_its_notebook(repository: Tree) -> None:
    from reprolib.figures import FIGURES

    listed = params.load(repository).figures
    for key, item in listed.items():
        assert key == f"{item.study}-{item.figure}"
        assert FIGURES[item.figure].family == item.family
        assert (repository.notebooks / f"{item.family}.ipynb").is_file()
    assert {item.figure for item in listed.values()} == set(FIGURES)


def test_the_pipeline_stays_small_enough_for_dvc(pipeline: dict[str, Any], repository: Tree) -> None:
    """DVC writes its whole lock after every stage, so the cost grows with the square of their number."""
    settings = params.load(repository)
    several = {name: stage["foreach"] for name, stage in pipeline.items() if "foreach" in stage}
    listed = {"figures": settings.figures, "train": settings.train}
    count = len(pipeline) - len(several) + sum(len(listed.get(name, items)) for name, items in several.items())
    assert count <= 60


def test_the_readme_lists_every_room_of_the_package(repository: Tree) -> None:
    readme = (repository.root / "README.md").read_text()
    rooms = {p.name for p in provenance.PACKAGE.iterdir() if p.is_dir() and (p / "__init__.py").is_file()}
    assert {room for room in rooms if not re.search(rf"\b{room}/", readme)} == set()


def test_no_module_is_a_grab_bag(repository: Tree) -> None:
    names = {p.stem for p in provenance.PACKAGE.rglob("*.py")}
    assert not names & {"utils", "util", "helpers", "misc", "common", "legacy"}
