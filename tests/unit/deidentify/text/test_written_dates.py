"""Dates in the writing of many countries are read; measures are not."""

from __future__ import annotations

import csv
from importlib import resources

import pytest

from groundglass.deidentify.text import reads_as_date
from groundglass.deidentify.text.contacts import telling_spans
from groundglass.deidentify.text.written_dates import written_dates


@pytest.mark.parametrize(
    "text",
    [
        "20200317",
        "20200317.0",
        " 20200317 ",
        "2.0200317E7",
        "17032020",
        "03172020",
        "20200317123456",
        "20200317123456.123456+0300",
        "202003171234",
        "2020-03-17",
        "2020.03.17",
        "2020/3/17",
        "17.03.2020",
        "17-03-20",
        "3/17/2020",
        "17 марта 2020 г.",
        "17-го марта 2020 года",
        "17 Mar 2020",
        "17MAR2020",
        "Mar 17, 2020",
        "March 17 2020",
        "March 2020",
        "2020-03",
        "03/2020",
        "17. März 2020",
        "17 mars 2020",
        "17 de marzo de 2020",
        "17 marzo 2020",
        "17 de março de 2020",
        "2020年3月17日",
        "2020年03月17日 12:34",
        "二〇二〇年三月十七日",
        "令和2年3月17日",
        "民国109年3月17日",
        "2020년 3월 17일",
        "2020-03-17T12:34:56Z",
        "2020-W12",
        "Tue Mar 17 12:33:59 MSK 2020",
        "17.III.2020",
        "17/03/2563",
    ],
)
def test_a_date_reads_as_one(text: str) -> None:
    assert reads_as_date(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "120",
        "2020",
        "512\\512",
        "0.748046875",
        "-1024",
        "5.2000",
        "03.2020",
        "1.5E-3",
        "1.25e3",
        "99999999",
        "20201317",
        "20200231",
        "18000101",
        "123456",
        "5.0 x 5.0",
        "1.2.840.10008.1.2",
        "4.5.0.30020",
        "syngo CT 2012B",
        "VG80B",
        "CHEST",
        "Series 3",
        "Mar",
        "T20s",
    ],
)
def test_a_measure_does_not(text: str) -> None:
    assert not reads_as_date(text)


def _table(name: str) -> list[dict[str, str]]:
    text = resources.files("groundglass.deidentify.text").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@pytest.mark.parametrize("row", _table("date_patterns.csv"), ids=lambda row: row["example"])
def test_each_row_of_the_table_of_dates_finds_its_example(row: dict[str, str]) -> None:
    assert written_dates(row["example"])
    assert row["source"]


@pytest.mark.parametrize("row", _table("telling_patterns.csv"), ids=lambda row: row["example"])
def test_each_row_of_the_table_of_telling_signs_finds_its_example(row: dict[str, str]) -> None:
    assert row["reason"] in {span.reason for span in telling_spans(row["example"])}
    assert row["source"]


def test_two_dates_in_one_text_are_two() -> None:
    assert len(written_dates("from 17.03.2020 to 19.03.2020")) == 2
