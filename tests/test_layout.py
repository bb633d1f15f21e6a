"""The layout shows the pipeline: dvc.yaml, the command line, params.yaml, the code and the README agree."""

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from reprolib import params, provenance
from reprolib.paths import Tree

# The modules whose imports are the code of a stage; `verify` depends on the whole package.
ROOT = Path(__file__).parent.parent

MODULES = {
    "download": "reprolib.data.published",
    "shard": "reprolib.shards.stage",
    "gallery": "reprolib.pictographs.gallery reprolib.figures.duplicates",
    "train": "reprolib.train.stage",
    "evaluate": "reprolib.evaluate.stage",
    "fit": "reprolib.fit",
    "scrutinize": "reprolib.scrutiny",
    "tables": "reprolib.tables",
    "numbers": "reprolib.numbers",
    "curate": "reprolib.curate.stage",
}


@pytest.fixture(scope="module")
def pipeline() -> dict[str, Any]:
    return YAML(typ="safe").load((ROOT / "dvc.yaml").read_text())["stages"]


def code(deps: list[str]) -> set[str]:
    """The Python files under `deps`, folders walked."""
    found: set[str] = set()
    for name in deps:
        path = ROOT / name
        if name.startswith("reprolib"):
            found |= {p.relative_to(ROOT).as_posix() for p in ([path] if path.is_file() else path.rglob("*.py"))}
    return found


def test_every_stage_says_what_it_makes(pipeline: dict[str, Any]) -> None:
    for name, stage in pipeline.items():
        assert len(stage.get("do", stage)["desc"]) > 20, name


def stages() -> dict[str, Any]:
    """The stages of both pipelines, by file and name."""
    yaml = YAML(typ="safe")
    both = {file: yaml.load((ROOT / file).read_text())["stages"] for file in ("dvc.yaml", "curation/dvc.yaml")}
    return {f"{file}:{name}": stage.get("do", stage) for file, made in both.items() for name, stage in made.items()}


@pytest.mark.parametrize("name", [name for name in stages() if name.partition(":")[2] in MODULES])
def test_the_code_of_a_stage_is_among_its_dependencies(name: str) -> None:
    """DVC cannot see imports; what a stage imports must be listed, and nothing that it does not."""
    modules = MODULES[name.partition(":")[2]].split()
    assert code(stages()[name]["deps"]) == {file for module in modules for file in provenance.code_of(module)}


def test_the_code_of_every_figure_is_among_its_dependencies(pipeline: dict[str, Any], repository: Tree) -> None:
    for item in params.load(repository).figures.values():
        deps = [dep.replace("${item.family}", item.family) for dep in pipeline["figures"]["do"]["deps"]]
        needed = set(provenance.code_of(f"reprolib.figures.{item.family}"))
        assert needed <= code(deps), f"{item.figure}: {sorted(needed - code(deps))}"


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
