"""The dose of a study goes into its result and report, from its own dose objects only, and never stands in the way."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import dose_objects as made
import pytest
from dose_objects import STUDY, Event

from groundglass.analysis.schema import from_json, published_schema, to_json
from groundglass.dicom.sources import FileSource
from groundglass.pipeline.dose import DoseOptions, dose_options, study_dose
from groundglass.pipeline.outputs import write_results
from groundglass.pipeline.run import analyze
from groundglass.pipeline.study import open_studies, open_study
from groundglass.settings import Settings

HEAD_SCAN = Event("1.2.1", region=made.HEAD, ctdivol=45.0, dlp=900.0, phantom=made.HEAD_16)


def test_a_study_without_pictures_is_refused_and_its_dose_told(tmp_path: Path) -> None:
    folder = made.write(tmp_path / "study", made.dose_report([HEAD_SCAN, Event("1.2.2", dlp=300.0)]))
    analysis = analyze(open_study(folder))
    result = analysis.result
    assert result.status == "refused"
    assert result.dose is not None
    assert [(one.region, one.k) for one in result.dose.events] == [("head", 0.0021), ("chest", 0.017)]
    assert result.dose.total.effective_msv == pytest.approx(6.99)
    assert result.dose.factors == "mu-2944-11 (2011; ICRP 102, 2007)"
    assert "population" in result.dose.note
    text = to_json(result)
    assert from_json(text, "result.json") == result
    import jsonschema

    jsonschema.validate(json.loads(text), published_schema())
    write_results(analysis, tmp_path / "out", language="ru")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    for words in ("Лучевая нагрузка", "1. Голова", "6,99", "0,0170", "условной популяции"):
        assert words in page


def test_only_dose_objects_of_the_same_study_count(tmp_path: Path) -> None:
    folder = made.write(
        tmp_path,
        made.dose_report([HEAD_SCAN]),
        made.dose_report([Event("1.2.2", dlp=300.0)], study="1.3.5", uid="1.9.9"),
    )
    found = {}
    for study in open_studies([folder]):
        reading, notices = study_dose(study, DoseOptions())
        assert notices == ()
        found[study.entry.study_uid if study.entry else None] = reading.total.dlp_mgy_cm if reading else None
    assert found == {STUDY: 900.0, "1.3.5": 300.0}


def test_a_study_whose_structured_reports_tell_of_no_dose_has_none(tmp_path: Path) -> None:
    report = made.header(made.COMPREHENSIVE_SR, "1.9.1")
    reading, notices = study_dose(open_study(made.write(tmp_path, report)), DoseOptions())
    assert (reading, notices) == (None, ())


def test_a_defect_in_reading_doses_is_told_and_does_not_stop_the_analysis(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("Marker^Planted")

    monkeypatch.setattr("groundglass.dicom.dose.read_dose", broken)
    result = analyze(open_study(made.write(tmp_path, made.dose_report([HEAD_SCAN])))).result
    assert result.dose is None
    told = [one.message for one in result.warnings if one.code == "dose_not_read"]
    assert told == ["the dose objects of the study could not be read (RuntimeError)"]


def test_settings_choose_factors_and_levels(tmp_path: Path) -> None:
    levels = tmp_path / "levels.toml"
    levels.write_text('source = "Invented"\nlevels = [{region = "head", dlp_mgy_cm = 800}]', encoding="utf-8")
    options = dose_options(Settings(dose_factors="icrp-102", dose_levels=str(levels)))
    reading, _ = study_dose(open_study(made.write(tmp_path / "study", made.dose_report([HEAD_SCAN]))), options)
    assert reading is not None
    assert reading.factors.name == "icrp-102"
    assert [notice.code for notice in reading.notices] == ["dose_dlp_above_level"]


def test_a_cut_off_dose_report_of_the_study_counts_as_far_as_it_goes(tmp_path: Path) -> None:
    """The file cannot be listed among the objects of the study, yet what it states whole is dose of the study."""
    whole = made.as_bytes(made.dose_report([HEAD_SCAN, Event("1.2.2", dlp=300.0)]))
    other = made.as_bytes(made.dose_report([HEAD_SCAN, Event("1.2.2", dlp=300.0)], study="1.3.5"))
    folder = made.write(tmp_path, made.dose_capture([]))
    (folder / "cut.dcm").write_bytes(whole[: int(0.9 * len(whole))])
    (folder / "other.dcm").write_bytes(other[: int(0.9 * len(other))])
    study = open_study(folder)
    reading, notices = study_dose(study, DoseOptions())
    assert reading is not None
    assert (reading.total.dlp_mgy_cm, notices) == (900.0, ())
    assert "dose_file_damaged" in {notice.code for notice in reading.notices}
    assert "files_broken" in {notice.code for notice in study.notices}


def test_no_file_is_opened_twice_and_none_where_no_object_can_tell_of_doses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = made.write(tmp_path, made.dose_report([HEAD_SCAN]), made.dose_report([HEAD_SCAN], uid="1.9.9"))
    study = open_study(folder)
    opened: list[str] = []
    read = FileSource.read

    def counted(source: FileSource, limit: int | None = None) -> bytes:
        opened.append(source.label)
        return read(source, limit)

    monkeypatch.setattr(FileSource, "read", counted)
    study_dose(study, DoseOptions())
    assert sorted(opened) == ["input[1]/#0001.dcm", "input[1]/#0002.dcm"]
    opened.clear()
    assert study.entry is not None
    without = replace(study, entry=replace(study.entry, dose_sources=()))
    assert study_dose(without, DoseOptions()) == (None, ())
    assert opened == []
