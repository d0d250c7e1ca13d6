"""Key object selections: the slices that matter, and the rejection of what a new result replaces.

References
----------
DICOM PS3.3 A.35.4, PS3.16 TID 2010, CID 7010 and 7011; IHE RAD TF-3 4.66 (key image note) and Imaging Object Change
Management, RAD TF-3 4.66.4.1.3 (rejection note: title ``Rejected for Quality Reasons``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import KeyObjectSelectionDocumentStorage

from groundglass.codes import Code, code
from groundglass.dicom.objects.document import coded, reference
from groundglass.dicom.objects.header import new_object
from groundglass.phrases import say

if TYPE_CHECKING:
    from groundglass.dicom.objects.findings import Findings
    from groundglass.dicom.objects.making import Making, SeriesRole
    from groundglass.dicom.objects.origin import Origin

MOST_KEY_SLICES = 12
"""A reader looks through this many pictures at a glance; the report shows eight."""
KEY_SLICE_GAP_MM = 8.0
"""Closer slices show the same lesion twice (as for the pictures of the report)."""


@dataclass(frozen=True, slots=True)
class Named:
    """One instance that a selection names.

    Attributes
    ----------
    sop_class, sop_uid, series_uid : str
        Which.
    frames : tuple of int
        1-based frames of a multi-frame image; empty for all of it.
    """

    sop_class: str
    sop_uid: str
    series_uid: str
    frames: tuple[int, ...] = ()


def key_slices(findings: Findings) -> tuple[int, ...]:
    """Return the slices that matter, of the volume as stored, most involved first; none where nothing was found.

    Parameters
    ----------
    findings : Findings
        Masks on the grid of the source.
    """
    areas = [np.count_nonzero(picture) for picture in findings.lesions.array]
    gap = max(1, round(KEY_SLICE_GAP_MM / findings.lesions.geometry.spacing_mm[0]))
    chosen: list[int] = []
    for index in sorted(range(len(areas)), key=lambda number: (-int(areas[number]), number)):
        if areas[index] == 0 or len(chosen) == MOST_KEY_SLICES:
            break
        if all(abs(index - other) >= gap for other in chosen):
            chosen.append(index)
    return tuple(chosen)


def key_objects(
    origin: Origin, findings: Findings, making: Making, *, marked: Sequence[Dataset] = ()
) -> FileDataset | None:
    """Return a selection of the source slices that matter and of their marked pictures.

    Parameters
    ----------
    origin : Origin
        The source.
    findings : Findings
        What was found.
    making : Making
        Who, when, which UIDs.
    marked : sequence of Dataset
        The marked series, of which those of the chosen slices are named too.

    Returns
    -------
    FileDataset or None
        None where nothing was found: there is no slice to point at.
    """
    images = [origin.images[index] for index in key_slices(findings)]
    chosen = [image for image in images if image is not None]
    if not chosen:
        return None
    frames: dict[str, list[int]] = defaultdict(list)
    for image in chosen:
        if image.frame is not None:
            frames[image.sop_uid].append(image.frame)
    by_uid = {image.sop_uid: image for image in chosen}
    named = [Named(image.sop_class, uid, image.series_uid, tuple(sorted(frames[uid]))) for uid, image in by_uid.items()]
    wanted = {(image.sop_uid, image.frame) for image in chosen}
    named += [_named(picture) for picture in marked if _source_of(picture) in wanted]
    return _selection(
        origin, making, "key-objects", code("of_interest"), named, say("objects_key_slices", making.language)
    )


def rejection_note(origin: Origin, replaced: Sequence[Named], making: Making) -> FileDataset | None:
    """Return the note that takes back what an earlier run wrote; None where there is nothing.

    Parameters
    ----------
    origin : Origin
        The source.
    replaced : sequence of Named
        Objects of earlier runs.
    making : Making
        Who, when, which UIDs.
    """
    if not replaced:
        return None
    text = say("objects_rejection", making.language)
    return _selection(origin, making, "rejection", code("rejected_for_quality"), replaced, text, code("other_failure"))


def _selection(
    origin: Origin,
    making: Making,
    role: SeriesRole,
    title: Code,
    named: Sequence[Named],
    text: str,
    modifier: Code | None = None,
) -> FileDataset:
    data = new_object(
        origin,
        making,
        role,
        1,
        sop_class=KeyObjectSelectionDocumentStorage,
        modality="KO",
        description=say(f"objects_series_{role.replace('-', '_')}", making.language),
    )
    data.ReferencedPerformedProcedureStepSequence = []
    data.ContentDate, data.ContentTime = making.date, making.time
    data.CurrentRequestedProcedureEvidenceSequence = [_evidence(origin.study_uid, named)]
    data.ValueType = "CONTAINER"
    data.ConceptNameCodeSequence = [coded(title)]
    data.ContinuityOfContent = "SEPARATE"
    template = Dataset()
    template.MappingResource, template.TemplateIdentifier = "DCMR", "2010"
    data.ContentTemplateSequence = [template]
    items = []
    if modifier is not None:
        items.append(_code_item("HAS CONCEPT MOD", code("document_title_modifier"), modifier))
    items.append(_code_item("HAS CONCEPT MOD", code("language"), code(f"language_{making.language}")))
    items.append(_code_item("HAS OBS CONTEXT", code("observer_type"), code("device")))
    observer = _item("HAS OBS CONTEXT", "UIDREF", code("device_observer_uid"))
    observer.UID = making.observer_uid
    observer_name = _item("HAS OBS CONTEXT", "TEXT", code("device_observer_name"))
    observer_name.TextValue = f"{data.Manufacturer} {making.version}"
    description = _item("CONTAINS", "TEXT", code("key_object_description"))
    description.TextValue = text
    items += [observer, observer_name, description, *(_pointer(one) for one in named)]
    data.ContentSequence = items
    return data


def _evidence(study_uid: str, named: Sequence[Named]) -> Dataset:
    by_series: dict[str, list[Named]] = defaultdict(list)
    for one in named:
        by_series[one.series_uid].append(one)
    evidence = Dataset()
    evidence.StudyInstanceUID = study_uid
    evidence.ReferencedSeriesSequence = []
    for series_uid, members in by_series.items():
        series = Dataset()
        series.SeriesInstanceUID = series_uid
        series.ReferencedSOPSequence = [reference(one.sop_class, one.sop_uid) for one in members]
        evidence.ReferencedSeriesSequence.append(series)
    return evidence


_NOT_PICTURES = {
    # PS3.3 table A.35.4-2: what has no pixels is named by COMPOSITE
    "1.2.840.10008.5.1.4.1.1.88.11",
    "1.2.840.10008.5.1.4.1.1.88.22",
    "1.2.840.10008.5.1.4.1.1.88.33",
    "1.2.840.10008.5.1.4.1.1.88.34",
    "1.2.840.10008.5.1.4.1.1.88.59",
    "1.2.840.10008.5.1.4.1.1.104.1",
}


def _pointer(one: Named) -> Dataset:
    item = Dataset()
    item.RelationshipType = "CONTAINS"
    item.ValueType = "COMPOSITE" if one.sop_class in _NOT_PICTURES else "IMAGE"
    named = reference(one.sop_class, one.sop_uid)
    if one.frames:
        named.ReferencedFrameNumber = list(one.frames)
    item.ReferencedSOPSequence = [named]
    return item


def _item(relation: str, kind: str, name: Code) -> Dataset:
    item = Dataset()
    item.RelationshipType, item.ValueType = relation, kind
    item.ConceptNameCodeSequence = [coded(name)]
    return item


def _code_item(relation: str, name: Code, value: Code) -> Dataset:
    item = _item(relation, "CODE", name)
    item.ConceptCodeSequence = [coded(value)]
    return item


def _named(picture: Dataset) -> Named:
    return Named(str(picture.SOPClassUID), str(picture.SOPInstanceUID), str(picture.SeriesInstanceUID))


def _source_of(picture: Dataset) -> tuple[str, int | None] | None:
    sources = picture.get("SourceImageSequence") or []
    if not sources:
        return None
    frame = sources[0].get("ReferencedFrameNumber")
    return str(sources[0].ReferencedSOPInstanceUID), None if frame is None else int(frame)
