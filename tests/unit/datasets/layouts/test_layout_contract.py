"""The contract of a layout, point by point, for each of them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest
from made_layouts import ABOUT, placed, some_members, write_made

from groundglass.datasets.layouts import KINDS, LAYOUTS, Layout, inventory
from groundglass.datasets.members import About, Member

PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}")


@pytest.fixture(params=sorted(LAYOUTS))
def layout(request: pytest.FixtureRequest) -> Layout:
    return LAYOUTS[request.param]


def test_1_places_and_tables_depend_on_what_they_are_given_alone(layout: Layout) -> None:
    members = some_members(layout)
    again = some_members(layout)
    assert layout.tables(members, ABOUT) == layout.tables(again, ABOUT)
    assert [layout.place(m, k) for m in members for k in KINDS] == [layout.place(m, k) for m in again for k in KINDS]


def test_2_places_are_relative_and_of_plain_names(layout: Layout) -> None:
    for member in some_members(layout):
        for kind in KINDS:
            path = layout.place(member, kind)
            assert isinstance(path, PurePosixPath)
            assert not path.is_absolute()
            assert all(PLAIN.fullmatch(part) for part in path.parts), path


def test_3_no_two_files_share_a_place(layout: Layout) -> None:
    odd = [Member(study_id=name) for name in ("study_0001", "0001x", "study-0001", "study.0001", "a_b", "a-b")]
    places = [layout.place(m, k) for m in [*some_members(layout)[1:], *odd] for k in KINDS]
    assert len(set(places)) == len(places)


def test_4_a_place_is_the_same_before_and_after_the_mask_was_written(layout: Layout) -> None:
    for after in some_members(layout):
        before = replace(after, mask_file=None, study_file=None, lungs_file=None)
        bare = Member(
            study_id=after.study_id, grade=after.grade, split=after.split, mask_source=after.mask_source, age_years=7
        )
        for kind in KINDS:
            assert layout.place(before, kind) == layout.place(after, kind) == layout.place(bare, kind)


def test_5_tables_lie_beside_the_studies_and_have_the_common_ones(layout: Layout) -> None:
    members = some_members(layout)
    tables = layout.tables(members, ABOUT)
    assert {"studies.csv", "splits.csv", layout.manifest} <= tables.keys()
    assert not tables.keys() & {str(layout.place(m, k)) for m in members for k in KINDS}
    without = layout.tables([replace(m, split=None) for m in members], ABOUT)
    assert "splits.csv" not in without


def test_6_tables_name_files_as_the_members_do(layout: Layout) -> None:
    member = some_members(layout)[2]
    said = b"".join(layout.tables([member], ABOUT).values()).decode("utf-8", "ignore")
    assert str(member.study_file) in said
    assert str(member.mask_file) in said
    assert str(member.lungs_file) in said


def test_7_what_is_written_is_read_again_without_a_finding(layout: Layout, tmp_path: Path) -> None:
    members = some_members(layout)
    found = inventory(write_made(tmp_path, layout, members))
    assert found.findings == ()
    assert found.members == tuple(members)
    assert (found.layout, found.own, found.about) == (layout.name, True, ABOUT)


def test_7_the_tables_of_the_layout_alone_are_read_as_those_of_anybody(layout: Layout, tmp_path: Path) -> None:
    members = [replace(m, lungs_file=None) for m in some_members(layout)]
    write_made(tmp_path, layout, members)
    for name in ("studies.csv", "splits.csv", layout.manifest):
        (tmp_path / name).unlink()
    found = inventory(tmp_path)
    assert found.findings == ()
    assert (found.layout, found.own) == (layout.name, False)
    ours = {m.study_id: (m.study_file, m.mask_file) for m in members}
    assert {m.study_id: (m.study_file, m.mask_file) for m in found.members} == ours


def test_8_a_study_of_which_nothing_is_known_has_a_place_and_a_row(layout: Layout, tmp_path: Path) -> None:
    bare = placed(Member(study_id="study_0001"), layout)
    found = inventory(write_made(tmp_path, layout, [bare], About()))
    assert found.members == (bare,)
    assert found.findings == ()
