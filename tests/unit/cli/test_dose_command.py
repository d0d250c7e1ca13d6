"""``groundglass dose``: what it prints and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import dose_objects as made
import pytest
from dose_objects import STUDY, Event

from groundglass.cli import run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    head = Event("1.2.1", region=made.HEAD, ctdivol=45.0, dlp=900.0, phantom=made.HEAD_16)
    leg = Event("1.2.3", region=("T-D9000", "SRT", "Lower limb"), dlp=10.0)
    return made.write(tmp_path / "dose", made.dose_report([head, Event("1.2.2", dlp=300.0), leg], total=1210.0))


def test_json_has_one_object_a_study_with_events_total_and_warnings(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made.write(folder / "other", made.dose_report([Event("1.2.9")], study="1.3.5", uid="1.9.9"))
    assert run(["dose", str(folder), "--json"]) == 0
    printed = capsys.readouterr()
    first, second = (json.loads(line) for line in printed.out.splitlines())
    assert (first["study_uid"], second["study_uid"]) == (STUDY, "1.3.5")
    assert first["events"][0] == {
        "uid": "1.2.1",
        "region": "head",
        "ctdivol_mgy": 45.0,
        "phantom_cm": 16,
        "dlp_mgy_cm": 900.0,
        "k": 0.0021,
        "effective_msv": 1.89,
    }
    assert first["total"] == {"dlp_mgy_cm": 1210.0, "effective_msv": pytest.approx(1.89 + 5.1)}
    assert [one["code"] for one in first["warnings"]] == ["dose_no_factor", "dose_effective_partial"]
    assert first["factors"]["name"] == "mu-2944-11"
    assert {row["region"]: row["k"] for row in first["factors"]["rows"]} == {"chest": 0.017, "head": 0.0021}
    assert all(row["source"] for row in first["factors"]["rows"])
    assert "population" in first["note"]
    assert "Marker" not in printed.out + printed.err
    assert "MARKER-1" not in printed.out + printed.err


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ("head", "chest", "population", "has no k")), ("ru", ("голова", "грудь", "популяции", "нет k"))],
)
def test_the_table_is_printed_in_the_language_asked_for(
    folder: Path, language: str, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["dose", str(folder), "--lang", language]) == 0
    printed = capsys.readouterr().out
    for word in (*words, "1210.00", "6.99", "0.0021", "0.0170"):
        assert word in printed


def test_another_table_of_k_is_taken_by_name_and_an_unknown_one_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["dose", str(folder), "--json", "--factors", "icrp-102"]) == 0
    assert json.loads(capsys.readouterr().out)["events"][1]["k"] == 0.014
    assert run(["dose", str(folder), "--factors", "made-up"]) == 2
    assert "UNKNOWN_FACTORS" in capsys.readouterr().err


def test_settings_name_the_table_of_k_and_the_levels(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    levels = tmp_path / "levels.toml"
    levels.write_text('source = "Invented"\nlevels = [{region = "chest", ctdivol_mgy = 4.5}]', encoding="utf-8")
    monkeypatch.setenv("GROUNDGLASS_DOSE_FACTORS", "icrp-102")
    monkeypatch.setenv("GROUNDGLASS_DOSE_LEVELS", str(levels))
    assert run(["dose", str(folder), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["factors"]["name"] == "icrp-102"
    told = [one["message"] for one in printed["warnings"] if one["code"] == "dose_ctdivol_above_level"]
    assert told == ["irradiation 2: CTDIvol 5 mGy is above the reference level of 4.5 mGy (Invented)"]


def test_where_there_is_no_dose_object_the_command_ends_with_a_named_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "readme.txt").write_text("nothing", encoding="utf-8")
    assert run(["dose", str(tmp_path), "--json"]) == 3
    printed = capsys.readouterr()
    assert (printed.out, "NO_DOSE" in printed.err) == ("", True)
    assert run(["dose", str(tmp_path / "missing")]) == 3
    assert "NO_SUCH_INPUT" in capsys.readouterr().err
