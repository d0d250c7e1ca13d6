"""DICOM segmentations: the lungs, and the lesions, on the voxels of the source.

highdicom makes the object from which label stands in which slice; every reference to the source and the pixels are
written here. highdicom 0.28.2 takes one series only, cannot leave out a slice that has no image, packs frames of fewer
than eight pixels wrongly, and takes several times as long.

References
----------
DICOM PS3.3 A.51 (Segmentation IOD), A.51.2 (Label Map Segmentation IOD), C.8.20; PS3.5 8.1.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from highdicom import PixelMeasuresSequence, PlaneOrientationSequence, PlanePositionSequence
from highdicom.seg import Segmentation
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, JPEGLSLossless

from groundglass.codes import PRIVATE_SCHEME, PRIVATE_SCHEME_NAME, PRIVATE_SCHEME_UID, code
from groundglass.dicom.objects.header import file_meta, new_object, plane, source_text, stand_in
from groundglass.dicom.objects.making import MANUFACTURER, MODEL, SERIES_NUMBERS
from groundglass.dicom.objects.seg_pixels import compressed, packed
from groundglass.dicom.objects.seg_segments import SEGMENTS, Segment, SegRole, described
from groundglass.phrases import say
from groundglass.settings import INTENDED_USE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray
    from pydicom.dataset import FileDataset

    from groundglass.analysis.result import Result
    from groundglass.dicom.objects.findings import Findings
    from groundglass.dicom.objects.making import Making, SeriesRole
    from groundglass.dicom.objects.origin import Origin, SourceImage
    from groundglass.volume import LabelVolume

SegKind = Literal["binary", "labelmap"]


def segmentations(
    origin: Origin, findings: Findings, making: Making, *, kind: SegKind = "binary"
) -> dict[SeriesRole, FileDataset]:
    """Return the segmentations of a result; a mask without a voxel gets none.

    Frames without a voxel of their segment are left out. The number of a segment is the label of its voxels.

    Parameters
    ----------
    origin : Origin
        The source.
    findings : Findings
        The masks, on the voxels of the source and in its frame of reference.
    making : Making
        UIDs, times, language. Its seed must differ between the kinds.
    kind : {"binary", "labelmap"}
        One bit a voxel and a frame for each segment of a slice, uncompressed, which every viewer with segmentations
        reads; or the labels themselves in lossless JPEG-LS, a frame a slice, about 30 times smaller.

    Returns
    -------
    dict
        ``seg-lungs`` and ``seg-lesions`` to the object.

    Raises
    ------
    InternalError
        ``GRID_MISMATCH`` where a mask does not lie on the voxels or in the frame of reference of the source.
    """
    findings.require_grid_of(origin)
    made: dict[SeriesRole, FileDataset] = {}
    masks: tuple[tuple[SegRole, LabelVolume], ...] = (("seg-lungs", findings.lungs), ("seg-lesions", findings.lesions))
    for role, labels in masks:
        present = _present(labels.array, len(SEGMENTS[role]))
        if present.any():
            made[role] = _segmentation(origin, labels.array, present, findings.result, making, role, kind)
    return made


def _present(labels: NDArray[np.uint8], count: int) -> NDArray[np.bool_]:
    """Return (slice, label - 1) bool: which labels stand in which slice."""
    seen = np.zeros((labels.shape[0], 256), dtype=np.bool_)
    for number, picture in enumerate(labels):
        if picture.any():
            seen[number] = np.bincount(picture.ravel(), minlength=256) > 0
    return seen[:, 1 : count + 1]


def _segmentation(
    origin: Origin,
    labels: NDArray[np.uint8],
    present: NDArray[np.bool_],
    result: Result,
    making: Making,
    role: SegRole,
    kind: SegKind,
) -> FileDataset:
    last = int(np.flatnonzero(present.any(axis=0))[-1]) + 1
    segments = SEGMENTS[role][:last]
    made = _by_highdicom(origin, present[:, :last], segments, result, making, role, kind)
    frames = _frames(origin, made)
    data = new_object(
        origin,
        making,
        role,
        1,
        sop_class=str(made.SOPClassUID),
        modality="SEG",
        description=say(f"seg_series_{role.removeprefix('seg-')}", making.language),
    )
    del made.ContributingEquipmentSequence  # highdicom's own mark, with the time of day
    for element in made:
        if element.tag not in data:
            data.add(element)
    data.ContentDate, data.ContentTime = making.date, making.time
    data.ContentCreatorName = f"{MANUFACTURER}^software"
    data.BurnedInAnnotation = "NO"
    data.DerivationDescription = _derivation(origin, making)
    _name_dimensions(data, making.uid("dimensions", role))
    _note_lossy(data, origin)
    _refer(data, origin, frames)
    if any(code(s.kind).scheme == PRIVATE_SCHEME for s in segments):
        _name_scheme(data)
    data.Rows, data.Columns = labels.shape[1:]
    if kind == "binary":
        pixels = packed(labels, frames)
    else:
        pixels = compressed(labels, [number for number, _ in frames])
        data.file_meta = file_meta(data.SOPClassUID, data.SOPInstanceUID, JPEGLSLossless)
    data.add_new("PixelData", "OB", pixels)
    data["PixelData"].is_undefined_length = kind == "labelmap"
    return data


def _by_highdicom(
    origin: Origin,
    present: NDArray[np.bool_],
    segments: tuple[Segment, ...],
    result: Result,
    making: Making,
    role: SegRole,
    kind: SegKind,
) -> Segmentation:
    # one row a slice, one pixel a label
    sketch = (present * np.arange(1, present.shape[1] + 1, dtype=np.uint8))[:, None, :].astype(np.uint8)
    places = [plane(origin, number) for number in range(len(origin.images))]
    spacing = origin.geometry.spacing_mm
    return Segmentation(
        source_images=[stand_in(origin)],
        pixel_array=sketch,
        segmentation_type=kind.upper(),
        segment_descriptions=[described(segment, role, making, result) for segment in segments],
        series_instance_uid=making.uid("series", role),
        series_number=SERIES_NUMBERS[role],
        sop_instance_uid=making.uid("instance", role, "1"),
        instance_number=1,
        manufacturer=MANUFACTURER,
        manufacturer_model_name=MODEL,
        software_versions=making.version,
        device_serial_number=making.version,
        transfer_syntax_uid=ExplicitVRLittleEndian,
        content_label=role.removeprefix("seg-").upper(),
        content_description=INTENDED_USE[making.intended_use][making.language],
        pixel_measures=PixelMeasuresSequence(
            pixel_spacing=_floats(places[0].pixel_spacing),
            slice_thickness=float(places[0].thickness),
            spacing_between_slices=spacing[0] if len(places) > 1 else None,
        ),
        plane_orientation=PlaneOrientationSequence("PATIENT", _floats(places[0].orientation)),
        plane_positions=[PlanePositionSequence("PATIENT", _floats(place.position)) for place in places],
    )


def _frames(origin: Origin, made: Segmentation) -> list[tuple[int, int]]:
    """Return for each frame its slice and its segment; highdicom orders them by segment and along the normal."""
    slices = {_floats(plane(origin, n).position): n for n in range(len(origin.images))}
    shared = made.SharedFunctionalGroupsSequence[0]
    frames = []
    for item in made.PerFrameFunctionalGroupsSequence:
        place = _floats(item.PlanePositionSequence[0].ImagePositionPatient)
        named = item if "SegmentIdentificationSequence" in item else shared
        label = 0
        if "SegmentIdentificationSequence" in named:
            label = int(named.SegmentIdentificationSequence[0].ReferencedSegmentNumber)
        frames.append((slices[place], label))
    return frames


def _floats(numbers: Iterable[str | float]) -> tuple[float, ...]:
    return tuple(float(number) for number in numbers)


def _derivation(origin: Origin, making: Making) -> str:
    parts = [say("seg_derivation", making.language)]
    bridged = sum(image is None for image in origin.images)
    if bridged:
        parts.append(say("seg_bridged", making.language, count=bridged))
    if origin.frame_of_reference_made:
        parts.append(say("frame_of_reference_made", making.language))
    return " ".join(parts)


def _name_dimensions(data: Dataset, uid: str) -> None:
    for item in (*data.DimensionOrganizationSequence, *data.DimensionIndexSequence):
        item.DimensionOrganizationUID = uid


def _note_lossy(data: Dataset, origin: Origin) -> None:
    data.LossyImageCompression = "01" if source_text(origin.header, "LossyImageCompression") == "01" else "00"


def _refer(data: Dataset, origin: Origin, frames: list[tuple[int, int]]) -> None:
    """Write every reference to the source: of the object, and of each frame."""
    by_series: dict[str, list[Dataset]] = {}
    for image in origin.sources:
        by_series.setdefault(image.series_uid, []).append(_reference(image))
    series = []
    for series_uid, references in by_series.items():
        item = Dataset()
        item.SeriesInstanceUID, item.ReferencedInstanceSequence = series_uid, references
        series.append(item)
    data.ReferencedSeriesSequence = series
    data.SourceImageSequence = [_reference(image) for image in origin.sources]
    groups = data.PerFrameFunctionalGroupsSequence
    for group, (number, _) in zip(groups, frames, strict=True):
        behind = origin.images[number]
        group.DerivationImageSequence = [] if behind is None else [_derived_from(behind)]


def _reference(image: SourceImage) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = image.sop_class, image.sop_uid
    return item


def _derived_from(image: SourceImage) -> Dataset:
    source = _reference(image)
    if image.frame is not None:
        source.ReferencedFrameNumber = image.frame
    source.SpatialLocationsPreserved = "YES"
    source.PurposeOfReferenceCodeSequence = [_coded("source_for_processing")]
    item = Dataset()
    item.DerivationCodeSequence, item.SourceImageSequence = [_coded("segmentation")], [source]
    return item


def _coded(name: str) -> Dataset:
    entry = code(name)
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = entry.value, entry.scheme, entry.meaning
    return item


def _name_scheme(data: Dataset) -> None:
    item = Dataset()
    item.CodingSchemeDesignator, item.CodingSchemeUID = PRIVATE_SCHEME, PRIVATE_SCHEME_UID
    item.CodingSchemeName = PRIVATE_SCHEME_NAME
    data.CodingSchemeIdentificationSequence = [item]
