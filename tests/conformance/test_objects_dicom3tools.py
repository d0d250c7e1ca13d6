"""What dicom3tools says of every object, for studies of every kind."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple

import pytest
from dciodvfy import disagreements_of, errors_of
from made_objects import MadeStudy, made_study, without_findings
from odd_studies import ODD_STUDIES, OddStudy
from written_objects import WrittenStudy, write_all

from groundglass.phrases import Language


class Way(NamedTuple):
    """One way in which results leave."""

    profile: str
    seg: Literal["binary", "labelmap"]
    language: Language


PLAIN, OTHER = Way("default", "binary", "en"), Way("moscow", "labelmap", "ru")


def written(study: MadeStudy, folder: Path, way: Way) -> WrittenStudy:
    return write_all(study, folder, name=way.profile, seg=way.seg, language=way.language)


def complaints(whole: WrittenStudy) -> dict[str, list[str]]:
    """Return what is wrong with each object and is not already wrong with the source."""
    found = {f"{file.parent.name}/{file.name}": errors_of(file, whole.source) for file in whole.files()}
    return {name: errors for name, errors in found.items() if errors}


@pytest.mark.parametrize(
    ("odd", "way"),
    [pytest.param(odd, (PLAIN, OTHER)[number % 2], id=odd.name) for number, odd in enumerate(ODD_STUDIES)],
)
def test_no_error_that_the_source_does_not_have(odd: OddStudy, way: Way, tmp_path: Path) -> None:
    whole = written(odd.make(tmp_path / "study"), tmp_path / "objects", way)
    assert {"marked", "sr"} <= {file.parent.name for file in whole.files()}
    assert complaints(whole) == {}


@pytest.mark.parametrize(
    "odd",
    [odd for odd in ODD_STUDIES if odd.name in ("axial", "type 2 missing", "rich header", "Cyrillic")],
    ids=lambda odd: odd.name,
)
def test_patient_study_and_frame_of_reference_agree_with_the_source(odd: OddStudy, tmp_path: Path) -> None:
    whole = written(odd.make(tmp_path / "study"), tmp_path / "objects", PLAIN)
    assert disagreements_of(whole.files(), whole.sources) == []


@pytest.mark.parametrize("way", [PLAIN, OTHER], ids=["default", "moscow"])
def test_no_error_where_nothing_was_found(way: Way, tmp_path: Path) -> None:
    whole = written(without_findings(made_study(tmp_path / "study" / "series")), tmp_path / "objects", way)
    assert len(whole.files("sr")) == 1
    assert whole.files("marked")
    assert not whole.files("seg-lesions")
    assert complaints(whole) == {}


def test_no_error_in_what_takes_back_an_earlier_result(tmp_path: Path) -> None:
    study = made_study(tmp_path / "study" / "series")
    first = written(study, tmp_path / "first", PLAIN)
    second = write_all(without_findings(study), tmp_path / "second", earlier=first.record)
    assert len(second.files("rejection")) == 1
    assert complaints(second) == {}


@pytest.mark.nightly
@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("seg", ["binary", "labelmap"])
@pytest.mark.parametrize("profile", ["default", "moscow"])
@pytest.mark.parametrize("odd", ODD_STUDIES, ids=lambda odd: odd.name)
def test_no_error_whichever_way_results_leave(
    odd: OddStudy, profile: str, seg: Literal["binary", "labelmap"], language: Language, tmp_path: Path
) -> None:
    whole = written(odd.make(tmp_path / "study"), tmp_path / "objects", Way(profile, seg, language))
    assert complaints(whole) == {}


def test_the_judge_tells_our_errors_from_those_of_the_source(tmp_path: Path) -> None:
    """An error of the source is excused only where its value was copied."""
    from pydicom import dcmread

    odd = next(odd for odd in ODD_STUDIES if odd.name == "values out of order")
    study = odd.make(tmp_path / "study")
    source = sorted((tmp_path / "study" / "series").iterdir())[0]
    assert len(errors_of(source)) >= 5
    assert errors_of(source, source) == []
    data = dcmread(source)
    del data.PatientID
    data.save_as(tmp_path / "less.dcm")
    assert any("PatientID" in error and "Missing" in error for error in errors_of(tmp_path / "less.dcm", source))
    assert study.origin.sources
