"""Every phrase is said in both languages with the same values."""

from __future__ import annotations

import string

import pytest

from groundglass.phrases import Notice, Phrase, add, say, say_notice, table


def _marks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_phrase_has_both_languages_and_the_same_marks() -> None:
    for key, phrase in table().items():
        assert phrase.en.strip(), key
        assert phrase.ru.strip(), key
        assert _marks(phrase.en) == _marks(phrase.ru), key


def test_russian_phrases_are_written_in_cyrillic() -> None:
    latin_only = [key for key, phrase in table().items() if not any("а" <= c.lower() <= "я" for c in phrase.ru)]
    allowed = {key for key in latin_only if len(table()[key].ru) < 30}
    assert set(latin_only) == allowed


def test_a_notice_is_said_with_its_values() -> None:
    text = say_notice(Notice("series_not_readable", {"number": 2, "code": "X"}))
    assert "2" in text
    assert "X" in text
    assert say("series_not_readable", "ru", number=2, code="X") != text


def test_a_phrase_cannot_be_declared_twice_with_different_words() -> None:
    table()
    with pytest.raises(ValueError, match="declared twice"):
        add({"series_replaced": Phrase("other", "другое")})
