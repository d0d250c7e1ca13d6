"""Codes of public schemes are known by table or by check figure; ids that look like them are not."""

from __future__ import annotations

import pytest
from pydicom.sr import _concepts_dict

from groundglass.deidentify.table.known_codes import is_known_code, is_known_scheme, is_scheme_uid, verhoeff

CONCEPTS = vars(_concepts_dict)["concepts"]


@pytest.mark.parametrize(
    "value", ["113100", "T-D3000", "39607008", "24627-2", "mGy.cm", "RID1301", "C0034375", "F-61002", "{ratio}"]
)
def test_a_code_of_a_public_scheme_is_known(value: str) -> None:
    assert is_known_code(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "IVANOV",
        "19880614",
        "1234567",
        "39607009",
        "24627-3",
        "C12345",
        "P-12345",
        "CT-CHEST 4711",
        "740231",
        "+74951234567",
    ],
)
def test_an_id_a_date_or_a_name_is_no_code(value: str) -> None:
    assert not is_known_code(value)


def test_every_code_of_the_dictionaries_with_a_check_figure_passes_the_check() -> None:
    snomed = [value for codes in CONCEPTS["SCT"].values() for value in codes]
    assert len(snomed) > 8_000
    # one code of the dictionary has a slip of the pen
    assert [value for value in snomed if not verhoeff(value)] == ["115347700"]


def test_one_wrong_or_swapped_figure_breaks_the_check() -> None:
    good = "39607008"
    for place in range(len(good)):
        for figure in "0123456789":
            changed = good[:place] + figure + good[place + 1 :]
            assert verhoeff(changed) == (changed == good)
        if place and good[place] != good[place - 1]:
            swapped = good[: place - 1] + good[place] + good[place - 1] + good[place + 1 :]
            assert not verhoeff(swapped)


def test_schemes_are_known_by_designator_and_by_uid() -> None:
    assert set(CONCEPTS) <= {scheme for scheme in CONCEPTS if is_known_scheme(scheme)}
    assert is_known_scheme("99GROUNDGLASS")
    assert not is_known_scheme("99IVANOV")
    assert is_scheme_uid("2.16.840.1.113883.6.96")
    assert not is_scheme_uid("1.2.3")
