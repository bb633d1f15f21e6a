"""A folder is used for the run that it is of, and for no other; whatever is in it stays."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from several import on
from toy import run

from reprolib import files, provenance
from reprolib.errors import ReproError
from reprolib.paths import Tree
from reprolib.train import checkpoints, folders, identity, loop
from reprolib.train.identity import Identity
from reprolib.train.ranks import Ranks
from reprolib.train.runs import Run

STUDY, GROUP, NAME = "mini", "group", "toy"


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A tree with all that a run's identity reads, and the folder of a run of it with weights."""
    made = Tree(tmp_path)
    for name in ("pool", "validation"):
        files.write(made.shards(STUDY) / name / "manifest.json", name)
    for name in ("pairs", "other"):
        files.write(made.subsets(STUDY) / f"{name}.npy", name)
    prepare(made)
    files.write(home(made) / "samples-000000000192.safetensors", "weights")
    return made


def home(tree: Tree) -> Path:
    return tree.trained(STUDY) / GROUP / NAME


def identity_of(tree: Tree, wanted: Run) -> Identity:
    inputs = identity.inputs(tree, STUDY, wanted)
    return identity.of(wanted, STUDY, provenance.take(tree, inputs=inputs, stage="train", reason="a test"))


def prepare(tree: Tree, *, restart: bool = False, wanted: Run | None = None) -> None:
    folders.prepare(tree, STUDY, GROUP, {NAME: identity_of(tree, wanted or run())}, restart=restart)


def everything(tree: Tree) -> dict[str, bytes]:
    found = sorted(path for path in tree.trained(STUDY).rglob("*") if path.is_file())
    return {path.relative_to(tree.trained(STUDY)).as_posix(): path.read_bytes() for path in found}


def an_older_format(tree: Tree) -> None:
    path = home(tree) / folders.FILE
    files.write_json(path, {**files.read_json(path), "format": 0})


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda tree: files.write(tree.shards(STUDY) / "pool" / "manifest.json", "x"), r"inputs.data/mini/shards/pool"),
        (lambda tree: files.write(tree.shards(STUDY) / "validation" / "manifest.json", "x"), r"validation/manifest"),
        (
            lambda tree: files.write(tree.subsets(STUDY) / "pairs.npy", "x"),
            r"inputs.data/mini/subsets/pairs.npy is [0-9a-f]{12}… there and [0-9a-f]{12}… now; set it back",
        ),
        (an_older_format, r"format is 0 there and 1 now; set it back"),
    ],
)
def test_other_inputs_and_another_format_are_refused_and_change_nothing(
    tree: Tree, edit: Callable[[Tree], None], says: str
) -> None:
    edit(tree)
    before = everything(tree)
    with pytest.raises(ReproError, match=rf"^data/mini/runs/group/toy is of another run: .*{says}"):
        prepare(tree)
    assert everything(tree) == before


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (run(learning_rate=2e-3), "settings.recipe.learning_rate is 0.001 there and 0.002 now; "),
        (run(processes=2), "settings.recipe.processes is 1 there and 2 now; "),
        (run(seed=3), "seed is 0 there and 3 now; "),
        (run(steps=11), "settings.samples is 192 there and 176 now; "),
        (run(checkpoints_per_decade=9), "settings.recipe.checkpoints_per_decade is 3 there and 9 now; "),
        (run(beta1=0.8, beta2=0.9), r"settings.recipe.beta1 is 0.9 there and 0.8 now \(and 1 more\); "),
    ],
)
def test_other_settings_are_refused_by_name(tree: Tree, wanted: Run, says: str) -> None:
    with pytest.raises(ReproError, match=rf"^data/mini/runs/group/toy is of another run: {says}.* --restart"):
        prepare(tree, wanted=wanted)


def test_another_subset_and_how_often_the_state_is_saved_are_nothing_to_a_run(tree: Tree) -> None:
    before = everything(tree)
    files.write(tree.subsets(STUDY) / "other.npy", "others")
    files.write(tree.subsets(STUDY) / "new.npy", "new")
    prepare(tree, wanted=run(state_every=1))
    assert everything(tree) == before


def test_a_folder_that_does_not_say_what_it_is_of_is_refused(tree: Tree) -> None:
    (home(tree) / folders.FILE).unlink()
    before = everything(tree)
    with pytest.raises(ReproError, match=r"^data/mini/runs/group/toy holds files but no run.json to say .* --restart"):
        prepare(tree)
    assert everything(tree) == before


def test_what_a_killed_write_left_in_a_new_folder_is_no_content(tree: Tree) -> None:
    (home(tree) / folders.FILE).rename(home(tree) / ".run.json.x.tmp")
    (home(tree) / "samples-000000000192.safetensors").unlink()
    prepare(tree)
    assert files.read_json(home(tree) / folders.FILE)["seed"] == 0


@pytest.mark.parametrize("name", [loop.STATE, loop.TRUNK])
def test_a_state_of_another_run_is_refused_although_the_folder_is_the_runs(tree: Tree, name: str) -> None:
    model = torch.nn.Linear(2, 1)
    moments = torch.optim.AdamW(model.parameters())
    for wanted in (run(), run(seed=1)):
        state: dict[str, Any] = identity_of(tree, wanted).state
        checkpoints.save_state(home(tree) / name, model, moments, identity=state, meta={})
        if wanted == run():
            prepare(tree)
    with pytest.raises(ReproError, match=rf"holds the {name} of another run: seed is 1 there and 0 now"):
        prepare(tree)


def test_a_restart_moves_aside_each_time_to_a_new_name_and_leaves_other_folders_alone(tree: Tree) -> None:
    files.write(tree.trained(STUDY) / GROUP / "no longer wanted" / "samples.safetensors", "unwanted")
    before = everything(tree)
    prepare(tree, restart=True)
    assert everything(tree) == before  # it is the run that is wanted
    first = {path.replace("group/toy/", "replaced/group/toy-1/"): was for path, was in before.items()}
    prepare(tree, restart=True, wanted=run(seed=1))
    assert everything(tree).items() > first.items()
    assert files.read_json(home(tree) / folders.FILE)["seed"] == 1
    prepare(tree, restart=True, wanted=run(seed=2))
    assert everything(tree).items() > first.items()
    assert files.read_json(tree.trained(STUDY) / "replaced" / GROUP / "toy-2" / folders.FILE)["seed"] == 1


def test_several_folders_that_do_not_match_are_counted(tree: Tree) -> None:
    other = identity_of(tree, run(seed=1))
    for name in ("a", "b"):
        files.write_json(tree.trained(STUDY) / GROUP / name / folders.FILE, other.run)
    own = identity_of(tree, run())
    with pytest.raises(ReproError, match=r"^data/mini/runs/group/a is .* 0 now \(the group has 1 more like it\);"):
        folders.prepare(tree, STUDY, GROUP, {"a": own, "b": own, NAME: own})


def refusal(group: Ranks, root: Path) -> str:
    """What the refusal of a run is on this rank."""
    tree = Tree(root)
    try:
        group.lead(lambda: prepare(tree, wanted=run(seed=1)))
    except (ReproError, SystemExit) as error:
        return f"{type(error).__name__} {error}"
    return ""


def test_two_ranks_end_together_and_the_first_one_alone_says_why(tree: Tree) -> None:
    first, second = on(2, refusal, tree.root)
    assert first.startswith("ReproError data/mini/runs/group/toy is of another run: seed is 0 there and 1 now")
    assert second == "SystemExit 2"
