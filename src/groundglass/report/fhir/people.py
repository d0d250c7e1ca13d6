"""The patient line of a DICOM header in the types of FHIR: nothing is guessed, and what does not fit is left out."""

from __future__ import annotations

import datetime
import re
import unicodedata
from types import MappingProxyType
from typing import Final

from groundglass.dicom.header import Identity
from groundglass.phrases import Notice
from groundglass.report.fhir.terms import Json

REPRESENTATION: Final = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation"
_GROUPS: Final = ("ABC", "IDE", "SYL")
"""Alphabetic, ideographic, phonetic: the component groups of PN in order (PS3.5 6.2.1.1), as ISO 21090 codes them."""
_GENDERS: Final = MappingProxyType({"M": "male", "F": "female", "O": "other"})
"""PatientSex (PS3.3 C.7.1.1) to administrative gender."""
_DATE = re.compile(r"(\d{4})(?:(\d{2})(\d{2})|\.(\d{2})\.(\d{2}))")


def exact(text: str) -> str:
    """Return a text of the source as it is, but for what JSON and FHIR strings cannot hold: control characters."""
    kept = "".join(" " if unicodedata.category(letter) in ("Cc", "Cs") else letter for letter in text)
    return kept.strip()


def human_names(text: str) -> list[Json]:
    """Return the names of a PN, one a component group.

    Parameters
    ----------
    text : str
        Decoded: ``family^given^middle^prefix^suffix``, up to three of them parted by ``=``.

    References
    ----------
    PS3.5 section 6.2; ISO 21090 for the code of a component group.
    """
    groups = text.split("=")[: len(_GROUPS)]
    given = [(code, name) for code, group in zip(_GROUPS, groups, strict=False) if (name := _name(group))]
    if len(given) > 1 or (given and given[0][0] != "ABC"):
        for code, name in given:
            name["extension"] = [{"url": REPRESENTATION, "valueCode": code}]
    return [name for _, name in given]


def _name(group: str) -> Json:
    family, first, middle, prefix, suffix, *_ = [exact(part) for part in group.split("^")] + [""] * 5
    fields: Json = {
        "text": exact(group.replace("^", " ")),
        "family": family,
        "given": [part for part in (first, middle) if part],
        "prefix": [prefix] if prefix else [],
        "suffix": [suffix] if suffix else [],
    }
    return {name: value for name, value in fields.items() if value}


def birth_date(text: str) -> str | None:
    """Return a DA as a FHIR date; None where it is no day of the calendar."""
    found = _DATE.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day = (int(part) for part in found.groups() if part)
    try:
        return datetime.date(year, month, day).isoformat()
    except ValueError:
        return None


def patient(identity: Identity | None, identifier: Json, id_system: str | None) -> tuple[Json, tuple[Notice, ...]]:
    """Return the Patient, and what of the header did not go in.

    Parameters
    ----------
    identity : Identity or None
        The patient line of the source; None where it is not at hand.
    identifier : dict
        By which the resource is found again.
    id_system : str or None
        URI of the namespace that PatientID belongs to.

    Returns
    -------
    patient : dict
        Without identity where the source has none.
    notices : tuple of Notice
        They name the attribute, never its value.
    """
    made: Json = {"resourceType": "Patient", "identifier": [identifier]}
    if identity is None:
        return made, ()
    notices: list[Notice] = []
    number = exact(identity.patient_id)
    if number and not id_system:
        made["identifier"].append({"value": number})
    if names := human_names(identity.patient_name):
        made["name"] = names
    sex = identity.sex.strip().upper()
    if sex in _GENDERS:
        made["gender"] = _GENDERS[sex]
    elif sex:
        notices.append(Notice("fhir_sex_left_out"))
    if identity.birth_date.strip():
        born = birth_date(identity.birth_date)
        if born is None:
            notices.append(Notice("fhir_birth_date_left_out"))
        else:
            made["birthDate"] = born
    return made, tuple(notices)


def has_patient(identity: Identity | None) -> bool:
    """Tell whether the source says anything of who the patient is."""
    return identity is not None and any(
        text.strip(" ^=") for text in (identity.patient_name, identity.patient_id, identity.birth_date)
    )
