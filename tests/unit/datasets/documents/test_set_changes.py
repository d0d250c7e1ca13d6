"""What changed between versions, the changelog, and numbers of versions that say less than what changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from made_release import ABOUT, folder_of, members, release

from groundglass.datasets.documents import (
    Changes,
    changes_between,
    version_notices,
    write_checksums,
    write_documents,
)
from groundglass.datasets.members import Inventory, Member


def earlier(folder: Path = Path("/nowhere"), studies: tuple[Member, ...] | None = None) -> Inventory:
    return Inventory(folder=folder, layout="mosmed", members=studies or members(), about=ABOUT, own=True)


def test_the_first_version_has_no_changes() -> None:
    assert changes_between(None, members(), ABOUT) == Changes()


def test_equal_versions_have_no_changes() -> None:
    changes = changes_between(earlier(), members(), ABOUT, layout="mosmed")
    assert changes == Changes(previous="1.0.0")
    assert not changes.breaking
    assert not changes.adding


def test_studies_that_came_and_went_are_named() -> None:
    now = (*members()[2:], replace(members()[0], study_id="study_0025"))
    changes = changes_between(earlier(), now, ABOUT)
    assert changes.added == ("study_0025",)
    assert changes.removed == ("study_0001", "study_0002")
    assert changes.breaking
    assert changes.adding


def test_grades_parts_masks_and_values_are_compared_study_by_study() -> None:
    was = members()
    now = list(was)
    now[0] = replace(was[0], grade="CT-2")
    now[2] = replace(was[2], split="test", kernel="FC51")
    now[3] = replace(was[3], mask_file="masks/study_0004_mask.nii.gz")
    now[5] = replace(was[5], mask_file=None)
    now[9] = replace(was[9], lesion_ml=99.0)
    changes = changes_between(earlier(), now, ABOUT)
    assert changes.grades_changed == (("study_0001", "CT-0", "CT-2"),)
    assert changes.parts_changed == (("study_0003", "validation", "test"),)
    assert changes.masks_added == ("study_0004",)
    assert changes.masks_removed == ("study_0006",)
    assert changes.masks_changed == ("study_0010",)
    assert changes.values_changed == {"kernel": 1, "lesion_ml": 1}


def test_columns_that_came_and_went_are_named() -> None:
    now = tuple(replace(each, kvp=None, lungs_ml=4_000.0, extra={"pcr": "yes"}) for each in members())
    changes = changes_between(earlier(), now, ABOUT)
    assert changes.columns_added == ("lungs_ml", "pcr")
    assert changes.columns_removed == ("kvp", "spo2")


def test_pictures_and_masks_are_compared_by_their_checksums(tmp_path: Path) -> None:
    before = release()
    folder = folder_of(tmp_path / "old", before)
    write_checksums(folder)
    sums = {each.study_file or "": "0" * 64 for each in members()[:1]} | {"masks/study_0002_mask.nii.gz": "1" * 64}
    changes = changes_between(earlier(folder), members(), ABOUT, sums=sums)
    assert changes.pictures_changed == ("study_0001",)
    assert changes.masks_changed == ("study_0002",)


def test_another_licence_or_layout_is_a_change_that_breaks() -> None:
    changes = changes_between(earlier(), members(), replace(ABOUT, licence="CC0-1.0"), layout="bids")
    assert changes.licence == ("CC BY-NC-ND 3.0", "CC0-1.0")
    assert changes.layout == ("mosmed", "bids")
    assert changes.breaking


@pytest.mark.parametrize(
    ("version", "changes", "codes"),
    [
        ("2.0.0", Changes(previous="1.4.2", removed=("a",)), ()),
        ("1.5.0", Changes(previous="1.4.2", removed=("a",)), ("set_version_major",)),
        ("1.4.3", Changes(previous="1.4.2", grades_changed=(("a", "CT-0", "CT-1"),)), ("set_version_major",)),
        ("1.5.0", Changes(previous="1.4.2", added=("a",)), ()),
        ("1.4.3", Changes(previous="1.4.2", masks_added=("a",)), ("set_version_minor",)),
        ("1.4.3", Changes(previous="1.4.2"), ()),
        ("1.4.2", Changes(previous="1.4.2"), ("set_version_order",)),
        ("1.4", Changes(previous="2.0"), ("set_version_order",)),
        ("spring", Changes(previous="1.4.2", removed=("a",)), ()),
        ("1.0.0", Changes(), ()),
    ],
)
def test_a_number_that_says_less_than_what_changed_is_told(
    version: str, changes: Changes, codes: tuple[str, ...]
) -> None:
    assert tuple(each.code for each in version_notices(version, changes)) == codes


def test_the_changelog_carries_the_earlier_versions_on(tmp_path: Path) -> None:
    first = folder_of(tmp_path / "1.0.0", release())
    write_documents(first, release())
    write_checksums(first)
    withdrawn = members()[1:]
    second = release(
        version="1.1.0",
        date="2020-06-01",
        members=withdrawn,
        previous=earlier(first),
        changes=("A mask of [study](x) was drawn again.",),
    )
    folder = folder_of(tmp_path / "1.1.0", second)
    notices = write_documents(folder, second)
    text = (folder / "CHANGELOG.md").read_text(encoding="utf-8")
    assert text.index("## 1.1.0 - 2020-06-01") < text.index("## 1.0.0 - 2020-04-28")
    assert "- Studies withdrawn: 1 (study_0001)." in text
    assert "- Отозваны исследования: 1 (study_0001)." in text
    assert "- A mask of \\[study\\](x) was drawn again." in text
    assert "First version: 24 studies of 24 patients." in text
    assert text.count("# Changelog") == 1
    assert "set_version_major" in {each.code for each in notices}
    readme = (folder / "README_EN.md").read_text(encoding="utf-8")
    assert "Compared with version 1.0.0:" in readme
    assert "Studies withdrawn: 1 (study_0001)." in readme
    assert "CT-0: 6" not in readme.split("Changes in this version")[1]


def test_a_long_list_of_names_is_shortened_with_its_number(tmp_path: Path) -> None:
    was = members(40)
    now = release(members=was[:4], version="2.0.0", previous=earlier(studies=was))
    folder = folder_of(tmp_path / "set", now)
    write_documents(folder, now)
    text = (folder / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "Studies withdrawn: 36 (study_0005, " in text
    assert "and 24 more)" in text


def test_an_earlier_changelog_that_is_none_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "CHANGELOG.md").write_bytes(b"\xff\xfe nothing of ours")
    now = release(version="1.0.1", previous=earlier(tmp_path))
    folder = folder_of(tmp_path / "set", now)
    write_documents(folder, now)
    text = (folder / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "No study, grade, mask or part changed." in text
    assert "nothing of ours" not in text
