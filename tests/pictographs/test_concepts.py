"""The concepts: enough of them, each with a name of its own, no two of them the same at sight."""

import unicodedata

import numpy as np
import pytest
from PIL import Image

from reprolib.pictographs import colours, concepts, glyphs
from reprolib.pictographs.concepts import OTHER, all_concepts, categories, plural


def test_there_are_a_few_hundred() -> None:
    assert 250 <= len(all_concepts()) <= 400


def test_every_name_and_every_plural_is_unique() -> None:
    names = [concept.name for concept in all_concepts()]
    assert len(set(names)) == len(names)
    plurals = [concept.plural for concept in all_concepts()]
    assert len(set(plurals)) == len(plurals)


def test_a_name_is_the_official_one_without_words_about_type() -> None:
    allowed = {"solid": "black", "hollow": "white"}
    for concept in all_concepts():
        official = unicodedata.name(concept.character).lower().replace("black-", "black ").replace("white-", "white ")
        words = [allowed.get(word, word) for word in concept.name.split()]
        rest = iter(official.split())
        assert all(word in rest for word in words), concept.name


def test_no_name_has_the_name_of_a_colour_in_it() -> None:
    for concept in all_concepts():
        assert not set(concept.name.replace("-", " ").split()) & set(colours.NAMES), concept.name


def test_names_are_short_enough_for_a_sentence_of_three() -> None:
    assert max(len(concept.name.split()) for concept in all_concepts()) == concepts.LONGEST


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("snowman", "snowmen"),
        ("skull and crossbones", "skulls and crossbones"),
        ("ballot box with check", "ballot boxes with check"),
        ("hollow scissors", "hollow scissors"),
        ("fleur-de-lis", "fleurs-de-lis"),
        ("male and female sign", "male and female signs"),
        ("left parenthesis", "left parentheses"),
        ("cross of lorraine", "crosses of lorraine"),
    ],
)
def test_the_head_of_a_name_takes_the_plural(one: str, many: str) -> None:
    assert plural(one) == many


def test_no_two_pictures_are_nearly_the_same() -> None:
    """Correlation of 16 by 16 pixels, the size in scenes of several; the nearest left are two and three pips."""
    small = [
        np.asarray(glyphs.master(each.character).resize((16, 16), Image.Resampling.BOX), dtype=float).ravel()
        for each in all_concepts()
    ]
    alike = np.corrcoef(np.array(small)) - np.eye(len(small))
    first, second = np.unravel_index(alike.argmax(), alike.shape)
    assert alike.max() < 0.955, (all_concepts()[first].name, all_concepts()[second].name)


def test_every_category_has_several_concepts() -> None:
    members = {name: sum(each.category == name for each in all_concepts()) for name in categories()}
    assert min(members.values()) >= 6, members
    assert sum(each.category == OTHER for each in all_concepts()) < len(all_concepts()) / 3


def test_a_mask_is_as_long_as_its_size_says_and_centred() -> None:
    for size in (8, 13, 26):
        ink, top, left = glyphs.mask("⚓", size)
        assert max(ink.shape) == size
        assert top + ink.shape[0] / 2 == pytest.approx(0, abs=1)
        assert left + ink.shape[1] / 2 == pytest.approx(0, abs=1)


def test_a_mask_turned_by_a_quarter_is_the_mask_on_its_side() -> None:
    upright, turned = glyphs.mask("✏", 20).ink, glyphs.mask("✏", 20, 90).ink
    assert abs(upright.shape[0] - turned.shape[1]) <= 1
    assert abs(upright.shape[1] - turned.shape[0]) <= 1
    assert int(turned.sum()) == pytest.approx(int(upright.sum()), rel=0.1)
