"""What few patients share is told, the most telling first, and never twice."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from groundglass.deidentify.cells import PROPERTIES, SmallCell, small_cells

Row = Mapping[str, str | int | None]


def many(count: int, start: int = 0, **properties: str | int) -> list[dict[str, str | int | None]]:
    return [{"patient": f"P{start + number}", **properties} for number in range(count)]


def test_two_patients_of_the_worst_grade_in_a_month_are_told() -> None:
    rows = [
        *many(20, grade="CT-1", month="202003"),
        *many(20, 20, grade="CT-4", month="202004"),
        *many(20, 40, grade="CT-1", month="202004"),
        *many(2, 60, grade="CT-4", month="202003"),
    ]
    assert small_cells(rows) == (SmallCell({"month": "2020-03", "grade": "CT-4"}, 2),)


def test_what_is_small_by_itself_is_not_told_again_with_more() -> None:
    rows = [*many(9, sex="M", month="202003"), *many(1, 20, sex="F", month="202003")]
    assert small_cells(rows) == (SmallCell({"sex": "F"}, 1),)


def test_ages_are_taken_in_bands_of_ten_years_however_they_are_written() -> None:
    ages: list[str | int] = ["045Y", 49, "40", "041Y"]
    rows = [{"patient": str(number), "age": age} for number, age in enumerate(ages)]
    assert small_cells(rows) == (SmallCell({"age": "40-49"}, 4),)
    young = [{"patient": age, "age": age} for age in ("003D", "010W", "119M")]
    assert small_cells(young) == (SmallCell({"age": "0-9"}, 3),)


def test_months_are_read_from_months_and_dates() -> None:
    rows = [{"patient": text, "month": text} for text in ("202003", "2020-03", "20200314", "2020-03-14")]
    assert small_cells(rows) == (SmallCell({"month": "2020-03"}, 4),)


def test_what_is_unknown_or_no_value_makes_no_cell() -> None:
    rows: list[Row] = [
        {"patient": "1", "sex": None, "age": "old", "month": "March", "grade": "", "hobby": "chess"},
        {"patient": "2"},
    ]
    assert small_cells(rows) == ()
    assert small_cells([]) == ()


def test_several_studies_of_a_patient_count_once() -> None:
    rows = [{"patient": "1", "month": "202003"}] * 9
    assert small_cells(rows) == (SmallCell({"month": "2020-03"}, 1),)


def test_the_fewest_patients_come_first_and_the_answer_has_an_end() -> None:
    rows = [*many(3, sex="M"), *many(1, 10, sex="F"), *many(2, 20, sex="O")]
    found = small_cells(rows)
    assert [cell.patients for cell in found] == [1, 2, 3]
    assert small_cells(rows, at_most=2) == found[:2]
    assert small_cells(rows, limit=2) == found[:1]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.fixed_dictionaries(
            {"patient": st.sampled_from("abcdefgh")},
            optional={
                "sex": st.sampled_from("MF"),
                "age": st.sampled_from(["031Y", "055Y"]),
                "grade": st.sampled_from(["CT-0", "CT-4"]),
            },
        ),
        max_size=24,
    ),
    st.integers(1, 5),
)
def test_exactly_the_smallest_small_combinations_are_told(rows: list[dict[str, str]], limit: int) -> None:
    bands = {"031Y": "30-39", "055Y": "50-59"}
    known = [({k: bands.get(v, v) for k, v in row.items() if k != "patient"}, row["patient"]) for row in rows]

    def sharing(cell: tuple[tuple[str, str], ...]) -> int:
        return len({patient for values, patient in known if set(cell) <= set(values.items())})

    every = {
        tuple(sorted(cell, key=lambda each: PROPERTIES.index(each[0])))
        for values, _ in known
        for size in range(1, len(values) + 1)
        for cell in combinations(values.items(), size)
    }
    small = {cell for cell in every if sharing(cell) < limit}
    least = {cell for cell in small if not any(set(other) < set(cell) for other in small)}
    found = small_cells(rows, limit=limit)
    assert {tuple(cell.cell.items()) for cell in found} == least
    assert all(cell.patients == sharing(tuple(cell.cell.items())) for cell in found)
