"""The resources of one result, as R5 writes them; :mod:`groundglass.report.fhir.releases` turns them into R4B."""

from __future__ import annotations

import re
from dataclasses import dataclass

from groundglass.analysis.result import DoseEvent, DoseSection, GradeSection, Result
from groundglass.dicom.header import Identity
from groundglass.phrases import Language, say
from groundglass.report.fhir.figures import FIGURES, INVOLVEMENT, Figure
from groundglass.report.fhir.identifiers import Identifiers, as_identifier, fixed_urn, study_identifier
from groundglass.report.fhir.people import birth_date, exact
from groundglass.report.fhir.terms import Json, coding, concept, grade_term, quantity, term
from groundglass.report.fhir.wording import conclusion, narrative, of_a_part, routing_lines
from groundglass.report.wording import clean

_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
"""FHIR R5, Data Types, id."""
_PHANTOMS = {16: "dose_phantom_head", 32: "dose_phantom_body"}
"""Diameter in cm to the phantom (IEC 60601-2-44; PS3.16 CID 4052)."""


@dataclass(frozen=True, slots=True)
class Context:
    """What every resource of a bundle shares.

    Attributes
    ----------
    result : Result
        What was measured.
    identity : Identity or None
        The patient line, for the accession number and the date of the study.
    identifiers : Identifiers
        Of the bundle.
    language : {"en", "ru"}
        Of the words.
    when : str or None
        FHIR dateTime of the acquisition.
    patient, device : str
        fullUrl.
    study : str or None
        fullUrl of the ImagingStudy, None where the study has no UID.
    """

    result: Result
    identity: Identity | None
    identifiers: Identifiers
    language: Language
    when: str | None
    patient: str
    device: str
    study: str | None


def device(result: Result) -> Json:
    """Return the program as a Device: its version, and the hash of each network that took part.

    Parameters
    ----------
    result : Result
        Names the software.
    """
    software = result.software
    models = [
        {
            "type": concept(term("network_sha256")),
            "component": {"value": clean(f"{model.name} ({model.engine}, {model.precision})")},
            "value": clean(model.sha256),
        }
        for model in software.models
    ]
    return {
        "resourceType": "Device",
        "identifier": [as_identifier(device_urn(result))],
        "type": [concept(term("software"))],
        "name": [{"value": clean(software.name), "type": "user-friendly-name"}],
        "version": [{"type": concept(term("program_version")), "value": clean(software.version)}, *models],
        "note": [{"text": clean(result.intended_use)}],
    }


def device_urn(result: Result) -> str:
    """Return the urn of the Device: one for all studies that the same program read with the same networks."""
    software = result.software
    models = [part for model in software.models for part in (model.name, model.sha256, model.engine, model.precision)]
    return fixed_urn("device", software.name, software.version, result.intended_use, *models)


def imaging_study(context: Context, uid: str) -> Json:
    """Return the ImagingStudy with the one series that was read; of a refused study only its UID is sure.

    Parameters
    ----------
    context : Context
        The bundle's.
    uid : str
        StudyInstanceUID.
    """
    result, identity = context.result, context.identity
    made: Json = {
        "resourceType": "ImagingStudy",
        "identifier": [study_identifier(uid)],
        "status": "available",
        "subject": {"reference": context.patient},
    }
    if identity and exact(identity.accession_number):
        accession = {"type": concept(term("accession")), "value": exact(identity.accession_number)}
        made["identifier"].append(accession)
    if identity and (started := birth_date(identity.study_date)):
        made["started"] = started
    if identity and exact(identity.study_description):
        made["description"] = exact(identity.study_description)
    if result.status == "refused":
        return made
    made["modality"] = [concept(term("ct"))]
    if result.study.series_uid and _ID.fullmatch(result.study.series_uid):
        # How many images series and study have is not known here: those that were read may be fewer.
        series: Json = {"uid": result.study.series_uid, "modality": concept(term("ct"))}
        if context.when:
            series["started"] = context.when
        made["series"] = [series]
    return made


def observations(context: Context) -> list[Json]:
    """Return every Observation; none for a study that was refused."""
    result = context.result
    if result.status == "refused":
        return []
    made = [_figure(context, figure) for figure in FIGURES]
    if result.grade is not None:
        made.insert(0, _grade(context, result.grade))
    if result.dose is not None:
        made += _dose(context, result.dose)
    return made


def report(context: Context, results: list[str], pdf: Json | None) -> Json:
    """Return the DiagnosticReport.

    Parameters
    ----------
    context : Context
        The bundle's.
    results : list of str
        fullUrl of the Observations, in order.
    pdf : dict or None
        Attachment of the report.

    Notes
    -----
    Never final. ``preliminary``; ``partial`` where only a part of the lungs was seen; ``cancelled``, a measurement that
    was not completed, where nothing was measured (FHIR R5, value set diagnostic-report-status).
    """
    result = context.result
    lines = conclusion(result, context.language)
    made: Json = {
        "resourceType": "DiagnosticReport",
        "language": context.language,
        "text": narrative(lines, context.language),
        "identifier": [as_identifier(context.identifiers.urn("report"))],
        "status": "cancelled" if result.status == "refused" else "partial" if of_a_part(result) else "preliminary",
        "category": [concept(term("radiology"))],
        "code": concept(term("ct_chest")),
        "subject": {"reference": context.patient},
        "conclusion": "\n".join(lines),
    }
    if context.when:
        made["effectiveDateTime"] = context.when
    if results:
        made["result"] = [{"reference": urn} for urn in results]
    if context.study:
        made["study"] = [{"reference": context.study}]
    if result.grade is not None and result.grade.value is not None:
        made["conclusionCode"] = [concept(grade_term(result.grade.value))]
    if pdf is not None:
        made["presentedForm"] = [pdf]
    return made


def _observation(context: Context, name: str, codes: tuple[str, ...]) -> Json:
    made: Json = {
        "resourceType": "Observation",
        "identifier": [as_identifier(context.identifiers.urn(name))],
        "status": "preliminary",
        "category": [concept(term("imaging"))],
        "code": concept(*(term(code) for code in codes)),
        "subject": {"reference": context.patient},
        "device": {"reference": context.device},
    }
    if context.when:
        made["effectiveDateTime"] = context.when
    if context.study:
        made["derivedFrom"] = [{"reference": context.study}]
    if of_a_part(context.result):
        made["note"] = [{"text": say("fhir_partial", context.language)}]
    return made


def _add_notes(made: Json, texts: list[str]) -> None:
    made["note"] = [*made.get("note", ()), *({"text": text} for text in texts)]


def _figure(context: Context, figure: Figure) -> Json:
    made = _observation(context, figure.name, figure.codes)
    made["bodySite"] = concept(*(term(site) for site in figure.sites))
    if figure.method:
        made["method"] = concept(term(figure.method))
    value = figure.read(context.result)
    if value is None:
        made["dataAbsentReason"] = concept(term(figure.absent))
    elif figure.unit is None:
        made["valueInteger"] = int(value)
    else:
        made["valueQuantity"] = quantity(value, figure.unit, figure.digits)
    if figure is INVOLVEMENT and context.result.involvement is not None:
        low, high = context.result.involvement.interval
        ends = (("interval_low", low), ("interval_high", high))
        made["component"] = [
            {"code": concept(term(name)), "valueQuantity": quantity(end, "percent")} for name, end in ends
        ]
    return made


def _grade(context: Context, grade: GradeSection) -> Json:
    made = _observation(context, "grade", ("grade",))
    made["bodySite"] = concept(term("both_lungs"))
    made["method"] = {"text": clean(grade.rules, 1000)}
    if grade.value is None:
        made["dataAbsentReason"] = concept(term("not_performed"))
    else:
        made["valueCodeableConcept"] = concept(grade_term(grade.value))
    parts: list[Json] = []
    if grade.interval is not None:
        for name, end in zip(("grade_low", "grade_high"), grade.interval, strict=True):
            parts.append({"code": concept(term(name)), "valueCodeableConcept": concept(grade_term(end))})
    if grade.stable is not None:
        said = term("grade_stable" if grade.stable else "grade_unstable")
        parts.append({"code": concept(term("grade_stability")), "valueCodeableConcept": concept(said)})
    if grade.by_worse_lung is not None:
        worse = concept(grade_term(grade.by_worse_lung))
        parts.append({"code": concept(term("grade_by_worse_lung")), "valueCodeableConcept": worse})
    if parts:
        made["component"] = parts
    if context.result.routing is not None:
        _add_notes(made, routing_lines(context.result.routing, context.language))
    return made


def _dose(context: Context, dose: DoseSection) -> list[Json]:
    estimate = say("fhir_population_estimate", context.language, factors=clean(dose.factors))
    made: list[Json] = []
    for number, event in enumerate(dose.events, 1):
        one = _observation(context, f"dose-event-{number}", ("dose_event",))
        parts = _dose_parts(event)
        if parts:
            one["component"] = parts
        else:
            one["dataAbsentReason"] = concept(term("unknown"))
        if event.effective_msv is not None:
            _add_notes(one, [estimate])
        made.append(one)
    totals = (
        ("dose-dlp", "dlp_total", dose.total.dlp_mgy_cm, "mgy_cm", False),
        ("dose-effective", "effective_dose_total", dose.total.effective_msv, "msv", True),
    )
    for name, code, value, unit, estimated in totals:
        one = _observation(context, name, (code,))
        if value is None:
            one["dataAbsentReason"] = concept(term("unknown"))
        else:
            one["valueQuantity"] = quantity(value, unit)
        if estimated:
            _add_notes(one, [estimate])
        made.append(one)
    return made


def _dose_parts(event: DoseEvent) -> list[Json]:
    figures = (
        ("ctdivol", event.ctdivol_mgy, "mgy"),
        ("dlp", event.dlp_mgy_cm, "mgy_cm"),
        ("dose_factor", event.k, "msv_per_mgy_cm"),
        ("effective_dose", event.effective_msv, "msv"),
    )
    parts: list[Json] = [
        {"code": concept(term(code)), "valueQuantity": quantity(value, unit, 5)}
        for code, value, unit in figures
        if value is not None
    ]
    if event.phantom_cm in _PHANTOMS:
        phantom = concept(term(_PHANTOMS[event.phantom_cm]))
        parts.append({"code": concept(term("dose_phantom")), "valueCodeableConcept": phantom})
    if event.region:
        parts.append({"code": concept(term("target_region")), "valueString": clean(event.region)})
    return parts


def modality_as_coding(resource: Json) -> Json:
    """Return an ImagingStudy as R4B has it: modalities are Codings there."""
    series = [{**one, "modality": coding(term("ct"))} for one in resource.get("series", ())]
    made = dict(resource)
    if "modality" in made:
        made["modality"] = [coding(term("ct"))]
    return {**made, "series": series} if series else made
