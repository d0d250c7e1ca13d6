"""Identity in its character set, and how the series was made."""

from __future__ import annotations

from pathlib import Path

import pytest
from dicom_factory import only, put_raw, write_series
from pydicom.dataset import Dataset

from groundglass.dicom.acquisition import contrast_of
from groundglass.dicom.series import load
from groundglass.dicom.values import decoded


@pytest.mark.parametrize(
    ("character_set", "codec"),
    [("ISO_IR 144", "iso8859_5"), ("ISO_IR 192", "utf_8"), ("GB18030", "gb18030"), ("ISO_IR 100", "latin_1")],
)
def test_names_are_read_in_their_character_set(tmp_path: Path, character_set: str, codec: str) -> None:
    name = {
        "iso8859_5": "Маркер^Анна",
        "utf_8": "Маркер^Анна^Ивановна",
        "gb18030": "王^小东",
        "latin_1": "Märker^Änne",
    }[codec]

    def edit(_: int, ds: Dataset) -> None:
        ds.SpecificCharacterSet = character_set
        for keyword in ("PatientName", "InstitutionName", "SeriesDescription"):
            put_raw(ds, keyword, name.encode(codec))

    write_series(tmp_path, edit=edit)
    loaded = load(only(tmp_path))
    assert loaded.identity.patient_name == name
    assert loaded.identity.institution == name
    assert loaded.acquisition.series_description == name


def test_code_extensions_are_followed() -> None:
    raw = b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B"
    assert decoded(raw, ("", "ISO 2022 IR 87"), person_name=True).startswith("Yamada^Tarou=山田^太郎")


@pytest.mark.parametrize("sets", [(), ("ISO_IR 6",), ("NONSENSE",), ("ISO_IR 192",), ("ISO_IR 144", "NONSENSE")])
def test_text_that_contradicts_its_character_set_is_read_all_the_same(sets: tuple[str, ...]) -> None:
    assert decoded("Ärger".encode(), sets)
    assert decoded(b"\xc4rger\xff", sets)
    assert decoded(b"", sets) == ""


def test_identity_is_exactly_what_the_header_has(tmp_path: Path) -> None:
    def edit(_: int, ds: Dataset) -> None:
        ds.PatientBirthDate, ds.PatientSex, ds.PatientAge = "19500101", "F", "070Y"
        ds.AccessionNumber = "A-17"

    write_series(tmp_path, edit=edit)
    identity = load(only(tmp_path)).identity
    assert (identity.patient_name, identity.patient_id) == ("Marker^Planted", "MARKER-1")
    assert (identity.birth_date, identity.sex, identity.age) == ("19500101", "F", "070Y")
    assert (identity.accession_number, identity.study_date, identity.study_time) == ("A-17", "20200401", "101500")
    assert (identity.institution, identity.referring_physician) == ("", "")


def test_acquisition_is_filled_from_all_slices(tmp_path: Path) -> None:
    def edit(number: int, ds: Dataset) -> None:
        ds.XRayTubeCurrent, ds.ExposureTime = 100 + 10 * number, 500
        ds.SpiralPitchFactor, ds.ReconstructionDiameter, ds.GantryDetectorTilt = 1.3, "380", "0"
        ds.ProtocolName, ds.ManufacturerModelName = "CHEST", "Aquilion"

    write_series(tmp_path, edit=edit)
    made = load(only(tmp_path)).acquisition
    assert made.tube_current_ma == (100.0, 210.0)
    assert (made.kvp, made.exposure_time_ms, made.pitch) == (120.0, 500.0, 1.3)
    assert (made.slice_thickness_mm, made.reconstruction_diameter_mm, made.gantry_tilt_degrees) == (1.0, 380.0, 0.0)
    assert (made.manufacturer, made.model, made.kernel) == ("TOSHIBA", "Aquilion", "FC07")
    assert (made.patient_position, made.body_part, made.protocol_name) == ("HFS", "CHEST", "CHEST")
    assert made.acquisition_datetime == "2020-04-01T10:16:00"
    assert made.scan_duration_s == pytest.approx(11.0)


@pytest.mark.parametrize(
    ("date", "time", "wanted"),
    [
        ("20200401", "101600.123", "2020-04-01T10:16:00"),
        ("20200401", "1016", "2020-04-01T10:16:00"),
        ("20200401", "", "2020-04-01"),
        ("2020.04.01", "10:16:00", "2020-04-01T10:16:00"),
        ("20201301", "101600", None),
        ("", "", None),
    ],
)
def test_the_time_of_acquisition_is_iso(tmp_path: Path, date: str, time: str, wanted: str | None) -> None:
    def edit(_: int, ds: Dataset) -> None:
        put_raw(ds, "AcquisitionDate", date.encode())
        put_raw(ds, "AcquisitionTime", time.encode())
        ds.StudyDate = ds.StudyTime = ""

    write_series(tmp_path, edit=edit)
    assert load(only(tmp_path)).acquisition.acquisition_datetime == wanted


@pytest.mark.parametrize(
    ("agent", "words", "wanted"),
    [
        ("OMNIPAQUE", "", "yes"),
        ("APPLIED", "Thorax", "yes"),
        ("NONE", "Thorax", "no"),
        ("", "CT CHEST WITHOUT CONTRAST", "no"),
        ("", "ROUTINE CHEST NON-CON", "no"),
        ("", "CT CHEST WITH CONTRAST", "yes"),
        ("", "CTPA", "yes"),
        ("", "ОГК с контрастом", "yes"),
        ("", "ОГК без контраста", "no"),
        ("", "ThorRoutine", "unknown"),
    ],
)
def test_contrast_is_told_by_agent_then_by_words(agent: str, words: str, wanted: str) -> None:
    assert contrast_of(agent, words) == wanted
