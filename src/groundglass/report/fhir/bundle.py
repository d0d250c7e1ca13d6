"""A result as a FHIR transaction bundle."""

from __future__ import annotations

import base64
import datetime
import hashlib
import re
from dataclasses import dataclass

from groundglass.analysis.result import Result
from groundglass.dicom.header import Identity
from groundglass.phrases import Language, Notice
from groundglass.report.fhir.identifiers import (
    Identifiers,
    as_identifier,
    entry_urn,
    search_for,
    study_identifier,
)
from groundglass.report.fhir.people import exact, has_patient, patient
from groundglass.report.fhir.releases import FhirRelease, checked_text, in_release
from groundglass.report.fhir.resources import Context, device, device_urn, imaging_study, observations, report
from groundglass.report.fhir.terms import Json
from groundglass.report.wording import clean

_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\d")


@dataclass(frozen=True, slots=True)
class FhirOptions:
    """How a bundle is made.

    Attributes
    ----------
    release : {"R5", "R4B"}
        FHIR release.
    language : {"en", "ru"}
        Of the conclusion; displays of codes stay English.
    patient_id_system : str or None
        URI of the namespace that PatientID belongs to. With it the Patient of the server is found and used.
    utc_offset : str or None
        Time zone of the scanner, such as ``+03:00``. Without it a time of day cannot be told in FHIR.
    """

    release: FhirRelease = "R5"
    language: Language = "en"
    patient_id_system: str | None = None
    utc_offset: str | None = None


@dataclass(frozen=True, slots=True)
class FhirBundle:
    """A bundle, checked by the models of its release.

    Attributes
    ----------
    text : str
        JSON, UTF-8, one object; the same input gives the same bytes.
    notices : tuple of Notice
        What of the source did not go in.
    """

    text: str
    notices: tuple[Notice, ...]


def fhir_bundle(
    result: Result,
    identity: Identity | None = None,
    *,
    options: FhirOptions | None = None,
    pdf: bytes = b"",
    indent: int | None = 2,
) -> FhirBundle:
    """Return a result as a transaction bundle: Patient, Device, ImagingStudy, Observations, DiagnosticReport.

    Parameters
    ----------
    result : Result
        As read by :func:`groundglass.analysis.schema.from_json`.
    identity : Identity, optional
        The patient line of the source; without it the Patient carries no identity.
    options : FhirOptions, optional
        Release, language, namespaces.
    pdf : bytes
        The report to attach; empty for none.
    indent : int or None
        Spaces a level; None gives one line.

    Raises
    ------
    InternalError
        ``FHIR_INVALID`` if the models of the release refuse the bundle.

    Notes
    -----
    Every entry is a conditional create: what the server has already under that identifier is used and never changed.
    """
    options = options or FhirOptions()
    told = identity if has_patient(identity) else None
    names = Identifiers(
        result, identity, options.language, options.patient_id_system or "", options.utc_offset or "", _digest(pdf)
    )
    notices: list[Notice] = []
    patient_key, made_patient, said = _patient(told, names, options)
    notices += said
    uid = clean(result.study.study_uid or "")
    when = _when(result.acquisition_datetime, options.utc_offset)
    if when is not None and result.acquisition_datetime is not None and "T" in result.acquisition_datetime:
        notices += [Notice("fhir_time_dropped", {}, "info")] if "T" not in when else []
    context = Context(
        result=result,
        identity=identity,
        identifiers=names,
        language=options.language,
        when=when,
        patient=entry_urn(patient_key),
        device=entry_urn(as_identifier(device_urn(result))),
        study=entry_urn(study_identifier(uid)) if uid else None,
    )
    entries = [_entry(context.patient, made_patient, patient_key)]
    figures = [(entry_urn(one["identifier"][0]), one) for one in observations(context)]
    if figures:
        program = device(result)
        entries.append(_entry(context.device, program, program["identifier"][0]))
    if uid and context.study:
        entries.append(_entry(context.study, imaging_study(context, uid), study_identifier(uid)))
    entries += [_entry(urn, one, one["identifier"][0]) for urn, one in figures]
    final = report(context, [urn for urn, _ in figures], _attachment(pdf, options.language))
    key = final["identifier"][0]
    entries.append(_entry(entry_urn(key), final, key))
    for entry in entries:
        entry["resource"] = in_release(entry["resource"], options.release)
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    return FhirBundle(checked_text(bundle, options.release, indent=indent), tuple(notices))


def _patient(
    identity: Identity | None, names: Identifiers, options: FhirOptions
) -> tuple[Json, Json, tuple[Notice, ...]]:
    number = exact(identity.patient_id) if identity else ""
    if number and options.patient_id_system:
        key: Json = {"system": options.patient_id_system, "value": number}
    else:
        # Without its namespace a PatientID may be anybody's: the Patient is this bundle's own.
        key = as_identifier(names.urn("patient"))
    made, notices = patient(identity, key, options.patient_id_system)
    return key, made, notices


def _entry(urn: str, resource: Json, key: Json) -> Json:
    kind = resource["resourceType"]
    request = {"method": "POST", "url": kind, "ifNoneExist": search_for(key)}
    return {"fullUrl": urn, "resource": resource, "request": request}


def _when(stated: str | None, utc_offset: str | None) -> str | None:
    """Return a FHIR dateTime: a time of day needs its zone there (R5, Data Types, dateTime), else the date stays."""
    if stated is None:
        return None
    try:
        datetime.date.fromisoformat(stated[:10])
    except ValueError:
        return None
    return stated + utc_offset if utc_offset and _TIME.fullmatch(stated) else stated[:10]


def _attachment(pdf: bytes, language: Language) -> Json | None:
    if not pdf:
        return None
    return {
        "contentType": "application/pdf",
        "language": language,
        "data": base64.b64encode(pdf).decode("ascii"),
        "hash": base64.b64encode(hashlib.sha1(pdf, usedforsecurity=False).digest()).decode("ascii"),
        "title": "report.pdf",
    }


def _digest(pdf: bytes) -> str:
    return hashlib.sha256(pdf).hexdigest() if pdf else ""
