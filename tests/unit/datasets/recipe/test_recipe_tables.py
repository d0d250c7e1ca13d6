"""Tables of users: CSV of every usual kind, and workbooks."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groundglass.datasets.recipe.tables import Table, read_lines, read_table
from groundglass.errors import ERROR_CODES, InputError

ROWS = (
    {"study": "1.2", "Степень": "КТ-1", "Возраст": "47"},
    {"study": "1.3", "Степень": "КТ-2, до 50 %", "Возраст": ""},
)


def csv_of(folder: Path, data: bytes | str, name: str = "table.csv") -> Table:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return read_table(path)


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1251"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_csv_of_any_usual_kind_reads_the_same(tmp_path: Path, codec: str, delimiter: str, ending: str) -> None:
    lines = [["study", "Степень", "Возраст"], ["1.2", "КТ-1", "47"], ["1.3", '"КТ-2, до 50 %"', ""]]
    text = ending.join(delimiter.join(line) for line in lines) + ending
    table = csv_of(tmp_path, text.encode(codec))
    assert table.columns == ("study", "Степень", "Возраст")
    assert table.rows == ROWS


def test_western_words_are_no_cyrillic_ones(tmp_path: Path) -> None:
    table = csv_of(tmp_path, "name;place\nMüller;Köln\nGarçon;Besançon\n".encode("cp1252"))
    assert table.rows[0] == {"name": "Müller", "place": "Köln"}


def test_decimal_commas_stay_text(tmp_path: Path) -> None:
    table = csv_of(tmp_path, 'id;spo2;note\n1;92,5;"a;b"\n2;93,0;\n3;94,0;x\n')
    assert [row["spo2"] for row in table.rows] == ["92,5", "93,0", "94,0"]
    assert table.rows[0]["note"] == "a;b"


def test_the_delimiter_that_a_spreadsheet_states_is_taken(tmp_path: Path) -> None:
    assert csv_of(tmp_path, "sep=|\nid|a,b\n1|2,3\n").rows == ({"id": "1", "a,b": "2,3"},)


def test_titles_above_the_headings_and_empty_rows_are_passed_over(tmp_path: Path) -> None:
    table = csv_of(
        tmp_path, "Registry of the spring;;\n;;\nmade;2020-05-01;\n;;\nid;grade;age\n1;CT-1;40\n;;\n2;CT-0;50\n"
    )
    assert table.columns == ("id", "grade", "age")
    assert len(table.rows) == 2


def test_headings_without_a_name_or_twice_can_be_told_apart(tmp_path: Path) -> None:
    table = csv_of(tmp_path, "id,grade,,grade\n1,CT-1,x,CT-2\n")
    assert table.columns == ("id", "grade", "column 3", "grade (2)")
    assert table.doubled == {"grade"}


def test_a_column_of_row_numbers_needs_no_heading(tmp_path: Path) -> None:
    assert csv_of(tmp_path, ",id,grade\n0,a,CT-1\n1,b,CT-0\n").columns == ("column 1", "id", "grade")
    assert csv_of(tmp_path, ",id\n0,a\n1,b\n").columns == ("column 1", "id")


def test_one_column_is_a_table(tmp_path: Path) -> None:
    assert csv_of(tmp_path, "id\n1\n2\n").rows == ({"id": "1"}, {"id": "2"})


def test_lines_of_a_list_are_each_taken_once(tmp_path: Path) -> None:
    path = tmp_path / "ids.txt"
    path.write_bytes('# withdrawn\r\n001\r\n\r\n"002"\r\n001\r\n'.encode("utf-16"))
    assert read_lines(path) == ("001", "002")


BAD: Mapping[str, tuple[bytes, str]] = {
    "empty": (b"", "TABLE_EMPTY"),
    "blank": (b"\n ;;\n", "TABLE_EMPTY"),
    "headings alone": (b"id,grade\n", "TABLE_EMPTY"),
    "a shifted row": (b"id,spo2,age\n1,92,5,40\n2,93,41\n", "TABLE_ROW_LONG"),
    "zero bytes": (b"id,grade\n1,\0\n2,x\n" + b"x" * 50, "TABLE_DAMAGED"),
    "an endless cell": (b'id,grade\n1,"' + b"x" * 200_000, "TABLE_DAMAGED"),
    "many columns": (b"," * 3000 + b"x\n1,2\n", "TABLE_TOO_LARGE"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "TABLE_KIND"),
    "a PDF": (b"%PDF-1.7\n", "TABLE_KIND"),
    "cut off UTF-16": ("id;g\n1;2".encode("utf-16")[:-1], "TABLE_UNREADABLE"),
    "no zip": (b"PK\x03\x04" + b"\0" * 50, "TABLE_DAMAGED"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_table_ends_in_a_named_error(tmp_path: Path, name: str) -> None:
    data, code = BAD[name]
    with pytest.raises(InputError) as caught:
        csv_of(tmp_path, data)
    assert caught.value.code == code


def test_a_table_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such table"):
        read_table(tmp_path / "nowhere.csv")
    with pytest.raises(InputError, match="no file"):
        read_table(tmp_path)


def test_a_csv_has_no_sheets(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,b\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_table(tmp_path / "a.csv", "first")
    assert caught.value.code == "TABLE_SHEET_MISSING"


def test_cells_of_a_workbook_read_as_people_see_them(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["id", "when", "moment", "yes", "whole", "part", "text", "failed", "nothing"])
    moment = datetime.datetime(2020, 3, 1, 12, 30)
    sheet.append([1234567890123, datetime.date(2020, 3, 1), moment, True, 47.0, 0.1 + 0.2, " 007 ", "#N/A", None])
    book.save(tmp_path / "book.xlsx")
    assert read_table(tmp_path / "book.xlsx").rows == (
        {
            "id": "1234567890123",
            "when": "2020-03-01",
            "moment": "2020-03-01 12:30:00",
            "yes": "true",
            "whole": "47",
            "part": "0.3",
            "text": "007",
            "failed": "",
            "nothing": "",
        },
    )


def test_a_sheet_is_taken_by_its_name_and_else_the_first_that_is_seen(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.create_sheet("Visible").append(["a", "b"])
    book["Visible"].append([1, 2])
    book["Sheet"].append(["x", "y"])
    book["Sheet"].append([3, 4])
    book["Sheet"].sheet_state = "hidden"
    path = tmp_path / "book.xlsx"
    book.save(path)
    assert read_table(path).rows == ({"a": "1", "b": "2"},)
    assert read_table(path, " sheet").rows == ({"x": "3", "y": "4"},)
    with pytest.raises(InputError, match="take one of Sheet, Visible") as caught:
        read_table(path, "third")
    assert caught.value.code == "TABLE_SHEET_MISSING"


def test_merged_cells_hold_their_value_in_every_row_and_titles_stay_titles(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Registry", None, None])
    sheet.append(["clinic", "id", "grade"])
    for row in (["First", 1, "CT-1"], [None, 2, "CT-2"], [None, 3, "CT-0"], ["Second", 4, "CT-0"]):
        sheet.append(row)
    sheet.merge_cells("A1:C1")
    sheet.merge_cells("A3:A5")
    book.save(tmp_path / "book.xlsx")
    table = read_table(tmp_path / "book.xlsx")
    assert table.columns == ("clinic", "id", "grade")
    assert [row["clinic"] for row in table.rows] == ["First", "First", "First", "Second"]


@given(st.binary(max_size=400))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_give_a_table_or_a_named_error(tmp_path: Path, data: bytes) -> None:
    try:
        table = csv_of(tmp_path, data)
    except InputError as error:
        assert error.code in ERROR_CODES  # noqa: PT017 - which of the two it is depends on the bytes
    else:
        assert all(tuple(row) == table.columns for row in table.rows)


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=6), min_size=2, max_size=4), max_size=6
    )
)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_cells_give_a_table_or_a_named_error(tmp_path: Path, rows: list[list[str]]) -> None:
    text = "\n".join(";".join(row) for row in [["id", "b", "c"], *rows])
    try:
        table = csv_of(tmp_path, text)
    except InputError as error:
        assert error.code in ERROR_CODES  # noqa: PT017 - which of the two it is depends on the cells
    else:
        assert table.columns
