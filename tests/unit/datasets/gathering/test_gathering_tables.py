"""Tables joined to studies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from gathered_studies import gathered, recipe_over, series_uid, study_uid, write_csv, write_study

from groundglass.datasets.gathering import gather
from groundglass.datasets.recipe.model import Exclusion, PublishRule, SelectionRule, TableRule
from groundglass.errors import InputError


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    for number in (1, 2, 3):
        write_study(tmp_path / "in" / f"Case {number}", number, PatientID=f"00{number}")
    return tmp_path / "in"


def table(folder: Path, rows: list[dict[str, object]], name: str = "table.csv", **rule: Any) -> TableRule:
    return TableRule(path=write_csv(folder / name, rows), **{"key": "id", "grade": "grade", **rule})


@pytest.mark.parametrize(
    ("match", "names"),
    [
        ("study_uid", [study_uid(1), study_uid(2), study_uid(3)]),
        ("series_uid", [series_uid(1), series_uid(2), series_uid(3)]),
        ("accession", ["a0001", " A0002 ", "A0003"]),
        ("patient_id", ["001", "2", "3"]),
        ("folder", ["case 1", "CASE 2/", "in/Case 3"]),
        ("file", ["", "", ""]),
    ],
)
def test_rows_find_their_studies_by_any_key(archive: Path, match: str, names: list[str]) -> None:
    if match == "file":
        for number in (1, 2, 3):
            first = archive / f"Case {number}" / "s1-000.dcm"
            first.rename(first.with_name(f"Scan{number}.DCM"))
        names = ["scan1", "scan2.dcm", "SCAN3"]
    rows: list[dict[str, object]] = [{"id": name, "grade": f"КТ-{n}"} for n, name in enumerate(names, 1)]
    found, told = gathered(recipe_over(archive, tables=(table(archive.parent, rows, match=match),)))
    assert {number: each.grade for number, each in found.items()} == {1: "CT-1", 2: "CT-2", 3: "CT-3"}
    assert all(each.named for each in found.values())
    assert told == {}


def test_leading_zeros_matter_where_two_names_differ_by_nothing_else(tmp_path: Path) -> None:
    for number, patient in ((1, "0017"), (2, "17"), (3, "018"), (4, "0042")):
        write_study(tmp_path / "in" / str(number), number, PatientID=patient)
    rows: list[dict[str, object]] = [{"id": "17", "grade": "1"}, {"id": "18", "grade": "2"}, {"id": "042", "grade": 3}]
    rows.append({"id": "00042", "grade": 4})
    rule = table(tmp_path, rows, match="patient_id")
    found, told = gathered(recipe_over(tmp_path / "in", tables=(rule,)))
    assert {number: each.grade for number, each in found.items()} == {1: "", 2: "CT-1", 3: "CT-2", 4: ""}
    assert told["table_rows_unmatched"].values["count"] == 2


def test_rows_and_studies_that_fit_nothing_are_counted(archive: Path) -> None:
    rows: list[dict[str, object]] = [
        {"id": "1", "grade": "CT-1"},
        {"id": "77", "grade": "CT-1"},
        {"id": "", "grade": 2},
    ]
    rows.append({"id": "2", "grade": "what"})
    rule = table(archive.parent, rows, match="patient_id")
    found, told = gathered(recipe_over(archive, tables=(rule,)))
    assert told["table_rows_unmatched"].values == {"table": 1, "count": 1, "rows": 4, "match": "patient_id"}
    assert told["table_rows_without_key"].values == {"table": 1, "count": 1}
    assert told["table_studies_unnamed"].values == {"table": 1, "count": 1}
    assert told["table_cells_unknown"].values == {"table": 1, "column": "grade", "count": 1}
    assert [each.named for each in found.values()] == [True, True, False]


def test_a_table_that_fits_nothing_at_all_is_a_warning(archive: Path) -> None:
    rule = table(archive.parent, [{"id": "x", "grade": "1"}], match="accession")
    _, told = gathered(recipe_over(archive, tables=(rule,)))
    assert told["table_rows_unmatched"].severity == "warning"


def test_rows_that_disagree_are_a_conflict_and_rows_that_agree_are_none(archive: Path) -> None:
    rows: list[dict[str, object]] = [
        {"id": "1", "grade": "CT-1", "note": "a"},
        {"id": "1", "grade": "КТ1", "note": "b"},
        {"id": "2", "grade": "CT-1", "note": ""},
        {"id": "2", "grade": "CT-2", "note": ""},
        {"id": "3", "grade": "", "note": ""},
        {"id": "3", "grade": "CT-3", "note": ""},
    ]
    rule = table(archive.parent, rows, match="patient_id")
    found, _ = gathered(recipe_over(archive, tables=(rule,)))
    assert {number: each.conflict for number, each in found.items()} == {1: "", 2: "grade", 3: ""}
    assert found[3].grade == "CT-3"
    exclusion = SelectionRule(exclusions=(Exclusion(column="NOTE", test="equals", value=("a",)),))
    found, _ = gathered(recipe_over(archive, tables=(rule,), selection=exclusion))
    assert found[1].conflict == "note"


def test_several_tables_each_add_what_they_know(archive: Path) -> None:
    first = table(
        archive.parent, [{"id": "1", "grade": "CT-1", "x": "a"}, {"id": "2", "grade": "", "x": ""}], match="patient_id"
    )
    second = table(
        archive.parent,
        [
            {"uid": study_uid(1), "r1": "1", "r2": "кт-2", "x": "b"},
            {"uid": study_uid(2), "r1": "0", "r2": "", "x": "c"},
        ],
        "second.csv",
        key="uid",
        grade="",
        readers=("r1", "r2"),
    )
    recipe = recipe_over(archive, tables=(first, second), publish=PublishRule(columns={"x": "letter"}))
    found, told = gathered(recipe)
    assert found[1].reads == ("CT-1", "CT-2")
    assert found[2].reads == ("CT-0",)
    assert (found[1].columns["x"], found[2].columns["x"]) == ("a", "c")
    assert told["table_column_twice"].values == {"column": "x", "table": 2}


def test_two_tables_that_disagree_on_a_grade_are_a_conflict(archive: Path) -> None:
    first = table(archive.parent, [{"id": "1", "grade": "CT-1"}], match="patient_id")
    second = table(archive.parent, [{"id": "1", "grade": "CT-2"}], "second.csv", match="patient_id")
    found, _ = gathered(recipe_over(archive, tables=(first, second)))
    assert found[1].conflict == "grade"


def test_a_table_overrides_what_headers_say(archive: Path) -> None:
    rows: list[dict[str, object]] = [
        {
            "id": "1",
            "grade": "тяжёлая",
            "sex": "муж",
            "age": "45 лет",
            "clinic": "Z",
            "pattern": "GGO",
            "where": "RLL; LLL",
        }
    ]
    rule = table(
        archive.parent,
        rows,
        match="patient_id",
        sex="sex",
        age="age",
        organisation="clinic",
        pattern="pattern",
        localisation="where",
        values={"Тяжёлая": "CT-3"},
    )
    one = gathered(recipe_over(archive, tables=(rule,)))[0][1]
    assert (one.grade, one.sex, one.age_years, one.organisation) == ("CT-3", "M", 45, "Z")
    assert (one.pattern, one.localisation) == ("ground_glass", ("right_lower", "left_lower"))


def test_a_column_that_is_not_there_or_twice_is_told(archive: Path) -> None:
    path = archive.parent / "table.csv"
    path.write_text("id,Grade,sex,sex\n1,CT-1,M,F\n", encoding="utf-8")

    def code(**parts: Any) -> str:
        rule = TableRule(path=path, **{"key": "id", "match": "patient_id", **parts.pop("rule", {})})
        with pytest.raises(InputError) as caught:
            gather(recipe_over(archive, tables=(rule,), **parts))
        return caught.value.code

    assert code(rule={"grade": "category"}) == "TABLE_COLUMN_MISSING"
    assert code(rule={"sex": "sex"}) == "TABLE_COLUMN_DOUBLE"
    missing = SelectionRule(exclusions=(Exclusion(column="SpO2", test="below", value=93.0),))
    assert code(selection=missing) == "RECIPE_COLUMN_MISSING"
    assert code(publish=PublishRule(columns={"SpO2": "x"})) == "RECIPE_COLUMN_MISSING"
    rule = TableRule(path=path, key=" ID ", match="patient_id", grade="grade")
    assert gathered(recipe_over(archive, tables=(rule,)))[0][1].grade == "CT-1"


def test_a_folder_within_a_study_is_not_taken_for_the_study(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        write_study(tmp_path / "in" / f"{number}" / "1" / "2", number)
    write_study(tmp_path / "in" / "patient" / "early", 4)
    write_study(tmp_path / "in" / "patient" / "late", 5)
    write_study(tmp_path / "in" / "outer" / "inner", 6)
    rows: list[dict[str, object]] = [
        {"id": name, "grade": grade} for name, grade in (("1", 1), ("2", 2), ("patient", 3))
    ]
    rows.append({"id": "inner", "grade": 4})
    found, _ = gathered(recipe_over(tmp_path / "in", tables=(table(tmp_path, rows, match="folder"),)))
    assert {number: each.grade[-1:] for number, each in found.items()} == {
        1: "1",
        2: "2",
        3: "",
        4: "3",
        5: "3",
        6: "4",
    }


def test_a_file_name_that_many_studies_have_names_none(archive: Path) -> None:
    rule = table(archive.parent, [{"id": "s1-000", "grade": "1"}], match="file")
    found, told = gathered(recipe_over(archive, tables=(rule,)))
    assert {each.grade for each in found.values()} == {""}
    assert told["table_rows_unmatched"].values["count"] == 1
