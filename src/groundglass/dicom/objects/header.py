"""The patient and study attributes of our objects: exactly what the source has, or empty; text in UTF-8."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np
from pydicom.config import IGNORE
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian
from pydicom.valuerep import format_number_as_ds

from groundglass.dicom.objects.making import MANUFACTURER, MODEL, SERIES_NUMBERS, Making, SeriesRole
from groundglass.dicom.values import decoded

if TYPE_CHECKING:
    from groundglass.dicom.objects.origin import Origin

ALWAYS = (
    "StudyDate",
    "StudyTime",
    "AccessionNumber",
    "ReferringPhysicianName",
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyID",
)
"""Type 2 of Patient and General Study (PS3.3 C.7.1.1, C.7.2.1): empty where the source has nothing."""
WHERE_PRESENT = (
    "InstitutionName",
    "StudyDescription",
    "IssuerOfPatientID",
    "PatientBirthTime",
    "OtherPatientIDs",
    "PatientAge",
    "PatientSize",
    "PatientWeight",
    "PatientSpeciesDescription",
    "PatientIdentityRemoved",
    "DeidentificationMethod",
    "LongitudinalTemporalInformationModified",
    "TimezoneOffsetFromUTC",
)
"""Carried where the source has them; what is not here stays with the source."""
TRIAL = (
    "ClinicalTrialSponsorName",
    "ClinicalTrialProtocolID",
    "ClinicalTrialSubjectID",
    "ClinicalTrialSubjectReadingID",
)
"""Type 1 of Clinical Trial Subject (PS3.3 C.7.1.3): the first two, and one of the others; else none is carried."""
TRIAL_ALWAYS = ("ClinicalTrialProtocolName", "ClinicalTrialSiteID", "ClinicalTrialSiteName")
"""Type 2 of the same: empty where the source has nothing."""
SEQUENCES = ("DeidentificationMethodCodeSequence", "IssuerOfAccessionNumberSequence")
"""Carried whole."""
CHARACTER_SET = "ISO_IR 192"
_TEXT = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})


def stamp(data: Dataset, origin: Origin) -> None:
    """Write patient and study of the source into an object, in place of whatever stands there.

    Parameters
    ----------
    data : Dataset
        One of ours; changed.
    origin : Origin
        The source; its header is read element by element, and what cannot be read is left empty.
    """
    for keyword in (*ALWAYS, *WHERE_PRESENT, *TRIAL, *TRIAL_ALWAYS, *SEQUENCES):
        if keyword in data:
            del data[keyword]
    data.SpecificCharacterSet = CHARACTER_SET
    sets = _character_sets(origin.header)
    for keyword in ALWAYS:
        _put(data, keyword, source_text(origin.header, keyword, sets) or "")
    for keyword in WHERE_PRESENT:
        text = source_text(origin.header, keyword, sets)
        if text:
            _put(data, keyword, text)
    trial = {keyword: source_text(origin.header, keyword, sets) or "" for keyword in (*TRIAL, *TRIAL_ALWAYS)}
    if all(trial[keyword] for keyword in TRIAL[:2]) and any(trial[keyword] for keyword in TRIAL[2:]):
        for keyword, text in trial.items():
            if text or keyword in TRIAL_ALWAYS:
                _put(data, keyword, text)
    for keyword in SEQUENCES:
        _carry_sequence(data, origin.header, keyword)
    data.StudyInstanceUID = origin.study_uid


def source_text(header: Dataset, keyword: str, sets: tuple[str, ...] | None = None) -> str | None:
    """Return the text of an attribute in its character set, trimmed at the end; None where there is none.

    Parameters
    ----------
    header : Dataset
        As read from the file.
    keyword : str
        DICOM keyword.
    sets : tuple of str, optional
        Values of SpecificCharacterSet; read from the header by default.
    """
    tag = tag_for_keyword(keyword)
    if tag is None or tag not in header:
        return None
    # not header[keyword]: that would judge the value, and may raise
    element: RawDataElement | DataElement | None = header.get_item(tag)
    if element is None or element.value is None:
        return None
    if isinstance(element, DataElement):
        return str(element.value)
    sets = _character_sets(header) if sets is None else sets
    vr = dictionary_VR(tag)
    return decoded(element.value or b"", sets if vr in _TEXT else (), person_name=vr == "PN")


def new_object(
    origin: Origin, making: Making, role: SeriesRole, number: int, *, sop_class: str, modality: str, description: str
) -> FileDataset:
    """Return an object with patient, study, series, equipment and its own identity; the caller adds the rest.

    Parameters
    ----------
    origin : Origin
        The source.
    making : Making
        Who, when, which UIDs.
    role : str
        The series it belongs to.
    number : int
        1-based within the series.
    sop_class, modality, description : str
        SOP Class UID, Modality, SeriesDescription.
    """
    uid = making.uid("instance", role, str(number))
    data = FileDataset("", {}, file_meta=file_meta(sop_class, uid), preamble=b"\0" * 128)
    stamp(data, origin)
    data.SOPClassUID = sop_class
    data.SOPInstanceUID = uid
    data.InstanceCreationDate, data.InstanceCreationTime = making.date, making.time
    data.Modality = modality
    data.SeriesInstanceUID = making.uid("series", role)
    data.SeriesNumber = SERIES_NUMBERS[role]
    data.SeriesDescription = description
    data.SeriesDate, data.SeriesTime = making.date, making.time
    data.InstanceNumber = number
    data.Manufacturer, data.ManufacturerModelName = MANUFACTURER, MODEL
    data.SoftwareVersions = making.version
    data.DeviceSerialNumber = serial_number(making)
    return data


def file_meta(sop_class: str, sop_uid: str, transfer_syntax: str = ExplicitVRLittleEndian) -> FileMetaDataset:
    """Return the file meta information of one of our objects (PS3.10 section 7.1)."""
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\x00\x01"
    meta.MediaStorageSOPClassUID = UID(sop_class)
    meta.MediaStorageSOPInstanceUID = UID(sop_uid)
    meta.TransferSyntaxUID = UID(transfer_syntax)
    meta.ImplementationClassUID = UID(IMPLEMENTATION_UID)
    meta.ImplementationVersionName = "GROUNDGLASS"
    return meta


IMPLEMENTATION_UID = "2.25.209685973058627618634741792419109781674"
"""Names this program in the meta information of its files (PS3.7 annex D.3.3.2); drawn once from a random UUID."""


def serial_number(making: Making) -> str:
    """Return what stands for a serial number: version and networks, since a program has none of its own."""
    models = "-".join(model.sha256[:8] for model in making.models)
    return f"{making.version}-{models}"[:64] if models else making.version


def _put(data: Dataset, keyword: str, text: str) -> None:
    tag = tag_for_keyword(keyword) or 0
    # A value that breaks its VR is the source's: it is carried, not judged.
    value = text.split("\\") if "\\" in text and dictionary_VR(tag) not in ("LT", "ST", "UT") else text
    if dictionary_VR(tag) in ("DS", "IS") and not _numbers(value):
        return  # a weight of "70,5": pydicom cannot carry it, and nothing of ours needs it
    data.add(DataElement(tag, dictionary_VR(tag), value, validation_mode=IGNORE))


def _numbers(value: str | list[str]) -> bool:
    try:
        return all(isfinite(float(one)) for one in ([value] if isinstance(value, str) else value))
    except ValueError:
        return False


def _character_sets(header: Dataset) -> tuple[str, ...]:
    element = header.get_item(0x00080005) if 0x00080005 in header else None
    if element is None:
        return ()
    value = element.value
    if isinstance(value, bytes):
        return tuple(part.strip() for part in value.decode("latin_1").strip(" \0").split("\\"))
    return (str(value),) if isinstance(value, str) else tuple(str(part) for part in value or ())


def _carry_sequence(data: Dataset, header: Dataset, keyword: str) -> None:
    if keyword not in header:
        return
    try:
        items = header[keyword].value
        texts = [item.to_json_dict() for item in items]
        data.add(DataElement(tag_for_keyword(keyword) or 0, "SQ", [Dataset.from_json(text) for text in texts]))
    except Exception:  # whatever a broken sequence does, it stays with the source
        return


def images_for_highdicom(origin: Origin) -> list[Dataset]:
    """Return bare stand-ins for the source images, one a source file, with what highdicom asks of them.

    Patient and study stand empty there and are written by :func:`stamp` afterwards: so no value of the source, however
    odd, goes through its checks. A multi-frame source stands in with its functional groups.

    Parameters
    ----------
    origin : Origin
        The source.
    """
    return [_multiframe(origin)] if origin.multiframe else [_slice(origin, n) for n in _present(origin)]


def stand_in(origin: Origin) -> Dataset:
    """Return one bare CT image in the place of the whole source, for an object that writes its references itself.

    Parameters
    ----------
    origin : Origin
        The source.
    """
    first = origin.sources[0]
    return _placed(origin, 0, CTImageStorage, first.sop_uid, first.series_uid)


def _present(origin: Origin) -> list[int]:
    return [number for number, image in enumerate(origin.images) if image is not None]


def _bare(origin: Origin, sop_class: str, sop_uid: str, series_uid: str) -> Dataset:
    data = FileDataset("", {}, file_meta=file_meta(sop_class, sop_uid), preamble=b"\0" * 128)
    for keyword in ALWAYS:
        setattr(data, keyword, None)
    data.SOPClassUID, data.SOPInstanceUID = sop_class, sop_uid
    data.StudyInstanceUID, data.SeriesInstanceUID = origin.study_uid, series_uid
    data.FrameOfReferenceUID = origin.geometry.frame_of_reference_uid
    data.PositionReferenceIndicator = ""
    data.Modality = "CT"
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 16, 15, 1
    data.Rows, data.Columns = origin.geometry.shape[1], origin.geometry.shape[2]
    return data


def _slice(origin: Origin, number: int) -> Dataset:
    image = origin.images[number]
    if image is None:
        raise ValueError(f"slice {number} has no image")
    return _placed(origin, number, image.sop_class, image.sop_uid, image.series_uid)


def _placed(origin: Origin, number: int, sop_class: str, sop_uid: str, series_uid: str) -> Dataset:
    data = _bare(origin, sop_class, sop_uid, series_uid)
    place = plane(origin, number)
    data.ImagePositionPatient, data.ImageOrientationPatient = list(place.position), list(place.orientation)
    data.PixelSpacing = list(place.pixel_spacing)
    data.SliceThickness = place.thickness
    data.InstanceNumber = number + 1
    return data


def _multiframe(origin: Origin) -> Dataset:
    first = origin.sources[0]
    data = _bare(origin, first.sop_class, first.sop_uid, first.series_uid)
    places = {image.frame: number for number, image in enumerate(origin.images) if image is not None}
    count = max(frame or 1 for frame in places)
    data.NumberOfFrames = count
    shared, measures, orientation = Dataset(), Dataset(), Dataset()
    place = plane(origin, next(iter(places.values())))
    measures.PixelSpacing, measures.SliceThickness = list(place.pixel_spacing), place.thickness
    orientation.ImageOrientationPatient = list(place.orientation)
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = [measures], [orientation]
    data.SharedFunctionalGroupsSequence = [shared]
    frames = []
    for frame in range(1, count + 1):
        item, position = Dataset(), Dataset()
        # frames that are not in the volume get the place of the nearest that is: none is ever referred to by place
        number = places.get(frame, next(iter(places.values())))
        position.ImagePositionPatient = list(plane(origin, number).position)
        item.PlanePositionSequence = [position]
        frames.append(item)
    data.PerFrameFunctionalGroupsSequence = frames
    return data


@dataclass(frozen=True, slots=True)
class PlanePlace:
    """Where one slice of the volume lies, as decimal strings of at most 16 characters (PS3.3 C.7.6.2).

    Attributes
    ----------
    position : tuple of 3 str
        ImagePositionPatient, LPS mm.
    orientation : tuple of 6 str
        ImageOrientationPatient: along a row (growing column), then along a column (growing row).
    pixel_spacing : tuple of 2 str
        Between rows, between columns, mm.
    thickness : str
        SliceThickness, or the distance of slices where the source has none.
    """

    position: tuple[str, ...]
    orientation: tuple[str, ...]
    pixel_spacing: tuple[str, ...]
    thickness: str


def plane(origin: Origin, number: int) -> PlanePlace:
    """Return where slice ``number`` of the volume lies: where its own image does, on the even grid if it has none."""
    geometry = origin.geometry
    cosines, spacing = geometry.cosines, geometry.spacing_mm
    image = origin.images[number]
    position = geometry.affine[:3, 3] + number * geometry.affine[:3, 0]
    if image is not None and image.position_mm is not None:
        # an object that names an image lies where that image lies, also when slices are uneven or a little tilted
        position = np.array(image.position_mm)
    thickness = origin.thickness_mm if origin.thickness_mm and origin.thickness_mm > 0 else spacing[0]
    return PlanePlace(
        position=_decimals(position),
        orientation=_decimals((*cosines[:, 2], *cosines[:, 1])),
        pixel_spacing=_decimals(spacing[1:]),
        thickness=_decimals((thickness,))[0],
    )


def _decimals(numbers: Iterable[float]) -> tuple[str, ...]:
    # minus zero is a number nobody wants to read
    return tuple(format_number_as_ds(float(number) + 0.0) for number in numbers)
