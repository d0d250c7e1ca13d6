"""Letters of pictures: every phrase can be written, Latin and Cyrillic."""

from __future__ import annotations

import numpy as np
import pytest

from groundglass.phrases import LANGUAGES, table
from groundglass.render.marked_text import CHARACTERS, Letters, glyphs, lettering, letters, wrapped

WHITE = (255, 255, 255)


def test_every_letter_of_the_phrases_that_are_burned_in_can_be_written() -> None:
    burned = {key: phrase for key, phrase in table().items() if key.startswith(("marked_", "picture_"))}
    assert len(burned) > 20
    for key, phrase in burned.items():
        for language in LANGUAGES:
            unknown = set(getattr(phrase, language)) - set(CHARACTERS) - {" ", "\n"}
            assert not unknown, (key, language)


def test_every_character_has_ink_of_its_own() -> None:
    cells = glyphs(16).cells
    # a thin line may fall between two rows
    assert (cells[:-1].max(axis=(1, 2)) > 120).all()
    assert not cells[-1].any()
    # alike in both alphabets, as in print
    pictures = {cells[n].tobytes() for n in range(len(CHARACTERS))}
    assert len(pictures) >= len(CHARACTERS) - 24
    different = [glyphs(16).places[character] for character in "RLАБЖЩЪЫЭЮЯбгджийлпфцчшщъыьэюяЁё0123456789%"]
    assert len({cells[n].tobytes() for n in different}) == len(different)


def test_letters_are_not_cut_off_at_their_cells() -> None:
    for width in (8, 16):
        for character in "ЩЙЁЦАW@gjpqy()":
            cell = glyphs(width).cells[glyphs(width).places[character]]
            assert cell[0].max() < 60, character
            assert cell[-1].max() < 60, character


def test_each_character_takes_one_cell_and_each_text_one_line() -> None:
    one = glyphs(8)
    assert (one.width, one.height) == (8, lettering(["x"], 8).shape[0])
    assert lettering(["срез", "12"], 8).shape == (2 * one.height, 4 * 8)


def test_shorter_lines_stand_where_they_are_told() -> None:
    left, right = lettering(["long line", "I"], 8), lettering(["long line", "I"], 8, align="right")
    assert left[glyphs(8).height :, :8].any()
    assert not left[glyphs(8).height :, 8:].any()
    assert np.array_equal(right[glyphs(8).height :, -8:], left[glyphs(8).height :, :8])


def test_what_the_font_lacks_shows_as_a_question_mark() -> None:
    assert np.array_equal(lettering(["肺"], 8), lettering(["?"], 8))


def test_no_text_takes_no_room() -> None:
    assert lettering([], 8).size == 0
    assert letters((), 8, WHITE).size[1] <= 0 or letters((), 8, WHITE).size == (0, 0)


def test_letters_are_legible_on_bone_and_on_air() -> None:
    text = letters(("8",), 8, (205, 212, 220))
    for background in (0, 255):
        rgb = np.full((40, 40, 3), background, np.uint8)
        text.write(rgb, 10, 10)
        inside = rgb[10:28, 10:18]
        assert inside.max() >= 200
        if background:
            assert inside.min() < 40, "no dark rim"
        assert (rgb[0] == background).all()


def test_text_never_changes_colour_towards_red() -> None:
    rgb = np.full((60, 200, 3), 120, np.uint8)
    letters(("В исследовательских", "123"), 8, (205, 212, 220)).write(rgb, 5, 5)
    assert (rgb[:, :, 0].astype(int) - rgb[:, :, 2] <= 1).all()


def test_text_that_leaves_the_picture_is_cut_off() -> None:
    text: Letters = letters(("abc",), 8, WHITE)
    rgb = np.zeros((20, 20, 3), np.uint8)
    text.write(rgb, -5, -5)
    text.write(rgb, 15, 15)
    assert rgb.any()
    whole = np.zeros((60, 60, 3), np.uint8)
    text.write(whole, 15, 15)
    text.write(whole, 35, 35)
    assert np.array_equal(rgb[:15, :15], whole[20:35, 20:35])


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("a bb ccc", 4, ["a bb", "ccc"]),
        ("a bb ccc", 3, ["a", "bb", "ccc"]),
        ("abcdef gh", 4, ["abcd", "ef", "gh"]),
        ("", 4, []),
    ],
)
def test_lines_break_between_words(text: str, width: int, lines: list[str]) -> None:
    assert wrapped(text, width) == lines
