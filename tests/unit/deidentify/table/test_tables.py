"""The packaged tables: complete, of known codes, each attribute once, and the same as the dictionary."""

from __future__ import annotations

import runpy
from collections import Counter
from pathlib import Path

import pytest
from pydicom.datadict import dictionary_VR, keyword_for_tag, private_dictionary_VR, tag_for_keyword

from groundglass.deidentify.actions import Action
from groundglass.deidentify.profile import Option
from groundglass.deidentify.table.rows import EDITION, attributes, beyond, content, fixed, read, safe_private

SCRIPT = Path(__file__).resolve().parents[4] / "scripts" / "deidentification-table"
PATTERNS = {"50XXXXXX", "60XX3000", "60XX4000", "PRIVATE"}
CODES = {"X", "Z", "D", "U", "X/Z", "X/D", "Z/D", "X/Z/D", "X/Z/U*"}
NOT_IN_THE_PRIVATE_DICTIONARY = ("Philips Imaging DD 001", 0x2001, 0xCB)
YOUNGER_THAN_THE_DICTIONARY = 26
"""Rows of 2026d that pydicom 3.0 (dictionary of 2024) does not know, without the four patterns."""


def test_the_table_has_every_row_of_its_edition_once() -> None:
    rows = list(read("attributes.csv"))
    assert EDITION == "2026d"
    assert len(rows) == len(attributes()) == 657
    assert set(attributes()) >= PATTERNS
    assert all(len(tag) == 8 or tag == "PRIVATE" for tag in attributes())


def test_the_table_has_as_many_rows_of_each_code_as_the_standard() -> None:
    counts = Counter(row.basic for row in attributes().values())
    assert set(counts) == CODES
    assert counts["X"] == 417
    assert counts["U"] == 55
    assert counts["Z"] == 42
    assert counts["D"] == 93


@pytest.mark.parametrize(
    ("column", "rows", "codes"),
    [
        ("retain_safe_private", 1, {"C"}),
        ("retain_uids", 60, {"K"}),
        ("retain_device", 59, {"K", "C"}),
        ("retain_institution", 10, {"K"}),
        ("retain_patient", 19, {"K", "C"}),
        ("full_dates", 169, {"K"}),
        ("modified_dates", 169, {"C"}),
        ("clean_descriptors", 141, {"C"}),
        ("clean_structured_content", 4, {"C"}),
        ("clean_graphics", 4, {"C"}),
    ],
)
def test_every_column_of_an_option_has_its_rows_and_codes(column: str, rows: int, codes: set[str]) -> None:
    found = [getattr(row, column) for row in attributes().values() if getattr(row, column)]
    assert len(found) == rows
    assert set(found) == codes


def test_every_keyword_and_value_representation_is_that_of_the_dictionary() -> None:
    unknown = 0
    for tag, row in attributes().items():
        if tag in PATTERNS:
            continue
        keyword = keyword_for_tag(int(tag, 16))
        unknown += not keyword
        if keyword:
            assert (row.keyword, row.vr) == (keyword, dictionary_VR(int(tag, 16)))
    assert unknown <= YOUNGER_THAN_THE_DICTIONARY


def test_every_difference_between_the_copies_is_explained() -> None:
    rows = list(read("differences.csv"))
    assert rows
    assert all(row["why"].startswith(("added", "changed")) for row in rows)
    for row in rows:
        if row["column"] != "row":
            assert getattr(attributes()[row["tag"]], row["column"]) == row["taken"]


def test_every_addition_of_ours_has_a_known_action_and_a_reason() -> None:
    actions = {str(action) for action in Action} | {"characteristic"}
    for entry in beyond().values():
        assert entry.action in actions, entry
        assert entry.text in ("", "words", "technical", "meaning", "defined", "plain"), entry
        assert len(entry.reason) > 8, entry
        assert (entry.action == "text") == bool(entry.text), entry
        if entry.keyword and "X" not in entry.tag and tag_for_keyword(entry.keyword) is not None:
            assert tag_for_keyword(entry.keyword) == int(entry.tag, 16)


def test_a_safe_private_attribute_lies_in_an_odd_group_and_names_its_source() -> None:
    for (creator, group, element), row in safe_private().items():
        assert group % 2 == 1
        assert 0 <= element <= 0xFF
        assert 0 < len(creator) <= 64
        assert row.source.startswith("PS3.15 table E.3.10-1")
    assert safe_private()["GEMS_ACQU_01", 0x0019, 0x23].vr == "DS"


def test_a_safe_private_attribute_is_of_the_kind_that_the_private_dictionary_knows() -> None:
    unlike = set()
    for (creator, group, element), row in safe_private().items():
        if (creator, group, element) == NOT_IN_THE_PRIVATE_DICTIONARY:
            continue
        if private_dictionary_VR(group << 16 | 0x1000 | element, creator) != row.vr:
            unlike.add((creator, group, element))
    assert unlike == {("ELSCINT1", 0x01F1, 0x26), ("Philips Imaging DD 001", 0x2001, 0x55)}


def test_a_content_item_of_the_table_has_known_codes() -> None:
    assert len(content()) == 214
    assert {row.basic for row in content()} == {"X", "D", "X/D"}
    assert {row.scheme for row in content()} <= {"DCM", "SCT", "LN", "UMLS", "NCIt", "NCDR [2.0b]"}


def test_what_no_profile_keeps_is_an_attribute_of_the_standard() -> None:
    new = {row.keyword for row in attributes().values()}
    assert set(fixed().values()) == {"unchangeable", "never kept"}
    assert all(tag_for_keyword(keyword) is not None or keyword in new for keyword in fixed())


def test_every_option_that_can_be_chosen_but_those_of_pictures_has_a_column() -> None:
    columns = {
        "clean-graphics": "clean_graphics",
        "clean-descriptors": "clean_descriptors",
        "clean-structured-content": "clean_structured_content",
        "retain-modified-dates": "modified_dates",
        "retain-patient-characteristics": "retain_patient",
        "retain-device-identity": "retain_device",
        "retain-uids": "retain_uids",
        "retain-safe-private": "retain_safe_private",
    }
    assert set(columns) | {"clean-pixel-data"} == set(Option.__args__)  # type: ignore[attr-defined]  # a Literal
    for column in columns.values():
        assert any(getattr(row, column) for row in attributes().values())


def test_the_types_are_those_of_the_installed_tables_of_iods() -> None:
    script = runpy.run_path(str(SCRIPT))
    columns = [[row.tag, row.keyword, row.name, row.vr, "", "", row.basic] for row in attributes().values()]
    of_iod, types = script["_types"](columns)
    assert of_iod == [list(row.values()) for row in read("iods.csv")]
    assert types == [list(row.values()) for row in read("types.csv")]
