"""The table of codes: each is one that its scheme has, or says that it is ours."""

from __future__ import annotations

from typing import Any

import pytest
from pydicom.sr import _concepts_dict

from groundglass.codes import CODES, PRIVATE_SCHEME, PRIVATE_SCHEME_UID, Code, code
from groundglass.phrases.sr import MEANINGS_RU

CONCEPTS: Any = _concepts_dict.concepts  # pydicom's tables of PS3.16: scheme, name, value, (meaning, context groups)
ELSEWHERE = {
    ("SCT", "95436008"): "Lung consolidation (disorder), not in PS3.16",
    ("UMLS", "C0034375"): "Qualitative Evaluations, TID 1500 row 12",
    ("RFC5646", "en"): "language tag",
    ("RFC5646", "ru"): "language tag",
}
"""Codes that pydicom's dictionary lacks, and why they are right nevertheless."""


def _known(entry: Code) -> set[str]:
    words = CONCEPTS.get(entry.scheme, {}).values()
    return {meaning for codes in words for value, (meaning, _) in codes.items() if value == entry.value}


STANDARD = [name for name, entry in CODES.items() if entry.scheme not in (PRIVATE_SCHEME, "UCUM")]


@pytest.mark.parametrize("name", STANDARD)
def test_a_standard_code_is_in_the_dictionary_of_the_standard(name: str) -> None:
    entry = CODES[name]
    assert _known(entry) or (entry.scheme, entry.value) in ELSEWHERE


def test_every_code_fits_its_attributes_and_names_its_source() -> None:
    for name, entry in CODES.items():
        assert 0 < len(entry.value) <= 16, name
        assert 0 < len(entry.meaning) <= 64, name
        assert entry.meaning.isascii(), name
        assert entry.source, name


def test_no_two_names_stand_for_one_code() -> None:
    seen = [(entry.scheme, entry.value) for entry in CODES.values()]
    assert len(seen) == len(set(seen))


def test_what_is_ours_is_in_our_scheme_and_says_so() -> None:
    for entry in CODES.values():
        assert (entry.scheme == PRIVATE_SCHEME) == entry.source.startswith("no standard code found")
    assert PRIVATE_SCHEME.startswith("99")
    assert PRIVATE_SCHEME_UID.startswith("2.25.")


def test_no_grade_is_called_normal() -> None:
    for name in ("grade_0", "grade_1", "grade_2", "grade_3", "grade_4", "target_not_found"):
        assert "normal" not in code(name).meaning.lower()
        assert "норм" not in MEANINGS_RU[name].lower()


def test_russian_meanings_fit_programs_that_count_bytes() -> None:
    assert set(MEANINGS_RU) <= set(CODES)
    assert all(len(meaning.encode()) <= 64 for meaning in MEANINGS_RU.values())


def test_the_list_of_exceptions_holds_only_what_the_dictionary_lacks() -> None:
    for scheme, value in ELSEWHERE:
        entry = next(one for one in CODES.values() if (one.scheme, one.value) == (scheme, value))
        assert not _known(entry)
