"""A group's runs: every combination of its lists, named by it, exact in samples to half a batch."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy import RECIPE, run

from reprolib import params
from reprolib.errors import ReproError
from reprolib.params import Group, Mini
from reprolib.paths import Tree
from reprolib.train import runs

TUNING = {
    "epochs": 1,
    "batch": 1,
    "learning_rate": 0.1,
    "warmup_epochs": 0,
    "layer_decay": 0.5,
    "averaging": 0.5,
}
STUDY = Mini.model_validate(
    {
        "pool": {
            "seed": 0,
            "per_shard": 8,
            "subsets": {"small": 8, "large": 32},
            "apart": {"other": 8},
            "leave_out": None,
            "validation": 8,
            "held_out": 1.0,
        },
        "recipe": RECIPE,
        "budgets": {"long": 320, "short": 64},
        "evaluate": {
            "seed": 0,
            "joint": {"steps": 1, "batch": 1, "learning_rate": 0.1, "warmup": 0},
            "single": TUNING,
            "intermediate": TUNING,
        },
        "curation": {"seed": 0, "scorer": "g/m", "subsets": {"chosen": {"method": "raw"}}, "train": {}},
    }
)


def group(**changes: object) -> Group:
    lists = {"models": ["m"], "data": ["small", "large"], "budgets": ["long", "short"], "changes": [{}, {"seed": 3}]}
    return Group.model_validate({"study": "mini", "group": "g", **lists, **changes})


def test_every_combination_is_a_run_of_its_own_name_and_budgets_ascend() -> None:
    made = runs.of(group(), STUDY)
    assert [each.name for each in made] == [
        "m_small_short",
        "m_small_long",
        "m_small_short_seed3",
        "m_small_long_seed3",
        "m_large_short",
        "m_large_long",
        "m_large_short_seed3",
        "m_large_long_seed3",
    ]


def test_changed_settings_reach_the_recipe_and_show_in_the_name() -> None:
    changes = [{"global_batch": 8, "resample": True}, {"learning_rate": 0.5, "seed": 2}]
    made = runs.of(group(data=["small"], budgets=["short"], changes=changes), STUDY)
    assert [each.name for each in made] == ["m_small_short_batch8_resampled", "m_small_short_lr0.5_seed2"]
    assert [(each.recipe.global_batch, each.resample, each.seed) for each in made] == [(8, True, 0), (16, False, 2)]


def test_a_change_may_name_another_model_data_set_or_budget() -> None:
    changes = [{"model": "n", "budget": "long"}, {"data": "other"}]
    made = runs.of(group(data=["small"], budgets=["short"], changes=changes), STUDY)
    assert [each.name for each in made] == ["n_small_long", "m_other_short"]
    assert [(each.model, each.data, each.samples) for each in made] == [("n", "small", 320), ("m", "other", 64)]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"data": ["all"]}, r"train\.mini-g\.data: 'all' is not known; expected one of small, large, other, chosen$"),
        ({"changes": [{"data": "all"}]}, r"train\.mini-g\.data: 'all' is not known"),
        ({"budgets": ["3B"]}, r"train\.mini-g\.budgets: '3B' is not known; expected one of long, short$"),
        ({"changes": [{"batch": 8}]}, r"train\.mini-g\.changes: batch: no such setting \(got 8\); mend that line$"),
        (
            {"changes": [{"precision": "fp16"}]},
            r"train\.mini-g\.changes: precision: .* \(got 'fp16'\); mend that line$",
        ),
        (
            {"changes": [{}, {"processes": 7}]},
            r"changes: the runs of a group share their processes",
        ),
        (
            {"changes": [{}, {"data": "small"}]},
            r"the run 'm_small_short' is asked for twice; remove one$",
        ),
    ],
)
def test_what_is_not_there_is_named(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(ReproError, match=sentence):
        runs.of(group(**changes), STUDY)


@given(st.integers(1, 10_000), st.integers(2, 512))
def test_samples_seen_are_the_budget_to_half_a_batch(samples: int, batch: int) -> None:
    made = runs.Run("r", "m", "d", "b", samples, 0, False, run(global_batch=batch).recipe, samples)
    assert made.seen == made.steps * batch
    assert abs(made.seen - samples) <= batch / 2 or made.steps == 1


def test_a_cosine_is_gone_on_from_by_its_own_budget_only_and_a_trunk_by_any() -> None:
    assert run(8).trunk != run(16).trunk
    constant = {"schedule": "constant-cooldown"}
    assert run(8, **constant).trunk == run(16, **constant).trunk
    assert run(8, **constant).trunk != run(8, seed=1, **constant).trunk


def test_how_a_run_is_carried_out_is_no_part_of_what_it_is() -> None:
    assert run(state_every=1).trunk == run(state_every=999).trunk
    assert run(processes=1).trunk != run(processes=4).trunk  # sums in another order have other bits


def test_the_repositorys_own_groups_have_runs_of_different_names(repository: Tree) -> None:
    settings = params.load(repository)
    names = [f"{item.study} {each.name}" for item in settings.groups.values() for each in runs.of(item, settings.mini)]
    assert len(names) == len(set(names)) >= 29 + 5
    assert Path(names[0]).name == names[0]
