"""Tables of statistics: what stands in them, in good English and Russian."""

from __future__ import annotations

from dataclasses import replace

import made_members
import pytest

from groundglass.datasets.funnel import Funnel, step
from groundglass.datasets.members import Member
from groundglass.datasets.statistics import Statistics, Table, statistics_of, tables_of
from groundglass.datasets.statistics.wording import Words
from groundglass.phrases import Language


@pytest.fixture(scope="module")
def full() -> Statistics:
    keys = [f"p{n}" for n in range(80)]
    funnel = Funnel((step("found", keys, keys), step("of_no_phrase_known", keys, keys[:40])))
    return statistics_of(made_members.many(40), funnel)


def named(tables: list[Table], title: str) -> Table:
    return next(table for table in tables if table.title == title)


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_row_is_as_wide_as_its_header_and_no_cell_is_empty(full: Statistics, language: Language) -> None:
    tables = tables_of(full, language)
    assert len(tables) >= 15
    for title, header, rows in tables:
        assert title
        assert rows, title
        assert {len(row) for row in rows} == {len(header)}, title
        assert all(cell.strip() for row in rows for cell in (*header, *row)), title


def test_the_published_figures_of_mosmeddata_come_out_of_members_that_carry_them() -> None:
    found = statistics_of(made_members.mosmed())
    assert (found.studies, found.patients) == (1110, 1110)
    assert {share.value: share.studies for share in found.categories["grade"].values} == made_members.MOSMED_GRADES
    sex = {share.value: share.percent_of_all_studies for share in found.categories["sex"].values}
    assert (round(sex["M"]), round(sex["F"])) == (42, 56)
    other_or_unknown = found.categories["sex"].studies("O") + found.categories["sex"].unknown_studies
    assert round(100 * other_or_unknown / 1110) == 2
    age = found.measures["age_years"]
    assert (age.minimum, age.median, age.maximum) == (18, 47, 97)
    tables = tables_of(found, "en")
    assert named(tables, "Grade").rows[1] == ("CT-1", "684", "61.6\N{NO-BREAK SPACE}%")
    assert named(tables, "Grade").header == ("Grade", "Studies", "Share of all 1,110")
    assert [row[:2] for row in named(tables, "Sex").rows] == [
        ("men", "466"),
        ("women", "622"),
        ("other", "11"),
        ("unknown", "11"),
    ]
    assert named(tables, "Measurements").rows[0][:5] == ("age at the study, years", "1,110", "18", "32", "47")


def test_russian_numbers_have_commas_and_grades_russian_letters(full: Statistics) -> None:
    tables = tables_of(full, "ru")
    grades = named(tables, "Степень")
    assert grades.header[:3] == ("Степень", "Исследований", "Доля от всех 40")
    assert grades.rows[0][0] == "КТ-0"
    assert grades.rows[0][2] == "25,0\N{NO-BREAK SPACE}%"
    text = " ".join(cell for table in tables for row in table.rows for cell in row)
    assert "мужчины" in text
    assert "«матовое стекло»" in text
    assert "обучение (train)" in text


def test_numbers_are_written_as_people_read_them() -> None:
    english, russian = Words("en"), Words("ru")
    assert [english.count(n) for n in (7, 1110, 43931)] == ["7", "1,110", "43,931"]
    assert [russian.count(n) for n in (7, 1110, 43931)] == ["7", "1110", "43\N{NO-BREAK SPACE}931"]
    assert [english.number(value, 2) for value in (8.0, 0.703, 0.0042, -1.5, 1234.5)] == [
        "8",
        "0.7",
        "0.0042",
        "−1.5",
        "1,234.5",
    ]
    assert russian.number(0.703, 3) == "0,703"
    assert [english.volume(value) for value in (0.38, 66.04, 535.4, 0.0)] == ["0.38", "66", "535", "0"]
    assert english.number(None) == "—"
    assert [english.percent(value) for value in (0.0, 0.04, 0.18, 100.0)] == [
        "0.0\N{NO-BREAK SPACE}%",
        "<0.1\N{NO-BREAK SPACE}%",
        "0.2\N{NO-BREAK SPACE}%",
        "100.0\N{NO-BREAK SPACE}%",
    ]


def test_a_set_of_many_scanners_tells_the_rarer_ones_together() -> None:
    members = [Member(study_id=f"s{n}", manufacturer="Maker", model=f"M{n:03d}") for n in range(30)]
    rows = named(tables_of(statistics_of(members), "en"), "Scanner").rows
    assert len(rows) == 21
    assert rows[-1][:2] == ("10 rarer ones together", "10")


def test_ages_by_decade_are_said_to_be_first_years() -> None:
    members = [Member(study_id=f"s{n}", age_years=10 * n) for n in range(2, 9)]
    tables = tables_of(statistics_of(members), "en")
    assert "first years of decades" in named(tables, "Measurements").rows[0][0]


def test_unknown_numbers_of_patients_are_said_to_be_unknown() -> None:
    tables = tables_of(statistics_of([Member(study_id="s1"), Member(study_id="s2", patient_id="p")]), "en")
    assert ("Patients", "not known") in tables[0].rows
    assert ("studies without a patient's name", "1") in tables[0].rows


def test_a_step_without_words_is_named_by_its_code(full: Statistics) -> None:
    rows = named(tables_of(full, "en"), "How the studies were selected").rows
    assert rows[1][0] == "of no phrase known"
    assert rows[1][1:] == ("40", "40", "40")


def test_agreement_says_on_what_it_rests(full: Statistics) -> None:
    rows = {row[0]: row for row in named(tables_of(full, "en"), "Agreement of readers").rows}
    assert rows["all readers gave the same grade, %"][3] == "40 studies"
    assert rows["Cohen's kappa, quadratic weights"][3].endswith("patients")
    assert " … " in rows["Cohen's kappa, quadratic weights"][2]


def test_small_cells_beyond_ten_are_only_counted(full: Statistics) -> None:
    table = named(tables_of(full, "en"), "What fewer than 5 patients share")
    assert len(table.rows) == 11
    assert table.rows[-1][0].endswith("more such combinations")


def test_an_empty_set_has_its_one_table() -> None:
    tables = tables_of(statistics_of(()), "ru")
    assert [table.title for table in tables] == ["Всего"]
    assert replace(statistics_of(()), studies=0).studies == 0
