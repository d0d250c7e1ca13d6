"""The structured report of a study.

References
----------
DICOM PS3.3 A.35.13 (Comprehensive 3D SR), C.17 (SR modules), C.12.1.1.5; PS3.16 TID 1500, and section 6.2.5: an
extensible template may be extended at any semantically fitting place, so that the summary stands in front.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from highdicom.sr import (
    DeviceObserverIdentifyingAttributes,
    LanguageOfContentItemAndDescendants,
    MeasurementReport,
    ObservationContext,
    ObserverContext,
)
from pydicom.dataset import Dataset
from pydicom.uid import Comprehensive3DSRStorage

from groundglass.codes import CODES, PRIVATE_SCHEME, PRIVATE_SCHEME_NAME, PRIVATE_SCHEME_UID
from groundglass.dicom.objects.header import new_object, serial_number, source_text
from groundglass.dicom.objects.key_objects import Named, key_slices
from groundglass.dicom.objects.making import MANUFACTURER, MODEL
from groundglass.dicom.objects.sr.dose import dose_container
from groundglass.dicom.objects.sr.items import concept, container
from groundglass.dicom.objects.sr.measurements import Scene, groups
from groundglass.dicom.objects.sr.service_fields import service_container, summary_container
from groundglass.dicom.objects.sr.statements import evaluations, lungs_whole
from groundglass.dicom.objects.sr.wording import Words
from groundglass.phrases import say, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydicom.dataset import FileDataset

    from groundglass.analysis.quantify import RegionFigures
    from groundglass.dicom.objects.findings import Findings
    from groundglass.dicom.objects.making import Making, SeriesRole
    from groundglass.dicom.objects.origin import Origin

KEY_IMAGES = 3
"""A group names the most involved slices only: the key objects name them all, and a page of links hides the figures."""
ACCESSION_LETTERS = 16
"""SH has no more (PS3.5 section 6.2): what breaks that stays where the source has it, and is not said twice."""


def structured_report(
    origin: Origin,
    findings: Findings,
    making: Making,
    *,
    segs: Mapping[SeriesRole, Dataset],
    others: Sequence[Named] = (),
) -> FileDataset:
    """Return the structured report of a study, also where nothing was found.

    Parameters
    ----------
    origin : Origin
        The source.
    findings : Findings
        What was found.
    making : Making
        Who, when, language, profile, UIDs.
    segs : mapping of str to Dataset
        The segmentations that were made, by series; may be empty.
    others : sequence of Named
        Further objects of the study that figures come from, such as its dose reports.

    Returns
    -------
    FileDataset
        Comprehensive 3D SR, TID 1500; UNVERIFIED, PRELIMINARY; PARTIAL where part of the lungs was seen.
    """
    words = Words(making.language)
    data = new_object(
        origin,
        making,
        "sr",
        1,
        sop_class=Comprehensive3DSRStorage,
        modality="SR",
        description=words("series"),
    )
    _document(data, origin, findings, making, words)
    root = _content(origin, findings, making, segs, words)
    for element in root:
        data.add(element)
    _separate(data)
    if making.language != "en":
        _translate(data, making)
    data.CurrentRequestedProcedureEvidenceSequence = [_evidence(origin, segs, others)]
    _name_scheme(data)
    return data


def _document(data: Dataset, origin: Origin, findings: Findings, making: Making, words: Words) -> None:
    """Write the SR document modules (PS3.3 C.17.1 and C.17.2)."""
    whole = lungs_whole(findings.result)
    data.ContentDate, data.ContentTime = making.date, making.time
    data.CompletionFlag = "COMPLETE" if whole else "PARTIAL"
    data.CompletionFlagDescription = words("completion_whole" if whole else "completion_partial")
    data.VerificationFlag, data.PreliminaryFlag = "UNVERIFIED", "PRELIMINARY"
    data.PerformedProcedureCodeSequence = []
    data.ReferencedPerformedProcedureStepSequence = []
    accession = source_text(origin.header, "AccessionNumber")
    if accession and len(accession) <= ACCESSION_LETTERS:
        request = Dataset()
        request.StudyInstanceUID = origin.study_uid
        request.ReferencedStudySequence = []
        request["AccessionNumber"] = data["AccessionNumber"]  # carried, not judged: one may be too long
        request.PlacerOrderNumberImagingServiceRequest = ""
        request.FillerOrderNumberImagingServiceRequest = ""
        request.RequestedProcedureID = ""
        request.RequestedProcedureDescription = ""
        request.RequestedProcedureCodeSequence = []
        data.ReferencedRequestSequence = [request]


def _content(
    origin: Origin, findings: Findings, making: Making, segs: Mapping[SeriesRole, Dataset], words: Words
) -> Dataset:
    shown = (origin.images[number] for number in key_slices(findings))
    key_images = [image for image in shown if image is not None][:KEY_IMAGES]
    regions: dict[tuple[str, str | None], RegionFigures] = {
        (region.side, region.zone): region for region in findings.regions
    }
    scene = Scene(origin, findings.result, making, segs, key_images, regions, words)
    observer = DeviceObserverIdentifyingAttributes(
        uid=making.observer_uid,
        name=f"{MANUFACTURER} {making.version}",
        manufacturer_name=MANUFACTURER,
        model_name=MODEL,
        serial_number=serial_number(making),
    )
    report = MeasurementReport(
        observation_context=ObservationContext(observer_device_context=ObserverContext(concept("device"), observer)),
        procedure_reported=concept("ct_chest"),
        imaging_measurements=groups(scene),
        title=concept("measurement_report"),
        language_of_content_item_and_descendants=LanguageOfContentItemAndDescendants(
            concept(f"language_{making.language}")
        ),
    )
    root = report[0]
    items = list(root.ContentSequence)
    # the measurements come last in what highdicom makes: the summary goes in front of them
    items.insert(-1, service_container(scene, findings) or summary_container(scene, findings))
    items.append(container("qualitative_evaluations", evaluations(scene, findings)))
    if findings.result.dose is not None:
        items.append(dose_container(findings.result.dose, words))
    root.ContentSequence = items
    return root


def _evidence(origin: Origin, segs: Mapping[SeriesRole, Dataset], others: Sequence[Named]) -> Dataset:
    """Return every source image, segmentation and other object by series (PS3.3 C.17.2.3)."""
    by_series: dict[str, list[Dataset]] = {}
    named = [(image.series_uid, image.sop_class, image.sop_uid) for image in origin.sources]
    named += [(str(seg.SeriesInstanceUID), str(seg.SOPClassUID), str(seg.SOPInstanceUID)) for seg in segs.values()]
    named += [(other.series_uid, other.sop_class, other.sop_uid) for other in others]
    for series_uid, sop_class, sop_uid in named:
        item = Dataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = sop_class, sop_uid
        by_series.setdefault(series_uid, []).append(item)
    evidence = Dataset()
    evidence.StudyInstanceUID = origin.study_uid
    evidence.ReferencedSeriesSequence = []
    for series_uid, items in by_series.items():
        series = Dataset()
        series.SeriesInstanceUID, series.ReferencedSOPSequence = series_uid, items
        evidence.ReferencedSeriesSequence.append(series)
    return evidence


def _separate(item: Dataset) -> None:
    """Say that the items of a container are no running text, so that viewers print the name of each."""
    if item.ValueType == "CONTAINER":
        item.ContinuityOfContent = "SEPARATE"
        for child in item.get("ContentSequence", ()):
            _separate(child)


def _translate(data: Dataset, making: Making) -> None:
    """Put the meanings of codes into the language of the report; value and scheme, which machines read, stay."""
    known = table()
    meanings = {
        (entry.scheme, entry.value): say(f"sr_code_{name}", making.language)
        for name, entry in CODES.items()
        if f"sr_code_{name}" in known
    }
    for item in _codes(data):
        meaning = meanings.get((item.CodingSchemeDesignator, item.CodeValue))
        if meaning is not None:
            item.CodeMeaning = meaning


_CODE_SEQUENCES = ("ConceptNameCodeSequence", "ConceptCodeSequence")


def _codes(item: Dataset) -> Iterator[Dataset]:
    for keyword in _CODE_SEQUENCES:
        if keyword in item:
            yield from item[keyword].value
    if "ContentSequence" in item:
        for child in item.ContentSequence:
            yield from _codes(child)


def _name_scheme(data: Dataset) -> None:
    scheme = Dataset()
    scheme.CodingSchemeDesignator, scheme.CodingSchemeUID = PRIVATE_SCHEME, PRIVATE_SCHEME_UID
    scheme.CodingSchemeName = PRIVATE_SCHEME_NAME
    data.CodingSchemeIdentificationSequence = [scheme]
