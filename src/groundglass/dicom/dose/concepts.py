"""Codes that a CT dose report is read by (PS3.16 TID 10011 to 10014, CID 4052 and 10013), and its units."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from groundglass.dicom.dose.content import Coded

_OTHER_SCHEMES = ("99", "SCT", "LN", "UCUM")
"""Schemes in which a number of six digits may mean something else; any other name beside a DICOM code is a slip."""
ScanType = Literal["spiral", "sequenced", "stationary", "constant_angle", "free", "unknown"]


@dataclass(frozen=True, slots=True)
class Concept:
    """A concept of the DICOM coding scheme (PS3.16 Annex D): its code, and the words by which private codes say it."""

    code: str
    meaning: str

    def names(self, coded: Coded) -> bool:
        """Tell whether a coded entry is this concept: by its code, else by its words."""
        if coded.value == self.code and not coded.scheme.upper().startswith(_OTHER_SCHEMES):
            return True
        return plain(coded.meaning) == plain(self.meaning)


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Return the letters and digits of a text, lower case: makers write one meaning in several ways."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


MEASUREMENT_REPORT = Concept("126000", "Imaging Measurement Report")
REPORT = Concept("113701", "X-Ray Radiation Dose Report")
ACCUMULATED = Concept("113811", "CT Accumulated Dose Data")
EVENT_COUNT = Concept("113812", "Total Number of Irradiation Events")
DLP_TOTAL = Concept("113813", "CT Dose Length Product Total")
ACQUISITION = Concept("113819", "CT Acquisition")
SCAN_TYPE = Concept("113820", "CT Acquisition Type")
PROTOCOL = Concept("125203", "Acquisition Protocol")
TARGET_REGION = Concept("123014", "Target Region")
EVENT_UID = Concept("113769", "Irradiation Event UID")
CTDIVOL = Concept("113830", "Mean CTDIvol")
DLP = Concept("113838", "DLP")
PHANTOM = Concept("113835", "CTDIw Phantom Type")
ALERTS = Concept("113900", "Dose Check Alert Details")
NOTIFICATIONS = Concept("113908", "Dose Check Notification Details")
COMMENT = Concept("121106", "Comment")
STUDY_UID = Concept("110180", "Study Instance UID")
REPORT_START = Concept("113809", "Start of X-Ray Irradiation")
EVENT_START = Concept("111526", "DateTime Started")

DOSE_CLASSES = tuple(f"1.2.840.10008.5.1.4.1.1.88.{number}" for number in (67, 68, 73, 74, 75, 76))
"""Storage classes of dose reports (PS3.4 B.5): X-ray, radiopharmaceutical, patient, enhanced X-ray, administration."""

PHANTOM_CM: tuple[tuple[Concept, int], ...] = (
    (Concept("113690", "IEC Head Dosimetry Phantom"), 16),
    (Concept("113691", "IEC Body Dosimetry Phantom"), 32),
)
"""Diameters of the two phantoms of IEC 60601-2-44 (PS3.16 CID 4052)."""

SCAN_TYPES: tuple[tuple[tuple[str, ...], str, ScanType], ...] = (
    (("113804",), "sequenced", "sequenced"),
    (("113805",), "constantangle", "constant_angle"),
    (("113806",), "stationary", "stationary"),
    (("113807",), "free", "free"),
    (("P5-08001", "116152004"), "spiral", "spiral"),
)
"""Codes (DCM, SRT, SCT) and words of PS3.16 CID 10013; the words are also the terms of AcquisitionType (0018,9302)."""

DOSE_UNITS: dict[str, float] = {"mgy": 1.0, "gy": 1000.0, "cgy": 10.0, "dgy": 100.0, "ugy": 0.001, "μgy": 0.001}
"""To mGy (UCUM); letters only, so that other ways to write a unit are known too."""
DLP_UNITS: dict[str, float] = {
    "mgycm": 1.0,
    "mgym": 100.0,
    "gycm": 1000.0,
    "gym": 100_000.0,
    "cgycm": 10.0,
    "dgycm": 100.0,
    "ugycm": 0.001,
    "ugym": 0.1,
    "μgycm": 0.001,
    "μgym": 0.1,
    "mgymm": 0.1,
}
"""To mGy cm; TID 10013 asks for mGy.cm, makers write mGycm too."""


def phantom_cm(coded: Coded) -> int | None:
    """Return the diameter of a CTDI phantom, None for an unknown one."""
    return next((size for concept, size in PHANTOM_CM if concept.names(coded)), None) or phantom_of_text(coded.meaning)


def phantom_of_text(text: str) -> int | None:
    """Return the diameter that a text such as ``HEAD 16 CM`` names, None where it names none or both."""
    word = plain(text)
    sizes = {16 for mark in ("16cm", "160mm", "headdosimetry", "headphantom") if mark in word}
    sizes |= {32 for mark in ("32cm", "320mm", "bodydosimetry", "bodyphantom") if mark in word}
    return sizes.pop() if len(sizes) == 1 else None


def scan_type(coded: Coded) -> ScanType:
    """Return the way of scanning."""
    word = plain(coded.meaning)
    for codes, mark, name in SCAN_TYPES:
        if coded.value in codes or mark in word:
            return name
    return "constant_angle" if word in ("localizer", "scout", "surview", "topogram") else "unknown"
