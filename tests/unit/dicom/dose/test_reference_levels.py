"""Diagnostic reference levels come from a file of the site, with their source; none is built in."""

from __future__ import annotations

import json
from pathlib import Path

import dose_objects as made
import pytest
from dose_objects import Event

from groundglass.dicom.dose import TABLES, find_doses, read_levels
from groundglass.errors import UsageError
from groundglass.phrases import LANGUAGES, say_notice

TOML = """
source = "Invented levels, 2020"
[[levels]]
region = "chest"
ctdivol_mgy = 6.0
dlp_mgy_cm = 350
phantom_cm = 32
[[levels]]
region = "abdomen_pelvis"
dlp_mgy_cm = 600
"""


def levels_file(folder: Path, text: str = TOML, name: str = "levels.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_what_lies_above_its_level_is_told_with_both_numbers(tmp_path: Path) -> None:
    levels = read_levels(levels_file(tmp_path))
    events = [
        Event("1.2.1", ctdivol=7.5, dlp=300.0),
        Event("1.2.2", ctdivol=5.0, dlp=100.5),
        Event("1.2.3", ctdivol=9.0, dlp=900.0, scan=made.CONSTANT_ANGLE),
        Event("1.2.4", region=made.HEAD, ctdivol=60.0, dlp=900.0, phantom=made.HEAD_16),
        Event("1.2.5", ctdivol=50.0, dlp=500.0, phantom=made.HEAD_16),
    ]
    readings, _ = find_doses([made.write(tmp_path / "dose", made.dose_report(events))], levels=levels)
    told = {one.code: one for one in readings[0].notices if one.code.endswith("_above_level")}
    assert set(told) == {"dose_ctdivol_above_level", "dose_dlp_above_level"}
    assert dict(told["dose_ctdivol_above_level"].values) == {
        "events": "1",
        "value": "7.5",
        "level": "6",
        "source": "Invented levels, 2020",
    }
    assert told["dose_dlp_above_level"].values["value"] == "400.5", "all scans of the region together"
    assert told["dose_dlp_above_level"].values["level"] == "350"
    for language in LANGUAGES:
        assert "400.5" in say_notice(told["dose_dlp_above_level"], language)


def test_nothing_is_told_without_levels_or_below_them(tmp_path: Path) -> None:
    folder = made.write(tmp_path / "dose", made.dose_report([Event("1.2.1", ctdivol=70.0, dlp=9000.0)]))
    readings, _ = find_doses([folder])
    assert readings[0].notices == ()
    low = made.write(tmp_path / "low", made.dose_report([Event("1.2.1", ctdivol=6.0, dlp=350.0)]))
    readings, _ = find_doses([low], levels=read_levels(levels_file(tmp_path)))
    assert readings[0].notices == ()


def test_levels_are_read_from_json_too(tmp_path: Path) -> None:
    text = json.dumps({"source": "A", "levels": [{"region": "head", "dlp_mgy_cm": 1000, "phantom_cm": 16}]})
    found = read_levels(levels_file(tmp_path, text, "levels.json"))
    assert [(one.region, one.ctdivol_mgy, one.dlp_mgy_cm, one.phantom_cm) for one in found.levels] == [
        (("head",), None, 1000.0, 16)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not toml at all =",
        'source = "A"',
        'levels = [{region = "chest", dlp_mgy_cm = 1}]',
        'source = "A"\nlevels = [{region = "tooth", dlp_mgy_cm = 1}]',
        'source = "A"\nlevels = [{region = "chest"}]',
        'source = "A"\nlevels = [{region = "chest", dlp_mgy_cm = -1}]',
        'source = "A"\nlevels = [{region = "chest", dlp_mgy_cm = nan}]',
        'source = "A"\nlevels = [{region = "chest", dlp_mgy_cm = true}]',
        'source = "A"\nlevels = [{region = "chest", dlp_mgy_cm = 1, phantom_cm = 20}]',
        'source = "A"\nlevels = [{region = "chest", dlp = 1}]',
        'source = "A"\nlevels = [{region = "chest", dlp_mgy_cm = 1}, {region = "chest", dlp_mgy_cm = 2}]',
        'source = "A"\nlevels = [3]',
    ],
)
def test_a_file_that_is_no_list_of_levels_is_refused_by_name(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError) as raised:
        read_levels(levels_file(tmp_path, text))
    assert raised.value.code == "BAD_LEVELS"


def test_a_missing_file_of_levels_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        read_levels(tmp_path / "none.toml")
    assert raised.value.code == "BAD_LEVELS"


def test_every_row_of_every_table_of_k_has_a_source_a_phantom_and_a_place_of_its_own() -> None:
    for table in TABLES.values():
        rows = [(row.region, row.sex) for row in table.rows]
        assert len(rows) == len(set(rows)), table.name
        assert table.version
        for row in table.rows:
            assert row.source, row
            assert 0.001 < row.k < 0.03, row
            assert row.phantom_cm == (16 if set(row.region) <= {"head", "neck"} else 32), row
    chest = {name: {row.k for row in table.rows if row.region == ("chest",)} for name, table in TABLES.items()}
    assert chest == {"mu-2944-11": {0.017}, "icrp-102": {0.014}, "icrp-103": {0.017, 0.023}}


def test_the_page_on_doses_shows_every_k_with_its_source() -> None:
    page = (Path(__file__).parents[4] / "docs" / "how-to" / "dose.md").read_text(encoding="utf-8")
    text = " ".join(page.split())
    for table in TABLES.values():
        assert f"`{table.name}`" in text
        for row in table.rows:
            assert f"{row.k:g}" in text, row
            assert row.source.split(": ")[0] in text, row.source
