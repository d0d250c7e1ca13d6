"""What is asked of the header of a dose object."""

from __future__ import annotations

import re
from datetime import date

from groundglass.dicom.dose.content import CONTENT, Data, text_of

SOP_CLASS, SOP_UID, STUDY_UID = 0x00080016, 0x00080018, 0x0020000D
CHARACTER_SET, MODALITY, MANUFACTURER, MODEL = 0x00080005, 0x00080060, 0x00080070, 0x00081090
IMAGE_TYPE, SERIES_DESCRIPTION, BODY_PART, PROTOCOL = 0x00080008, 0x0008103E, 0x00180015, 0x00181030
STUDY_DATE, CONTENT_DATE, CONTENT_TIME = 0x00080020, 0x00080023, 0x00080033
PATIENT_NAME, PATIENT_ID, BIRTH_DATE, SEX, AGE = 0x00100010, 0x00100020, 0x00100030, 0x00100040, 0x00101010
ACCESSION, STUDY_TIME = 0x00080050, 0x00080030
ACQUISITION_TIME, EVENT_UID, SCAN_TYPE, CTDIVOL, PHANTOM = 0x0008002A, 0x00083010, 0x00189302, 0x00189345, 0x00189346
EXPOSURES, EXPOSURE_DOSE, COMMENTS, SERIES_NUMBER, SCAN_LENGTH = (
    0x00400301,
    0x0040030E,
    0x00400310,
    0x00200011,
    0x00181302,
)
PRIVATE_GROUPS = {
    "ELSCINT1": {0x00E1: (0x21,), 0x01E1: (0x26,)},
    "TOSHIBA_MEC_CT3": {0x7005: (0x40,)},
}
"""Documented private elements, group to element: DLP and phantom of Philips, DLP of Toshiba (pydicom's private
dictionary; the phantom as found in captures of an Ingenuity CT)."""

_PRIVATE = frozenset(
    tag
    for groups in PRIVATE_GROUPS.values()
    for group, elements in groups.items()
    for block in range(0x10, 0x100)
    for tag in (group << 16 | block, *(group << 16 | block << 8 | element for element in elements))
)
WANTED = _PRIVATE | {
    *(SOP_CLASS, SOP_UID, STUDY_UID, CHARACTER_SET, MODALITY, MANUFACTURER, MODEL, IMAGE_TYPE, SERIES_DESCRIPTION),
    *(BODY_PART, PROTOCOL, STUDY_DATE, CONTENT_DATE, CONTENT_TIME, PATIENT_NAME, PATIENT_ID, BIRTH_DATE, SEX, AGE),
    *(ACCESSION, STUDY_TIME, ACQUISITION_TIME, EVENT_UID, SCAN_TYPE, CTDIVOL, PHANTOM, EXPOSURES, EXPOSURE_DOSE),
    *(COMMENTS, SERIES_NUMBER, SCAN_LENGTH, CONTENT, 0x0040A043, 0x00081140),
}

_AGE = re.compile(r"(\d{1,3})\s*([DWMY])")
_DATE = re.compile(r"(\d{4})\.?(\d{2})\.?(\d{2})")
_YEARS = {"D": 1 / 365.25, "W": 7 / 365.25, "M": 1 / 12, "Y": 1.0}
_UID = re.compile(r"[0-9A-Fa-f.-]{1,64}")


def plain_text(data: Data, tag: int) -> str:
    """Return technical text, trimmed."""
    return text_of(data, tag, ())


def character_sets(data: Data) -> tuple[str, ...]:
    """Return the values of SpecificCharacterSet."""
    text = plain_text(data, CHARACTER_SET)
    return tuple(part.strip() for part in text.split("\\")) if text else ()


def age_years(data: Data) -> float | None:
    """Return the age of the patient: as stated, else from birth and study date; None where neither is readable."""
    stated = _AGE.fullmatch(plain_text(data, AGE).upper())
    if stated is not None:
        return int(stated[1]) * _YEARS[stated[2]]
    born, studied = _date(plain_text(data, BIRTH_DATE)), _date(plain_text(data, STUDY_DATE))
    if born is None or studied is None or studied < born:
        return None
    return (studied - born).days / 365.25


def uid_of(text: str) -> str:
    """Return a UID, or what an anonymiser puts in its place; other text, which may be a name, is none."""
    return text if _UID.fullmatch(text) else ""


def study_of(data: Data, scope: str = "") -> str:
    """Return what holds a study together: its UID, else that of the report's scope, else what the header has."""
    uid = uid_of(plain_text(data, STUDY_UID)) or uid_of(scope)
    if uid:
        return uid
    words = (PATIENT_ID, PATIENT_NAME, STUDY_DATE, STUDY_TIME, ACCESSION)
    return "?" + "/".join(plain_text(data, tag) for tag in words)


def made(data: Data) -> str:
    """Return when the object was made, as text that sorts."""
    return plain_text(data, CONTENT_DATE) + plain_text(data, CONTENT_TIME)


def private(data: Data, creator: str, group: int, element: int) -> int:
    """Return the tag of a private element (PS3.5 7.8.1), 0 where its creator has reserved no block."""
    for block in range(0x10, 0x100):
        if plain_text(data, group << 16 | block).upper() == creator:
            return group << 16 | block << 8 | element
    return 0


def _date(text: str) -> date | None:
    found = _DATE.match(text)
    if found is None:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None
