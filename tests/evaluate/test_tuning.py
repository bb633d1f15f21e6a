"""Fine-tuning changes what it should, in the steps it says, and gives the same bits twice."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from tuning_data import images, model

from reprolib.errors import ReproError
from reprolib.evaluate import joint, single, tuning
from reprolib.shards.augment import normalised

JOINT = joint.Recipe(steps=60, batch=12, learning_rate=1e-3, warmup=5)
SINGLE = single.Recipe(epochs=20, batch=12, learning_rate=3e-3, warmup_epochs=2, averaging=0.7)
TASKS = [images("four", 4), images("two", 2)]


def same(one: torch.nn.Module, other: torch.nn.Module) -> bool:
    pairs = zip(one.state_dict().items(), other.state_dict().items(), strict=True)
    return all(name == also and torch.equal(value, twin) for (name, value), (also, twin) in pairs)


def start(task: tuning.ImageSet) -> tuning.Classifier:
    return tuning.zero_shot(model(), task.zero_shot)


@pytest.fixture(scope="module")
def jointly() -> open_clip.CLIP:
    return joint.tuned(model(), TASKS, JOINT, seed=0)


def test_an_untrained_classifier_is_the_zero_shot_classifier() -> None:
    clip, task = model(), images("four", 4)
    pixels = normalised(torch.from_numpy(task.images).permute(0, 3, 1, 2))
    with torch.inference_mode():
        logits = clip.logit_scale.exp() * clip.encode_image(pixels, normalize=True) @ task.zero_shot.T
    assert np.allclose(tuning.predicted(tuning.zero_shot(clip, task.zero_shot), task.images), logits, atol=1e-5)


def test_equal_logits_go_to_the_first_class() -> None:
    task = images("four", 4)
    alike = tuning.ImageSet("alike", task.images, task.labels, task.zero_shot[:1].repeat(4, 1))
    assert np.array_equal(tuning.hits(tuning.zero_shot(model(), alike.zero_shot), alike), task.labels == 0)


def test_images_may_lie_in_a_mapped_file(tmp_path: Path) -> None:
    task = images("four", 4)
    np.save(tmp_path / "pixels.npy", task.images)
    mapped = replace(task, images=np.load(tmp_path / "pixels.npy", mmap_mode="r"))
    classifier = tuning.zero_shot(model(), task.zero_shot)
    assert np.array_equal(tuning.hits(classifier, mapped), tuning.hits(classifier, task))
    assert same(*(joint.tuned(model(), [each], joint.Recipe(steps=1, batch=4), seed=0) for each in (mapped, task)))


def test_more_images_than_go_through_at_once_come_out_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    task, classifier = images("four", 4), tuning.zero_shot(model(), images("four", 4).zero_shot)
    whole = tuning.predicted(classifier, task.images)
    monkeypatch.setattr(tuning, "AT_ONCE", 7)
    assert np.allclose(tuning.predicted(classifier, task.images), whole, atol=1e-4)


def test_weights_of_another_width_are_refused() -> None:
    with pytest.raises(ReproError, match=re.escape("a row of 64 numbers for each class") + r".*\(4, 10\)"):
        tuning.zero_shot(model(), torch.zeros(4, 10))


def test_joint_tuning_learns_every_task(jointly: open_clip.CLIP) -> None:
    for task in TASKS:
        before, after = (
            tuning.hits(tuning.zero_shot(each, task.zero_shot), task).mean() for each in (model(), jointly)
        )
        assert after > max(before, 0.9)


def test_joint_tuning_changes_the_image_tower_and_nothing_else(jointly: open_clip.CLIP) -> None:
    before, after = model().state_dict(), jointly.state_dict()
    assert before.keys() == after.keys()
    for name, value in before.items():
        assert torch.equal(value, after[name]) != name.startswith("visual."), name


def test_joint_tuning_leaves_the_given_model_alone() -> None:
    clip = model()
    joint.tuned(clip, TASKS, joint.Recipe(steps=1, batch=4, warmup=0), seed=0)
    assert same(clip, model())
    assert all(each.requires_grad for each in clip.parameters())


def test_tasks_take_turns() -> None:
    one, both = (joint.tuned(model(), tasks, joint.Recipe(steps=1, batch=4), seed=0) for tasks in (TASKS[:1], TASKS))
    assert same(one, both)
    one, both = (joint.tuned(model(), tasks, joint.Recipe(steps=2, batch=4), seed=0) for tasks in (TASKS[:1], TASKS))
    assert not same(one, both)


@pytest.mark.parametrize("crop", [1.0, 0.5])
def test_joint_tuning_gives_the_same_bits_twice_and_others_with_another_seed(crop: float) -> None:
    recipe = joint.Recipe(steps=4, batch=8, learning_rate=1e-3, warmup=1, crop=crop)
    one, again, other = (joint.tuned(model(), TASKS, recipe, seed=seed) for seed in (0, 0, 1))
    assert same(one, again)
    assert not same(one, other)


def test_tuning_neither_reads_nor_moves_the_global_random_state() -> None:
    before = torch.get_rng_state()
    joint.tuned(model(), TASKS, joint.Recipe(steps=1, batch=4), seed=0)
    single.tuned(start(TASKS[0]), TASKS[0], single.Recipe(epochs=1, batch=24), seed=0)
    assert torch.equal(before, torch.get_rng_state())


def test_single_task_tuning_learns_tower_and_head_and_leaves_the_model_alone() -> None:
    task = images("four", 4)
    before = start(task)
    tuned = single.tuned(before, task, SINGLE, seed=0)
    assert tuning.hits(tuned, task).mean() > max(0.9, tuning.hits(before, task).mean())
    assert not torch.equal(tuned.head.weight, before.head.weight)
    assert not torch.equal(tuned.tower.conv1.weight, before.tower.conv1.weight)
    assert same(before, start(task))


def test_tuning_goes_on_from_a_wider_task_with_the_rows_of_its_head_that_are_asked_for() -> None:
    wide, narrow = images("four", 4), images("two", 2)
    tuned = single.tuned(start(wide), wide, SINGLE, seed=0)
    before = tuning.narrowed(tuned, np.array([2, 0]))
    assert torch.equal(before.head.weight, tuned.head.weight[[2, 0]])
    assert torch.equal(before.head.bias, tuned.head.bias[[2, 0]])
    logits = tuning.predicted(tuned, narrow.images)
    assert np.allclose(tuning.predicted(before, narrow.images), logits[:, [2, 0]], atol=1e-5)
    after = single.tuned(before, narrow, SINGLE, seed=0)
    assert tuning.hits(after, narrow).mean() > 0.9
    assert torch.equal(before.head.weight, tuned.head.weight[[2, 0]])


def test_single_task_tuning_gives_the_same_bits_twice() -> None:
    recipe = single.Recipe(epochs=2, batch=8, crop=0.8)
    one, again = (single.tuned(start(images("four", 4)), images("four", 4), recipe, seed=0) for _ in range(2))
    assert same(one, again)


def test_the_learning_rate_decays_from_the_head_to_the_pixels() -> None:
    classifier = single.layered(tuning.zero_shot(tuning.copied(model()), TASKS[0].zero_shot))
    optimiser = single.adamw(classifier, single.Recipe(layer_decay=0.5))
    tuning.set_rate(optimiser, 1e-3)
    rates = {id(each): group["lr"] for group in optimiser.param_groups for each in group["params"]}
    decays = {id(each): group["weight_decay"] for group in optimiser.param_groups for each in group["params"]}
    named = dict(classifier.named_parameters())
    assert rates.keys() == {id(each) for each in named.values()}
    depth = len(classifier.tower.transformer.resblocks)
    layers = {
        **{f"tower.transformer.resblocks.{i}.mlp.c_fc.weight": depth - i for i in range(depth)},
        **dict.fromkeys(("tower.conv1.weight", "tower.positional_embedding", "tower.ln_pre.bias"), depth + 1),
        **dict.fromkeys(("tower.ln_post.weight", "tower.proj", "head.weight", "head.bias"), 0),
    }
    for name, above in layers.items():
        assert rates[id(named[name])] == pytest.approx(1e-3 * 0.5**above), name
        matrix = named[name].ndim > 1 and name != "tower.positional_embedding"
        assert decays[id(named[name])] == (0.05 if matrix else 0.0), name


def test_without_decay_the_first_layers_move_more() -> None:
    before = model().visual.conv1.weight
    moved = {
        decay: (
            single.tuned(
                start(TASKS[0]), TASKS[0], single.Recipe(1, 12, layer_decay=decay, averaging=0.0), seed=0
            ).tower.conv1.weight
            - before
        ).norm()
        for decay in (0.1, 1.0)
    }
    assert 0 < moved[0.1] < moved[1.0] / 100


def test_the_result_is_the_moving_average() -> None:
    def head(averaging: float, epochs: float) -> torch.Tensor:
        # A constant rate, so that a shorter run is the beginning of a longer one.
        recipe = single.Recipe(epochs, 24, 1e-3, warmup_epochs=4, averaging=averaging)
        return single.tuned(start(TASKS[0]), TASKS[0], recipe, seed=0).head.weight.detach()

    before = start(TASKS[0]).head.weight.detach()
    first, second = head(0.0, 1), head(0.0, 2)
    assert torch.allclose(head(0.75, 2), 0.75 * (0.75 * before + 0.25 * first) + 0.25 * second, atol=1e-6)


def test_a_tower_without_blocks_is_refused() -> None:
    tower = torch.nn.Flatten()
    with pytest.raises(ReproError, match="it got a Flatten; choose a ViT"):
        single.layered(tuning.Classifier(tower, torch.nn.Linear(3, 2)))
