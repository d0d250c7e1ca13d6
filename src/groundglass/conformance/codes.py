"""The defects a result can have: one table row a code."""

from __future__ import annotations

from dataclasses import dataclass

from groundglass.phrases import Severity

_LETTERS = "list of technological defects of the Moscow programme, as third parties give it"
_CONTRACT = "result contract of the Moscow programme, as third parties quote it"
_SOURCES = f"{_CONTRACT} (SourceImageSequence)"
_MESSAGE = f"{_CONTRACT} (DICOMREPORTNOTIFY)"
_OURS = "defined here"


@dataclass(frozen=True, slots=True)
class Defect:
    """One kind of defect.

    Attributes
    ----------
    code : str
        A letter and a digit, stable for ever.
    meaning : str
        One sentence for the reference page.
    severity : {"info", "warning", "error"}
        How grave it is where the profile says nothing else; an error makes exit code 3.
    source : str
        Where the rule was read.
    """

    code: str
    meaning: str
    severity: Severity
    source: str


def _table(*rows: Defect) -> dict[str, Defect]:
    return {row.code: row for row in rows}


DEFECTS: dict[str, Defect] = _table(
    Defect("V1", "There is no extra series: no marked image, segmentation or derived image.", "error", _LETTERS),
    Defect("V2", "There is no structured report.", "error", _LETTERS),
    Defect("V3", "There is more than one structured report.", "error", _LETTERS),
    Defect("V4", "The name of the service is not stated.", "error", _LETTERS),
    Defect("V5", "The version of the service is not stated.", "error", _LETTERS),
    Defect("G1", "Pictures show only a part of the frame of the source.", "error", _LETTERS),
    Defect("G2", "The contrast is wrong: inverted, flat, saturated, or a window without lung.", "error", _LETTERS),
    Defect("G3", "Not every source image was processed.", "error", _LETTERS),
    Defect("G4", "A part of the study is missing.", "error", _LETTERS),
    Defect("G5", "The original was changed, or its series was added to.", "error", _LETTERS),
    Defect("D1", "Marks lie outside the organ.", "error", _LETTERS),
    Defect("D2", "The wrong region was looked at.", "error", _LETTERS),
    Defect("O1", "An object cannot be read.", "error", "DICOM PS3.10 section 7, PS3.5 section 7"),
    Defect("O2", "An image has no pixels, or none that can be decoded.", "error", "DICOM PS3.3 C.7.6.3, PS3.5 8"),
    Defect("O3", "A UID is missing or invalid.", "error", "DICOM PS3.5 section 9.1"),
    Defect("O4", "One SOP Instance UID names several different objects.", "error", "DICOM PS3.3 C.12.1, PS3.5 9"),
    Defect("O5", "The result holds files that are no DICOM objects.", "info", _OURS),
    Defect("I1", "The object belongs to another study.", "error", "DICOM PS3.3 C.7.2.1 (StudyInstanceUID)"),
    Defect("I2", "The object belongs to another patient.", "error", "DICOM PS3.3 C.7.1.1 (PatientID, PatientName)"),
    Defect("I3", "The frame of reference is not that of the source.", "error", "DICOM PS3.3 C.7.4.1"),
    Defect("I4", "The time of processing is not stated.", "warning", _CONTRACT),
    Defect("R1", "A reference points to nothing in the study or the result.", "error", "DICOM PS3.3 10.3"),
    Defect("R2", "References run in a circle.", "error", "DICOM PS3.3 C.17.3, C.12.4"),
    Defect("R3", "The object does not say which images it was made from.", "warning", _SOURCES),
    Defect("B1", "BurnedInAnnotation is not YES.", "warning", _CONTRACT + "; DICOM PS3.3 C.8.6.1"),
    Defect("B2", "No warning says that software made the result, and what it is not for.", "warning", _CONTRACT),
    Defect("S1", "Segmentation or picture is mirrored.", "error", _OURS),
    Defect("S2", "Position or orientation differ from those of the source.", "error", "DICOM PS3.3 C.7.6.2, C.8.20"),
    Defect("S3", "The picture does not show the slice that it names.", "error", _OURS),
    Defect("P1", "There are more extra series than the profile allows.", "error", _CONTRACT),
    Defect("P2", "A field of the report is missing or out of order.", "error", _CONTRACT),
    Defect("P3", "The series UID does not follow the mask.", "error", _CONTRACT),
    Defect("P4", "The report does not say what was looked for.", "warning", _CONTRACT),
    Defect("N1", "The notification message contradicts itself or lacks a field.", "error", _MESSAGE),
    Defect("N2", "The notification message does not fit the objects.", "error", _MESSAGE),
    Defect("N3", "There is no notification message.", "info", _MESSAGE),
    Defect("E1", "Text burned into pictures was not read; what it states counts for nothing here.", "info", _OURS),
    Defect("E2", "Pictures could not be laid on a slice of the source; marks in them were not judged.", "info", _OURS),
    Defect("E3", "Pictures name no source image and were laid on slices by number and likeness.", "info", _OURS),
    Defect("E4", "Marks could not be judged against the lungs.", "info", _OURS),
)  # fmt: skip
"""Every code; the reference page is made from it."""
