"""One data set through the engine: every depth, every value representation, values that cannot be read."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import cast

import pydicom
import pytest
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage, EnhancedSRStorage, ExplicitVRLittleEndian

from groundglass.deidentify.engine import Engine
from groundglass.deidentify.keys import Keys
from groundglass.deidentify.profile import Profile
from groundglass.deidentify.profiles import load_profile
from groundglass.deidentify.table import Rules
from groundglass.deidentify.text import Identifiers
from groundglass.deidentify.values import tolerant

KEYS = Keys(b"k" * 32)
NAME = "Zimorodkina^Vespera"  # invented


@pytest.fixture(scope="module")
def profile() -> Profile:
    return load_profile(None)


def engine(profile: Profile) -> Engine:
    known = Identifiers.gather([("name", NAME), ("id", "KX-4711-0815")])
    return Engine(profile, Rules(profile), KEYS, "id kx-4711-0815", known)


def again(ds: Dataset) -> Dataset:
    """Return a data set as it is read from a file."""
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    buffer = io.BytesIO()
    with tolerant():
        pydicom.dcmwrite(buffer, ds, enforce_file_format=True)
        return pydicom.dcmread(io.BytesIO(buffer.getvalue()))


def image() -> Dataset:
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID, ds.Modality = CTImageStorage, "1.2.3.4", "CT"
    ds.PatientName, ds.PatientID, ds.StudyDate = NAME, "KX-4711-0815", "20200317"
    return ds


def nested(depth: int, inner: Dataset) -> Dataset:
    for _ in range(depth):
        outer = Dataset()
        outer.ConceptCodeSequence = Sequence([inner])
        inner = outer
    return inner


def test_items_are_cleaned_at_every_depth(profile: Profile) -> None:
    for depth in range(7):
        leaf = Dataset()
        leaf.CodeValue, leaf.CodingSchemeDesignator, leaf.CodeMeaning = "T-1", "99X", f"seen by {NAME}"
        leaf.add(DataElement(0x00091010, "LO", NAME))
        leaf.add(DataElement(0x00080068, "CS", "FOR PRESENTATION"))
        ds = image()
        ds.ProcedureCodeSequence = Sequence([nested(depth, leaf)])
        ds = again(ds)
        engine(profile).clean(ds)
        assert "Zimorodkina" not in str(ds)
        assert "FOR PRESENTATION" in str(ds)


def test_values_that_cannot_be_read_are_taken_out_and_counted(profile: Profile) -> None:
    ds = image()
    ds.SliceThickness = "1.0"
    ds = again(ds)
    raw = ds.get_item("SliceThickness")
    changed = cast(RawDataElement, raw)._replace(value=b"Zimorodkina ")
    ds["SliceThickness"] = changed
    changes = engine(profile).clean(ds)
    assert not ds.get("SliceThickness")
    assert changes.reasons["number"] == 1


@pytest.mark.parametrize("keyword", ["SeriesNumber", "AcquisitionNumber", "KVP", "TableHeight", "EchoTime"])
@pytest.mark.parametrize("value", ["20200317", "756442404", "47110815"])
def test_numbers_that_are_no_measures_go(profile: Profile, keyword: str, value: str) -> None:
    ds = image()
    setattr(ds, keyword, value)
    ds = again(ds)
    engine(profile).clean(ds)
    assert not ds.get(keyword)


@pytest.mark.parametrize(
    ("keyword", "value"),
    [("ExposureInuAs", "1200000"), ("TableHeight", "-137.5"), ("SeriesNumber", "300101"), ("KVP", "1.2e+02")],
)
def test_numbers_that_are_measures_stay(profile: Profile, keyword: str, value: str) -> None:
    ds = image()
    setattr(ds, keyword, value)
    ds = again(ds)
    engine(profile).clean(ds)
    assert float(ds[keyword].value) == float(value)


def test_a_remembered_value_is_treated_as_it_was_the_first_time(profile: Profile) -> None:
    def one(number: int) -> Dataset:
        ds = image()
        ds.StudyDescription, ds.InstanceNumber = f"Chest CT of {NAME}", number
        ds.add(DataElement(0x00181030, "LO", "Thorax routine 2020-03-17"))
        return again(ds)

    shared = engine(profile)
    for number in range(3):
        first, second = one(number), one(number)
        counts = shared.clean(first)
        alone = engine(profile).clean(second)
        assert first == second
        assert counts == alone


def test_reports_lose_names_and_keep_measures(profile: Profile) -> None:
    def item(kind: str, code: str, scheme: str, meaning: str) -> Dataset:
        ds, name = Dataset(), Dataset()
        ds.ValueType, ds.RelationshipType = kind, "CONTAINS"
        name.CodeValue, name.CodingSchemeDesignator, name.CodeMeaning = code, scheme, meaning
        ds.ConceptNameCodeSequence = Sequence([name])
        return ds

    ds = image()
    ds.SOPClassUID = EnhancedSRStorage
    person = item("PNAME", "121008", "DCM", "Person Observer Name")
    person.PersonName = "Kukushkin^Arkadi"
    serial = item("TEXT", "121016", "DCM", "Device Observer Serial Number")
    serial.TextValue = "SN-778899"
    text = item("TEXT", "121071", "DCM", "Finding")
    text.TextValue = f"Ground glass opacity in the right lung of {NAME}, 17.03.2020"
    number = item("NUM", "113838", "DCM", "DLP")
    value = Dataset()
    value.NumericValue = "129.37"
    number.MeasuredValueSequence = Sequence([value])
    uid = item("UIDREF", "113769", "DCM", "Irradiation Event UID")
    uid.UID = "1.2.3.4.20200317"
    date = item("DATETIME", "111526", "DCM", "DateTime Started")
    date.DateTime = "20200317101112.5"
    ds.ContentSequence = Sequence([person, serial, text, number, uid, date])
    ds = again(ds)
    engine(profile).clean(ds)
    words = json.dumps(ds.to_json_dict(), ensure_ascii=False)
    assert [
        word for word in ("Kukushkin", "778899", "Zimorodkina", "202003", "2020.", "1.2.3.4.2") if word in words
    ] == []
    assert "Ground glass opacity in the right lung" in words
    assert "129.37" in words
    assert KEYS.uid("1.2.3.4.20200317") in words
    assert "101112.5" in words


def test_without_moved_dates_no_date_is_left(profile: Profile) -> None:
    ds = image()
    ds.AcquisitionDateTime, ds.ContentDate = "20200317101112", "20200317"
    ds = again(ds)
    options = profile.options - {"retain-modified-dates"}
    engine(replace(profile, options=options)).clean(ds)
    assert "2020" not in str(ds)


def test_an_age_above_the_limit_becomes_the_limit(profile: Profile) -> None:
    for age, kept in (("058Y", "058Y"), ("097Y", "089Y"), ("011M", "011M"), ("old", "")):
        ds = image()
        with tolerant():
            ds.PatientAge = age
        ds = again(ds)
        engine(profile).clean(ds)
        assert (ds.PatientAge or "") == kept


@pytest.mark.real
def test_every_real_object_goes_through_and_keeps_its_geometry(data: Path, profile: Profile) -> None:
    done = 0
    keywords = ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "Rows", "Columns", "RescaleSlope")
    for path in sorted((data / "conformance").rglob("*")):
        if not path.is_file() or path.stat().st_size > 3_000_000:
            continue
        with tolerant():
            try:
                ds = pydicom.dcmread(path)
            except pydicom.errors.InvalidDicomError:
                continue
            before = {keyword: ds.get(keyword) for keyword in keywords}
            engine(profile).clean(ds)
            assert {keyword: ds.get(keyword) for keyword in keywords} == before, path.name
        done += 1
    assert done > 60


def test_a_code_of_no_public_scheme_becomes_another_one_everywhere(profile: Profile) -> None:
    found = []
    for _ in range(2):
        ds, code = image(), Dataset()
        code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "ZIMORODOK", "99CLINIC7", "Dr Zimorodkin's way"
        ds.ProcedureCodeSequence = Sequence([code])
        ds = again(ds)
        engine(profile).clean(ds)
        item = ds.ProcedureCodeSequence[0]
        found.append((item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning))
    assert found[0] == found[1]
    assert found[0][0].startswith("GG")
    assert found[0][1:] == ("99GROUNDGLASS", "removed")


@pytest.mark.parametrize("value", [19470312.0, 20200317.0])
def test_a_date_stored_as_a_measure_goes(profile: Profile, value: float) -> None:
    ds = image()
    ds.RevolutionTime, ds.TableSpeed = value, 41.0
    ds = again(ds)
    engine(profile).clean(ds)
    assert ds.RevolutionTime is None
    assert ds.TableSpeed == 41.0


def test_a_document_within_an_image_is_emptied(profile: Profile) -> None:
    ds = image()
    ds.EncapsulatedDocument = b"%PDF-1.4 Zimorodkina Vespera"
    ds = again(ds)
    engine(profile).clean(ds)
    assert b"Zimorodkina" not in bytes(ds.get("EncapsulatedDocument") or b"")
