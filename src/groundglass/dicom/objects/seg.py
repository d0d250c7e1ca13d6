"""DICOM segmentations: the lungs, and the lesions, on the voxels of the source.

highdicom makes the object from which label stands in which slice; every reference to the source and the pixels are
written here: highdicom 0.28.2 takes one series only, cannot leave out a slice that has no image, packs frames of fewer
than eight pixels wrongly, and takes several times as long.

References
----------
DICOM PS3.3 A.51 (Segmentation IOD, Label Map Segmentation IOD), C.8.20, C.12.1.1.4 (Common Instance Reference).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from highdicom import PixelMeasuresSequence, PlaneOrientationSequence, PlanePositionSequence
from highdicom.seg import Segmentation
from pydicom.uid import ExplicitVRLittleEndian, JPEGLSLossless

from groundglass.codes import PRIVATE_SCHEME, code
from groundglass.dicom.objects.header import file_meta, new_object, plane, stand_in
from groundglass.dicom.objects.making import MANUFACTURER, MODEL, SERIES_NUMBERS
from groundglass.dicom.objects.seg_pixels import compressed, packed
from groundglass.dicom.objects.seg_segments import SEGMENTS, Segment, SegRole, described
from groundglass.dicom.objects.seg_source import References, name_private_scheme, note_lossy
from groundglass.phrases import say
from groundglass.settings import INTENDED_USE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray
    from pydicom.dataset import FileDataset

    from groundglass.analysis.result import Result
    from groundglass.dicom.objects.findings import Findings
    from groundglass.dicom.objects.header import PlanePlace
    from groundglass.dicom.objects.making import Making, SeriesRole
    from groundglass.dicom.objects.origin import Origin
    from groundglass.volume import LabelVolume

SegKind = Literal["binary", "labelmap"]


def segmentations(
    origin: Origin, findings: Findings, making: Making, *, kind: SegKind = "binary"
) -> dict[SeriesRole, FileDataset]:
    """Return the segmentations of a result; a mask without a voxel gets none.

    Frames without a voxel of their segment are left out. The number of a segment is the label of its voxels; segments
    up to the last that has a voxel are described.

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
    places = tuple(plane(origin, number) for number in range(len(origin.images)))
    work = _Work(origin, findings.result, making, kind, places, References(origin))
    made: dict[SeriesRole, FileDataset] = {}
    masks: tuple[tuple[SegRole, LabelVolume], ...] = (("seg-lungs", findings.lungs), ("seg-lesions", findings.lesions))
    for role, labels in masks:
        present = _present(labels.array, len(SEGMENTS[role]))
        if present.any():
            made[role] = work.segmentation(role, labels.array, present)
    return made


def _present(labels: NDArray[np.uint8], count: int) -> NDArray[np.bool_]:
    """Return (slice, label - 1) bool: which labels stand in which slice."""
    if labels.max() > count:
        raise ValueError(f"label {labels.max()} is no segment: there are {count}")
    seen = np.zeros((labels.shape[0], count), dtype=np.bool_)
    for number, picture in enumerate(labels):
        if picture.any():
            seen[number] = [bool((picture == label).any()) for label in range(1, count + 1)]
    return seen


@dataclass(frozen=True, slots=True)
class _Work:
    """What both segmentations of a result share; ``places`` has one entry a slice."""

    origin: Origin
    result: Result
    making: Making
    kind: SegKind
    places: tuple[PlanePlace, ...]
    references: References

    def segmentation(self, role: SegRole, labels: NDArray[np.uint8], present: NDArray[np.bool_]) -> FileDataset:
        """Return the object of one mask; ``present`` is (slice, label - 1) bool."""
        last = int(np.flatnonzero(present.any(axis=0))[-1]) + 1
        segments = SEGMENTS[role][:last]
        made = self._by_highdicom(role, present[:, :last], segments)
        frames = self._frames(made)
        data = new_object(
            self.origin,
            self.making,
            role,
            1,
            sop_class=str(made.SOPClassUID),
            modality="SEG",
            description=say(f"seg_series_{role.removeprefix('seg-')}", self.making.language),
        )
        made.pop("ContributingEquipmentSequence", None)  # highdicom's own mark, with the time of day
        for element in made:
            if element.tag not in data:
                data.add(element)
        data.ContentDate, data.ContentTime = self.making.date, self.making.time
        data.ContentCreatorName = f"{MANUFACTURER}^software"
        data.BurnedInAnnotation = "NO"
        data.DerivationDescription = _derivation(self.origin, self.making)
        for item in (*data.DimensionOrganizationSequence, *data.DimensionIndexSequence):
            item.DimensionOrganizationUID = self.making.uid("dimensions", role)
        # the background of a label map last: OHIF takes the colour of a segment by its place in the sequence
        data.SegmentSequence = sorted(
            data.SegmentSequence, key=lambda item: (item.SegmentNumber == 0, item.SegmentNumber)
        )
        note_lossy(data, self.origin)
        slices = [number for number, _ in frames]
        self.references.write(data, slices)
        if any(code(segment.kind).scheme == PRIVATE_SCHEME for segment in segments):
            name_private_scheme(data)
        if max(slices) - min(slices) != len(slices) - 1:
            # highdicom looks at even distances alone; between these frames some are missing
            data.pop("DimensionOrganizationType", None)
        self._write_pixels(data, labels, frames)
        return data

    def _by_highdicom(self, role: SegRole, present: NDArray[np.bool_], segments: tuple[Segment, ...]) -> Segmentation:
        # a slice is one row of as many pixels as there are labels: highdicom sees which of them are there
        sketch = (present * np.arange(1, len(segments) + 1, dtype=np.uint8))[:, None, :].astype(np.uint8)
        first, making = self.places[0], self.making
        return Segmentation(
            source_images=[stand_in(self.origin)],
            pixel_array=sketch,
            segmentation_type=self.kind.upper(),
            segment_descriptions=[described(segment, role, making, self.result) for segment in segments],
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
            content_description=say("seg_content", making.language),
            pixel_measures=PixelMeasuresSequence(
                pixel_spacing=_floats(first.pixel_spacing),
                slice_thickness=float(first.thickness),
                spacing_between_slices=self.origin.geometry.spacing_mm[0] if len(self.places) > 1 else None,
            ),
            plane_orientation=PlaneOrientationSequence("PATIENT", _floats(first.orientation)),
            plane_positions=[PlanePositionSequence("PATIENT", _floats(place.position)) for place in self.places],
        )

    def _frames(self, made: Segmentation) -> list[tuple[int, int]]:
        """Return for each frame its slice and its label (0 for all); highdicom orders them along the normal."""
        slices = {_floats(place.position): number for number, place in enumerate(self.places)}
        shared = made.SharedFunctionalGroupsSequence[0]
        frames = []
        for item in made.PerFrameFunctionalGroupsSequence:
            number = slices[_floats(item.PlanePositionSequence[0].ImagePositionPatient)]
            named = item if "SegmentIdentificationSequence" in item else shared
            label = 0
            if "SegmentIdentificationSequence" in named:
                label = int(named.SegmentIdentificationSequence[0].ReferencedSegmentNumber)
            frames.append((number, label))
        return frames

    def _write_pixels(self, data: FileDataset, labels: NDArray[np.uint8], frames: list[tuple[int, int]]) -> None:
        data.Rows, data.Columns = labels.shape[1:]
        if self.kind == "binary":
            data.add_new("PixelData", "OB", packed(labels, frames))
            return
        data.add_new("PixelData", "OB", compressed(labels, [number for number, _ in frames]))
        data["PixelData"].is_undefined_length = True
        data.file_meta = file_meta(data.SOPClassUID, data.SOPInstanceUID, JPEGLSLossless)


def _floats(numbers: Iterable[str | float]) -> tuple[float, ...]:
    return tuple(float(number) for number in numbers)


def _derivation(origin: Origin, making: Making) -> str:
    parts = [INTENDED_USE[making.intended_use][making.language], say("seg_derivation", making.language)]
    bridged = sum(image is None for image in origin.images)
    if bridged:
        parts.append(say("seg_bridged", making.language, count=bridged))
    if origin.frame_of_reference_made:
        parts.append(say("frame_of_reference_made", making.language))
    return " ".join(parts)
