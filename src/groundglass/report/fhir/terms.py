"""What the resources are coded with: FHIR names of our coding schemes, and HL7's own codes."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from groundglass.analysis.result import Grade
from groundglass.codes import CODES, PRIVATE_SCHEME, PRIVATE_SCHEME_UID

Json = dict[str, Any]

LOINC: Final = "http://loinc.org"
SNOMED: Final = "http://snomed.info/sct"
DCM: Final = "http://dicom.nema.org/resources/ontology/DCM"
UCUM: Final = "http://unitsofmeasure.org"
OURS: Final = f"urn:oid:{PRIVATE_SCHEME_UID}"
"""The code system of what has no code elsewhere: the one the DICOM objects identify by the same UID."""
HL7: Final = "http://terminology.hl7.org/CodeSystem"

SYSTEMS: Final = MappingProxyType({"LN": LOINC, "SCT": SNOMED, "DCM": DCM, "UCUM": UCUM, PRIVATE_SCHEME: OURS})
"""Coding scheme designator of DICOM to system URI (FHIR R5, "Using Codes", table of external code systems)."""


@dataclass(frozen=True, slots=True)
class Term:
    """One code of a code system.

    Attributes
    ----------
    code, system, display : str
        As FHIR writes them.
    source : str
        Where the code was read.
    """

    code: str
    system: str
    display: str
    source: str


_SCT_SITE = "SNOMED CT body structures, as RadLex-to-SNOMED maps and published FHIR resources use them"
_HL7 = "HL7 Terminology (THO)"
_NONE = "no standard code found; defined here"


def _ours(code: str, display: str) -> Term:
    return Term(code, OURS, display, _NONE)


TERMS: Final = MappingProxyType(
    {
        # the report
        "radiology": Term("RAD", f"{HL7}/v2-0074", "Radiology", _HL7),
        "imaging": Term("imaging", f"{HL7}/observation-category", "Imaging", _HL7),
        "ct": Term("CT", DCM, "Computed Tomography", "PS3.16 CID 29"),
        "software": Term("706687001", SNOMED, "Software", "SNOMED CT, as in the Device examples of HL7 guides"),
        "accession": Term("ACSN", f"{HL7}/v2-0203", "Accession ID", _HL7),
        # where: FHIR has no modifier of the side, so each site is one code
        "both_lungs": Term("74101002", SNOMED, "Both lungs", _SCT_SITE),
        "right_lung": Term("3341006", SNOMED, "Right lung", _SCT_SITE),
        "left_lung": Term("44029006", SNOMED, "Left lung", _SCT_SITE),
        "right_upper_zone": _ours("right-upper-zone", "Upper zone of right lung"),
        "right_middle_zone": _ours("right-middle-zone", "Middle zone of right lung"),
        "right_lower_zone": _ours("right-lower-zone", "Lower zone of right lung"),
        "left_upper_zone": _ours("left-upper-zone", "Upper zone of left lung"),
        "left_middle_zone": _ours("left-middle-zone", "Middle zone of left lung"),
        "left_lower_zone": _ours("left-lower-zone", "Lower zone of left lung"),
        # measured
        "window_volume": _ours("window-volume", "Volume of lesions between -700 and -130 HU"),
        # the program
        "program_version": _ours("program-version", "Version of the program"),
        "network_sha256": _ours("network-sha256", "SHA-256 of a network's file"),
        # nothing to say
        "unknown": Term("unknown", f"{HL7}/data-absent-reason", "Unknown", _HL7),
        "not_performed": Term("not-performed", f"{HL7}/data-absent-reason", "Not Performed", _HL7),
    }
)
"""Every term by our name for it, beside those of :data:`groundglass.codes.CODES`."""

UNITS: Final = MappingProxyType(
    {
        "ml": ("mL", "mL"),
        "percent": ("%", "%"),
        "hu": ("[hnsf'U]", "HU"),
        "share": ("1", "1"),
        "mgy_cm": ("mGy.cm", "mGy·cm"),
        "mgy": ("mGy", "mGy"),
        "msv": ("mSv", "mSv"),
        "msv_per_mgy_cm": ("mSv/(mGy.cm)", "mSv/(mGy·cm)"),
    }
)
"""UCUM code, and the unit as people read it (UCUM 2.2; [hnsf'U] is the Hounsfield unit)."""


def term(name: str) -> Term:
    """Return a term by our name for it, from here or from the table that the DICOM objects use.

    Raises
    ------
    KeyError
        If neither has it.
    """
    if name in TERMS:
        return TERMS[name]
    shared = CODES[name]
    return Term(shared.value, SYSTEMS[shared.scheme], shared.meaning, shared.source)


def grade_term(grade: Grade) -> Term:
    """Return the term of a grade (Morozov et al. 2020, Table 2; no terminology has them)."""
    return term(f"grade_{grade[-1]}")


def coding(found: Term) -> Json:
    """Return a Coding."""
    return {"system": found.system, "code": found.code, "display": found.display}


def concept(*found: Term, text: str | None = None) -> Json:
    """Return a CodeableConcept; of several terms the first says most exactly what is meant."""
    made: Json = {"coding": [coding(one) for one in found]}
    return {**made, "text": text} if text else made


def quantity(value: float, unit: str, digits: int = 3) -> Json:
    """Return a Quantity in a unit of :data:`UNITS`.

    Parameters
    ----------
    value : float
        In that unit.
    unit : str
        Key of the table.
    digits : int
        Decimals kept: more than any figure is good for, fewer than binary fractions have.
    """
    code, shown = UNITS[unit]
    return {"value": round(value, digits) + 0.0, "unit": shown, "system": UCUM, "code": code}
