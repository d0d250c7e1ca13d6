"""A small object with an invented patient, and the same object as clean as it should leave a hospital."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

NAME = "Ivanova^Marfa"
CYRILLIC = "Тюленева^Прасковья"
CHINESE = "欧阳^春晓"
IDENTIFIER = "KX-4711823"
ACCESSION = "A20931177"
BORN, STUDY, CLEAN_STUDY = "19610317", "20200517", "20170210"
INSTITUTION = "Zweiwaldhausener Spital"
PHONE = "+7(495)123-45-67"


def source(number: int = 1) -> Dataset:
    """Return an object that has everything."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.SOPClassUID = CTImageStorage
    ds.SOPInstanceUID = f"1.2.826.0.1.3680043.8.498.7001.{number}.1234567"
    ds.StudyInstanceUID = "1.2.826.0.1.3680043.8.498.7001.55512"
    ds.SeriesInstanceUID = "1.2.826.0.1.3680043.8.498.7001.55513"
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    ds.PatientName = f"{NAME}={CHINESE}={CYRILLIC}"
    ds.PatientID = IDENTIFIER
    ds.AccessionNumber = ACCESSION
    ds.PatientBirthDate = BORN
    ds.StudyDate = ds.SeriesDate = ds.ContentDate = STUDY
    ds.StudyTime = ds.SeriesTime = "101530"
    ds.ContentTime = f"1015{number:02d}"
    ds.InstitutionName = INSTITUTION
    ds.PatientTelephoneNumbers = PHONE
    ds.PatientComments = "sister of Dr Pantelejmonov came along"
    ds.Manufacturer = "SIEMENS"
    ds.StationName = "AWP77123"
    ds.PatientSex = "F"
    ds.PatientAge = "059Y"
    ds.StudyID = "1"
    ds.SeriesNumber, ds.InstanceNumber = 2, number
    ds.ImagePositionPatient = [0.0, 0.0, 5.0 * number]
    ds.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    ds.Modality = "CT"
    picture(ds, np.random.default_rng(number).normal(1000, 20, (64, 64)).astype(np.uint16))
    return ds


def picture(ds: Dataset, values: np.ndarray[tuple[int, ...], np.dtype[np.uint16]]) -> None:
    """Give an object its pixels."""
    ds.Rows, ds.Columns = values.shape
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
    ds.PixelData = values.tobytes()


def cleaned(ds: Dataset) -> Dataset:
    """Return the object without identity."""
    out = deepcopy(ds)
    for keyword in ("AccessionNumber", "InstitutionName", "PatientTelephoneNumbers", "PatientComments", "StationName"):
        delattr(out, keyword)
    out.PatientName = out.PatientID = "GGQ7WKX2MPAB"
    out.PatientBirthDate = ""
    out.StudyDate = out.SeriesDate = out.ContentDate = CLEAN_STUDY
    out.SOPInstanceUID = generate_uid(entropy_srcs=[str(ds.SOPInstanceUID)])
    out.StudyInstanceUID = generate_uid(entropy_srcs=["study"])
    out.SeriesInstanceUID = generate_uid(entropy_srcs=["series"])
    out.file_meta.MediaStorageSOPInstanceUID = out.SOPInstanceUID
    out.PatientIdentityRemoved = "YES"
    out.DeidentificationMethod = "made"
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "113100", "DCM", "Basic Profile"
    out.DeidentificationMethodCodeSequence = [code]
    out.LongitudinalTemporalInformationModified = "MODIFIED"
    return out


def save(ds: Dataset, path: Path) -> Path:
    """Write an object, its folder too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    ds.save_as(path, enforce_file_format=True)
    return path
